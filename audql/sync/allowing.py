"""What `--allow` lets through of a sync, by name."""

HEADCOUNT, ROWS, EMPTIED, REFUSED, CHANGED, AGE, CUT = (
    "headcount",
    "rows",
    "emptied",
    "refused",
    "changed",
    "age",
    "cut",
)
GUARDS = (HEADCOUNT, ROWS, EMPTIED, REFUSED, CHANGED, AGE, CUT)
