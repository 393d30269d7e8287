"""The tree of a query as it was written: sugar and spans kept, nothing resolved. `scripts` has what is around it.

Each node's docstring is its line of the grammar. `span` takes no part in equality, so `parse(print(t)) == t`.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from decimal import Decimal
from enum import Enum
from typing import TypeAlias

from audql.source import Span
from audql.syntax.choices import Holding as Holding
from audql.syntax.choices import MomentKind as MomentKind
from audql.syntax.choices import OnLeaving as OnLeaving
from audql.syntax.choices import Unit as Unit


def place() -> Span:
    """The field of a node that says where it stands, which is no part of what it is."""
    return field(compare=False, repr=False)  # type: ignore[no-any-return]


# --- operands ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Name:
    """NAME | "`" any "`" """

    text: str
    span: Span = place()


@dataclass(frozen=True, slots=True)
class Text:
    """TEXT"""

    value: str
    span: Span = place()


@dataclass(frozen=True, slots=True)
class Number:
    """NUMBER"""

    value: Decimal
    span: Span = place()


@dataclass(frozen=True, slots=True)
class Date:
    """DATE"""

    value: dt.date
    span: Span = place()


@dataclass(frozen=True, slots=True)
class Instant:
    """INSTANT; naive where the text has no zone, so that the workspace's is meant"""

    value: dt.datetime
    span: Span = place()


@dataclass(frozen=True, slots=True)
class Truth:
    """ "true" | "false", as an operand or, alone, as everyone or no one"""

    value: bool
    span: Span = place()


@dataclass(frozen=True, slots=True)
class Today:
    """ "today" """

    span: Span = place()


@dataclass(frozen=True, slots=True)
class Now:
    """ "now" """

    span: Span = place()


@dataclass(frozen=True, slots=True)
class Duration:
    """INT unit"""

    count: int
    unit: Unit
    span: Span = place()


@dataclass(frozen=True, slots=True)
class Relative:
    """duration ("ago" | "from now")"""

    duration: Duration
    ago: bool
    span: Span = place()


@dataclass(frozen=True, slots=True)
class Path:
    """name { "." name }"""

    names: tuple[Name, ...]
    span: Span = place()


@dataclass(frozen=True, slots=True)
class Argument:
    """[ name ":" ] ( operand | list | duration | window )"""

    name: Name | None
    value: Value
    span: Span = place()


@dataclass(frozen=True, slots=True)
class Call:
    """path "(" [ argument { "," argument } ] ")" """

    path: Path
    arguments: tuple[Argument, ...]
    span: Span = place()


@dataclass(frozen=True, slots=True)
class List:
    """ "(" operand { "," operand } ")" """

    items: tuple[Operand, ...]
    span: Span = place()


class Calendar(Enum):
    """ "this" | "previous" | "following" """

    THIS = "this"
    PREVIOUS = "previous"
    FOLLOWING = "following"


@dataclass(frozen=True, slots=True)
class Rolling:
    """("last" | "next") ( duration | name )"""

    last: bool
    length: Duration | Name
    span: Span = place()


@dataclass(frozen=True, slots=True)
class CalendarUnit:
    """("this" | "previous" | "following") unit"""

    which: Calendar
    unit: Unit
    span: Span = place()


Window: TypeAlias = Rolling | CalendarUnit
Subject: TypeAlias = Path | Call
Operand: TypeAlias = Text | Number | Date | Instant | Truth | Today | Now | Relative | Path | Call
Value: TypeAlias = Operand | List | Duration | Rolling | CalendarUnit

# --- conditions -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Or:
    """and "or" and { "or" and }; brackets around an `or` within an `or` are not kept"""

    parts: tuple[Query, ...]
    span: Span = place()


@dataclass(frozen=True, slots=True)
class And:
    """not "and" not { "and" not }; brackets around an `and` within an `and` are not kept"""

    parts: tuple[Query, ...]
    span: Span = place()


@dataclass(frozen=True, slots=True)
class Not:
    """ "not" not"""

    part: Query
    span: Span = place()


class Order(Enum):
    """ "=" | "!=" | "<" | "<=" | ">" | ">=" """

    EQ = "="
    NE = "!="
    LT = "<"
    LE = "<="
    GT = ">"
    GE = ">="


@dataclass(frozen=True, slots=True)
class Compare:
    """operand ( "=" | "!=" | "<" | "<=" | ">" | ">=" ) operand"""

    left: Operand
    order: Order
    right: Operand
    span: Span = place()


