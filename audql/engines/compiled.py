"""A bound query → one Python function, generated for it. It means what the interpreter means, and is much faster.

The function takes the short way for plain dicts, as JSON gives them. Whatever else a record holds is put to the
interpreter: a single value to its reading of that value, anything more unusual to its reading of the whole record. So
there is one meaning, and here is only speed.
"""

import datetime as dt
from collections.abc import Callable
from functools import lru_cache
from types import CodeType

from audql.binding import Bound
from audql.engines.compiled_atoms import Constants
from audql.engines.compiled_reading import FOLDED, NO_DAY, Unusual, elements, folded, ordinals
from audql.engines.compiled_source import TooDeep, Writer
from audql.engines.interpreter import Interpreter
from audql.engines.people import People
from audql.types import Schema

Ask = Callable[[object], bool]


def plan(bound: Bound, schema: Schema, people: People | None = None) -> Ask:
    """The query as a function of a person. `people` are those who know one another as managers and reports."""
    return plan_beside(bound, Interpreter(schema, bound.as_of.zone, people or People(schema, ())))


def plan_beside(bound: Bound, interpreter: Interpreter) -> Ask:
    """The same, sharing with the interpreter the people that it knows and what it has found out about them."""
    check = interpreter.check(bound.query)

    def whole(person: object) -> bool:
        return check((person,))

    constants = Constants()
    try:
        code = _code(Writer(interpreter, constants).ask(bound.query))
    except (TooDeep, RecursionError, MemoryError, SyntaxError):
        return whole
    scope: dict[str, object] = constants.held | {
        "DATE": dt.date,
        "FOLDED": FOLDED,
        "INFINITY": float("inf"),
        "NO_DAY": NO_DAY,
        "ORDINALS": ordinals(bound.as_of.zone),
        "Unusual": Unusual,
        "elements": elements,
        "folded": folded,
        "whole": whole,
    }
    exec(code, scope)
    ask: Ask = scope["ask"]  # type: ignore[assignment]  # the source defines it
    return ask


@lru_cache(maxsize=256)
def _code(source: str) -> CodeType:
    """Compiled once for all queries of one shape, and for all days: constants are globals, not text."""
    return compile(source, "<audql>", "exec")


def source(bound: Bound, schema: Schema, people: People | None = None) -> str:
    """The generated text, for reading."""
    return Writer(Interpreter(schema, bound.as_of.zone, people or People(schema, ())), Constants()).ask(bound.query)


def forget() -> None:
    """Compile anew what comes next, for measuring."""
    _code.cache_clear()
