"""What a function is: parameters, and a meaning written in AudQL or as a value's reduction.

A function is a value; a plugin brings a tuple of them. The compiler knows none of them by name.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias, assert_never

from audql import ir


@dataclass(frozen=True, slots=True)
class Parameter:
    """`name` is what a caller writes before the colon; the first may be given without. `inside` names it in the body.

    What is not given and has no `default` (AudQL text) is left out of the body: each condition of an `and` that speaks
    of it, each argument of a call, goes.
    """

    name: str
    inside: str = ""
    required: bool = False
    default: str = ""
    takes: Literal["reference", "text", "number", "truth", "day", "window", "duration", "date field"] = "text"
    """What a caller can give; for messages and documentation, and checked before the body is."""

    @property
    def variable(self) -> str:
        return self.inside or self.name


@dataclass(frozen=True, slots=True)
class Condition:
    """Holds of the innermost person when the AudQL `query` does."""

    query: str


@dataclass(frozen=True, slots=True)
class Reduction:
    """A value of the innermost person: `kind` of `value` over the items of `source` that satisfy `where`."""

    kind: Literal["min", "max", "last", "count"]
    source: str
    where: str = "true"
    value: str = ""
    by: str = ""


@dataclass(frozen=True, slots=True)
class Atom:
    """Holds when the value of the first parameter satisfies what `build` makes of the other arguments."""

    build: Callable[[Mapping[str, "Given"]], ir.Atom]
    means: str
    """What it holds for, in words, for the documentation."""


Given: TypeAlias = int | ir.Range
"""An argument of an `Atom`: a whole number, or a window as a range of days."""


@dataclass(frozen=True, slots=True)
class Function:
    """A function of queries, with an example for its documentation that must compile."""

    name: str
    parameters: tuple[Parameter, ...]
    meaning: Condition | Reduction | Atom
    example: str
    about: str = ""
    several: bool = False
    """Takes `any: (…)` or `all: (…)` instead of its first argument."""
    said: tuple[str, ...] = ()
    """What people look for it under, for hints."""
    advice: tuple[tuple[str, str], ...] = ()
    """For an argument given as so long ago, what else may be meant; `{first}` and `{length}` stand for the call's."""


def definition(function: Function) -> str:
    """The function as documentation prints it: how it is called, and its exact meaning."""
    given = ", ".join(_shown(p, first=i == 0) for i, p in enumerate(function.parameters))
    match function.meaning:
        case Condition(query):
            meaning = query
        case Reduction(kind, source, where, value, by):
            what = {"min": "the first", "max": "the latest", "last": "the last", "count": "how many"}[kind]
            of = "" if kind == "count" else f" {value}" + (f" by {by}" if by else "")
            meaning = f"{what}{of} of {source} ({where})"
        case Atom(_, means):
            meaning = means
        case _:
            assert_never(function.meaning)
    return f"define {function.name}({given}) = {meaning}"


def _shown(parameter: Parameter, *, first: bool) -> str:
    name = parameter.variable if first else f"{parameter.name}: {parameter.variable}"
    default = f" = {parameter.default}" if parameter.default else ""
    return f"{name}{default}" if parameter.required or parameter.default else f"[{name}]"
