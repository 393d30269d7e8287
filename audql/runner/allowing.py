"""What `--allow` lets through of a plan and its apply, by name."""

FIRST, EARLIER, RESTORED = "first", "earlier", "restored"
LEAVES, LOST, RUN, MAILS, DUE, BASELINE = "leaves", "lost", "run", "mails", "due", "baseline"
RUN_LEAVES, RUN_LOST = "run_leaves", "run_lost"
"""Of the whole run, of all audiences together."""

OF_ONE = (LEAVES, LOST, BASELINE)
"""Also of one audience: `leaves:NAME`."""
HOLDS = (FIRST, EARLIER, RESTORED, LEAVES, LOST, RUN_LEAVES, RUN_LOST, RUN, MAILS, DUE, BASELINE)
