"""Templates: which one is taken, what they may say, and that hostile ones get nowhere."""

from __future__ import annotations

import datetime as dt
import os
import re
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sampling import examples

from audql.diagnostics import RunError
from audql.mail import templates as finding
from audql.mail.files import SHIPPED, files
from audql.mail.rendering import Item, Learning, nobody, person_of, write
from audql.mail.templates import Templates
from audql.mail.trying import tried
from audql.syntax.ast import MomentKind
from audql.types import Scalar

ANN = person_of({"id": "ann", "full_name": "Ann <b>Lee</b>", "email": "ann@example.com", "custom.Cost Centre": "41"})
SAFETY = Learning("S", "Safety & co", "course", dt.date(2026, 12, 3))


def item(template: str = "own", *, you: bool = True) -> Item:
    return Item(template, ANN, you, "Shop", "on joining", SAFETY, 3, (SAFETY,))


def templates(tmp_path: Path, text: str, html: str | None = None) -> Templates:
    (tmp_path / "own.txt").write_text(text, encoding="utf-8")
    if html is not None:
        (tmp_path / "own.html").write_text(html, encoding="utf-8")
    return Templates(tmp_path, "en")


@pytest.mark.parametrize("name", ["joining", "leaving", "due", "overdue"])
@pytest.mark.parametrize("language", ["en", "de", "fr"])
@pytest.mark.parametrize("you", [True, False])
@pytest.mark.parametrize("count", [1, 2, 120])
def test_those_that_ship(tmp_path: Path, name: str, language: str, you: bool, count: int) -> None:
    found = Templates(tmp_path, "en")
    written = write(found, ANN, language, [item(name, you=you)] * count)
    assert found.form(name, language).language == language
    assert "\n" not in written.subject
    assert "{" not in written.text + written.html
    assert "Ann &lt;b&gt;Lee&lt;/b&gt;" in written.html
    assert not any(line.endswith(" ") for line in written.text.splitlines() if line != "-- ")
    assert "\n\n\n" not in written.text


def test_every_template_that_ships_is_in_every_language() -> None:
    names = {path.name.split(".")[0] for path in SHIPPED.iterdir()}
    assert {path.name for path in SHIPPED.iterdir()} == {
        f"{name}.{language}.{ending}" for name in names for language in ("en", "de", "fr") for ending in ("txt", "html")
    }


def test_several_are_one_mail(tmp_path: Path) -> None:
    written = write(Templates(tmp_path, "en"), nobody("en"), "en", [item("joining"), item("overdue", you=False)])
    assert written.subject == "2 messages about learning"
    assert "Hello,\n" in written.text
    assert 'You are now one of "Shop".' in written.text
    assert "Ann <b>Lee</b>: Safety & co, due since 3 December 2026." in written.text


def test_where_answers_go(tmp_path: Path) -> None:
    for language, nobody_reads in (("en", "Nobody reads"), ("de", "liest niemand"), ("fr", "ne sont pas lues")):
        written = write(Templates(tmp_path, "en"), ANN, language, [item("joining")])
        assert nobody_reads in written.text
        assert nobody_reads in written.html
        written = write(Templates(tmp_path, "en", reply_to="help@example.com"), ANN, language, [item("joining")])
        for said in (written.text, written.html):
            assert nobody_reads not in said
            assert "help@example.com." in said


def test_a_layout_that_is_a_text_only_is_around_the_html_too(tmp_path: Path) -> None:
    (tmp_path / "layout.txt").write_text(
        "Subject: x\n\nDear {{ recipient.name }},\n\n{% for s in sections %}\n{{ s.body }}\n\n{% endfor %}\nThe team\n"
    )
    own = templates(tmp_path, "Subject: y\n\nHello.\n", "<b>Hello.</b>")
    written = write(own, ANN, "en", [item("own"), item("joining")])
    assert written.html.startswith("<p>Dear Ann &lt;b&gt;Lee&lt;/b&gt;,</p>\n<b>Hello.</b>\n")
    assert "You are now one of" in written.html
    assert written.html.endswith("<p>The team</p>")
    assert "\0" not in written.html
    assert written.text.startswith("Dear Ann <b>Lee</b>,\n\nHello.\n\nYou are")


