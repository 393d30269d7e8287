"""The text of `audql.toml` → the configuration, or all that is wrong with it, each at its place in the file.

Which elements, fields, sources and targets there are the plugins say, whose names are read first.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from pydantic import BaseModel, ValidationError

from audql.diagnostics import Diagnostic, RunError
from audql.plugins import OWN_SOURCES, OWN_TARGET, Plugin
from audql.snapshot.schema import CUSTOM, TABLES, Table
from audql.source import Source
from audql.types import Scalar
from audql.workspace import messages
from audql.workspace.config import ColumnMapping, Config, ElementFeed, Feed, General
from audql.workspace.places import Places, place_of_error

_SECRET = re.compile(r"""(://)([^\s"']{0,4000})(?=@)|(password\s*=\s*|(?:://[^\s"'@]*|@[^\s"']*)\?)([^\n]*)""", re.I)


def read_config(text: str) -> Config:
    """The configuration of a workspace without plugins. Raises RunError with all its mistakes."""
    data, places = parsed(text)
    return config_of(data, (), TABLES, places)


def parsed(text: str) -> tuple[Mapping[str, Any], Places]:
    """What the TOML says. Raises RunError for what is none."""
    source = Source(_without_secrets(text), messages.FILE)
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as problem:
        raise RunError(messages.not_toml(str(problem), place_of_error(source, str(problem)))) from None
    except RecursionError:
        raise RunError(messages.not_toml("too many brackets in one another", None)) from None
    return data, Places(source)


def _without_secrets(text: str) -> str:
    """What messages show of the file. A password belongs nowhere in it, but there may be one all the same."""
    return _SECRET.sub(lambda found: (found[1] or found[3]) + "*" * len(found[2] or found[4] or ""), text)


def general_of(data: Mapping[str, Any]) -> General:
    """`[workspace]`, where it has no mistake that is to be told with all others."""
    try:
        return General.model_validate(data.get("workspace", {}))
    except ValidationError:
        return General()


def config_of(data: Mapping[str, Any], plugins: Sequence[Plugin], tables: Sequence[Table], places: Places) -> Config:
    """The configuration. Raises RunError with all its mistakes."""
    feed = data.get("feed")
    known = list(dict.fromkeys([*Feed.model_fields, *(table.name for table in tables)]))
    strays = [name for name in feed if name not in known] if isinstance(feed, dict) else []
    found = [messages.unknown_key(f"feed.{name}", known, places.of(("feed", name))) for name in strays]
    try:
        config = Config.model_validate(data)
    except ValidationError as problem:
        raise RunError(*found, *_explain(problem, [("feed", name) for name in strays], places)) from None
    if found := [*found, *_misnamed(config, plugins, tables, places)]:
        raise RunError(*found)
    return config


def _misnamed(
    config: Config, plugins: Sequence[Plugin], tables: Sequence[Table], places: Places
) -> Iterator[Diagnostic]:
    """What is called by a name that there is not."""
    sources = [*OWN_SOURCES, *(source.name for plugin in plugins for source in plugin.sources)]
    targets = [OWN_TARGET, *(target.name for plugin in plugins for target in plugin.targets)]
    for name in config.sources:
        if name not in sources or name in ("csv", "jsonl", "parquet"):  # these have nothing to be set
            known = [source for source in sources if source not in ("csv", "jsonl", "parquet")]
            yield messages.no_source(name, known, places.of(("sources", name)))
    recipients = [
        recipient.name for plugin in plugins for recipient in plugin.recipients if not isinstance(recipient, str)
    ]
    for name in config.recipients:
        if name not in recipients:
            yield messages.no_recipient(name, recipients, places.of(("recipients", name)))
    if config.feed is not None:
        yield from _of_feed(config.feed, sources, tables, places)
    named = config.targets.names()
    for name in named:
        if name not in targets:
            yield messages.no_target(name, targets, places.of(("targets", name)))
    if len(named) > 1:
        yield messages.several_targets(named, places.of(("targets", named[-1])))


def _of_feed(feed: Feed, sources: Sequence[str], tables: Sequence[Table], places: Places) -> Iterator[Diagnostic]:
    by_name = {table.name: table for table in tables}
    if not feed.people:
        yield messages.missing("feed.people", places.of(("feed",)))
    if feed.source not in sources:
        yield messages.no_source(feed.source, sources, places.of(("feed", "source")))
    for name, part in feed.parts():
        if part.source and part.source not in sources:
            yield messages.no_source(part.source, sources, places.of(("feed", name, "source")))
        if name in by_name:
            yield from _of_columns(part, by_name[name], places)
            yield from _of_changes(part, by_name[name], places)
    for name in dict(feed.parts()):
        kinds = {(part.delta, part.absent) for other, part in feed.parts() if other == name}
        if len(kinds) > 1:
            cure = "give all files of an element the same `delta` and `absent`"
            yield messages.unfit_here(
                f"feed.{name}", "has files of which some are deltas", cure, places.of(("feed", name))
            )


def _of_changes(part: ElementFeed, table: Table, places: Places) -> Iterator[Diagnostic]:
    """What a part says of changes, where it cannot be so."""

    def wrong(key: str, why: str, cure: str) -> Diagnostic:
        return messages.unfit_here(f"feed.{table.name}.{key}", why, cure, places.of(("feed", table.name, key)))

    if part.deleted is not None and not part.delta:
        yield wrong("deleted", "is for deltas", "add `delta = true`; of a full feed `absent` says what is gone")
    if part.deleted is not None and part.deleted.column is None:
        yield wrong("deleted", "names no column", 'write `deleted = "Deleted"`, or with `column`, `yes` and `no`')
    if part.absent == "suspend" and table.name != "people":
        yield wrong(
            "absent", f"cannot be `suspend` of {table.name}", "only people are suspended; write `keep` or `remove`"
        )
    if part.absent == "keep" and not table.key:
        yield wrong("absent", f"cannot be `keep` of {table.name}", "a file with the latest rows only is `delta = true`")
    unchanged = [name for name, mapping in part.columns.items() if mapping.blank == "unchanged"]
    if (part.blank == "unchanged" or unchanged) and not table.key:
        yield wrong(
            "blank", f"cannot be `unchanged` of {table.name}", "its rows have no key by which they are known again"
        )


def _of_columns(part: ElementFeed, table: Table, places: Places) -> Iterator[Diagnostic]:
    fields = [c.name for c in table.columns]
    for field, mapping in part.columns.items():
        place = places.of(("feed", table.name, "columns", field))
        if field.startswith(CUSTOM) and table.custom and len(field) > len(CUSTOM):
            continue
        column = table.column(field)
        if column is None:
            yield messages.unknown_field(table.name, field, fields, table.custom, place)
        elif mapping.type is not None and Scalar(mapping.type) is not column.type:
            yield messages.fixed_type(table.name, field, column.type, place)


# --- pydantic's errors → ours -----------------------------------------------------------------------------------------


def _explain(problem: ValidationError, said: Sequence[tuple[str, ...]], places: Places) -> Iterator[Diagnostic]:
    """But for those in tables of which all is said. Those about one key of a list of files lose the file's number."""
    for found in problem.errors():
        key = tuple(str(part) for part in found["loc"] if not isinstance(part, int))
        if key[:2] in said:
            continue
        place = places.of(key)
        name = ".".join(key)
        match found["type"]:
            case "extra_forbidden":
                yield messages.unknown_key(name, _keys_beside(key), place)
            case "missing":
                yield messages.missing(name, place)
            case "value_error":
                fact, _, cure = str(found["ctx"]["error"]).partition("; ")
                yield messages.unfit(name, fact, cure, place)
            case _:
                yield messages.unfit(name, messages.lower(found["msg"]), _wanted(key), place)


def _keys_beside(key: tuple[str, ...]) -> tuple[str, ...]:
    model: Any = Config
    for part in key[:-1]:
        if model is Feed:
            model = ElementFeed
        elif model is not None and part in model.model_fields:
            model = _model_in(model.model_fields[part].annotation)
        elif model is ElementFeed or model is None:
            model = ColumnMapping
    return tuple(f.alias or name for name, f in model.model_fields.items()) if model is not None else ()


def _model_in(annotation: Any) -> Any:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    inner = (_model_in(a) for a in getattr(annotation, "__args__", ()) if a is not Ellipsis)
    return next((m for m in inner if m is not None), None)


def _wanted(key: tuple[str, ...]) -> str:
    if key[-1] in ("share", "max_head_count_fall", "max_rows_fall", "max_refused", "max_changed"):
        return 'a share is written "10 %"'
    return ""
