"""Tree → canonical text, which parses to the same tree and is its own canonical text."""

from typing import assert_never

from audql.syntax import ast, scripts, spelling
from audql.syntax.layout import WIDTH, Break, Layout
from audql.syntax.spelling import Spaced

_STEP = 2
_CLAUSE = 8  # columns of a clause's first word, for those that name or list something
_DEFINITIONS = (scripts.Import, scripts.Let, scripts.Define)


def format_query(query: ast.Query) -> str:
    """A query on one line if it has no more than 100 columns, else one condition to a line."""
    layout = Layout()
    layout.put(query, 0)
    return layout.result()


def format_script(script: scripts.Script) -> str:
    """A script with its comments, and one line break at the end."""
    layout = Layout(script.comments, script.span.source)
    before: scripts.Item | None = None
    for item in script.items:
        start = item.span.start
        blank = before is not None and (not _is_like(before, item) or layout.had_blank(start))
        layout.line(Break(0, start, blank))
        _item(layout, item)
        before = item
    layout.finish()
    return layout.result()


def _is_like(before: scripts.Item, item: scripts.Item) -> bool:
    """Whether two items may stand without an empty line between them."""
    if isinstance(before, scripts.Import) or isinstance(item, scripts.Import):
        return isinstance(before, scripts.Import) and isinstance(item, scripts.Import)
    return isinstance(before, _DEFINITIONS) and isinstance(item, _DEFINITIONS)


def _item(layout: Layout, item: scripts.Item) -> None:
    match item:
        case scripts.Import(path):
            layout.write(f"import {spelling.text(path)}")
        case scripts.Let(name, query):
            _definition(layout, item, f"let {spelling.name(name)} =", query)
        case scripts.Define(name, parameters, query):
            names = ", ".join(map(spelling.name, parameters))
            _definition(layout, item, f"define {spelling.name(name)}({names}) =", query)
        case scripts.Audience():
            _audience(layout, item)
        case scripts.Retire(name, action):
            layout.write(f"retire {spelling.text(name)} then {action.value}")
        case scripts.Test():
            _test(layout, item)
        case ast.Broken(span):
            layout.write(span.text)
        case _:
            assert_never(item)


def _definition(layout: Layout, item: scripts.Let | scripts.Define, head: str, query: ast.Query) -> None:
    layout.write(head)
    flat = layout.flat(query, WIDTH - layout.column - 1)
    if flat and not layout.has_comment(item.span.start, query.span.start) and not layout.must_break(query):
        layout.write(" " + flat)
    else:
        layout.line(Break(_STEP, query.span.start))
        layout.put(query, _STEP)


# --- audiences --------------------------------------------------------------------------------------------------------


def _audience(layout: Layout, item: scripts.Audience) -> None:
    was = f" was {_texts(item.was)}" if item.was else ""
    head = f"audience {spelling.text(item.name)}{was} {{"
    layout.write(head)
    has_comment = layout.has_comment(item.span.start, item.span.end)
    if len(item.clauses) <= 1 and not has_comment:
        only = _one_line(item.clauses[0]) if item.clauses else ""
        line = f" {only} }}" if only else "}"
        if only is not None and layout.column + len(line) <= WIDTH:
            layout.write(line)
            return
    for i, clause in enumerate(item.clauses):
        layout.line(Break(_STEP, clause.span.start, blank=i > 0 and layout.had_blank(clause.span.start)))
        _clause(layout, clause)
    _close(layout, item.span.end, "}")


def _close(layout: Layout, end: int, bracket: str) -> None:
    """Ends a body: its last comments are indented as it is, its bracket is not."""
    layout.comments_before(_STEP, end)
    layout.line(Break(0))
    layout.write(bracket)


def _one_line(clause: scripts.Clause) -> str | None:
    """A clause on one line, None if it has no room there."""
    layout = Layout()
    _clause(layout, clause, aligned=False)
    text = layout.result()
    return None if "\n" in text else text


