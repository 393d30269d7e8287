"""A plan → what is to be said of it besides what it changes and holds."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import replace
from shlex import quote

from audql.diagnostics import Diagnostic, Findings
from audql.operations.crowds import crowd_of
from audql.operations.scripts import Scripts
from audql.operations.surroundings import Surroundings
from audql.program import Program
from audql.program.files import File, define_names, parse_files
from audql.runner import messages
from audql.runner.allowing import BASELINE, LEAVES
from audql.runner.values import AudiencePlan, Plan
from audql.semantics.resolving import context, resolve
from audql.semantics.warning_messages import NOBODY_HAS
from audql.syntax.ast import MomentKind
from audql.syntax.scripts import Audience, Where
from audql.text import fold


def remarks(
    around: Surroundings, scripts: Scripts, program: Program, plan: Plan, allow: Collection[str]
) -> tuple[Diagnostic, ...]:
    """Warnings of audiences that are empty now, and hints about first members."""
    return (*_emptied(around, scripts, plan, allow), *_first_members(around, program, plan, allow))


def _first_members(around: Surroundings, program: Program, plan: Plan, allow: Collection[str]) -> Iterator[Diagnostic]:
    """Whom nobody tells that they join, as their audience is new; and what lets that through too late."""
    known = {fold(a.name): a for a in plan.audiences if a.id is not None}
    for each in allow:
        kind, _, name = each.partition(":")
        if kind == BASELINE and fold(name) in known:
            yield messages.baseline_too_late(each, known[fold(name)].name)
    if around.workspace.config.mail is None:
        return
    telling = {fold(a.name) for a in program.audiences if any(x.moment is MomentKind.JOINING for x in a.alerts)}
    new = [
        a
        for a in plan.audiences
        if a.id is None and a.joins and fold(a.name) in telling and not _allows(allow, BASELINE, a.name)
    ]
    if new:
        option = f"--allow {quote(f'{BASELINE}:{new[0].name}')}"
        yield messages.baseline([a.name for a in new], sum(len(a.joins) for a in new), option)


def _emptied(around: Surroundings, scripts: Scripts, plan: Plan, allow: Collection[str]) -> Iterator[Diagnostic]:
    """Values that nobody has, in rules that mean no one any more, but for those whose leaves were let through: that is
    known. Only these rules are looked at: to ask everyone for each value of every rule is for `check`."""
    empty = {fold(a.name) for a in plan.audiences if _is_emptied(a) and not _allows(allow, LEAVES, a.name)}
    if not empty:
        return
    files = parse_files(scripts.sources, scripts.read)
    define_names(files, around.schema, around.vocabulary.functions)
    for file in files.values():
        for item in file.script.items:
            if isinstance(item, Audience) and fold(item.name.value) in empty:
                yield from _nobody_has(around, file, item)


def _allows(allow: Collection[str], what: str, name: str) -> bool:
    return not {what, fold(f"{what}:{name}")}.isdisjoint(map(fold, allow))


def _is_emptied(audience: AudiencePlan) -> bool:
    return audience.standing == "decided" and audience.before > 0 and audience.after == 0


def _nobody_has(around: Surroundings, file: File, audience: Audience) -> Iterator[Diagnostic]:
    findings, name = Findings(), audience.name.value
    people, functions = crowd_of(around), around.vocabulary.functions
    ctx = context(around.schema, functions, findings, around.catalogue, people)
    for clause in audience.clauses:
        if isinstance(clause, Where):
            resolve(ctx, clause.query, file.names)
    for found in findings.found:
        if found.code == NOBODY_HAS:
            said = f"`{name}` is empty now: {found.message}"
            unsaid = f"`{name}` is empty now: its rule names a value that nobody has ({found.place})"
            yield replace(found, message=said, in_a_log=unsaid)
