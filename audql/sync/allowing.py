"""What `--allow` lets through of a sync, by name."""

HEADCOUNT, ROWS, EMPTIED, REFUSED, CHANGED, AGE, CUT, REUSED = (
    "headcount",
    "rows",
    "emptied",
    "refused",
    "changed",
    "age",
    "cut",
    "reused",
)
GUARDS = (HEADCOUNT, ROWS, EMPTIED, REFUSED, CHANGED, AGE, CUT, REUSED)
