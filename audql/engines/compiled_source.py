"""A bound query → Python source and the globals that it speaks of.

What turns into what: a condition on single values becomes one expression; every `Some` and `Reduce` a function of its
own with a `for` for each hop, which returns as soon as it knows; a conjunction there a `continue` for each part. The
items of the environment are the variables `i0`, `i1`, …, all of them plain dicts; each `v…` is a value just read.

The text is made of the templates here and of names that `Constants` gives out, and of nothing from a query.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import assert_never

from audql import ir
from audql.engines.compiled_atoms import Constants, cases, of_ordinal
from audql.engines.compiled_leaves import Env, Leaves, reads_alike
from audql.engines.compiled_people import ALIASES, ANCESTORS, ancestors_by_path, is_hierarchy
from audql.engines.compiled_reading import Unusual, identity_of, items_of, known_items_of, shorthand, stub_of
from audql.engines.interpreter import Interpreter
from audql.types import Field as SchemaField
from audql.types import Many, One, RecordType, Scalar
from audql.values import number

DEEPEST = 12
"""How far expressions nest before a part becomes a function; Python's own parser stops at a hundred or so."""


class TooDeep(Exception):  # noqa: N818  # no error: it never leaves this package
    """Raised for a query that is left to the interpreter: Python's blocks do not nest so far."""


@dataclass(slots=True)
class Block:
    """Lines of a function, and how far in the next one is."""

    lines: list[str] = field(default_factory=list)
    depth: int = 1

    def add(self, line: str) -> None:
        self.lines.append("    " * self.depth + line)

    def open(self, line: str) -> None:
        self.add(line)
        self.depth += 1
        if self.depth > 18:
            raise TooDeep


