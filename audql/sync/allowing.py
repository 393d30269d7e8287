"""What `--allow` lets through of a sync, by name."""

HEADCOUNT, ROWS, EMPTIED, REFUSED, CHANGED, AGE, CUT, REUSED, AGAIN = (
    "headcount",
    "rows",
    "emptied",
    "refused",
    "changed",
    "age",
    "cut",
    "reused",
    "again",
)
GUARDS = (HEADCOUNT, ROWS, EMPTIED, REFUSED, CHANGED, AGE, CUT, REUSED, AGAIN)