def test_the_subject_of_a_layout_is_of_several_things(tmp_path: Path) -> None:
    subject = "{% for s in sections %}{{ s.subject }}{% if not loop.last %}; {% endif %}{% endfor %}"
    (tmp_path / "layout.txt").write_text("Subject: {{ count }}: " + subject + "\n\nx\n")
    own = templates(tmp_path, "Subject: y\n\nHello.\n")
    assert [*tried(own, {"own": [MomentKind.JOINING]}, None)] == []
    assert write(own, ANN, "en", [item("own")]).subject == "y"
    assert write(own, ANN, "en", [item("own"), item("joining")]).subject == "2: y; Welcome: Shop"


@pytest.mark.parametrize(
    ("language", "files", "wanted"),
    [
        ("de-AT", ["own.txt", "own.de.txt", "own.de-AT.txt"], "own.de-AT.txt"),
        ("de-AT", ["own.txt", "own.de.txt"], "own.de.txt"),
        ("DE_at", ["own.en.txt", "own.de.txt"], "own.de.txt"),
        ("it", ["own.en.txt", "own.de.txt", "own.txt"], "own.en.txt"),
        ("it", ["own.de.txt", "own.txt"], "own.txt"),
        ("it", ["own.de.txt"], "own.de.txt"),
    ],
)
def test_the_language_of_the_person(tmp_path: Path, language: str, files: list[str], wanted: str) -> None:
    for file in files:
        (tmp_path / file).write_text(f"Subject: {file}\n\nx\n")
    assert write(Templates(tmp_path, "en"), ANN, language, [item()]).subject == wanted


def test_what_a_template_can_say(tmp_path: Path) -> None:
    text = (
        "Subject: {{ item.person.name|upper }} {{ count }}\n\n"
        '{{ person }}{{ item.person.custom["Cost Centre"] }} {{ item.due|day }} {{ item.days }} days '
        "{% if item.you and not more %}yes{% elif more %}no{% endif %}"
        "{% for learning in item.enrolments %}{{ loop.index }}. {{ learning.name }}{% endfor %}"
        "{{ 'a' if item.days > 2 else 'b' }}{{ item.person.city|default('nowhere', true) }}"
    ).replace("{{ person }}", "")
    found = write(templates(tmp_path, text, "<p>{{ item.learning.name }}</p>"), ANN, "en", [item()])
    assert found.subject == "ANN <B>LEE</B> 1"
    assert "41 3 December 2026 3 days yes1. Safety & coanowhere" in found.text
    assert "<p>Safety &amp; co</p>" in found.html


