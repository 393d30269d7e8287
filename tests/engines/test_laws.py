"""What holds of every query and everyone, shown of the interpreter, which is the definition."""

import random
from collections.abc import Sequence

from asking import WHENS, interpreted, resolved
from hypothesis import given
from hypothesis import strategies as st
from people import plain_records, populations
from queries import Scope, comparison, queries, queries_in
from sampling import examples

import audql
from audql.binding import AsOf, bind

inner = queries_in(Scope(("completion", "person"), ("completions",), 1))
about_jobs = queries_in(Scope(("job", "person"), ("all_jobs", "jobs"), 1))
whens = st.sampled_from(WHENS)


def same(left: str, right: str, people: Sequence[object]) -> None:
    __tracebackhide__ = True
    assert interpreted(left, people) == interpreted(right, people), f"{left}\n{right}"


@examples(600)
@given(queries, populations(), whens)
def test_every_query_answers_for_everyone(query: str, people: list[object], when: AsOf) -> None:
    for answer in interpreted(query, people, when):
        assert answer is True or answer is False


@examples(250)
@given(queries, queries, populations())
def test_de_morgan_and_double_negation(p: str, q: str, people: list[object]) -> None:
    same(f"not (({p}) and ({q}))", f"not ({p}) or not ({q})", people)
    same(f"not (({p}) or ({q}))", f"not ({p}) and not ({q})", people)
    same(f"not (not ({p}))", p, people)
    assert [not answer for answer in interpreted(p, people)] == interpreted(f"not ({p})", people)


@examples(250)
@given(comparison(Scope()), populations())
def test_a_negated_comparison_is_exactly_the_opposite(query: str, people: list[object]) -> None:
    for negated, plain in (
        (" != ", " = "),
        (" not in ", " in "),
        (" not between ", " between "),
        (" not contains ", " contains "),
        (" not matches ", " matches "),
        (" is not set", " is set"),
        (" not within ", " within "),
        (" not on ", " on "),
    ):
        if (
            query.count(plain) == 1
            and " not " not in query
            and " or before" not in query
            and " than " not in query
            and "!=" not in query
        ):
            same(query.replace(plain, negated), f"not ({query})", people)


@examples(150)
@given(
    st.one_of(inner.map(lambda q: ("completion", q)), about_jobs.map(lambda q: ("job", q))),
    populations(),
    st.integers(0, 3),
)
def test_quantifiers_say_one_another(part: tuple[str, str], people: list[object], n: int) -> None:
    c, q = part
    same(f"no {c} ({q})", f"not (any {c} ({q}))", people)
    same(f"every {c} ({q})", f"not (any {c} (not ({q})))", people)
    same(f"any {c} ({q})", f"at least 1 {c} ({q})", people)
    same(f"at most {n} {c} ({q})", f"not (at least {n + 1} {c} ({q}))", people)
    same(f"exactly {n} {c} ({q})", f"(at least {n} {c} ({q})) and (at most {n} {c} ({q}))", people)


@examples(150)
@given(st.lists(queries, min_size=3, max_size=3), populations(), st.integers(0, 3))
def test_n_of_counts(parts: list[str], people: list[object], n: int) -> None:
    answers = [interpreted(part, people) for part in parts]
    listed = ", ".join(parts)
    counted = [sum(column) for column in zip(*answers, strict=True)]
    if len({resolved(part) for part in parts}) == len(parts):
        assert interpreted(f"at least {n} of ({listed})", people) == [count >= n for count in counted]
        assert interpreted(f"at most {n} of ({listed})", people) == [count <= n for count in counted]
    same(f"exactly {n} of ({listed})", f"(at least {n} of ({listed})) and (at most {n} of ({listed}))", people)


@examples(150)
@given(queries, st.lists(plain_records(), min_size=1, max_size=4), st.randoms(use_true_random=False))
def test_order_does_not_matter(query: str, people: list[dict[str, object]], chance: random.Random) -> None:
    """Neither that of people nor that of what they hold."""
    before = interpreted(query, people, alone=True)
    shuffled = [{name: _shuffled(value, chance) for name, value in person.items()} for person in people]
    assert interpreted(query, shuffled, alone=True) == before
    order = list(range(len(people)))
    chance.shuffle(order)
    assert interpreted(query, [people[i] for i in order], alone=True) == [before[i] for i in order]


def _shuffled(value: object, chance: random.Random) -> object:
    return chance.sample(value, len(value)) if type(value) is list else value


@examples(250)
@given(queries, st.lists(plain_records(), min_size=1, max_size=4))
def test_what_is_not_asked_of_does_not_matter(query: str, people: list[dict[str, object]]) -> None:
    beside = [person | {"shoe_size": 44, "": "x", "all_jobs": "Retail"} for person in people]
    assert interpreted(query, beside) == interpreted(query, people)


@examples(150)
@given(queries, whens)
def test_binding_twice_is_binding_once(query: str, when: AsOf) -> None:
    bound = bind(resolved(query), when)
    assert bind(bound.query, when).query == bound.query


@examples(250)
@given(queries, populations())
def test_the_canonical_text_means_the_same(query: str, people: list[object]) -> None:
    same(str(audql.compile(query)), query, people)
