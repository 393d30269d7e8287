"""`audql.toml` → a workspace: where the feed, the scripts, the state and the target are, and what each column means.

All mistakes are reported at once, each at its place in the file.
"""

from __future__ import annotations

import datetime as dt
import re
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator

from audql.diagnostics import Diagnostic
from audql.snapshot.errors import RunError, error
from audql.snapshot.schema import CUSTOM, NAMES, table
from audql.source import Source, Span
from audql.text import nearest
from audql.types import Scalar

FILE = "audql.toml"


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


def _share(value: object) -> object:
    """`"10 %"`, or 0.1."""
    if isinstance(value, str) and (read := re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*%\s*", value)):
        return float(read[1]) / 100
    return float(value) if isinstance(value, int) and not isinstance(value, bool) else value


def _zone(value: str) -> str:
    try:
        ZoneInfo(value)
    except (ValueError, OSError, LookupError):
        raise ValueError(f"no time zone `{value}`; zones are named like `Europe/London`, or `UTC`") from None
    return value


Share = Annotated[float, BeforeValidator(_share), Field(ge=0, le=1)]
Count = Annotated[int, Field(ge=0)]
Delimiter = Annotated[str, Field(min_length=1, max_length=1)]
Type = Literal["text", "code", "number", "yes/no", "date", "instant"]


class ColumnMapping(_Model):
    """Where one field's values come from: a column of the file, or one value for all rows."""

    column: str | None = None
    value: str | None = None
    type: Type | None = None
    format: str | None = None
    yes: tuple[str, ...] = ()
    no: tuple[str, ...] = ()
    separator: str | None = None

    @model_validator(mode="before")
    @classmethod
    def _lists(cls, data: object) -> object:
        if isinstance(data, str):
            return {"column": data}
        if isinstance(data, dict):
            return {k: tuple(v) if isinstance(v, list) else v for k, v in data.items()}
        return data

    @model_validator(mode="after")
    def _one_of(self) -> ColumnMapping:
        if (self.column is None) == (self.value is None):
            raise ValueError("give either `column` or `value`")
        return self


class ElementFeed(_Model):
    """One file of one element. `columns`: field → where its values come from."""

    file: str
    delimiter: Delimiter = ","
    encoding: str = "utf-8"
    date_format: str | None = None
    instant_format: str | None = None
    unmapped: Literal["custom", "ignore"] = "custom"
    columns: Mapping[str, ColumnMapping] = {}


def _parts(value: object) -> object:
    return (value,) if isinstance(value, dict) else tuple(value) if isinstance(value, list) else value


Parts = Annotated[tuple[ElementFeed, ...], BeforeValidator(_parts)]


class Feed(_Model):
    """Where HR's and the LMS's records come from. Each element is one file, or several (`[[feed.people]]`)."""

    folder: str = "feed"
    max_head_count_fall: Share = 0.1
    people: Parts
    organisations: Parts = ()
    positions: Parts = ()
    learning: Parts = ()
    jobs: Parts = ()
    completions: Parts = ()
    enrolments: Parts = ()
    certifications: Parts = ()
    attendances: Parts = ()
    competencies: Parts = ()
    badges: Parts = ()

    def parts(self) -> Iterator[tuple[str, ElementFeed]]:
        """Each file of each element, in the order in which references can be resolved."""
        for name in NAMES:
            for part in getattr(self, name):
                yield name, part


class General(_Model):
    zone: Annotated[str, AfterValidator(_zone)] = "UTC"
    population: str = ""
    scripts: Annotated[tuple[str, ...], BeforeValidator(lambda v: tuple(v) if isinstance(v, list) else v)] = ("*.aud",)
    plugins: Annotated[tuple[str, ...], BeforeValidator(lambda v: tuple(v) if isinstance(v, list) else v)] = ()
    """The plugins to use, by name; no other is imported."""
    plugins_dir: str = ""
    """A folder of plugins of one file each, beside those that are installed."""


class StateFile(_Model):
    file: str = "state/audql.sqlite"


class LeavesLimit(_Model):
    people: Count = 20
    share: Share = 0.1


class LostLimit(_Model):
    enrolments: Count = 20
    share: Share = 0.05


class RunLimit(_Model):
    enrolments: Count = 500
    share: Share = 0.2


class Holds(_Model):
    """What is out of proportion: more than the number and more than the share."""

    leaves: LeavesLimit = LeavesLimit()
    lost: LostLimit = LostLimit()
    run: RunLimit = RunLimit()


class FileTarget(_Model):
    path: str


class Targets(_Model):
    file: FileTarget | None = None


class Config(_Model):
    """All of `audql.toml`."""

    workspace: General = General()
    feed: Feed | None = None
    state: StateFile = StateFile()
    holds: Holds = Holds()
    targets: Targets = Targets()


class Workspace:
    """A folder with an `audql.toml`. All paths are inside it, links followed."""

    def __init__(self, root: Path, config: Config) -> None:
        self.root = root
        self.config = config
        self.zone: dt.tzinfo = ZoneInfo(config.workspace.zone)

    @classmethod
    def open(cls, folder: Path) -> Workspace:
        """Reads the folder's `audql.toml`. Raises RunError with all its mistakes."""
        path = folder / FILE
        try:
            text = path.read_text(encoding="utf-8-sig")
        except FileNotFoundError:
            raise RunError(_no_workspace(folder)) from None
        except (OSError, UnicodeDecodeError) as problem:
            raise RunError(_not_toml(str(problem), None)) from None
        workspace = cls(folder.resolve(), read_config(text))
        if found := list(workspace._paths_outside(_Places(Source(text, FILE)))):
            raise RunError(*found)
        return workspace

    @property
    def feed_folder(self) -> Path:
        return self.inside(self.config.feed.folder if self.config.feed else "feed")

    @property
    def state_file(self) -> Path:
        return self.inside(self.config.state.file)

    @property
    def snapshots(self) -> Path:
        """The folder of snapshots, beside the state."""
        return self.state_file.parent / "snapshots"

    @property
    def changes_file(self) -> Path | None:
        """Where the target `file` writes."""
        target = self.config.targets.file
        return self.inside(target.path) if target else None

    def scripts(self) -> tuple[Path, ...]:
        """The script files, in order of name."""
        found = {
            path.resolve()
            for pattern in self.config.workspace.scripts
            for path in self.root.glob(pattern)
            if path.is_file() and path.resolve().is_relative_to(self.root)
        }
        return tuple(sorted(found))

    def inside(self, path: str) -> Path:
        """The path, from the workspace's folder on. Raises RunError when it leaves the workspace, by a link too."""
        full = (self.root / path).resolve()
        if not full.is_relative_to(self.root):
            raise RunError(_outside(path, None))
        return full

    def _paths_outside(self, places: _Places) -> Iterator[Diagnostic]:
        config = self.config
        written: list[tuple[str, tuple[str, ...]]] = [(config.state.file, ("state", "file"))]
        if config.feed:
            written.append((config.feed.folder, ("feed", "folder")))
            written += [
                (f"{config.feed.folder}/{part.file}", ("feed", name, "file")) for name, part in config.feed.parts()
            ]
        if config.targets.file:
            written.append((config.targets.file.path, ("targets", "file", "path")))
        for path, key in written:
            try:
                self.inside(path)
            except (RunError, OSError, ValueError):
                yield _outside(path, places.of(key))
        for pattern in config.workspace.scripts:
            if ".." in Path(pattern).parts or Path(pattern).is_absolute() or not pattern:
                yield _outside(pattern, places.of(("workspace", "scripts")))


def read_config(text: str) -> Config:
    """The configuration that a TOML text says. Raises RunError with all its mistakes."""
    source = Source(text, FILE)
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as problem:
        raise RunError(_not_toml(str(problem), _place_of_toml_error(source, str(problem)))) from None
    places = _Places(source)
    try:
        config = Config.model_validate(data)
    except ValidationError as problem:
        raise RunError(*_explain(problem, data, places)) from None
    if found := list(_unknown_fields(config, places)):
        raise RunError(*found)
    return config


def _unknown_fields(config: Config, places: _Places) -> Iterator[Diagnostic]:
    for name, part in config.feed.parts() if config.feed else ():
        element = table(name)
        fields = [c.name for c in element.columns]
        for field, mapping in part.columns.items():
            place = places.of(("feed", name, "columns", field))
            if field.startswith(CUSTOM) and element.custom and len(field) > len(CUSTOM):
                continue
            column = element.column(field)
            if column is None:
                yield _unknown_field(name, field, fields, element.custom, place)
            elif mapping.type is not None and Scalar(mapping.type) is not column.type:
                yield _fixed_type(name, field, column.type, place)


# --- places in the file -----------------------------------------------------------------------------------------------


class _Places:
    """Where keys are written. Found line by line: what is written in another way has its table's place, or none."""

    _HEADER = re.compile(r"\s*\[\[?\s*(?P<name>[^\]]+?)\s*\]\]?\s*(#.*)?$")
    _KEY = re.compile(r"""\s*(?P<key>"[^"]*"|'[^']*'|[A-Za-z0-9_-]+(?:\s*\.\s*[A-Za-z0-9_"-]+)*)\s*=""")

    def __init__(self, source: Source) -> None:
        self._source = source
        self._spans: dict[tuple[str, ...], Span] = {}
        start = 0
        inside: tuple[str, ...] = ()
        implied: dict[tuple[str, ...], Span] = {}
        for line in source.text.splitlines(keepends=True):
            if header := self._HEADER.match(line):
                inside = self._split(header["name"])
                place = self._span(start, header, "name")
                self._spans.setdefault(inside, place)
                for length in range(1, len(inside)):
                    implied.setdefault(inside[:length], place)
            elif key := self._KEY.match(line):
                self._spans.setdefault((*inside, *self._split(key["key"])), self._span(start, key, "key"))
            start += len(line)
        self._spans = implied | self._spans

    def of(self, key: tuple[str, ...]) -> Span | None:
        """The place of the key, or of the nearest table around it."""
        for length in range(len(key), 0, -1):
            if key[:length] in self._spans:
                return self._spans[key[:length]]
        return None

    def _span(self, start: int, found: re.Match[str], group: str) -> Span:
        return Span(self._source, start + found.start(group), start + found.end(group))

    @staticmethod
    def _split(name: str) -> tuple[str, ...]:
        return tuple(part.strip("\"'") for part in re.findall(r""""[^"]*"|'[^']*'|[^.\s]+""", name))


def _place_of_toml_error(source: Source, message: str) -> Span | None:
    found = re.search(r"line (\d+), column (\d+)", message)
    if found is None:
        return None
    lines = source.text.splitlines(keepends=True)
    start = min(len(source.text), sum(map(len, lines[: int(found[1]) - 1])) + int(found[2]) - 1)
    return Span(source, start, start)


# --- messages: AQ501 to AQ509 -----------------------------------------------------------------------------------------


def _explain(problem: ValidationError, data: Mapping[str, Any], places: _Places) -> Iterator[Diagnostic]:
    """pydantic's errors → ours; those about one key of a list of files lose the number of the file."""
    for found in problem.errors():
        key = tuple(str(part) for part in found["loc"] if not isinstance(part, int))
        place = places.of(key)
        name = ".".join(key)
        match found["type"]:
            case "extra_forbidden":
                yield _unknown_key(name, key[-1], _keys_beside(key), place)
            case "missing":
                yield error("AQ505", f"`{name}` is missing", f"add `{key[-1]} = …`", span=place)
            case "value_error":
                fact, _, cure = str(found["ctx"]["error"]).partition("; ")
                yield error("AQ504", f"`{name}`: {fact}", cure, span=place)
            case _:
                yield error("AQ504", f"`{name}`: {_lower(found['msg'])}", _wanted(key), span=place)


def _keys_beside(key: tuple[str, ...]) -> tuple[str, ...]:
    model: Any = Config
    for part in key[:-1]:
        if model is not None and part in model.model_fields:
            model = _model_in(model.model_fields[part].annotation)
        elif model is ElementFeed or model is None:
            model = ColumnMapping
    return tuple(model.model_fields) if model is not None else ()


def _model_in(annotation: Any) -> Any:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    inner = (_model_in(a) for a in getattr(annotation, "__args__", ()) if a is not Ellipsis)
    return next((m for m in inner if m is not None), None)


def _wanted(key: tuple[str, ...]) -> str:
    if key[-1] in ("share", "max_head_count_fall"):
        return 'a share is written "10 %"'
    return ""


def _lower(text: str) -> str:
    return text[:1].lower() + text[1:]


def _no_workspace(folder: Path) -> Diagnostic:
    return error(
        "AQ501",
        f"no `{FILE}` in `{folder}`",
        "`audql init` makes one here; `-C DIR` names the folder of another workspace",
    )


def _not_toml(why: str, place: Span | None) -> Diagnostic:
    hint = "a text stands in quotes, and a table's name in `[ ]`"
    return error("AQ502", f"`{FILE}` cannot be read: {_lower(why)}", hint, span=place)


def _unknown_key(name: str, last: str, known: tuple[str, ...], place: Span | None) -> Diagnostic:
    near = nearest(last, known)
    hint = f"did you mean `{near}`?" if near else f"there can be: {', '.join(known)}" if known else ""
    return error("AQ503", f"no setting `{name}`", hint, span=place)


def _outside(path: str, place: Span | None) -> Diagnostic:
    return error(
        "AQ506",
        f"`{path}` is outside the workspace",
        "all files of a workspace are inside its folder; move the file, or the workspace's folder above it",
        span=place,
    )


def _unknown_field(element: str, field: str, known: list[str], custom: bool, place: Span | None) -> Diagnostic:
    near = nearest(field, known)
    hint = f"did you mean `{near}`?" if near else f"there are: {', '.join(known)}"
    if custom and not near:
        hint += f'; a field of your own is written `"{CUSTOM}{field}"`'
    return error("AQ507", f"{element} have no field `{field}`", hint, span=place)


def _fixed_type(element: str, field: str, scalar: Scalar, place: Span | None) -> Diagnostic:
    return error(
        "AQ508",
        f"`{field}` of {element} is always of type {scalar.value}",
        f'leave `type` out, or map the column to a field of your own: `"{CUSTOM}{field}"`',
        span=place,
    )