def test_without_html_the_text_is_shown_there(tmp_path: Path) -> None:
    found = write(templates(tmp_path, "Subject: x\n\nOne & <b>two</b>\nthree\n\nfour\n"), ANN, "en", [item()])
    assert "<p>One &amp; &lt;b&gt;two&lt;/b&gt;<br>three</p>\n<p>four</p>" in found.html


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ("{{ ''.__class__.__mro__ }}", "AQ714"),
        ("{{ item.__class__ }}", "AQ715"),
        ("{{ item['__class__'] }}", "AQ715"),
        ("{{ item.person.custom.__class__ }}", "render"),
        ("{{ item.person.custom.items }}", "render"),
        ("{{ item|attr('person') }}", "AQ714"),
        ("{{ items|map(attribute='__class__') }}", "AQ714"),
        ("{{ item.person.name.format(x) }}", "AQ714"),
        ("{{ '%s'|format(item) }}", "AQ714"),
        ("{% include '/etc/passwd' %}", "AQ714"),
        ("{% extends 'layout' %}", "AQ714"),
        ("{% import 'x' as y %}", "AQ714"),
        ("{{ lipsum.__globals__ }}", "AQ715"),
        ("{{ cycler() }}", "AQ714"),
        ("{{ self.__init__ }}", "AQ715"),
        ("{{ range(10**9) }}", "AQ714"),
        ("{{ 'x' * 10000000 }}", "AQ714"),
        ("{{ 9 ** 9 ** 9 }}", "AQ714"),
        ("{{ 'a' ~ 'a' }}", "AQ714"),
        ("{% set a = 'a' %}", "AQ714"),
        ("{% set a %}x{% endset %}", "AQ714"),
        ("{% macro a() %}x{% endmacro %}", "AQ714"),
        ("{% for a in items %}{% for b in items %}{% for c in items %}x{% endfor %}{% endfor %}{% endfor %}", "AQ714"),
        ("{% for a in items recursive %}x{% endfor %}", "AQ714"),
        ("{% for a in item.person.name %}x{% endfor %}", "AQ714"),
        ("{% for a in [1, 2] %}x{% endfor %}", "AQ714"),
        ("{% autoescape false %}{{ item.person.name }}{% endautoescape %}", "AQ714"),
        ("{{ item.person.name|safe }}", "AQ714"),
        ("{{ item.person.name|truncate(item.days) }}", "AQ714"),
        ("{% filter upper %}x{% endfilter %}", "AQ714"),
        ("{% call x() %}{% endcall %}", "AQ714"),
        ("{{ item.persn.name }}", "AQ715"),
        ("{{ item.person.hired.year }}", "AQ715"),
        ("{{ item.person }}", "AQ714"),
        ("{{ item.person.custom|upper }}", "AQ714"),
        ("{{ items|first }}", "AQ714"),
        ("{{ '' or item.learning }}", "AQ714"),
        ("{{ 'x' if item.you else item.learning }}", "AQ714"),
        ("{{ item.person.name|truncate(cut=3) }}", "AQ714"),
        ("{% if count > 1 %}{{ item.person.name|truncate('x') }}{% endif %}", "AQ714"),
        ("{{ item.due|day('de') }}", "AQ714"),
        ("{{ item.person.name is none(3) }}", "AQ714"),
        ("{{ 'x' if item.you }}", "AQ714"),
        ("{{ item. }}", "AQ713"),
        ("{% if %}", "AQ713"),
        ("{{ " + "(" * 5000, "AQ713"),
        ("{{ item.person.custom.nowhere }}", "render"),
        ("x" * 70_000, "AQ711"),
        ("{{ " + " or ".join(["count"] * 400) + " }}", "AQ713"),
        ("{{ count" + "|e" * 300 + " }}", "AQ713"),
        ("{{ item" + ".a" * 5000 + " }}", "AQ713"),
        ("{{ " + "not " * 150 + "count }}", "AQ713"),
        ("{% if count %}" * 100 + "x" + "{% endif %}" * 100, "AQ713"),
        ("{% if count > 3 %}a" + "{% elif count %}b" * 3000 + "{% endif %}", "AQ713"),
        ("{{ " + "9" * 5000 + " }}", "AQ713"),
        ("{{ count < " + "9" * 100 + " }}", "AQ714"),
        ("{{ count < 1e999 }}", "AQ714"),
        ("{{ item.person.name|truncate(1e999) }}", "AQ714"),
        ("{{ item.person.name|truncate(1) }}", "AQ714"),
        ("{{ item.person.name|truncate(length=5, length=6) }}", "AQ714"),
        ("{% for loop in items %}{{ loop.index }}{% endfor %}", "AQ714"),
        ("{% for a in items %}{% for b in items %}x{% endfor %}{% endfor %}", "AQ714"),
        (r"{{ '\x1b[2J' }}", "AQ714"),
        (r"{{ '\ud800' }}", "AQ714"),
        ("\x1b[2J", "AQ711"),
        ("a\0b", "AQ711"),
        ("{% for a in items %}" + "x" * 50_000 + "{% endfor %}", "render"),
    ],
)
def test_what_it_cannot(tmp_path: Path, body: str, code: str) -> None:
    found = templates(tmp_path, f"Subject: x\n\n{body}\n")
    with pytest.raises(RunError) as raised:
        write(found, ANN, "en", [item()] * 60)
    assert raised.value.diagnostics[0].code == ("AQ716" if code == "render" else code)
    if code != "render":
        assert found.problem(MomentKind.JOINING, "own") is not None


