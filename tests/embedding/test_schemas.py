"""What `Schema.of` makes of models, and what queries over them mean."""

import datetime as dt
import pickle
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from enum import Enum, IntEnum
from typing import Annotated, Any, ClassVar, Generic, Literal, NewType, NotRequired, Optional, TypedDict, TypeVar
from uuid import UUID

import pytest
from pydantic import BaseModel, ConfigDict, Field, computed_field
from pydantic.dataclasses import dataclass as pydantic_dataclass

import audql
from audql import Many, One, Scalar, Schema

TODAY = dt.date(2026, 11, 23)
T = TypeVar("T")


class Grade(Enum):
    JUNIOR = 1
    SENIOR = 2


class Colour(Enum):
    RED = "red"
    BLUE = "blue"


class Size(IntEnum):
    SMALL = 1
    LARGE = 2


Badge = NewType("Badge", str)


class Team(BaseModel):
    id: str
    name: str
    parent: "Team | None" = None


class Completion(BaseModel):
    learning: str
    completed: dt.date | None = None
    grade: float | None = None


class Employee(BaseModel):
    id: Annotated[str, audql.CODE]
    name: str
    age: Annotated[int, Field(ge=0)] = 30
    pay: Decimal | None = None
    active: bool = True
    born: dt.date
    seen: dt.datetime | None = None
    changed: dt.date | dt.datetime | None = None
    nickname: str = ""
    tags: list[str] = []
    codes: frozenset[Annotated[str, audql.CODE]] = frozenset()
    serial: UUID | None = None
    badge: Badge | None = None
    grade: Grade | None = None
    grades: list[Grade] = []
    colour: Colour = Colour.RED
    size: Size = Size.SMALL
    kind: Literal["permanent", "temporary"] = "permanent"
    level: Literal[1, 2, None] = None
    team: str | Team | None = None
    manager: Optional["Employee"] = None
    completions: list[Completion] = []
    certificates: dict[str, str] = {}
    things: list[dict[str, Any]] = []
    anything: Any = None
    either: int | str = 1
    limit: int = 5
    ranked: ClassVar[int] = 3

    @computed_field  # type: ignore[prop-decorator]  # pydantic documents it so
    @property
    def age_in_months(self) -> int:
        return self.age * 12


EMPLOYEES = Schema.of(Employee)

ANN = Employee(
    id="E1",
    name="Ann",
    age=40,
    pay=Decimal("10.5"),
    born=dt.date(1986, 2, 3),
    seen=dt.datetime(2026, 11, 20, 8, tzinfo=dt.UTC),
    changed=dt.date(2026, 11, 1),
    tags=["Red", "blue"],
    codes=frozenset({"aB"}),
    serial=UUID(int=5),
    badge=Badge("x"),
    grade=Grade.SENIOR,
    grades=[Grade.JUNIOR],
    size=Size.LARGE,
    kind="temporary",
    level=2,
    team=Team(id="t1", name="Sales", parent=Team(id="t0", name="Everyone")),
    completions=[Completion(learning="Safety", completed=dt.date(2026, 1, 5), grade=80)],
    certificates={"first aid": "A"},
    things=[{"made": "2026-01-01", "of": "wood"}],
)
BOB = Employee(id="E2", name="Bob", born=dt.date(2000, 1, 1), team="Sales", manager=ANN)


