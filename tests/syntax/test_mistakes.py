"""Each mistake: one message, its code, what it underlines, and the AudQL that its hint shows."""

import inspect

import pytest

from audql.diagnostics import Diagnostic, Findings
from audql.source import Source
from audql.syntax import habit_messages, habits, messages, scripts
from audql.syntax.habits_of_code import NULLS
from audql.syntax.parser import parse_query, parse_script
from audql.syntax.words import RESERVED


def _query(text: str) -> list[Diagnostic]:
    findings = Findings()
    parse_query(Source(text), findings)
    return findings.found


def _script(text: str) -> list[Diagnostic]:
    findings = Findings()
    parse_script(Source(text), findings)
    return findings.found


# query → code, what is underlined, a part of the hint
MISTAKES = [
    ("a $$ b", "AQ101", "$$", "delete it"),
    ('country = "GB', "AQ102", '"GB', "closing"),
    ("country = “GB”", "AQ103", "“GB”", 'write `"GB"`'),
    ("a // why", "AQ104", "// why", "write `# why`"),
    ("a and -- why\nb", "AQ104", "-- why", "write `# why`"),
    ("a and\0b", "AQ105", "\0", "UTF-8"),
    ("`` = 5", "AQ106", "``", "name"),
    ("grade > 007", "AQ107", "007", "write `7` for the number"),
    ("grade in (1,000)", "AQ108", "1,000", "`1000` for one number"),
    ("grade = 2,5", "AQ108", "2,5", "`2.5` for one number, `2, 5` for several"),
    ("grade = " + "9" * 39, "AQ109", "9" * 39, "quotes"),
    ("grade = 1e5", "AQ110", "1e5", "`100000`"),
    ("grade = 1.2.3", "AQ110", "1.2.3", '"1.2.3"'),
    ("hired after 2026-02-30", "AQ111", "2026-02-30", "2026-11-23"),
    ("last_login after 2026-02-20T25:00", "AQ111", "2026-02-20T25:00", "T14:30"),
    ("hired before 23/11/2026", "AQ112", "23/11/2026", "write `2026-11-23`"),
    ("hired before 3/4/2026", "AQ112", "3/4/2026", "write `2026-04-03` or `2026-03-04`"),
    ("hired after 2026-09", "AQ113", "2026-09", "between 2026-09-01 and 2026-09-30"),
    ("hired more than 30d ago", "AQ114", "30d", "write `30 days`"),
    ("2nd = 5", "AQ115", "2nd", "`2nd`"),
    ("cost-centre = 5", "AQ116", "cost-centre", "`cost-centre`"),
    ('any "job" (primary)', "AQ118", '"job"', "write `job`"),
    ("(a or b", "AQ120", "(", "put `)`"),
    ("any job (", "AQ120", "(", "put `)`"),
    ("a) and b", "AQ121", ")", "delete it"),
    ("", "AQ125", "", "condition"),
    ("a and and b", "AQ130", "and", "delete one `and`"),
    ("a or", "AQ130", "", "delete `or`"),
    ("country =", "AQ131", "", "text in quotes"),
    ("country not", "AQ133", "", "compare"),
    ("any", "AQ132", "", "backquotes"),
    ('country foo "GB"', "AQ133", "foo", "starts with"),
    ("completed(a) b c = d", "AQ133", "b", ""),
    ("a, b", "AQ134", ",", "only in lists"),
    ("country is", "AQ135", "", ""),
    ("hired between 1", "AQ135", "", "`between 1 and …`; for one end alone `>= 1`"),
    ("at least two jobs", "AQ138", "two", "write `2`"),
    ("at least", "AQ138", "", "at least 2"),
    ("hired within last 30", "AQ139", "30", "write `30 days`"),
    ("hired within last 30 dyas", "AQ144", "dyas", "`days`"),
    ('country statrs with "a"', "AQ144", "statrs with", "`starts with`"),
    ('country contian "a"', "AQ144", "contian", "`contains`"),
    ("evry job (a)", "AQ144", "evry", "`every`"),
    ("suspended adn b", "AQ144", "adn", "`and`"),
    ("suspended and nto b", "AQ144", "nto", "`not`"),
    ("at lest 3 jobs", "AQ144", "at lest", "`at least`"),
    ("all jobs (primary)", "AQ144", "all", "`every`"),
    ("set = 5", "AQ145", "set", "`set`"),
    ("a and last", "AQ145", "last", "`last`"),
    ('country in ("a" "b")', "AQ146", '"b"', 'write `, "b"`'),
    ('suspended country = "GB"', "AQ147", "country", "between two conditions stands `and` or `or`"),
    ('country in ("a",)', "AQ149", ",", "delete"),
    ('country in (,"a")', "AQ149", ",", "delete"),
    ('country in ("a",, "b")', "AQ149", ",", "delete"),
    # habits
    ('country == "GB"', "AQ150", "==", 'write `country = "GB"`'),
    ('country <> "GB"', "AQ151", "<>", 'write `country != "GB"`'),
    ("a && b", "AQ152", "&&", "and"),
    ("a || b", "AQ152", "||", "or"),
    ("!a", "AQ152", "!", "write `not a`"),
    ("grade => 5", "AQ153", "=>", "write `grade >= 5`"),
    ("country is null", "AQ154", "is null", "write `country is not set`"),
    ("country is not null", "AQ154", "is not null", "write `country is set`"),
    ("country is empty", "AQ154", "is empty", "write `country is not set`"),
    ('country = ""', "AQ154", '= ""', "write `country is not set`"),
    ("country != ''", "AQ154", "!= ''", "write `country is set`"),
    ("country = null", "AQ154", "= null", "write `country is not set`"),
    ("country != null", "AQ154", "!= null", "write `country is set`"),
    ('city like "Lon%"', "AQ155", 'like "Lon%"', 'write `city starts with "Lon"`'),
    ("city not like '%don'", "AQ155", "like '%don'", "write `city not ends with 'don'`"),
    ('city like "%on%"', "AQ155", 'like "%on%"', 'write `city contains "on"`'),
    ('city like "a%b"', "AQ155", 'like "a%b"', "matches"),
    ('country in ["GB", "IE"]', "AQ156", "[", 'write `country in ("GB", "IE")`'),
    ('country -eq "GB"', "AQ157", "-eq", 'write `country = "GB"`'),
    ('country -notcontains "GB"', "AQ157", "-notcontains", 'write `country not contains "GB"`'),
    ("-not suspended", "AQ157", "-not", "write `not suspended`"),
    ('country is "GB"', "AQ158", 'is "GB"', 'write `country = "GB"`'),
    ('country is not "GB"', "AQ158", 'is not "GB"', 'write `country != "GB"`'),
    ("country is Germany", "AQ158", "is Germany", 'write `country = "Germany"`'),
    ('country = "GB" or "IE"', "AQ159", '"GB" or "IE"', 'write `country in ("GB", "IE")`'),
    ('country != "GB" or "IE" and a', "AQ159", '"GB" or "IE"', 'write `country not in ("GB", "IE")`'),
    ("suspended = yes", "AQ160", "= yes", "write `suspended`"),
    ("suspended = no", "AQ160", "= no", "write `not suspended`"),
    ("suspended is not true", "AQ160", "is not true", "write `not suspended`"),
    ('completed "Safety"', "AQ161", 'completed "Safety"', 'write `completed("Safety")`'),
    ("hired within last month", "AQ162", "last month", "`last 1 month` for the month up to today, or `previous month`"),
    ("hired within 90 days", "AQ162", "within 90 days", "within last 90 days"),
    ("hired since 2026-01-01", "AQ163", "since", "write `hired on or after 2026-01-01`"),
    ("grade equals 5", "AQ164", "equals", "write `grade = 5`"),
    ("grade not equal to 5", "AQ164", "not equal to", "write `grade != 5`"),
    ("grade is greater than or equal to 5", "AQ164", "is greater than or equal to", "write `grade >= 5`"),
    ('country is one of ("a", "b")', "AQ164", "is one of", 'write `country in ("a", "b")`'),
    ("hired in the last 30 days", "AQ164", "in the last", "write `hired within last 30 days`"),
    ("grade at least 90", "AQ164", "at least", "write `grade >= 90`"),
    ("grade more than 5", "AQ164", "more than 5", "write `grade > 5`"),
    ('country contains any of ("a", "b")', "AQ164", "any of", 'contains ("a", "b")'),
    ("suspended;", "AQ165", ";", "delete"),
    ('has completed("X")', "AQ166", "has", 'write `completed("X")`'),
    ('country does not contain "x"', "AQ166", "does not contain", 'write `country not contains "x"`'),
    ('country doesn\'t contain "x"', "AQ166", "doesn't contain", 'write `country not contains "x"`'),
    ('country isn\'t "GB"', "AQ166", "isn't", 'write `country != "GB"`'),
    ("grade between 1 to 5", "AQ167", "to", "write `grade between 1 and 5`"),
    ("hired before today - 30 days", "AQ168", "today - 30 days", "write `30 days ago`"),
    ('select * from people where country = "GB"', "AQ169", "select * from people where", "after `where`"),
    ("where suspended and a", "AQ169", "where", "after `where`"),
    ("not exists (select 1 from x)", "AQ170", "exists", "any completion"),
    ('{ country: "GB" }', "AQ171", "{", "write"),
    ('country = ("GB", "IE")', "AQ172", "=", 'write `country in ("GB", "IE")`'),
    ('country in "GB", "IE"', "AQ172", 'in "GB", "IE"', 'write `country in ("GB", "IE")`'),
    ("hired before today()", "AQ173", "today()", "write `today`"),
    ("a + b = 3", "AQ174", "+", "calculated"),
]