def _clause(layout: Layout, clause: scripts.Clause, *, aligned: bool = True) -> None:
    def word(first: str) -> None:
        layout.write(first.ljust(_CLAUSE) if aligned else first + " ")

    indent = _STEP + _CLAUSE
    match clause:
        case scripts.About(text):
            word("about")
            layout.write(spelling.text(text))
        case scripts.Owner(texts):
            word("owner")
            layout.texts(texts, indent)
        case scripts.Tags(texts):
            word("tags")
            layout.texts(texts, indent)
        case scripts.Where(query):
            word("where")
            layout.put(query, indent)
        case scripts.Members(texts):
            word("members")
            layout.texts(texts, indent)
        case scripts.MembersFrom(file):
            word("members")
            layout.write(f"from {spelling.text(file)}")
        case scripts.ByHand(include, people, until, because):
            word("include" if include else "exclude")
            layout.texts(people, indent)
            layout.write(_day(" until", until) + (f" because {spelling.text(because)}" if because else ""))
        case scripts.Active(start, until):
            layout.write("active" + _day(" from", start) + _day(" until", until))
        case scripts.Membership(holding):
            layout.write(f"membership {holding.value}")
        case scripts.Enrol(kind, learning, role, due):
            layout.write(f"enrol in {spelling.name(kind)} {spelling.text(learning)}")
            layout.write((f" as {spelling.text(role)}" if role else "") + (_due(layout, due) if due else ""))
        case scripts.WhenLeaving(action):
            layout.write(f"when leaving {action.value}")
        case scripts.Notify(recipients, moment, template):
            layout.write(f"notify {', '.join(map(_recipient, recipients))} {_moment(moment)}")
            layout.write(f" with {spelling.text(template)}" if template else "")
        case ast.Broken(span):
            layout.write(span.text)
        case _:
            assert_never(clause)


def _texts(texts: tuple[ast.Text, ...]) -> str:
    return ", ".join(map(spelling.text, texts))


def _day(word: str, day: ast.Date | None) -> str:
    return f"{word} {day.value.isoformat()}" if day else ""


def _due(layout: Layout, due: scripts.Due) -> str:
    if due.day is not None:
        return _day(" due", due.day)
    assert due.length is not None
    # No limit: a call has no better place to be broken than its own brackets, and then it is one of few words.
    anchor = "joining" if due.anchor is None else layout.flat(due.anchor, 1_000_000)
    return f" due {spelling.duration(due.length)} {'after' if due.after else 'before'} {anchor}"


_ANY_LEVEL = " at any level"


def _recipient(recipient: ast.Name | ast.Text) -> str:
    if isinstance(recipient, ast.Text):
        return spelling.text(recipient)
    plain = recipient.text.removesuffix(_ANY_LEVEL)
    if plain and plain != recipient.text:
        return spelling.name(ast.Name(plain, recipient.span)) + _ANY_LEVEL
    return spelling.name(recipient)


def _moment(moment: scripts.Moment) -> str:
    length = spelling.duration(moment.length) if moment.length else ""
    words: str = moment.kind.value
    match moment.kind:
        case ast.MomentKind.JOINING | ast.MomentKind.LEAVING | ast.MomentKind.OVERDUE:
            return words
        case ast.MomentKind.BEFORE_DUE | ast.MomentKind.AFTER_DUE:
            return f"{length} {words}"
        case ast.MomentKind.WHILE_OVERDUE:
            return f"every {length} {words}"
        case _:
            assert_never(moment.kind)


# --- tests ------------------------------------------------------------------------------------------------------------


def _test(layout: Layout, item: scripts.Test) -> None:
    layout.write(f"test {spelling.text(item.audience)}{_day(' as of', item.as_of)} {{")
    if not item.steps and not layout.has_comment(item.span.start, item.span.end):
        layout.write("}")
        return
    width = max((len(_step_word(s)) for s in item.steps), default=0) + 1
    for i, step in enumerate(item.steps):
        layout.line(Break(_STEP, step.span.start, blank=i > 0 and layout.had_blank(step.span.start)))
        if isinstance(step, ast.Broken):
            layout.write(step.span.text)
        else:
            layout.write(_step_word(step).ljust(width))
            layout.put(Spaced(step.record), _STEP)
    _close(layout, item.span.end, "}")


def _step_word(step: scripts.Given | scripts.Expect | ast.Broken) -> str:
    match step:
        case scripts.Given():
            return "given"
        case scripts.Expect(negated):
            return "not member" if negated else "member"
        case ast.Broken():
            return ""
        case _:
            assert_never(step)