@pytest.mark.parametrize(
    ("name", "type_", "always_set", "many", "values"),
    [
        ("id", Scalar.CODE, True, False, ()),
        ("name", Scalar.TEXT, True, False, ()),
        ("age", Scalar.NUMBER, True, False, ()),
        ("pay", Scalar.NUMBER, False, False, ()),
        ("active", Scalar.YES_NO, True, False, ()),
        ("born", Scalar.DATE, True, False, ()),
        ("seen", Scalar.INSTANT, False, False, ()),
        ("changed", Scalar.INSTANT, False, False, ()),
        ("nickname", Scalar.TEXT, False, False, ()),
        ("tags", Scalar.TEXT, False, True, ()),
        ("codes", Scalar.CODE, False, True, ()),
        ("serial", Scalar.CODE, False, False, ()),
        ("badge", Scalar.TEXT, False, False, ()),
        ("grade", Scalar.NUMBER, False, False, ()),
        ("grades", Scalar.NUMBER, False, True, ()),
        ("colour", Scalar.TEXT, True, False, ("red", "blue")),
        ("size", Scalar.NUMBER, True, False, ()),
        ("kind", Scalar.TEXT, True, False, ("permanent", "temporary")),
        ("level", Scalar.NUMBER, False, False, ()),
        ("team", One("team"), False, False, ()),
        ("manager", One("employee"), False, False, ()),
        ("completions", Many("completion"), False, False, ()),
        ("completion", Many("completion"), False, False, ()),
        ("certificates", One("anything"), False, False, ()),
        ("things", Many("anything"), False, False, ()),
        ("thing", Many("anything"), False, False, ()),
        ("anything", Scalar.ANY, False, False, ()),
        ("either", Scalar.ANY, True, False, ()),
        ("age_in_months", Scalar.NUMBER, False, False, ()),
    ],
)
def test_what_a_field_of_a_model_is(
    name: str, type_: object, always_set: bool, many: bool, values: tuple[str, ...]
) -> None:
    found = EMPLOYEES.person.field(name)
    assert found is not None
    assert (found.type, found.always_set, found.many, found.values) == (type_, always_set, many, values)


def test_what_a_model_is() -> None:
    assert [(r.name, r.plural, r.keys, r.short, r.open) for r in EMPLOYEES.records] == [
        ("employee", "employees", ("id", "name"), ("id", "name"), False),
        ("team", "teams", ("id", "name"), ("name",), False),
        ("completion", "completions", (), (), False),
    ]
    assert EMPLOYEES.person.field("ranked") is None
    assert pickle.loads(pickle.dumps(EMPLOYEES)) == EMPLOYEES == Schema.of(Employee)


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ('id = "E1"', ["Ann"]),
        ('id = "e1"', []),
        ('name = "ann"', ["Ann"]),
        ("age > 35 and age_in_months = 480", ["Ann"]),
        ("pay = 10.5", ["Ann"]),
        ("active", ["Ann", "Bob"]),
        ("born before 1990-01-01", ["Ann"]),
        ("seen within last 7 days", ["Ann"]),
        ("changed on 2026-11-01", ["Ann"]),
        ('tags in ("green", "blue")', ["Ann"]),
        ('codes = "aB"', ["Ann"]),
        ('codes = "ab"', []),
        ('serial = "00000000-0000-0000-0000-000000000005"', ["Ann"]),
        ("grade = 2", ["Ann"]),
        ("grades = 1", ["Ann"]),
        ('colour = "RED"', ["Ann", "Bob"]),
        ("size = 2", ["Ann"]),
        ('kind = "temporary"', ["Ann"]),
        ("level is set", ["Ann"]),
        ('team = "Sales"', ["Ann", "Bob"]),
        ('team.name = "sales"', ["Ann", "Bob"]),
        ('team.parent = "t0"', ["Ann"]),
        ('manager = "Ann"', ["Bob"]),
        ('manager.team.parent.name = "everyone"', ["Bob"]),
        ("any completion (grade >= 80 and completed within this year)", ["Ann"]),
        ('completed("Safety", within: this year)', ["Ann"]),
        ('last_grade("Safety") = 80', ["Ann"]),
        ("completions_count() = 0", ["Bob"]),
        ("anniversary(born, years: 40, within: this year)", ["Ann"]),
        ('certificates.`first aid` = "a"', ["Ann"]),
        ('any thing (of = "wood" and made before today)', []),
        ('any thing (`of` = "wood" and made before today)', ["Ann"]),
        ("either = 1", ["Ann", "Bob"]),
        ("`limit` = 5", ["Ann", "Bob"]),
        ("person.age > 35", ["Ann"]),
    ],
)
def test_what_a_query_over_a_model_means(text: str, names: list[str]) -> None:
    try:
        query = audql.compile(text, schema=EMPLOYEES)
    except audql.CompileError:
        assert names == []
        return
    people: Sequence[Employee | Mapping[str, object]] = [ANN, BOB]
    assert [get(p) for p in query.select(people, TODAY)] == names
    assert [get(p) for p in people if query.matches(p, TODAY)] == names
    as_json: list[Mapping[str, object]] = [p.model_dump(mode="json") for p in (ANN, BOB)]
    if "grade" not in text:
        assert [get(p) for p in query.select(as_json, TODAY)] == names