@pytest.mark.parametrize(("text", "code", "underlined", "hint"), MISTAKES, ids=[m[0][:40] or "empty" for m in MISTAKES])
def test_one_mistake_one_message(text: str, code: str, underlined: str, hint: str) -> None:
    found = _query(text)
    assert [d.code for d in found] == [code], [(d.code, d.message) for d in found]
    assert found[0].span is not None
    assert found[0].span.text == underlined
    assert hint in found[0].hint


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("a = = 3 and b = = 4 and suspended = yes", ["AQ131", "AQ131", "AQ160"]),
        ('x == 5 && (country is "GB" || any job (title like "a%" and grade => 3))', "150 152 158 152 155 153"),
        ('at least 2 of (a = , b, c "x", d == 5)', ["AQ131", "AQ161", "AQ150"]),
    ],
)
def test_all_mistakes_in_one_run(text: str, codes: list[str] | str) -> None:
    wanted = ["AQ" + c for c in codes.split()] if isinstance(codes, str) else codes
    assert [d.code for d in _query(text)] == wanted


SCRIPTS = [
    ('audeince "A" { where suspended }', ["AQ144"]),
    ('audience "A" {\n  where suspended\n  notfy learner on joining\n}', ["AQ144"]),
    ('audience "A" {\n  where country =\n  owner "a"\n}', ["AQ131"]),
    ('audience "A" {\n  where suspended and\n  owner "a"\n}\nlet x = y or\nlet z = a', ["AQ130", "AQ130"]),
    ('audience "A" {\n  where any job (a and (b or c)\n  owner "x"\n}', ["AQ120"]),
    ('audience "A" {\n  where suspended\naudience "B" { where suspended }', ["AQ120"]),
    ('audience "A" where suspended }\nlet x = y', ["AQ148"]),
    ("audience Retail {\n  owner lena@example.com\n  members ann, bob\n}", ["AQ117"] * 4),
    ('audience "A" { include "ann" until "2026-12-31" }', ["AQ119"]),
    ('audience "A" { enrol course "X" }', ["AQ135"]),
    ('audience "A" {\n  enrol in course "X" due 30 days\n  owner "a"\n}', ["AQ135"]),
    ('audience "A" { notify learner manager on joining }', ["AQ146"]),
    ('audience "A" { tags }', ["AQ136"]),
    ('audience "A" { active from "x" }', ["AQ137"]),
    ('audience "A" {\n  = 5\n  where suspended\n}', ["AQ140"]),
    ("5\nlet x = y", ["AQ141"]),
    ('test "A" { 5 }', ["AQ142"]),
    ('test "A" { member {"org": 5} }', ["AQ118"]),
    ('test "A" as of 2026-13-01 { member {a: 1,, b: 2} }', ["AQ111", "AQ149"]),
    ('retire "x" then delete\nlet x = y', ["AQ144"]),
]