TRIED = [
    # What it says; the moments in which that goes wrong, the line, and what is said of it.
    ("{{ item.days > 2 }}", "JOINING LEAVING", "`>` does not go between a text and a number"),
    ("{{ item.person.hired < 3 }}", "all", "`<` does not go between a day and a number"),
    ("{% if item.person.hired %}{{ item.person.hired < item.due }}{% endif %}", "JOINING LEAVING", "a day and a text"),
    ("{{ item.person.created < item.person.hired }}", "all", "an instant and a day are not compared"),
    ("{{ item.days|truncate }}", "BEFORE_DUE WHILE_OVERDUE", "a number is no list and no text"),
    ("{{ item.person.custom.Levle }}", "all", "there is no `Levle` here"),
    ("{% for e in item.enrolments %}{{ e.due < 3 }}{% endfor %}", "JOINING", "`<` does not go between a day and a nu"),
    ("{% if more %}{{ more < 'x' }}{% endif %}", "all", "`<` does not go between a number and a text"),
    ("{% if not recipient.name %}{{ item.days > 'x' }}{% endif %}", "BEFORE_DUE WHILE_OVERDUE", "a number and a text"),
    ("{{ item.person.custom.Level|upper }} {{ item.due|day }} {{ count > 1 }} {{ recipient.hired|day }}", "", ""),
    ("{{ item.person.custom.Levle|default('none') }}{{ item.days|default(0, true) > 2 }}", "", ""),
]


@pytest.mark.parametrize(("body", "wrong", "said"), TRIED)
def test_what_goes_wrong_is_found_before_the_night(tmp_path: Path, body: str, wrong: str, said: str) -> None:
    found = templates(tmp_path, f"Subject: x\n\n\nhello\n{body}\n")
    for moment in (MomentKind.JOINING, MomentKind.LEAVING, MomentKind.BEFORE_DUE, MomentKind.WHILE_OVERDUE):
        told = list(tried(found, {"own": [moment]}, {"Level": Scalar.NUMBER}))
        if wrong != "all" and moment.name not in wrong.split():
            assert told == []
            continue
        (one,) = told
        assert one.code == "AQ716"
        assert said in one.message
        assert one.message.endswith(f" ({moment.value})")
        assert one.span is not None
        assert (one.span.source.name, one.span.source.position(one.span.start)[0]) == ("templates/own.txt", 5)


def test_each_part_and_language_is_tried(tmp_path: Path) -> None:
    found = templates(tmp_path, "Subject: {{ item.days > 2 }}\n\nx\n", "<p>\n{{ item.days < 2 }}</p>")
    (tmp_path / "own.de.txt").write_text("Subject: x\n\n{{ item.person.custom.Level > 3 }}\n")
    (tmp_path / "layout.txt").write_text("Subject: x\n\n{{ sections|length }} {{ count|upper > 2 }}\n")
    told = tried(found, {"own": [MomentKind.JOINING]}, None)
    places = [(d.span.source.name, d.span.source.position(d.span.start)[0]) for d in told if d.span]
    assert places == [("templates/own.de.txt", 3), ("templates/own.html", 2), ("templates/layout.txt", 3)]
    (tmp_path / "own.html").write_text("<p>")
    told = tried(Templates(tmp_path, "en"), {"own": [MomentKind.JOINING]}, None)
    places = [(d.span.source.name, d.span.source.position(d.span.start)[0]) for d in told if d.span]
    assert places[1] == ("templates/own.txt", 1)


