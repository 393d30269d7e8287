"""The tree of a script as it was written: items, their clauses, and the records of tests. As `ast`, which has the rest.

It is not imported for a query alone: to make so many classes takes milliseconds.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TypeAlias

from audql.source import Span
from audql.syntax import ast


@dataclass(frozen=True, slots=True)
class Import:
    """ "import" TEXT"""

    path: ast.Text
    span: Span = ast.place()


@dataclass(frozen=True, slots=True)
class Let:
    """ "let" NAME "=" query"""

    name: ast.Name
    query: ast.Query
    span: Span = ast.place()


@dataclass(frozen=True, slots=True)
class Define:
    """ "define" NAME "(" NAME {"," NAME} ")" "=" query"""

    name: ast.Name
    parameters: tuple[ast.Name, ...]
    query: ast.Query
    span: Span = ast.place()


@dataclass(frozen=True, slots=True)
class About:
    """ "about" TEXT"""

    text: ast.Text
    span: Span = ast.place()


@dataclass(frozen=True, slots=True)
class Owner:
    """ "owner" TEXT {"," TEXT}"""

    owners: tuple[ast.Text, ...]
    span: Span = ast.place()


@dataclass(frozen=True, slots=True)
class Tags:
    """ "tags" TEXT {"," TEXT}"""

    tags: tuple[ast.Text, ...]
    span: Span = ast.place()


@dataclass(frozen=True, slots=True)
class Where:
    """ "where" query"""

    query: ast.Query
    span: Span = ast.place()


@dataclass(frozen=True, slots=True)
class Members:
    """ "members" TEXT {"," TEXT}"""

    people: tuple[ast.Text, ...]
    span: Span = ast.place()


@dataclass(frozen=True, slots=True)
class MembersFrom:
    """ "members" "from" TEXT"""

    file: ast.Text
    span: Span = ast.place()


@dataclass(frozen=True, slots=True)
class ByHand:
    """("include" | "exclude") TEXT {"," TEXT} [ "until" DATE ] [ "because" TEXT ]"""

    include: bool
    people: tuple[ast.Text, ...]
    until: ast.Date | None
    because: ast.Text | None
    span: Span = ast.place()


@dataclass(frozen=True, slots=True)
class Active:
    """ "active" [ "from" DATE ] [ "until" DATE ]"""

    start: ast.Date | None
    until: ast.Date | None
    span: Span = ast.place()


@dataclass(frozen=True, slots=True)
class Membership:
    """ "membership" ( "add only" | "remove only" | "paused" )"""

    holding: ast.Holding
    span: Span = ast.place()


@dataclass(frozen=True, slots=True)
class Due:
    """ "due" ( DATE | duration ("after" | "before") ("joining" | subject) )

    A day, or a length before or after an anchor, which is None for `joining`.
    """

    day: ast.Date | None
    length: ast.Duration | None
    after: bool
    anchor: ast.Subject | None
    span: Span = ast.place()


@dataclass(frozen=True, slots=True)
class Enrol:
    """ "enrol" "in" NAME TEXT [ "as" TEXT ] [ due ]"""

    kind: ast.Name
    learning: ast.Text
    role: ast.Text | None
    due: Due | None
    span: Span = ast.place()


@dataclass(frozen=True, slots=True)
class WhenLeaving:
    """ "when" "leaving" ( "suspend" | "unenrol" | "keep" )"""

    action: ast.OnLeaving
    span: Span = ast.place()


@dataclass(frozen=True, slots=True)
class Moment:
    """ "on" ("joining" | "leaving") | duration ("before" | "after") "due"
    | "when" "overdue" | "every" duration "while" "overdue" """

    kind: ast.MomentKind
    length: ast.Duration | None
    span: Span = ast.place()


@dataclass(frozen=True, slots=True)
class Notify:
    """ "notify" ( NAME | TEXT ) {"," ( NAME | TEXT )} moment [ "with" TEXT ]

    A recipient of several words (`managers at any level`) is one Name, its words joined by single spaces.
    """

    recipients: tuple[ast.Name | ast.Text, ...]
    moment: Moment
    template: ast.Text | None
    span: Span = ast.place()


Clause: TypeAlias = (
    About | Owner | Tags | Where | Members | MembersFrom | ByHand | Active | Membership | Enrol | WhenLeaving | Notify
    | ast.Broken
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Audience:
    """ "audience" TEXT [ "was" TEXT {"," TEXT} ] "{" { clause } "}" """

    name: ast.Text
    was: tuple[ast.Text, ...]
    clauses: tuple[Clause, ...]
    span: Span = ast.place()


@dataclass(frozen=True, slots=True)
class Retire:
    """ "retire" TEXT "then" ("keep" | "suspend" | "unenrol")"""

    name: ast.Text
    action: ast.OnLeaving
    span: Span = ast.place()


@dataclass(frozen=True, slots=True)
class Entry:
    """path ":" value"""

    path: ast.Path
    value: RecordValue
    span: Span = ast.place()


@dataclass(frozen=True, slots=True)
class Record:
    """ "{" [ path ":" value {"," path ":" value} ] "}" """

    entries: tuple[Entry, ...]
    span: Span = ast.place()


@dataclass(frozen=True, slots=True)
class Array:
    """ "[" [ value {"," value} ] "]" """

    items: tuple[RecordValue, ...]
    span: Span = ast.place()


RecordValue: TypeAlias = ast.Operand | Record | Array


@dataclass(frozen=True, slots=True)
class Given:
    """ "given" record"""

    record: Record
    span: Span = ast.place()


@dataclass(frozen=True, slots=True)
class Expect:
    """["not"] "member" record"""

    negated: bool
    record: Record
    span: Span = ast.place()


@dataclass(frozen=True, slots=True)
class Test:
    """ "test" TEXT [ "as of" DATE ] "{" { "given" record | ["not"] "member" record } "}" """

    audience: ast.Text
    as_of: ast.Date | None
    steps: tuple[Given | Expect | ast.Broken, ...]
    span: Span = ast.place()


Item: TypeAlias = Import | Let | Define | Audience | Retire | Test | ast.Broken


@dataclass(frozen=True, slots=True)
class Script:
    """{ item }, and the comments beside it in order of place"""

    items: tuple[Item, ...]
    comments: tuple[ast.Comment, ...] = field(compare=False)
    span: Span = ast.place()
