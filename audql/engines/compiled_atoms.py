"""An atom → Python expressions for what a value usually is: a text, a number, a yes or no, a date.

An expression speaks of a variable that holds the value; constants are globals, named by `Constants`. Where no
expression is given, and for every other value, the interpreter's own reading of the value decides.
"""

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal

from audql import ir
from audql.engines.comparing import has_word
from audql.types import Scalar

_EXACT = 2**53
"""Whole numbers below are equal as int, float and Decimal."""


class Constants:
    """The globals of generated functions: values by the names that stand for them in the source."""

    def __init__(self) -> None:
        self.held: dict[str, object] = {}
        self._names: dict[tuple[type, object], str] = {}

    def name(self, value: object, prefix: str = "K") -> str:
        """A name for the value; the same for an equal one of the same class."""
        try:
            key = (type(value), value)
            known = self._names.get(key)
        except TypeError:
            return self.new(value, prefix)
        if known is None:
            known = self._names[key] = self.new(value, prefix)
        return known

    def new(self, value: object, prefix: str) -> str:
        name = f"{prefix}{len(self.held)}"
        self.held[name] = value
        return name


@dataclass(frozen=True, slots=True)
class Cases:
    """Templates with `{v}` for the variable, by what the value is; "" where the interpreter decides."""

    text: str = ""
    direct: str = ""
    """Of whatever is there, where the memos know what to do with that."""
    number: str = ""
    """Of an int that is no bool, or a float."""
    date: str = ""
    true: str = ""
    false: str = ""


def cases(atom: ir.Atom, type_: Scalar, constants: Constants) -> Cases:
    """How the atom is decided for a value of a field of that type."""
    match atom:
        case ir.Equals(kind, values):
            return _equals(kind, values, type_, constants)
        case ir.Range(Scalar.DATE, low, high, low_in, high_in):
            lies = days_between(low, high, low_in, high_in, constants)
            return Cases(text=lies, direct=lies)
        case ir.Range(Scalar.NUMBER):
            return Cases(number=_numbers(atom, constants))
        case ir.Contains():
            return _texts(_contains(atom, constants), atom.kind, type_)
        case ir.IsSet():
            return _is_set(type_)
        case _:
            return Cases()


def _equals(
    kind: Scalar, values: "frozenset[str] | frozenset[Decimal] | frozenset[bool]", type_: Scalar, constants: Constants
) -> Cases:
    match kind:
        case Scalar.TEXT if "" not in values:
            return _texts(_is_one("FOLDED[{v}]", values, constants), kind, type_)
        case Scalar.CODE if all(str(value).strip() for value in values):
            return Cases(text=_is_one("{v}", values, constants))
        case Scalar.NUMBER:
            numbers = [_exact(value) for value in values if isinstance(value, Decimal)]
            if None not in numbers:
                return Cases(number="{v} in " + constants.name(frozenset(numbers)))
        case Scalar.YES_NO:
            return Cases(true=str(True in values), false=str(False in values))
        case _:
            pass
    return Cases()


def _texts(template: str, kind: Scalar, type_: Scalar) -> Cases:
    """Where the type is declared, a number is read as its text, as the memo does."""
    folded_once = kind is Scalar.TEXT and type_ is not Scalar.ANY and template.count("{v}") == 1
    return Cases(text=template, direct=template if folded_once else "")


def _is_one(of: str, values: "frozenset[str] | frozenset[Decimal] | frozenset[bool]", constants: Constants) -> str:
    if len(values) == 1:
        return f"{of} == " + constants.name(next(iter(values)))
    return f"{of} in " + constants.name(values)


def _exact(value: Decimal) -> int | float | None:
    """The number as one that floats and ints compare with as their decimals do."""
    if not abs(value) < _EXACT:
        return None
    if value == value.to_integral_value():
        return int(value)
    near = float(value)
    return near if Decimal(repr(near)) == value else None


def _numbers(atom: ir.Range, constants: Constants) -> str:
    ends: list[tuple[str, str]] = []
    for limit, included in ((atom.low, atom.low_included), (atom.high, atom.high_included)):
        if limit is None:
            # No float that is not finite is a number.
            ends.append(("INFINITY", "<"))
            continue
        assert isinstance(limit, Decimal)
        exact = _exact(limit)
        if exact is None:
            return ""
        ends.append((constants.new(exact, "K"), "<=" if included else "<"))
    (low, at_low), (high, at_high) = ends
    return f"{'-' if low == 'INFINITY' else ''}{low} {at_low} {{v}} {at_high} {high}"


def days_between(
    low: object, high: object, low_in: bool, high_in: bool, constants: Constants, of: str = "ORDINALS[{v}]"
) -> str:
    """That the ordinal of a day lies between two days."""
    # INVARIANT: of a bound query, so that a limit of days is a day.
    first = constants.new(low.toordinal() + (not low_in), "K") + " <= " if isinstance(low, dt.date) else ""
    last = " <= " + constants.new(high.toordinal() - (not high_in), "K") if isinstance(high, dt.date) else ""
    return f"{first}{of}{last}"


def _contains(atom: ir.Contains, constants: Constants) -> str:
    if atom.kind is Scalar.CODE:
        if not all(part.strip() for part in atom.sought):
            return ""  # a blank code holds nothing, not even blanks
        written = "{v}"
    else:
        written = "FOLDED[{v}]"
    match atom.how:
        case "start":
            return f"{written}.startswith({constants.name(atom.sought)})"
        case "end":
            return f"{written}.endswith({constants.name(atom.sought)})"
        case "word":
            has = constants.name(has_word, "F")
            parts = [f"{has}({written}, {constants.name(part)})" for part in atom.sought]
        case _:
            parts = [f"{constants.name(part)} in {written}" for part in atom.sought]
    return parts[0] if len(parts) == 1 else "(" + " or ".join(parts) + ")"


def _is_set(type_: Scalar) -> Cases:
    match type_:
        case Scalar.TEXT | Scalar.CODE:
            return Cases(text="(not not {v}.strip())")
        case Scalar.NUMBER:
            return Cases(number="-INFINITY < {v} < INFINITY")
        case Scalar.DATE | Scalar.INSTANT:
            return Cases(text="ORDINALS[{v}] > 0", number="False", date="True")
        case Scalar.YES_NO:
            return Cases(true="True", false="True")
        case _:
            return Cases(text="(not not {v}.strip())", date="True", true="True", false="True")


def of_ordinal(atom: ir.Atom, variable: str, constants: Constants) -> str:
    """The atom of a variable that holds the ordinal of a day, or `NO_DAY`; "" where it asks for more."""
    match atom:
        case ir.Range(Scalar.DATE, low, high, low_in, high_in):
            return days_between(low, high, low_in, high_in, constants, variable)
        case ir.IsSet():
            return f"{variable} > 0"
        case _:
            return ""
