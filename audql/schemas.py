"""A model (pydantic, dataclass, TypedDict, any class with annotations) → the schema of its records.

Nothing of pydantic is imported: its models say what their fields are.
"""

import datetime as dt
import sys
import types
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import MISSING, dataclass, fields, is_dataclass
from decimal import Decimal
from enum import Enum
from inspect import get_annotations
from numbers import Number
from typing import (
    Annotated,
    Any,
    ClassVar,
    Final,
    Literal,
    TypeVar,
    Union,
    get_args,
    get_origin,
    get_type_hints,
    is_typeddict,
)
from uuid import UUID

from audql.types import ANYTHING, Field, FieldType, Many, One, RecordType, Scalar, Schema

KEYS = ("id", "name")
"""The fields that a reference is compared by, in models that have them."""

_SCALARS: tuple[tuple[type, Scalar], ...] = (
    (bool, Scalar.YES_NO),
    (dt.datetime, Scalar.INSTANT),
    (dt.date, Scalar.DATE),
    (str, Scalar.TEXT),
    (UUID, Scalar.CODE),
    (int, Scalar.NUMBER),
    (float, Scalar.NUMBER),
    (Decimal, Scalar.NUMBER),
    (Number, Scalar.NUMBER),
)
"""The first that a class is a kind of is meant: a bool is an int, a datetime is a date."""


@dataclass(frozen=True, slots=True)
class _Declared:
    """A field as its model has it."""

    name: str
    hint: object
    can_be_missing: bool


@dataclass(frozen=True, slots=True)
class _Shape:
    """What a type annotation says of a field."""

    type: FieldType
    many: bool = False
    empty: bool = False
    values: tuple[str, ...] = ()


_ANY = _Shape(Scalar.ANY, empty=True)


def schema_of(model: type[Any]) -> Schema:
    """The schema whose people are the model's instances, or mappings of the same shape. Raises `TypeError`."""
    if not _is_model(model):
        raise TypeError(f"Schema.of takes a pydantic model, a dataclass, a TypedDict or a class with fields: {model!r}")
    models = _Models(model)
    records = []
    for each_model, name in models:
        records.append(_record(each_model, name, models))
    if not records[0].fields and not records[0].open:
        raise TypeError(f"{model.__name__} declares no fields")
    return Schema(tuple(records), root=models.root)


class _Models:
    """The models met so far, each under the name of its record type; iterating takes in those met on the way."""

    def __init__(self, root: type) -> None:
        self._names: dict[type, str] = {}
        self.root = self.name_of(root)

    def name_of(self, model: type) -> str:
        if model not in self._names:
            wanted = _words(model.__name__).replace(" ", "_") or "item"
            taken = {*self._names.values(), ANYTHING.name}
            numbered = (f"{wanted}_{number}" for number in range(2, sys.maxsize))
            self._names[model] = wanted if wanted not in taken else next(n for n in numbered if n not in taken)
        return self._names[model]

    def classes(self) -> dict[str, Any]:
        """What the annotations of a class made inside a function may speak of."""
        return {model.__name__: model for model in self._names}

    def __iter__(self) -> Iterator[tuple[type, str]]:
        at = 0
        while at < len(self._names):
            yield list(self._names.items())[at]
            at += 1


def _record(model: type, name: str, models: _Models) -> RecordType:
    declared = list(_declared(model, models))
    names = {d.name for d in declared}
    made = tuple(_field(d, _shape(d.hint, models), names) for d in declared)
    keys = tuple(key for key in KEYS if any(f.name == key and isinstance(f.type, Scalar) and not f.many for f in made))
    words = _words(model.__name__)
    singular = words if len(words) > 1 else "record"  # `T` is no word to be read
    short = keys if name == models.root else keys[-1:]
    return RecordType(name, singular, _plural(singular), made, keys, short=short, open=_is_open(model))


