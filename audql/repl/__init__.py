"""Queries asked one after another: a count and some people out."""
