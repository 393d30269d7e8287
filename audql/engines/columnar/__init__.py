"""Queries → who matches, for whole populations at once: each distinct condition over columns, then words of bits.

`store` says what an engine reads, `stored` makes it of a snapshot, `dictionary` decides conditions on distinct values,
`frames` evaluates any query about any items, and `answers` about everyone at once.
"""