def _field(declared: _Declared, shape: _Shape, names: Collection[str]) -> Field:
    singular = _singular(declared.name) if isinstance(shape.type, Many) else declared.name
    return Field(
        declared.name,
        shape.type,
        also=() if singular in names else (singular,),
        always_set=isinstance(shape.type, Scalar) and not (shape.empty or shape.many or declared.can_be_missing),
        values=shape.values,
        many=shape.many,
    )


# --- what models say of their fields ----------------------------------------------------------------------------------


def _is_model(hint: object) -> bool:
    if is_typeddict(hint):
        return True
    if not isinstance(hint, type) or issubclass(hint, Enum | str | Mapping):
        return False
    if is_dataclass(hint) or hasattr(hint, "__pydantic_fields__"):
        return True
    return any(get_annotations(c) for c in hint.__mro__[:-1]) and not _scalar(hint) and not issubclass(hint, Iterable)


def _is_open(model: type) -> bool:
    config = getattr(model, "model_config", None)
    return isinstance(config, Mapping) and config.get("extra") == "allow"


def _declared(model: type, models: _Models) -> Iterator[_Declared]:
    if hasattr(model, "__pydantic_fields__") and not is_dataclass(model):
        yield from _of_pydantic(model)
        return
    hints = _hints(model, models)
    optional: Collection[str] = getattr(model, "__optional_keys__", frozenset())
    defaults = {f.name: f.default for f in fields(model)} if is_dataclass(model) else vars(model)
    names = [f.name for f in fields(model)] if is_dataclass(model) else list(hints)
    for name in names:
        hint = hints.get(name, Any)
        if not name.startswith("_") and get_origin(hint) is not ClassVar and hint is not ClassVar:
            blank = _is_blank(defaults.get(name, MISSING))
            yield _Declared(name, hint, name in optional or blank)


def _of_pydantic(model: Any) -> Iterator[_Declared]:
    if not getattr(model, "__pydantic_complete__", True):
        model.model_rebuild()
    for name, info in model.model_fields.items():
        hint = Annotated[info.annotation, *info.metadata] if info.metadata else info.annotation
        yield _Declared(name, hint, _is_blank(info.default))
    for name, computed in model.model_computed_fields.items():
        yield _Declared(name, computed.return_type, can_be_missing=True)


def _is_blank(default: object) -> bool:
    return default is None or default == ""


def _hints(model: type, models: _Models) -> Mapping[str, object]:
    try:
        return get_type_hints(model, localns=models.classes(), include_extras=True)
    except NameError as unknown:
        raise TypeError(f"{model.__name__}: {unknown}; the models of a schema stand at the top of a module") from None


# --- what a type annotation says --------------------------------------------------------------------------------------


def _shape(hint: object, models: _Models) -> _Shape:
    """The type of a field's values. What is not understood is a value of any type: nobody is misled by it."""
    origin, arguments = get_origin(hint), get_args(hint)
    if origin is Annotated:
        marked = next((m for m in arguments[1:] if isinstance(m, Scalar)), None)
        return _marked(_shape(arguments[0], models), marked)
    if isinstance(hint, TypeVar):
        return _shape(hint.__bound__ or Any, models)
    supertype = getattr(hint, "__supertype__", None) or getattr(hint, "__value__", None)
    if supertype is not None and not isinstance(hint, type):  # a NewType, or Python 3.12's `type X = …`
        return _shape(supertype, models)
    if origin is Union or origin is types.UnionType:
        return _union([_shape(a, models) for a in arguments if a is not type(None)], type(None) in arguments)
    if origin is Literal:
        return _choice(arguments)
    if origin is Final or _name(origin) in ("Required", "NotRequired", "ReadOnly"):
        return _shape(arguments[0], models)
    kind = origin or hint
    if not isinstance(kind, type):
        return _ANY
    if issubclass(kind, Enum):
        return _enumeration(kind)
    if _is_model(kind):
        return _Shape(One(models.name_of(kind)), empty=True)
    if issubclass(kind, Mapping):
        return _Shape(One(ANYTHING.name), empty=True)
    if issubclass(kind, Iterable) and not issubclass(kind, str | bytes):
        return _several(_shape(arguments[0], models) if arguments else _ANY)
    scalar = _scalar(kind)
    return _Shape(scalar) if scalar is not None else _ANY


