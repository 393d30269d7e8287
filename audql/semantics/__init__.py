"""Queries and scripts as written → IR, with every diagnostic there is to give."""