class Writer(Leaves):
    """Writes the functions of one query."""

    def __init__(self, interpreter: Interpreter, constants: Constants) -> None:
        super().__init__(interpreter, constants)
        self.functions: list[str] = []
        self._known: dict[tuple[object, Env], str] = {}

    # --- functions ----------------------------------------------------------------------------------------------------

    def ask(self, query: ir.Query) -> str:
        """The source of `ask(i0)`, which says whether the query holds of a record."""
        block = Block(depth=3)
        self._returning(query, ("i0",), block)
        lines = ["def ask(i0):", "    if type(i0) is dict:", "        try:", *block.lines]
        lines += [
            "        except Exception:  # mostly Unusual; and a list is no key, and a value's own hash can fail",
            "            pass",
            "    return whole(i0)",
        ]
        return "\n".join([*self.functions, "\n".join(lines)]) + "\n"

    def _returning(self, query: ir.Query, env: Env, block: Block) -> None:
        if isinstance(query, ir.And):
            *firsts, last = self._grouped(query.parts, env, " and ", 0)
            for part in firsts:
                block.add(f"if not {part}: return False")
            block.add(f"return {last}")
        else:
            block.add(f"return {self.expression(query, env)}")

    def _function(self, env: Env, block: Block, key: tuple[object, Env] | None = None) -> str:
        """Finish a function of the items in scope; an expression that calls it."""
        self._count += 1
        call = f"f{self._count}({', '.join(env)})"
        self.functions.append("\n".join([f"def {call}:", *block.lines]))
        if key is not None:
            self._known[key] = call
        return call

    # --- queries ------------------------------------------------------------------------------------------------------

    def expression(self, query: ir.Query, env: Env, depth: int = 0) -> str:
        """An expression for whether the query holds; it stands for itself in brackets or is one call."""
        if depth > DEEPEST:
            block = Block()
            self._returning(query, env, block)
            return self._function(env, block)
        match query:
            case ir.Always(truth):
                return str(truth)
            case ir.And(parts):
                return "(" + " and ".join(self._grouped(parts, env, " and ", depth + 1)) + ")"
            case ir.Or(parts):
                return "(" + " or ".join(self._grouped(parts, env, " or ", depth + 1)) + ")"
            case ir.Not(part):
                return f"(not {self.expression(part, env, depth + 1)})"
            case ir.AtLeast(count, parts):
                counted = " + ".join(self.expression(part, env, depth + 1) for part in parts)
                return f"({counted} >= {int(count)})"
            case ir.Test(value, atom):
                if isinstance(value, ir.Field):
                    return self._on_field((query,), value, env, "")
                return self._on_reduced(query, value, atom, env)
            case ir.Compare() | ir.Gap():
                return self._between_two(query, env)
            case ir.Some():
                return self._some(query, env)
            case _:
                assert_never(query)

    def _grouped(self, parts: Sequence[ir.Query], env: Env, word: str, depth: int) -> list[str]:
        """The parts' expressions; those about fields behind one reference share the way there."""
        groups: dict[object, list[ir.Query]] = {}
        for part in parts:
            test = part.part if isinstance(part, ir.Not) else part
            match test:
                case ir.Test(ir.Field(item, steps)) if len(steps) > 1 and reads_alike(steps):
                    groups.setdefault((item, steps[:-1]), []).append(part)
                case _:
                    groups.setdefault(id(part), []).append(part)
        written = []
        for together in groups.values():
            if len(together) == 1:
                written.append(self.expression(together[0], env, depth))
            else:
                first = together[0].part if isinstance(together[0], ir.Not) else together[0]
                assert isinstance(first, ir.Test)
                assert isinstance(first.value, ir.Field)
                written.append(self._on_field(tuple(together), first.value, env, word))
        return written

    # --- items --------------------------------------------------------------------------------------------------------

    def _some(self, query: ir.Some, env: Env) -> str:
        key = (query, env)
        if key in self._known:
            return self._known[key]
        block = Block()
        if query.count > 1:
            block.add("seen = {}" if query.distinct else "count = 0")
        inner = self._loops(query.hops, env, block)
        if query.count == 1:
            block.add("return True")
        elif query.distinct:
            last = query.hops[-1]
            kind = last.field.type if isinstance(last, ir.Related) else last.steps[-1].type
            assert isinstance(kind, One | Many)
            identity = self.constants.new(identity_of(self.people, self._record(kind.record)), "Y")
            block.add(f"seen[{identity}({inner[-1]})] = {inner[-1]}")  # which keeps it, so that `id()` is its own
            block.add(f"if len(seen) >= {int(query.count)}: return True")
        else:
            block.add("count += 1")
            block.add(f"if count >= {int(query.count)}: return True")
        block.depth = 1
        block.add("return False")
        return self._function(env, block, key)

    def _record(self, name: str) -> RecordType | None:
        return next((record for record in self.interpreter.schema.records if record.name == name), None)

    def _loops(self, hops: tuple[ir.Way, ...], env: Env, block: Block) -> Env:
        """Open a loop for each hop, and skip the items that do not satisfy its condition."""
        for hop in hops:
            item = f"i{len(env)}"
            match hop:
                case ir.Hop(start, steps):
                    here = env[start]
                    for step in steps[:-1]:
                        here = self._loop(here, step, self._variable(), block)
                    self._loop(here, steps[-1], item, block)
                case ir.Related():
                    self._related(hop, env, item, block)
            env = (*env, item)
            self._skipping(hop.where, env, block)
        return env

    def _loop(self, here: str, step: SchemaField, item: str, block: Block) -> str:
        """Open a loop over the items under a field."""
        assert isinstance(step.type, One | Many)
        source = (
            self._read(here, step) if step.read not in ALIASES else f"{self.constants.name(step.read, 'R')}({here})"
        )
        if self._is_person(step):
            items = self.constants.new(known_items_of(self.people, step.type.record), "I")
            block.open(f"for {item} in {items}({source}):")
            return item
        stub = stub_of(self.people, step.type.record)
        variable = self._variable()
        block.add(f"{variable} = {source}")
        if isinstance(step.type, One):
            items = self.constants.new(items_of(stub), "I")
            block.open(f"for {item} in (({variable},) if type({variable}) is dict else {items}({variable})):")
            return item
        block.open(f"for {item} in ({variable} if type({variable}) is list else elements({variable})):")
        named, rest = shorthand(self.people, step.type.record)
        held = [f"{self.constants.name(name, 'N')}: {item}" for name in named]
        held += [f"{self.constants.name(name, 'N')}: {self.constants.name(value)}" for name, value in rest.items()]
        block.open(f"if type({item}) is not dict:")
        block.open(f"if type({item}) is str and {item}.strip():")
        block.add(f"{item} = {{{', '.join(held)}}}")
        block.depth -= 1
        block.open("else:")
        block.add(f"{item} = {self.constants.new(stub, 'S')}({item})")
        block.add(f"if {item} is None: continue")
        block.depth -= 2
        return item

    def _skipping(self, where: ir.Query, env: Env, block: Block) -> None:
        """Go on to the next item where the condition does not hold."""
        if where == ir.EVERYONE:
            return
        for part in (
            self._grouped(where.parts, env, " and ", 0) if isinstance(where, ir.And) else [self.expression(where, env)]
        ):
            block.add(f"if {part[5:-1]}: continue" if part.startswith("(not ") else f"if not {part}: continue")

    def _related(self, hop: ir.Related, env: Env, item: str, block: Block) -> None:
        """Open a loop over the items of a relation: a path of names is short, the rest is the interpreter's way."""
        way = self.constants.new(self.interpreter._way(hop), "W")
        slow = f"{way}(({', '.join(env)},))"
        record = self._record(hop.field.type.record) if isinstance(hop.field.type, One | Many) else None
        if hop.field.read in ANCESTORS and record is not None and is_hierarchy(record):
            variable = self._variable()
            quick = self.constants.name(ancestors_by_path, "R")
            block.add(f"{variable} = {quick}({env[hop.item]})")
            block.open(f"for {item} in ({slow} if {variable} is None else {variable}):")
            block.open(f"if type({item}) is str:")
            block.add(f"{item} = {{'name': {item}}}")
            block.depth -= 1
            block.open(f"elif type({item}) is not dict:")
        else:
            block.open(f"for {item} in {slow}:")
            block.open(f"if type({item}) is not dict:")
        block.add("raise Unusual")
        block.depth -= 1

    # --- reduced values and pairs -------------------------------------------------------------------------------------

    def _on_reduced(self, query: ir.Test, reduce: ir.Reduce, atom: ir.Atom, env: Env) -> str:
        """A test of a count, of a first or last day, or of a latest grade."""
        variable = self._variable()
        if reduce.kind == "count":
            on_number = cases(atom, Scalar.NUMBER, self.constants).number
            if on_number:
                call = self._counted(reduce, env)
                return f"({on_number.format(v=variable)} if ({variable} := {call}) is not None else False)"
        elif reduce.kind in ("min", "max"):
            written = of_ordinal(atom, variable, self.constants)
            if written and (call := self._extreme(reduce, env)):
                return f"(({variable} := {call}) == {variable} and {written})"
        elif call := self._last(reduce, env):
            holds = self.constants.new(self.interpreter.atom(atom, reduce.type), "T")
            return f"(({variable} := {call}) is not None and {holds}({variable}))"
        return self._slowly(query, env)

    def _counted(self, reduce: ir.Reduce, env: Env) -> str:
        block = Block()
        block.add("count = 0")
        self._loops(reduce.hops, env, block)
        block.add("count += 1")
        block.depth = 1
        block.add("return count")
        return self._function(env, block)

    def _extreme(self, reduce: ir.Reduce, env: Env) -> str:
        """A call for the ordinal of the first or last day, or `NO_DAY`; "" for other values."""
        value = reduce.value
        if value is None or value.type is not Scalar.DATE or not _is_plain(value):
            return ""
        block = Block()
        block.add("best = NO_DAY")
        inner = self._loops(reduce.hops, env, block)
        block.add(f"found = ORDINALS[{self._read(inner[value.item], value.steps[0])}]")
        order = "<=" if reduce.kind == "max" else ">="
        block.add(f"if found == found and not found {order} best: best = found")
        block.depth = 1
        block.add("return best")
        return self._function(env, block)

    def _last(self, reduce: ir.Reduce, env: Env) -> str:
        """A call for the number of the item with the latest day, or None; "" for other values."""
        value, by = reduce.value, reduce.by
        if value is None or by is None or (value.type, by.type) != (Scalar.NUMBER, Scalar.DATE):
            return ""
        if not (_is_plain(value) and _is_plain(by)):
            return ""
        block = Block()
        block.add("best = None")
        inner = self._loops(reduce.hops, env, block)
        block.add(f"found = {self.constants.name(one_number, 'F')}({self._read(inner[value.item], value.steps[0])})")
        block.open("if found is not None:")
        block.add(f"at = ORDINALS[{self._read(inner[by.item], by.steps[0])}]")
        block.add("if at != at: at = 0")
        block.add("if best is None or (at, found) > best: best = at, found")
        block.depth = 1
        block.add("return None if best is None else best[1]")
        return self._function(env, block)

    def _between_two(self, query: ir.Compare | ir.Gap, env: Env) -> str:
        """Two values of the record: their days, or their texts; other pairs are the interpreter's."""
        if isinstance(query, ir.Gap):
            days = query.unit == "day" and self._ordinal(query.left, env), self._ordinal(query.right, env)
            if query.unit == "day" and days[0] and days[1]:
                low = "" if query.low is None else f"{int(query.low)} {'<=' if query.low_included else '<'} "
                high = "" if query.high is None else f" {'<=' if query.high_included else '<'} {int(query.high)}"
                return f"({low}{days[0]} - {days[1]}{high})"
        elif query.kind is Scalar.DATE and query.order in ("=", "<", "<="):
            first, second = self._ordinal(query.left, env), self._ordinal(query.right, env)
            if first and second:
                return f"({first} {'==' if query.order == '=' else query.order} {second})"
        elif query.kind is Scalar.TEXT and query.order == "=":
            texts = [self._folded(side, env) for side in (query.left, query.right)]
            if all(texts):
                variable = self._variable()
                return f"(({variable} := {texts[0]}) is not None and {variable} == {texts[1]})"
        return self._slowly(query, env)

    def _ordinal(self, value: ir.Value, env: Env) -> str:
        """An expression for the ordinal of the one day that a value is; "" where that needs more."""
        if isinstance(value, ir.Reduce):
            return self._extreme(value, env) if value.kind in ("min", "max") else ""
        if not _is_plain(value):
            return ""
        return f"ORDINALS[{self._read(env[value.item], value.steps[0])}]"

    def _folded(self, value: ir.Value, env: Env) -> str:
        if not isinstance(value, ir.Field) or not _is_plain(value) or value.type not in (Scalar.TEXT, Scalar.CODE):
            return ""
        return f"folded({self._read(env[value.item], value.steps[0])})"


def one_number(value: object) -> object:
    """The one number that a declared number field's value is, exact."""
    if value is None or type(value) in (int, float, str):
        return number(value)
    raise Unusual


def _is_plain(value: ir.Field) -> bool:
    """Whether the value is what an item itself holds under a name."""
    return len(value.steps) == 1 and value.steps[0].read is None