@pytest.mark.parametrize(("text", "codes"), SCRIPTS, ids=[s[0][:40] for s in SCRIPTS])
def test_mistakes_in_scripts(text: str, codes: list[str]) -> None:
    found = _script(text)
    assert [d.code for d in found] == codes, [(d.code, d.message) for d in found]


def test_what_is_sound_beside_a_mistake_is_kept() -> None:
    findings = Findings()
    text = 'let a = = 5\naudience "A" {\n  where x and y ==\n  owner "o"\n}\nlet b = suspended'
    script = parse_script(Source(text), findings)
    assert [type(i) for i in script.items] == [scripts.Let, scripts.Audience, scripts.Let]
    audience = script.items[1]
    assert isinstance(audience, scripts.Audience)
    assert isinstance(audience.clauses[1], scripts.Owner)


def test_habits_in_backquotes_are_names() -> None:
    for text in (
        "`null` = 5",
        "x = `null`",
        "x = `yes`",
        "a and `has`",
        "`like` = 5",
        "like = 5 and since before today",
    ):
        assert not _query(text)


@pytest.mark.parametrize("word", sorted(habits.WORDS - NULLS - RESERVED.keys()))
def test_words_of_habits_are_names_where_names_can_be(word: str) -> None:
    for text in ("{} = 5 and {} is set", "x = {}", "any {} (x)", "at least 2 {}", "y.{} > 2", '{}("x")', "f({}: 1)"):
        assert not _query(text.format(word, word)), text
    for text in (
        "let {} = x",
        "define {}(a) = a",
        'audience "A" {{\n  where x\n  enrol in {} "X" due 3 days after {}\n  notify {} on joining\n}}',
        'audience "A" {{\n  where x\n  notify learner, {} 7 days before due\n  when leaving keep\n}}',
        'test "A" {{ member {{ {}: "x" }} }}',
    ):
        assert not _script(text.format(word, word, word)), text


def test_codes_are_unique_and_have_titles() -> None:
    """docs/errors.md lists them from here."""
    codes: dict[str, str] = {}
    for module in (messages, habit_messages):
        for name, function in inspect.getmembers(module, inspect.isfunction):
            if function.__module__ != module.__name__ or name in ("error", "code", "cure", "quoted", "_write"):
                continue
            source = inspect.getsource(function)
            found = {word.strip('",)') for word in source.replace("(", " ").split() if word.startswith('"AQ1')}
            assert len(found) == 1, name
            assert ": " in (function.__doc__ or "")
            code = found.pop()
            assert code not in codes, f"{name} and {codes[code]}"
            codes[code] = name
