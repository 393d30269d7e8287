"""Tests of what items hold → expressions, which look for the usual first.

An item is a variable that holds a plain dict; each `v…` is a value just read. The text is made of the templates here
and of names that `Constants` gives out, and of nothing from a query.
"""

import sys
from dataclasses import replace
from itertools import pairwise
from typing import TypeAlias

from audql import ir
from audql.engines.compiled_atoms import Cases, Constants, cases
from audql.engines.compiled_people import ALIASES, READERS
from audql.engines.compiled_reading import known_item_of, stub_of
from audql.engines.interpreter import Interpreter, holds_several
from audql.engines.people import People
from audql.types import Field as SchemaField
from audql.types import Many, One
from audql.values import each, get, present

Env: TypeAlias = tuple[str, ...]
"""The variables of the items in scope."""


class Leaves:
    """Writes tests of fields."""

    def __init__(self, interpreter: Interpreter, constants: Constants) -> None:
        self.interpreter = interpreter
        self.people: People = interpreter.people
        self.constants = constants
        self._count = 0

    def _variable(self) -> str:
        self._count += 1
        return f"v{self._count}"

    def _slowly(self, query: ir.Query, env: Env) -> str:
        """What the interpreter says of the items in scope."""
        check = self.constants.new(self.interpreter.check(query), "C")
        return f"{check}(({', '.join(env)},))"

    def _read(self, item: str, step: SchemaField) -> str:
        """What an item holds under a field."""
        if step.read is None:
            return f"{item}.get({self.constants.name(sys.intern(step.name), 'N')})"
        if step.read in ALIASES:
            return f"{item}.get({self.constants.name(ALIASES[step.read][0], 'N')})"
        return f"{self.constants.name(READERS.get(step.read, step.read), 'R')}({item})"

    def _on_field(self, parts: tuple[ir.Query, ...], value: ir.Field, env: Env, word: str) -> str:
        """Tests, or negated ones, of fields behind the same references, joined by `word`."""
        item = env[value.item]
        if len(value.steps) > 1 and not reads_alike(value.steps):
            return self._slowly(word_joined(parts, word), env)
        return self._behind(parts, item, value.steps[:-1], 0, word)

    def _behind(self, parts: tuple[ir.Query, ...], item: str, refs: tuple[SchemaField, ...], at: int, word: str) -> str:
        """The tests of what lies behind `refs[at:]` from an item."""
        if at == len(refs):
            written = [self._leaf(part, item) for part in parts]
            return written[0] if len(written) == 1 else "(" + word.join(written) + ")"
        variable = self._variable()
        step = refs[at]
        assert isinstance(step.type, One | Many)
        if self._is_person(step):
            # Only the population can say whom the value stands for.
            known = self.constants.new(known_item_of(self.people, step.type.record), "I")
            inside = self._behind(parts, variable, refs, at + 1, word)
            negated = [isinstance(part, ir.Not) for part in parts]
            without = any(negated) if word == " or " else all(negated)
            return f"({inside} if ({variable} := {known}({self._read(item, step)})) is not None else {without})"
        slow = word_joined(tuple(_from_item(part, at) for part in parts), word)
        decided = self._slowly(slow, (item,))
        inside = self._behind(parts, variable, refs, at + 1, word)
        as_text = self._behind_text(parts, variable, refs, at + 1, step.type.record, word)
        nothing = f"{variable} is not None and " if not any(isinstance(part, ir.Not) for part in parts) else ""
        ways = [(as_text, "str"), (inside, "dict")] if step.read in ALIASES else [(inside, "dict"), (as_text, "str")]
        return (
            f"({ways[0][0]} if type({variable} := {self._read(item, step)}) is {ways[0][1]} else "
            f"{ways[1][0]} if type({variable}) is {ways[1][1]} else {nothing}{decided})"
        )

    def _behind_text(
        self, parts: tuple[ir.Query, ...], variable: str, refs: tuple[SchemaField, ...], at: int, record: str, word: str
    ) -> str:
        """The tests where a plain text stands for the item: its name is that text, and there is nothing else."""
        stub = People(self.interpreter.schema, ()).item("?", record)
        written = []
        for part in parts:
            test = part.part if isinstance(part, ir.Not) else part
            assert isinstance(test, ir.Test)
            assert isinstance(test.value, ir.Field)
            step = test.value.steps[at]
            held = get(stub, step.name) if step.read is None else None
            if held is None and step.read is None:
                text = "False"
            elif held == "?" and at == len(refs) and (on_text := self._cases(test).text):
                text = "(" + on_text.format(v=variable) + ")"
            else:
                item = self.constants.new(stub_of(People(self.interpreter.schema, ()), record), "S")
                check = self.constants.new(self.interpreter.check(_from_item(test, at)), "C")
                text = f"({variable} != '' and ({item}({variable}) is not None and {check}(({item}({variable}),))))"
            written.append(f"(not {text})" if isinstance(part, ir.Not) else text)
        idle = "False" if word == " or " else "(not False)"
        needed = [text for text in written if text != idle] or [idle]
        return "(" + word.join(needed) + ")" if len(needed) > 1 else needed[0]

    def _is_person(self, step: SchemaField) -> bool:
        assert isinstance(step.type, One | Many)
        return step.type.record == self.interpreter.schema.root and bool(self.people.records)

    def _cases(self, test: ir.Test) -> Cases:
        return cases(test.atom, test.value.type, self.constants)

    def _leaf(self, part: ir.Query, item: str) -> str:
        """A test of the last field of its value, or its opposite."""
        if isinstance(part, ir.Not):
            return f"(not {self._leaf(part.part, item)})"
        assert isinstance(part, ir.Test)
        assert isinstance(part.value, ir.Field)
        last = part.value.steps[-1]
        read = self._read(item, last)
        found = self._cases(part)
        if found.direct and not last.many:
            if "ORDINALS" in found.direct:
                variable = self._variable()
                return f"(({variable} := {read}) is not None and {found.direct.format(v=variable)})"
            return f"({found.direct.format(v=read)})"
        variable = self._variable()
        ways = []
        if found.text:
            ways.append((f"type({variable}) is str", found.text))
        if found.number:
            ways.append((f"type({variable}) is int or type({variable}) is float", found.number))
        if found.true:
            ways += [(f"{variable} is True", found.true), (f"{variable} is False", found.false)]
        if found.date:
            ways.append((f"type({variable}) is DATE", found.date))
        # The first that looks at the variable fills it.
        known = "".join(f"{template.format(v=variable)} if {check} else " for check, template in ways)
        test = f"{self._value_test(part, last)}({variable})"
        return f"(({known}{test}) if ({variable} := {read}) is not None else False)"

    def _value_test(self, test: ir.Test, last: SchemaField) -> str:
        """The interpreter's reading of what is there under a field, of whatever kind that is."""
        holds = self.interpreter.atom(test.atom, test.value.type)

        def several(value: object) -> bool:
            return any(holds(one) for one in each(value))

        def single(value: object) -> bool:
            return holds(present(value))

        return self.constants.new(several if holds_several(last) else single, "T")


def reads_alike(steps: tuple[SchemaField, ...]) -> bool:
    """Whether the references on the way are read as what is there under a name."""
    for step, following in pairwise(steps):
        if step.read is not None:
            alias = ALIASES.get(step.read)
            if alias is None or following.name not in alias[1] or following.read is not None:
                return False
    return True


def _from_item(part: ir.Query, at: int) -> ir.Query:
    """The test as seen from an item on its way."""
    if isinstance(part, ir.Not):
        return ir.not_(_from_item(part.part, at))
    assert isinstance(part, ir.Test)
    assert isinstance(part.value, ir.Field)
    return replace(part, value=replace(part.value, item=0, steps=part.value.steps[at:]))


def word_joined(parts: tuple[ir.Query, ...], word: str) -> ir.Query:
    """The parts as one query."""
    return ir.any_of(parts) if word == " or " else ir.all_of(parts)
