"""`cases/*.md` → cases, and what AudQL says of each."""

import datetime as dt
import re
import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Annotated, Literal

from audql.binding import as_of
from audql.diagnostics import Diagnostic, Findings, RunError, in_order
from audql.operations.surroundings import Surroundings
from audql.program.compiling import Settings, compile_program
from audql.rendering import render
from audql.semantics.resolving import context, resolve
from audql.source import Source
from audql.syntax.parser import parse_query
from audql.types import CODE, Schema
from audql.workspace import Workspace

HERE = Path(__file__).parent
CASES = HERE / "cases"
NOW = dt.datetime(2026, 11, 23, 9, tzinfo=dt.UTC)

_MOST = 20

_FOUND: dict[tuple[object, ...], tuple[Diagnostic, ...]] = {}
_FENCE = re.compile(r"```([^\n`]*)\n(.*?)^```$", re.S | re.M)
_REPEATED = re.compile(r'\{\{"([^"]*)" \* (\d+)\}\}')


@dataclass(frozen=True, slots=True)
class Case:
    """One heading of a topic. `files` has at least the query, under the name `query`, or the script."""

    topic: str
    title: str
    files: Mapping[str, str]
    known: str
    """What the compiler knows, as the case says it: `*In the workspace.*`, `*Of customers.*`; or nothing."""
    says: str | None

    @property
    def name(self) -> str:
        return f"{self.topic}: {self.title}"

    @property
    def is_query(self) -> bool:
        return "query" in self.files


def topics() -> list[Path]:
    return sorted(CASES.glob("*.md"))


def cases(topic: Path) -> Iterator[Case]:
    for section in re.split(r"^## ", topic.read_text(encoding="utf-8"), flags=re.M)[1:]:
        title, _, body = section.partition("\n")
        blocks = {info: text.removesuffix("\n") for info, text in _FENCE.findall(body)}
        says = blocks.pop("says", None)
        files = {name: _REPEATED.sub(_repeat, text) for name, text in blocks.items()}
        assert files, f"{topic.name}: {title!r} has no block"
        yield Case(topic.stem, title.strip(), files, next((k for k in _SETTINGS if k in body), ""), says)


def _repeat(found: re.Match[str]) -> str:
    return found[1].replace("\\0", "\0") * int(found[2])


def all_cases() -> list[Case]:
    return [case for topic in topics() for case in cases(topic)]


def rewrite(topic: Path) -> None:
    """Puts what is said now into the `says` blocks of a topic."""
    head, *sections = re.split(r"^## ", topic.read_text(encoding="utf-8"), flags=re.M)
    made = [head]
    for section, case in zip(sections, list(cases(topic)), strict=True):
        without = re.sub(r"\n*^```says\n.*?^```$", "", section, flags=re.S | re.M).rstrip()
        made.append(f"{without}\n\n```says\n{said(case)}\n```\n\n")
    topic.write_text("## ".join(made).rstrip() + "\n", encoding="utf-8")


def said(case: Case) -> str:
    """What is printed; of a great many, the first two and the last."""
    found = diagnostics(case)
    if len(found) > _MOST:
        shown = f"{render(found[:2])}\n\n({len(found) - 3} more)\n\n{render(found[-1:])}"
    else:
        shown = render(found)
    return "\n".join(line.rstrip() for line in shown.splitlines())


def diagnostics(case: Case) -> tuple[Diagnostic, ...]:
    """What is found; kept, as the tests ask again and again."""
    key = (case.known, *case.files.items())
    if key not in _FOUND:
        _FOUND[key] = _diagnostics(case)
    return _FOUND[key]


def _diagnostics(case: Case) -> tuple[Diagnostic, ...]:
    if case.is_query:
        return of_query(case.files["query"], settings(case))
    if "audql.toml" in case.files:
        return _of_workspace(case)
    (name, text), *_ = case.files.items()
    return compile_program([Source(text, name)], settings(case), case.files.get).diagnostics


def of_query(text: str, known: Settings) -> tuple[Diagnostic, ...]:
    findings = Findings()
    tree = parse_query(Source(text), findings)
    resolve(context(known.schema, known.functions, findings, known.catalogue, known.people), tree)
    return in_order(findings.found)


def settings(case: Case) -> Settings:
    return _SETTINGS[case.known]() if case.known else Settings()


@dataclass(frozen=True, slots=True)
class Order:
    sku: Annotated[str, CODE]
    total: Decimal
    status: Literal["open", "sent", "returned"]


@dataclass(frozen=True, slots=True)
class Customer:
    """Those whom the cases *Of customers* are about."""

    id: str
    name: str
    country: str
    since: dt.date
    orders: tuple[Order, ...] = ()


def _customer_settings() -> Settings:
    return Settings(schema=Schema.of(Customer))


_FOLDER = tempfile.TemporaryDirectory()
"""Where the workspace is read; removed at the end."""


@cache
def _workspace_settings() -> Settings:
    for path in (HERE / "workspace").rglob("*.*"):
        copy = Path(_FOLDER.name) / path.relative_to(HERE / "workspace")
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_bytes(path.read_bytes())
    workspace = Workspace.open(Path(_FOLDER.name))
    assert not _synced(workspace)
    return Surroundings(workspace, as_of(NOW, workspace.zone, NOW)).settings(counting=True)


_SETTINGS: Mapping[str, Callable[[], Settings]] = {
    "*In the workspace.*": _workspace_settings,
    "*Of customers.*": _customer_settings,
}


def _synced(workspace: Workspace) -> tuple[Diagnostic, ...]:
    from audql.state.store import State
    from audql.sync.sync import sync

    with State.open_alone(workspace.state) as state:
        return sync(workspace, state, as_of=NOW.date()).diagnostics


def _of_workspace(case: Case) -> tuple[Diagnostic, ...]:
    with tempfile.TemporaryDirectory() as folder:
        for name, text in case.files.items():
            path = Path(folder) / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text + "\n", encoding="utf-8")
        try:
            return _synced(Workspace.open(Path(folder)))
        except RunError as wrong:
            return wrong.diagnostics
