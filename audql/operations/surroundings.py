"""A workspace and its snapshot → what scripts are compiled against, and the people that rules are asked of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING

from audql.binding import AsOf
from audql.engines.population import Population
from audql.mail.files import names_in
from audql.program.compiling import Settings
from audql.semantics.context import NOTHING_KNOWN, Catalogue
from audql.snapshot.schema import CUSTOM, TABLE_OF, TABLES
from audql.types import Field, Many, One, RecordType, Scalar, Schema

if TYPE_CHECKING:
    from audql.engines.engine import Engine
    from audql.engines.roster import Roster
    from audql.operations.crowds import Crowd
    from audql.plugins import Plugin
    from audql.snapshot.snapshot import Snapshot
    from audql.workspace import Workspace

EVERYONE = "true"


class Surroundings:
    """What a workspace knows as of one day. Without a snapshot: what its mapping declares, and nobody."""

    def __init__(self, workspace: Workspace, when: AsOf) -> None:
        self.workspace = workspace
        self.when = when

    @cached_property
    def snapshot(self) -> Snapshot | None:
        """The current one, if a feed was ever read."""
        from audql.snapshot.store import current_name

        if current_name(self.workspace.snapshots) is None:
            return None
        from audql.snapshot.snapshot import Snapshot

        return Snapshot.open(self.workspace.snapshots, tables=self.workspace.tables)

    def require_snapshot(self) -> Snapshot:
        """The current one. Raises RunError before the first sync."""
        if self.snapshot is None:
            from audql.diagnostics import RunError
            from audql.snapshot import messages

            raise RunError(messages.no_snapshot())
        return self.snapshot

    @property
    def vocabulary(self) -> Settings:
        """The vocabulary with what the workspace's plugins add."""
        return self.workspace.vocabulary

    @cached_property
    def schema(self) -> Schema:
        if self.snapshot is not None:
            return declaring(self.vocabulary.schema, self.snapshot.custom_fields())
        return declaring(self.vocabulary.schema, _mapped(self.workspace), still_open=True)

    @property
    def own_fields_of_people(self) -> Mapping[str, Scalar] | None:
        """Those under `custom`; None before a feed was read, as its columns can be any."""
        if self.snapshot is None:
            return None
        return {**_mapped(self.workspace).get("person", {}), **self.snapshot.custom_fields().get("person", {})}

    @cached_property
    def catalogue(self) -> Catalogue:
        """What rules can name. Of kinds that the feed has no table of, what rows happen to name is part of it."""
        if self.snapshot is None:
            return NOTHING_KNOWN
        from audql.operations.directory import Directory

        things, complete = self.snapshot.catalogue(), self.snapshot.complete_kinds()
        known = {kind: found for kind, found in things.items() if found or kind in complete}
        known["person"] = Directory(self.snapshot)
        return Catalogue(known, partly=frozenset(known) - complete)

    @cached_property
    def population(self) -> Population:
        records = self.snapshot.records() if self.snapshot is not None else {}
        return Population(self.schema, [records[who] for who in sorted(records)], self.when)

    @cached_property
    def needs_records(self) -> bool:
        """Whether a plugin adds what only records can say."""
        return any(_needs_records(plugin, self.schema) for plugin in self.workspace.plugins)

    def engine_of(self, roster: Roster) -> Engine:
        """What evaluates rules about everyone in the snapshot, in the ordinals of the roster."""
        if self.needs_records:
            from audql.engines.record_engine import RecordEngine

            return RecordEngine(self.population, roster)
        from audql.engines.columnar.engine import ColumnarEngine

        return ColumnarEngine(self.require_snapshot(), self.schema, roster, self.when)

    @cached_property
    def _crowd(self) -> Crowd:
        from audql.operations.crowds import crowd_of

        return crowd_of(self)

    def settings(self, *, counting: bool) -> Settings:
        """`counting`: warnings say how many people they are about, which takes asking everyone."""
        return replace(
            self.vocabulary,
            schema=self.schema,
            catalogue=self.catalogue,
            population=self.workspace.config.workspace.population or EVERYONE,
            whole=True,
            templates=names_in(self.workspace.templates) if self.workspace.config.mail is not None else None,
            people=self._crowd if counting and self.snapshot is not None else None,
        )


def declaring(schema: Schema, custom: Mapping[str, Mapping[str, Scalar]], *, still_open: bool = False) -> Schema:
    """The schema with these custom fields, by whose they are; no others there unless `still_open`."""
    own = {_with_custom(schema, record): fields for record, fields in custom.items()}

    def declared(record: RecordType) -> RecordType:
        if record.name not in own:
            return record
        new = (Field(name, type_) for name, type_ in own[record.name].items() if record.field(name) is None)
        return replace(record, fields=(*record.fields, *new), open=still_open)

    return replace(schema, records=tuple(declared(record) for record in schema.records))


def _with_custom(schema: Schema, record: str) -> str:
    """The record type that has the custom fields of another: that of its `custom`, else itself."""
    field = schema.record(record).field("custom")
    return field.type.record if field is not None and isinstance(field.type, One) else record


def _needs_records(plugin: Plugin, schema: Schema) -> bool:
    """Whether it adds what no column says: fields with a reader, which is given a record; collections of items of which
    there is a table already; references to people that a sync leaves as they are written, by whatever name."""
    added = [(name, field) for name, fields in plugin.fields.items() for field in fields]
    own = [(record.name, field) for record in plugin.records for field in record.fields]
    for record, field in (*added, *own):
        match field.type:
            case Many(items) if items in TABLE_OF and not (field.base or field.means):
                return True
            case One(schema.root) if record in _WITH_KEY:
                return True
        if field.read is not None:
            return True
    return False


_WITH_KEY = frozenset(table.record for table in TABLES if table.key)


def _mapped(workspace: Workspace) -> Mapping[str, Mapping[str, Scalar]]:
    """The custom fields that the configuration speaks of, before any feed has been read."""
    feed = workspace.config.feed
    found: dict[str, dict[str, Scalar]] = {table.record: {} for table in workspace.tables if table.custom}
    record_of = {table.name: table.record for table in workspace.tables}
    for element, part in feed.parts() if feed is not None else ():
        for name, mapping in part.columns.items():
            if name.startswith(CUSTOM):
                scalar = Scalar(mapping.type) if mapping.type else Scalar.TEXT
                found[record_of[element]][name.removeprefix(CUSTOM)] = scalar
    return found