def get(person: Employee | Mapping[str, object]) -> object:
    return person.name if isinstance(person, Employee) else person["name"]


@pytest.mark.parametrize(
    ("text", "code", "message"),
    [
        ("nom = 1", "AQ201", "no field `nom`"),
        ('age = "40"', "AQ301", "`age` is a number, and this is text"),
        ('colour = "green"', "AQ329", '`colour` is never "green"'),
        ("team.size = 1", "AQ201", "no field `team.size`"),
        ('enrolled("X")', "AQ217", "`enrolled` needs `enrolments`"),
        ("overdue()", "AQ217", "`overdue` needs `enrolments`"),
        ('completed("X", kind: "course")', "AQ217", "`completed` needs `kind`"),
        ('completed_programme("X")', "AQ217", "`completed_programme` needs `kind`"),
        ('member("X")', "AQ217", "`member` needs `audiences`"),
        ('member_since("X") before today', "AQ217", "`member_since` needs `audiences`"),
        ('last_enrolled("X") before today', "AQ217", "`last_enrolled` needs `enrolments`"),
        ("manages_people()", "AQ217", "`manages_people` needs `reports`"),
        ('completed(all: ("X", "Y"), kind: "course")', "AQ217", "`completed` needs `kind`"),
        ('any manager (enrolled("X"))', "AQ217", "`enrolled` needs `enrolments`"),
        ("enroled()", "AQ202", "no function `enroled`"),
    ],
)
def test_what_a_model_does_not_have_is_one_mistake(text: str, code: str, message: str) -> None:
    with pytest.raises(audql.CompileError) as raised:
        audql.compile(text, schema=EMPLOYEES)
    (found,) = raised.value.diagnostics
    assert (found.code, found.message) == (code, message)
    assert found.span is not None
    assert found.span.source.name == "query"
    assert "enrolled" not in found.hint


def test_a_function_never_takes_another_items_field_for_its_own() -> None:
    """The employee's `kind` is not the completion's."""
    with pytest.raises(audql.CompileError, match="`completed` needs `kind`"):
        audql.compile('completed("X", kind: "permanent")', schema=EMPLOYEES)


def test_a_field_that_may_be_empty_draws_a_warning_when_negated() -> None:
    warned = {
        name: bool(audql.compile(f"{name} != {value}", schema=EMPLOYEES).diagnostics)
        for name, value in {"name": '"x"', "pay": "3", "nickname": '"x"', "age": "3"}.items()
    }
    assert warned == {"name": False, "pay": True, "nickname": True, "age": False}


# --- other kinds of models --------------------------------------------------------------------------------------------


class Tag(TypedDict):
    name: str


class Post(TypedDict):
    title: str
    tags: list[Tag]
    draft: NotRequired[bool]
    replies: "list[Post]"


def test_a_typed_dict() -> None:
    schema = Schema.of(Post)
    query = audql.compile('tag.name = "news" and any reply (draft)', schema=schema)
    post: Post = {"title": "x", "tags": [{"name": "News"}], "replies": [{"title": "y", "tags": [], "replies": []}]}
    assert not query.matches(post)
    post["replies"][0]["draft"] = True
    assert query.matches(post)
    draft = schema.person.field("draft")
    assert draft is not None
    assert not draft.always_set


def test_a_class_with_a_letter_for_a_name_has_records() -> None:
    class T(TypedDict):
        title: str

    with pytest.raises(audql.CompileError) as wrong:
        audql.compile('place = "x"', schema=Schema.of(T))
    assert wrong.value.diagnostics[0].label == "a record has none"


