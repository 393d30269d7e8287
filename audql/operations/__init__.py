"""What a face can do, as functions of values: the command line, the REPL and a Python program call the same.

Nothing here reads the clock or prints: the day and the instant are arguments, and what was found is returned.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from audql.operations.asking import members as members
    from audql.operations.asking import status as status
    from audql.operations.asking import why as why
    from audql.operations.checking import check as check
    from audql.operations.checking import fmt as fmt
    from audql.operations.checking import test as test
    from audql.operations.erasing import erase as erase
    from audql.operations.history import history as history
    from audql.operations.keeping import compare_snapshots as compare_snapshots
    from audql.operations.keeping import snapshots as snapshots
    from audql.operations.mailing import deliver as deliver
    from audql.operations.mailing import preview as preview
    from audql.operations.mailing import would_deliver as would_deliver
    from audql.operations.matching import match as match
    from audql.operations.running import apply as apply
    from audql.operations.running import approve as approve
    from audql.operations.running import plan as plan
    from audql.operations.running import run as run
    from audql.operations.running import sync as sync
    from audql.operations.starting import init as init
    from audql.operations.stopping import StoppedError as StoppedError

_HOMES = {
    "StoppedError": "stopping",
    "apply": "running",
    "approve": "running",
    "check": "checking",
    "compare_snapshots": "keeping",
    "erase": "erasing",
    "deliver": "mailing",
    "fmt": "checking",
    "history": "history",
    "init": "starting",
    "match": "matching",
    "members": "asking",
    "plan": "running",
    "preview": "mailing",
    "run": "running",
    "snapshots": "keeping",
    "status": "asking",
    "sync": "running",
    "test": "checking",
    "why": "asking",
    "would_deliver": "mailing",
}

__all__ = [*_HOMES]


def __getattr__(name: str) -> object:
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module 'audql.operations' has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f"audql.operations.{home}"), name)