def _name(origin: object) -> str:
    return getattr(origin, "_name", None) or ""


def _scalar(kind: type) -> Scalar | None:
    return next((scalar for known, scalar in _SCALARS if issubclass(kind, known)), None)


def _marked(shape: _Shape, marked: Scalar | None) -> _Shape:
    if marked is None or not isinstance(shape.type, Scalar):
        return shape
    return _Shape(marked, shape.many, shape.empty, shape.values)


def _several(element: _Shape) -> _Shape:
    """A list of them."""
    match element.type:
        case One(record):
            return _Shape(Many(record), empty=True)
        case Scalar() if not element.many:
            return _Shape(element.type, many=True, empty=True, values=element.values)
        case _:
            return _Shape(Scalar.ANY, many=True, empty=True)


def _union(shapes: list[_Shape], empty: bool) -> _Shape:
    """One of them: of one type, of an instant and a date, or of an item and the text that is short for it."""
    kinds = {shape.type for shape in shapes}
    empty = empty or any(shape.empty for shape in shapes)
    many = any(shape.many for shape in shapes)
    items = [kind for kind in kinds if not isinstance(kind, Scalar)]
    if len(kinds) == 1:
        values = tuple(dict.fromkeys(v for s in shapes for v in s.values)) if all(s.values for s in shapes) else ()
        return _Shape(kinds.pop(), many, empty, values)
    if kinds <= {Scalar.DATE, Scalar.INSTANT}:
        return _Shape(Scalar.INSTANT, many, empty)
    if len(items) == 1 and kinds <= {items[0], Scalar.TEXT, Scalar.CODE, Scalar.NUMBER}:
        return _Shape(items[0], empty=True)
    return _Shape(Scalar.ANY, many, empty)


def _choice(literals: tuple[object, ...]) -> _Shape:
    values = [v.value if isinstance(v, Enum) else v for v in literals]
    shapes = [_Shape(_scalar(type(v)) or Scalar.ANY) for v in values if v is not None]
    found = _union(shapes, None in values)
    texts = tuple(v for v in values if isinstance(v, str))
    return _Shape(found.type, False, found.empty, texts if found.type is Scalar.TEXT else ())


def _enumeration(kind: type[Enum]) -> _Shape:
    return _choice(tuple(kind))


# --- words ------------------------------------------------------------------------------------------------------------


def _words(name: str) -> str:
    """`PastJob` as `past job`."""
    spaced = "".join(
        f" {c}" if c.isupper() and before and not (before.isupper() and (not after or after.isupper())) else c
        for before, c, after in zip(" " + name, name, name[1:] + " ", strict=False)
    )
    return " ".join(spaced.replace("_", " ").lower().split())


def _plural(noun: str) -> str:
    if noun.endswith("y") and noun[-2:-1] not in "aeiou":
        return noun[:-1] + "ies"
    return noun + ("es" if noun.endswith(("s", "x", "z", "ch", "sh")) else "s")


def _singular(name: str) -> str:
    """The regular singular of a collection's name, or the name itself."""
    endings: tuple[tuple[str, Callable[[str], str]], ...] = (
        ("ies", lambda n: n[:-3] + "y"),
        ("sses", lambda n: n[:-2]),
        ("shes", lambda n: n[:-2]),
        ("ches", lambda n: n[:-2]),
        ("xes", lambda n: n[:-2]),
        ("ss", lambda n: n),
        ("us", lambda n: n),
        ("is", lambda n: n),
        ("s", lambda n: n[:-1]),
    )
    return next((cut(name) for ending, cut in endings if name.endswith(ending) and len(name) > len(ending)), name)