@pytest.mark.parametrize("custom", [None, {"Level": Scalar.NUMBER}])
def test_nothing_goes_wrong_in_those_that_ship(tmp_path: Path, custom: dict[str, Scalar] | None) -> None:
    both = {
        "joining": [MomentKind.JOINING],
        "leaving": [MomentKind.LEAVING],
        "due": [MomentKind.BEFORE_DUE],
        "overdue": [MomentKind.AFTER_DUE, MomentKind.OVERDUE, MomentKind.WHILE_OVERDUE],
    }
    assert list(tried(Templates(tmp_path, "en"), both, custom)) == []


PIECES = [
    *(
        "{{ ",
        " }}",
        "{% ",
        " %}",
        "{# ",
        " #}",
        "{%- ",
        " -%}",
        "for ",
        "in ",
        "if ",
        "else",
        "elif ",
        "endfor",
        "endif",
    ),
    *(
        "set ",
        "macro ",
        "include ",
        "import ",
        "raw",
        "endraw",
        "block ",
        "do ",
        "with ",
        "filter ",
        "item",
        "items",
        ".",
    ),
    *("person", "custom", "name", "__class__", "['", "']", "|", "join", "map", "upper", "truncate(3)", "attr('x')"),
    *(
        "(",
        ")",
        "()",
        " + ",
        " * ",
        " ** ",
        " ~ ",
        " is ",
        "not ",
        "defined",
        "9",
        "'x'",
        "[",
        "]",
        "{",
        "}",
        "loop",
        ",",
    ),
]


@examples(300)
@given(st.lists(st.sampled_from(PIECES), max_size=25).map("".join))
def test_whatever_is_written_is_refused_or_small(tmp_path_factory: pytest.TempPathFactory, body: str) -> None:
    found = templates(tmp_path_factory.mktemp("own"), f"Subject: {body}\n")
    try:
        written = write(found, ANN, "en", [item()] * 50)
    except RunError:
        return
    assert len(written.text) < 100_000
    assert "object at 0x" not in written.text
    assert "<built-in" not in written.text


def test_a_layout_does_not_repeat_what_is_long(tmp_path: Path) -> None:
    (tmp_path / "layout.txt").write_text("Subject: x\n\n" + "{% for s in sections %}{{ s.body }}{% endfor %}" * 500)
    own = templates(tmp_path, "Subject: x\n\nx\n", "y" * 50_000)
    with pytest.raises(RunError) as raised:
        write(own, ANN, "en", [item()])
    assert "becomes longer than 2,000,000 characters" in raised.value.diagnostics[0].message


def test_places_are_of_lines_as_editors_count_them(tmp_path: Path) -> None:
    found = templates(tmp_path, "Subject: x\r\n\r\na\rb\x0cc\u2028d\n{{ nobody }}\n")
    with pytest.raises(RunError) as raised:
        found.form("own", "en")
    (one,) = raised.value.diagnostics
    assert one.span is not None
    assert one.span.source.position(one.span.start) == (5, 1)


def test_a_subject_ends_with_its_line(tmp_path: Path) -> None:
    found = templates(tmp_path, "Subject: {% if item.you %}x\n\n{% endif %}\n")
    with pytest.raises(RunError) as raised:
        write(found, ANN, "en", [item()])
    assert [d.code for d in raised.value.diagnostics] == ["AQ713", "AQ713"]
    assert [d.span.source.position(d.span.start)[0] for d in raised.value.diagnostics if d.span] == [1, 3]


@pytest.mark.parametrize(
    ("subject", "moments"),
    [
        ("{{ item.learning.name }}", "JOINING LEAVING"),
        ("{% if item.you %}x{% endif %}", "all"),
        ("{{ recipient.custom.Level }}", "all"),
        ("\u200b{{ ' ' }}", "all"),
        ("{{ item.learning.name or item.audience }}", ""),
    ],
)
def test_a_subject_that_is_empty_is_found_before_the_night(tmp_path: Path, subject: str, moments: str) -> None:
    found = templates(tmp_path, f"Subject: {subject}\n\nhello\n")
    for moment in (MomentKind.JOINING, MomentKind.LEAVING, MomentKind.BEFORE_DUE):
        told = [*tried(found, {"own": [moment]}, {"Level": Scalar.NUMBER})]
        wrong = moments == "all" or moment.name in moments.split()
        assert [d.code for d in told] == (["AQ716"] if wrong else [])
        assert all("its subject is empty" in d.message and d.span is not None and d.span.start == 0 for d in told)


