"""What is said about `audql.toml`: AQ501 to AQ512, and AQ607."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from audql.diagnostics import Diagnostic, error
from audql.snapshot.schema import CUSTOM
from audql.source import Span
from audql.text import nearest
from audql.types import Scalar

FILE = "audql.toml"


def lower(text: str) -> str:
    return text[:1].lower() + text[1:]


def _there_are(wanted: str, known: Sequence[str]) -> str:
    near = nearest(wanted, tuple(known))
    return f"did you mean `{near}`?" if near else f"there can be: {', '.join(known)}" if known else ""


def no_workspace(folder: Path) -> Diagnostic:
    return error(
        "AQ501",
        f"no `{FILE}` in `{folder}`",
        hint="`audql init` makes one here; `-C DIR` names the folder of another workspace",
    )


def unspeakable(folder: Path) -> Diagnostic:
    name = str(folder).encode("unicode_escape", "surrogateescape").decode("ascii", "replace")
    return error(
        "AQ501",
        f"the workspace's folder has a name that is no text: `{name}`",
        hint="give it one of letters, digits and signs that can be seen",
    )


def not_toml(why: str, place: Span | None) -> Diagnostic:
    hint = "a text stands in quotes, and a table's name in `[ ]`"
    return error("AQ502", f"`{FILE}` cannot be read: {lower(why)}", hint=hint, span=place)


def no_file(what: str) -> Diagnostic:
    return error("AQ502", f"`{FILE}` is {what}, and no file", hint="put the workspace's `audql.toml` in its place")


def unknown_key(name: str, known: Sequence[str], place: Span | None) -> Diagnostic:
    return error("AQ503", f"no setting `{name}`", hint=_there_are(name.rpartition(".")[2], known), span=place)


def unfit(name: str, why: str, cure: str, place: Span | None) -> Diagnostic:
    return error("AQ504", f"`{name}`: {why}", hint=cure, span=place)


def taken(what: str, place: Span | None) -> Diagnostic:
    return unfit("targets.file.path", f"it is {what}", "name a file of its own for the changes", place)


def missing(name: str, place: Span | None) -> Diagnostic:
    return error("AQ505", f"`{name}` is missing", hint=f"add `{name.rpartition('.')[2]} = …`", span=place)


def outside(path: str, place: Span | None) -> Diagnostic:
    return error(
        "AQ506",
        f"`{path}` is outside the workspace",
        hint="all files of a workspace are inside its folder; move the file, or the workspace's folder above it",
        span=place,
    )


def round_link(path: str, place: Span | None) -> Diagnostic:
    return error(
        "AQ506",
        f"`{path}` is a link that leads round to itself",
        hint="put in its place what it was to lead to",
        span=place,
    )


def unknown_field(element: str, field: str, known: list[str], custom: bool, place: Span | None) -> Diagnostic:
    near = nearest(field, known)
    hint = f"did you mean `{near}`?" if near else f"there are: {', '.join(known)}"
    if custom and not near:
        hint += f'; a field of your own is written `"{CUSTOM}{field}"`'
    return error("AQ507", f"{element} have no field `{field}`", hint=hint, span=place)


def fixed_type(element: str, field: str, scalar: Scalar, place: Span | None) -> Diagnostic:
    return error(
        "AQ508",
        f"`{field}` of {element} is always of type {scalar.value}",
        hint=f'leave `type` out, or map the column to a field of your own: `"{CUSTOM}{field}"`',
        span=place,
    )


def no_source(name: str, known: Sequence[str], place: Span | None) -> Diagnostic:
    return error("AQ509", f"no source `{name}`", hint=_of_plugins(name, known), span=place)


def no_target(name: str, known: Sequence[str], place: Span | None) -> Diagnostic:
    return error("AQ510", f"no target `{name}`", hint=_of_plugins(name, known), span=place)


def several_targets(names: Sequence[str], place: Span | None) -> Diagnostic:
    listed = " and ".join(f"`{name}`" for name in names)
    return error("AQ511", f"there are several targets: {listed}", hint="a run tells one target; keep one", span=place)


def unfit_here(name: str, why: str, cure: str, place: Span | None) -> Diagnostic:
    """A setting that means nothing where it stands."""
    return error("AQ607", f"`{name}` {why}", hint=cure, span=place)


def no_recipient(name: str, known: Sequence[str], place: Span | None) -> Diagnostic:
    return error("AQ512", f"no recipient `{name}`", hint=_of_plugins(name, known), span=place)


def _of_plugins(wanted: str, known: Sequence[str]) -> str:
    near = nearest(wanted, tuple(known))
    others = "others come with the `plugins` that `[workspace]` names"
    return f"did you mean `{near}`?" if near else f"there can be: {', '.join(known) or 'none'}; {others}"
