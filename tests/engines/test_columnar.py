"""The columnar engine says what the interpreter says, of everyone, whatever their records hold."""

import re
from collections.abc import Sequence

import numpy as np
import pytest
from asking import WHENS, interpreted, resolved
from hypothesis import assume, given
from hypothesis import strategies as st
from people import people, plain_records, populations
from queries import Scope, calls, comparison, queries
from sampling import examples
from shredding import Shredded

import audql
from audql.binding import AsOf, bind
from audql.engines import interpreter
from audql.engines.columnar.dictionary import CodeSet
from audql.engines.columnar.frames import Frames
from audql.engines.interpreter import Interpreter
from audql.engines.people import People
from audql.types import Schema
from audql.vocabulary import PEOPLE

whens = st.sampled_from(WHENS)


def columnar(query: str, asked: Sequence[object], when: AsOf, schema: Schema = PEOPLE) -> list[bool]:
    known = People(schema, asked)
    bound = bind(resolved(query) if schema is PEOPLE else audql.compile(query, schema=schema).ir, when)
    store = Shredded(known, bound.query)
    frames = Frames(store, Interpreter(schema, when.zone, known))
    found = frames.whole(schema.root, bound.query)[: store.everyone].tolist()
    return [bool(each) for each in found]


@examples(1500)
@given(st.one_of(queries, queries, calls), st.lists(st.one_of(plain_records(), people), min_size=1, max_size=8), whens)
def test_the_same_of_any_records(query: str, asked: list[object], when: AsOf) -> None:
    assert columnar(query, asked, when) == interpreted(query, asked, when)


@examples(1500)
@given(st.one_of(queries, queries, calls), populations(), whens)
def test_the_same_of_people_who_know_one_another(query: str, asked: list[object], when: AsOf) -> None:
    assert columnar(query, asked, when) == interpreted(query, asked, when)


@examples(400)
@given(st.one_of(comparison(Scope()), queries), st.lists(people, min_size=1, max_size=6), whens)
def test_the_same_where_no_type_is_declared(query: str, asked: list[object], when: AsOf) -> None:
    assume(not re.search(r"[a-z_]+\(", query))  # the functions are about declared collections
    try:
        bound = bind(audql.compile(query, schema=audql.OPEN).ir, when)
    except audql.CompileError:
        assume(False)
    defined = interpreter.plan(bound, audql.OPEN, People(audql.OPEN, asked))
    assert columnar(query, asked, when, audql.OPEN) == [defined(person) for person in asked]


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.uint32])
def test_codes_are_held_by_sets_that_go_beyond_their_numbers(dtype: type[np.uint8 | np.uint16 | np.uint32]) -> None:
    """As the links of a column in which hardly anyone has one."""
    edges = (0, 1, 2, 254, 255, 256, 257, 9229, 65535, 65536, 70_000)
    codes = [code for code in edges if code <= np.iinfo(dtype).max]
    for low in edges:
        for high in edges:
            if low < high:
                found = CodeSet(((low, high),)).holds(np.array(codes, dtype=dtype)).tolist()
                assert found == [low <= code < high for code in codes], (low, high)