def test_no_mail_goes_without_a_subject(tmp_path: Path) -> None:
    with pytest.raises(RunError) as raised:
        write(templates(tmp_path, "Subject: {{ item.person.city }}\n\nx\n"), ANN, "en", [item()])
    assert raised.value.diagnostics[0].message == "the template `own` cannot be filled in: its subject is empty"
    (tmp_path / "layout.txt").write_text("Subject: {{ recipient.city }}\n\n{% for s in sections %}x{% endfor %}\n")
    found = templates(tmp_path, "Subject: x\n\nx\n")
    assert write(found, ANN, "en", [item()]).subject == "x"
    with pytest.raises(RunError) as raised:
        write(found, ANN, "en", [item(), item("joining")])
    assert "`layout`" in raised.value.diagnostics[0].message
    told = templates(tmp_path, "Subject: \n\nx\n").findings("own")
    assert [d.code for d in told] == ["AQ712"]


def test_files_that_are_none(tmp_path: Path) -> None:
    inside = tmp_path / "inside"
    inside.mkdir()
    (tmp_path / "secret.txt").write_text("Subject: x\n\nsecret\n")
    (inside / "own.txt").symlink_to(tmp_path / "secret.txt")
    found = Templates(inside, "en")
    for name in ("../secret", "/etc/passwd", ""):
        with pytest.raises(RunError) as raised:
            found.form(name, "en")
        assert raised.value.diagnostics[0].code == "AQ710"
    (inside / "bare.txt").write_text("no subject\n")
    (inside / "odd.txt").write_bytes(b"Subject: x\n\n\xff\n")
    (inside / "paged.txt").write_text("Subject: x\n\n\n")
    (inside / "paged.html").write_text("{% include 'x' %}")
    os.mkfifo(inside / "joining.txt")  # in whose place the one that ships would say something else
    (inside / "leaving.txt").write_text("Subject: x\n\n\n")
    (inside / "leaving.html").symlink_to("leaving.html")
    codes = []
    for name in ("own", "joining", "leaving", "bare", "odd", "paged"):
        with pytest.raises(RunError) as raised:
            found.form(name, "en")
        codes.append(raised.value.diagnostics[0].code)
    assert codes == ["AQ711", "AQ711", "AQ711", "AQ712", "AQ711", "AQ714"]
    assert [found.findings(name)[0].message.partition(": ")[2] for name in ("own", "joining", "leaving")] == [
        "it is a link that leads out of the folder",
        "it is a pipe",
        "it is a link that leads round to itself",
    ]
    problem = found.problem(MomentKind.JOINING, "paged")
    assert problem is not None
    assert problem[0].startswith("`templates/paged.html` line 1: ")


def test_a_folder_of_many_languages_is_listed_once_a_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """And each of its files read once: a check asks for a template in every language, many times."""
    languages = [f"{first}{second}" for first in "abcdef" for second in "uvwxyz"]
    for language in languages:
        (tmp_path / f"welcome.{language.upper()}.txt").write_text(f"Subject: {language}\n\nHello\n")
    listed, read = Counter[Path](), Counter[Path]()

    def listing(folder: Path) -> list[tuple[re.Match[str], Path]]:
        listed[folder] += 1
        return files(folder)

    def reading(path: Path, shown: str) -> str:
        read[path] += 1
        return text(path, shown)

    text = finding._text
    monkeypatch.setattr("audql.mail.templates.files", listing)
    monkeypatch.setattr(finding, "_text", reading)
    there = Templates(tmp_path, "en")
    assert sorted(there.languages("welcome")) == [language.upper() for language in languages]
    assert [there.form("welcome", f"{language}-x").language for language in languages] == languages
    assert there.form("welcome", "de").language == languages[0]
    assert (listed[tmp_path], {*read.values()}) == (1, {1})