@dataclass
class Box:
    weight: float
    inside: "list[Box]" = field(default_factory=list)
    note: str | None = None
    _secret: int = 0


@dataclass(slots=True)
class Shelf(Box):
    height: int = 3


def test_a_dataclass() -> None:
    schema = Schema.of(Shelf)
    query = audql.compile("height = 3 and weight > 2 and any inside (weight < 1)", schema=schema)
    assert query.matches(Shelf(3.0, [Box(0.5)]))
    assert not query.matches(Shelf(3.0))
    assert schema.person.field("_secret") is None


@pydantic_dataclass
class Coin:
    side: Literal["head", "tail"]


class Plain:
    colour: str
    wheels: int = 4

    def __init__(self, colour: str) -> None:
        self.colour = colour


class Empty:
    pass


class Open(BaseModel):
    model_config = ConfigDict(extra="allow")
    name: str
    parts: list["Open"] = []


class Table(BaseModel, Generic[T]):
    rows: list[T] = []


def test_other_classes() -> None:
    assert audql.compile('side = "head"', schema=Schema.of(Coin)).matches(Coin("head"))
    assert audql.compile('colour = "RED" and wheels = 4', schema=Schema.of(Plain)).matches(Plain("red"))
    assert audql.compile("any row (weight > 1)", schema=Schema.of(Table[Box])).matches(Table[Box](rows=[Box(2)]))


def test_a_model_that_allows_more_is_open() -> None:
    query = audql.compile('nom = 3 and name = "x"', schema=Schema.of(Open))
    assert query.matches(Open.model_validate({"name": "x", "nom": 3}))


def test_two_models_of_one_name() -> None:
    @dataclass
    class Team:
        lead: str

    @dataclass
    class Firm:
        team: Team
        parts: list["Firm"]

    globals()["_Team"] = Team
    both = Schema.of(dataclass(type("Both", (), {"__annotations__": {"ours": Team, "theirs": globals()["Team"]}})))
    assert [r.name for r in both.records] == ["both", "team", "team_2"]
    assert [f.name for f in both.record("team").fields] == ["lead"]


@pytest.mark.parametrize("wrong", [int, str, list, dict, 3, None, Colour, "Employee"])
def test_what_is_no_model(wrong: Any) -> None:
    with pytest.raises(TypeError, match=r"Schema\.of takes a pydantic model"):
        Schema.of(wrong)


def test_what_says_nothing_of_its_fields() -> None:
    with pytest.raises(TypeError):
        Schema.of(Empty)
    with pytest.raises(TypeError, match="declares no fields"):
        Schema.of(dataclass(type("Nothing", (), {})))


def test_an_annotation_that_means_nothing() -> None:
    lost: Any = dataclass(type("Lost", (), {"__annotations__": {"x": "Nowhere"}}))
    with pytest.raises(TypeError, match=r"Lost: name 'Nowhere' is not defined; the models of a schema stand"):
        Schema.of(lost)


# --- the open schema --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "holds"),
    [
        ("a.b = 1", True),
        ('a.b = "1"', False),
        ("any c (d = 2 and e)", True),
        ("since before today", True),
        ("anniversary(since, within: this year)", True),
        ("no_such_thing = 3", False),
    ],
)
def test_the_open_schema(text: str, holds: bool) -> None:
    record = {"a": {"b": 1}, "c": [{"d": 2, "e": True}], "since": "2020-03-04"}
    assert audql.compile(text, schema=audql.OPEN).matches(record, TODAY) is holds


@pytest.mark.parametrize("text", ['completed("X")', 'last_completed("X") before today', "manages_people()"])
def test_functions_do_not_ask_the_open_schema_in_vain(text: str) -> None:
    with pytest.raises(audql.CompileError) as raised:
        audql.compile(text, schema=audql.OPEN)
    assert [d.code for d in raised.value.diagnostics] == ["AQ217"]
