"""What a program hands to a public function, looked over there: of another kind than it takes, it is one `TypeError`
whose line says what is expected and what came."""

import datetime as dt
from collections.abc import Iterable, Mapping
from os import PathLike
from reprlib import Repr

from audql.types import Schema

_SHORT = Repr()
_SHORT.maxstring = _SHORT.maxother = 60


def need_text(name: str, value: object) -> None:
    """A text, in a `str`."""
    if not isinstance(value, str):
        cure = "; decode it" if isinstance(value, bytes | bytearray) else ""
        raise TypeError(f"{name} is a str, not {_shown(value)}{cure}")


def need_schema(name: str, value: object) -> None:
    if not isinstance(value, Schema):
        model = value.__name__ if isinstance(value, type) and not issubclass(value, Mapping | str | int) else ""
        cure = f"; audql.Schema.of({model}) makes one of a model" if model else ""
        raise TypeError(f"{name} is an audql.Schema, not {_shown(value)}{cure}")


def need_zone(name: str, value: object) -> None:
    """The name of a zone, which may yet be none."""
    if not isinstance(value, str):
        key = getattr(value, "key", None)
        cure = f"; write {name}={key!r}" if isinstance(key, str) else ""
        raise TypeError(f"{name} is a zone's name such as 'Europe/London', not {_shown(value)}{cure}")


def need_day(name: str, value: object) -> None:
    if value is not None and not isinstance(value, dt.date):
        raise TypeError(f"{name} is a date, a datetime or None, not {_shown(value)}")


def need_several(name: str, value: object, what: str) -> None:
    """Several, in anything that can be gone through, which one record or one text would be too."""
    if cure := _rows_of(value):
        raise TypeError(f"{name} is a list of {what}, not {_shown(value)}; {cure} makes one")
    if isinstance(value, str | bytes | Mapping) or not isinstance(value, Iterable):
        raise TypeError(f"{name} is a list of {what}, not {_shown(value)}")


def need_one(name: str, value: object, what: str) -> None:
    """One, which a table of them is not."""
    if cure := _rows_of(value):
        raise TypeError(f"{name} is one {what}, not {_shown(value)}; {cure} makes a list of them")


def need_collected(value: object) -> None:
    """A table that has been read, where it is one."""
    if _rows_of(value) == _COLLECTED:
        raise TypeError(f"a table is a DataFrame, not {_shown(value)}; .collect() makes one")


_COLLECTED = ".collect().to_dicts()"


def _rows_of(value: object) -> str:
    """What makes a list of records of a table of a data frame library; nothing for what is none."""
    kinds = {(base.__module__.partition(".")[0], base.__name__) for base in type(value).__mro__}
    if ("polars", "LazyFrame") in kinds:
        return _COLLECTED
    if ("polars", "DataFrame") in kinds:
        return ".to_dicts()"
    if ("pandas", "DataFrame") in kinds:
        return ".to_dict('records')"
    return ".to_pylist()" if kinds & {("pyarrow", "Table"), ("pyarrow", "RecordBatch")} else ""


def need_each(name: str, values: Iterable[object], kind: type, what: str) -> None:
    """Of several, each of one kind."""
    for value in values:
        if not isinstance(value, kind):
            raise TypeError(f"{name} is a list of {what}, and {_shown(value)} in it is none")


def need_folder(name: str, value: object) -> None:
    if value is not None and not isinstance(value, str | PathLike):
        raise TypeError(f"{name} is the path of a folder or None, not {_shown(value)}")


def _shown(value: object) -> str:
    """What came: plain values themselves, and of all else, which may hold what is nobody's business, the kind."""
    if value is None or isinstance(value, str | bytes | bool | int | float):
        return _SHORT.repr(value)
    if isinstance(value, type):
        return f"the class {value.__name__}"
    kind = type(value).__name__
    return f"{'an' if kind[:1] in 'AEIOUaeiou' else 'a'} {kind}"