@dataclass(frozen=True, slots=True)
class In:
    """subject ["not"] "in" ( list | name of a parameter )"""

    subject: Subject
    negated: bool
    choices: List | Path
    span: Span = place()


@dataclass(frozen=True, slots=True)
class Between:
    """subject ["not"] "between" operand "and" operand"""

    subject: Subject
    negated: bool
    low: Operand
    high: Operand
    span: Span = place()


class TextOp(Enum):
    """ "contains" | "contains word" | "starts with" | "ends with" | "matches" """

    CONTAINS = "contains"
    CONTAINS_WORD = "contains word"
    STARTS_WITH = "starts with"
    ENDS_WITH = "ends with"
    MATCHES = "matches"


@dataclass(frozen=True, slots=True)
class TextTest:
    """subject ["not"] textop ( operand | list )"""

    subject: Subject
    negated: bool
    op: TextOp
    sought: Operand | List
    span: Span = place()


@dataclass(frozen=True, slots=True)
class IsSet:
    """subject "is" ["not"] "set" """

    subject: Subject
    negated: bool
    span: Span = place()


class DateOp(Enum):
    """ "before" | "after" | "on" | "on or before" | "on or after" """

    BEFORE = "before"
    AFTER = "after"
    ON = "on"
    ON_OR_BEFORE = "on or before"
    ON_OR_AFTER = "on or after"


@dataclass(frozen=True, slots=True)
class DateTest:
    """subject ["not"] dateop operand"""

    subject: Subject
    negated: bool
    op: DateOp
    moment: Operand
    span: Span = place()


class Side(Enum):
    """Which way a length of time is counted: `ago`, `from now`, `before x`, `after x`, or both ways (`of x`)."""

    AGO = "ago"
    FROM_NOW = "from now"
    BEFORE = "before"
    AFTER = "after"
    OF = "of"


@dataclass(frozen=True, slots=True)
class Distance:
    """subject ["not"] ("more than" | "less than") ( duration | name )
    ( "ago" | "from now" | ("after" | "before") operand )

    `anchor` is None exactly for `ago` and `from now`; `side` is never `of`.
    """

    subject: Subject
    negated: bool
    more: bool
    length: Duration | Name
    side: Side
    anchor: Operand | None
    span: Span = place()


@dataclass(frozen=True, slots=True)
class WithinWindow:
    """subject ["not"] "within" window"""

    subject: Subject
    negated: bool
    window: Window
    span: Span = place()


@dataclass(frozen=True, slots=True)
class Near:
    """subject ["not"] "within" ( duration | name ) ("of" | "after" | "before") operand"""

    subject: Subject
    negated: bool
    length: Duration | Name
    side: Side
    anchor: Operand
    span: Span = place()


@dataclass(frozen=True, slots=True)
class Below:
    """subject ["not"] ("within" | "under") ( operand | list )"""

    subject: Subject
    negated: bool
    strictly: bool
    nodes: Operand | List
    span: Span = place()


class Quantifier(Enum):
    """ "any" | "every" | "no" """

    ANY = "any"
    EVERY = "every"
    NO = "no"


@dataclass(frozen=True, slots=True)
class Quantified:
    """("any" | "every" | "no") path [ "(" query ")" ]"""

    quantifier: Quantifier
    path: Path
    where: Query | None
    span: Span = place()


class Bound(Enum):
    """ "at least" | "at most" | "exactly" """

    AT_LEAST = "at least"
    AT_MOST = "at most"
    EXACTLY = "exactly"


@dataclass(frozen=True, slots=True)
class Counted:
    """bound INT path [ "(" query ")" ]"""

    bound: Bound
    count: int
    path: Path
    where: Query | None
    span: Span = place()


@dataclass(frozen=True, slots=True)
class NOf:
    """bound INT "of" "(" query { "," query } ")" """

    bound: Bound
    count: int
    parts: tuple[Query, ...]
    span: Span = place()


@dataclass(frozen=True, slots=True)
class Broken:
    """What could not be read, already reported; later phases pass over it in silence."""

    span: Span = place()


Query: TypeAlias = (
    Or | And | Not | Compare | In | Between | TextTest | IsSet | DateTest | Distance | WithinWindow | Near | Below
    | Quantified | Counted | NOf | Path | Call | Truth | Broken
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Comment:
    """ "#" to the end of the line, without the "#" and the spaces around"""

    text: str
    span: Span = place()
