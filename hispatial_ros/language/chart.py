"""A chart parser: every reading of a question by a grammar, the cheapest of equal ones once.

A rule is ``rule("Left: symbols", build, cost)``:

* ``UPPER`` is a terminal, a concept of the lexicon; ``lower`` a word as it is written; ``Title``
  another rule's left side;
* ``X?`` may be missing, ``X|Y`` is one of them, ``X*`` a tuple of any number;
* ``name:X`` gives the value of a symbol to ``build``, None where it is missing.

``build`` makes the value of the whole, or None if the symbols do not fit together. Without it the
value is that of the symbols with a name, or True. Rules with the same beginning are walked as one.
Phrases of ``Aside`` may stand between any two symbols; what they say is gathered beside the
reading.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import product
from typing import Any

MAX_STEPS = 6_600  # symbols matched and phrases built; everyday questions take 300, few 2,000
BEAM = 64  # readings kept of one symbol at one place


@dataclass(frozen=True)
class Rule:
    left: str
    symbols: tuple[str, ...]
    named: tuple[int, ...]  # places of the symbols that ``build`` is given
    build: Callable[..., Any]
    cost: int


def rule(text: str, build: Callable[..., Any] | None = None, cost: int = 0) -> Rule:
    """A rule of its text; ``build`` has a parameter for each symbol with a name, in their order."""
    left, _, pattern = text.partition(": ")
    symbols = [symbol.rpartition(":")[::2] for symbol in pattern.split()]
    named = tuple(place for place, (name, _) in enumerate(symbols) if name)
    if build is None:
        build = _all_of if named else _true
    return Rule(left, tuple(symbol for _, symbol in symbols), named, build, cost)


def _all_of(*values: Any) -> Any:
    return values if len(values) > 1 else values[0]


def _true() -> bool:
    return True


@dataclass(frozen=True)
class Reading:
    end: int
    value: Any
    cost: int
    asides: tuple[Any, ...]  # (kind, value) of what stands beside it


class TooComplexError(Exception):
    """The question has too many readings to look at all of them."""


@dataclass
class _Node:
    children: dict[str, _Node] = field(default_factory=dict)
    terminals: frozenset[str] = frozenset()  # of the children
    # (symbol, child, the terminals that the symbol can begin with, whether it can be empty)
    phrases: list[tuple[str, _Node, frozenset[str], bool]] = field(default_factory=list)
    # (build, cost, of each of its arguments the place among the values, or -1 where it is missing)
    builds: list[tuple[Callable[..., Any], int, tuple[int, ...]]] = field(default_factory=list)


def _is_terminal(symbol: str) -> bool:
    return symbol.isupper() or not symbol[0].isupper()


def _sort_children(node: _Node, first: Mapping[str, tuple[frozenset[str], bool]]) -> None:
    node.terminals = frozenset(filter(_is_terminal, node.children))
    for symbol, child in node.children.items():
        if symbol not in node.terminals:
            node.phrases.append((symbol, child, *first[symbol]))
        _sort_children(child, first)


class Grammar:
    """Rules, compiled to one tree of symbols per left side."""

    def __init__(self, rules: Iterable[Rule]):
        self.trees: dict[str, _Node] = {}
        self.words: set[str] = set()  # that rules name literally
        for rule in rules:
            self._add(rule)
        first = self._first()
        for tree in self.trees.values():
            _sort_children(tree, first)

    def _add(self, rule: Rule) -> None:
        choices: list[list[str | None]] = []
        for symbol in rule.symbols:
            options: list[str | None] = [
                self._repeated(s[:-1]) if s.endswith("*") else s
                for s in symbol.rstrip("?").split("|")
            ]
            choices.append(options + [None] * symbol.endswith("?"))
        for chosen in product(*choices):
            node = self.trees.setdefault(rule.left, _Node())
            for name in filter(None, chosen):
                if not name[0].isupper():
                    self.words.add(name)
                node = node.children.setdefault(name, _Node())
            there = [i for i, name in enumerate(chosen) if name is not None]
            places = tuple(there.index(i) if i in there else -1 for i in rule.named)
            node.builds.append((rule.build, rule.cost, places))

    def _repeated(self, symbol: str) -> str:
        name = symbol.title() + "List"
        if name not in self.trees:
            self.trees[name] = _Node()
            self._add(Rule(name, (), (), tuple, 0))
            self._add(Rule(name, (symbol, name), (0, 1), lambda one, more: (one, *more), 0))
        return name

    def _first(self) -> dict[str, tuple[frozenset[str], bool]]:
        """Of every left side: the terminals it can begin with, and whether it can be empty."""
        first: dict[str, set[str]] = {left: set() for left in self.trees}
        empty: set[str] = set()

        def visit(left: str, node: _Node) -> bool:
            changed = False
            if node.builds and left not in empty:
                empty.add(left)
                changed = True
            for symbol, child in node.children.items():
                new = {symbol} if _is_terminal(symbol) else first[symbol]
                changed |= not new <= first[left]
                first[left] |= new
                if symbol in empty:
                    changed |= visit(left, child)
            return changed

        while any([visit(left, tree) for left, tree in self.trees.items()]):
            pass
        return {left: (frozenset(first[left]), left in empty) for left in self.trees}


class Chart:
    """One question's edges, and what the grammar makes of them.

    edges: for each position, terminal or word -> (end, value) of what begins there.
    skips: for each position, (end, cost) of what may be left aside.
    quiet: positions within what tells how to answer: nothing stands aside there.
    """

    def __init__(
        self,
        grammar: Grammar,
        edges: Sequence[dict[str, list[tuple[int, Any]]]],
        skips: Sequence[Sequence[tuple[int, int]]],
        quiet: Collection[int] = (),
    ):
        self.grammar, self.edges = grammar, edges
        self.steps = 0
        count = len(edges)
        self._memo: list[dict[str, list[Reading]]] = [{} for _ in range(count + 1)]
        # What can be reached from each position by leaving words aside.
        self._reach: list[list[tuple[int, int, tuple[Hashable, ...]]]] = [[] for _ in range(count)]
        self._reach.append([(count, 0, ())])
        self._begins: list[set[str]] = [set() for _ in range(count + 1)]
        for i in reversed(range(count)):
            self._reach[i] = [(i, 0, ())]
            self._begins[i] = set(edges[i])
            asides = [(end, cost, ()) for end, cost in skips[i]]
            if i not in quiet:
                asides += [(r.end, r.cost, (*r.asides, r.value)) for r in self._asides(i)]
            self._memo[i].clear()
            best: dict[tuple[int, Any], int] = {(i, ()): 0}
            for end, cost, said in asides:
                for place, more, others in self._reach[end]:
                    key = (place, tuple(a for a in (*said, *others) if a != ()))
                    best[key] = min(best.get(key, cost + more), cost + more)
            cheapest = sorted(best.items(), key=lambda item: item[1])[:12]
            self._reach[i] = [(place, cost, said) for (place, said), cost in cheapest]
            for place, _, _ in self._reach[i]:
                if place < count:
                    self._begins[i] |= set(edges[place])

    def _asides(self, i: int) -> list[Reading]:
        """What stands aside at ``i``: of phrases that say the same, none shorter and dearer."""
        best: list[Reading] = []
        for r in sorted(self.readings("Aside", i), key=lambda r: (r.cost, -r.end)):
            same = [o for o in best if (o.value, o.asides) == (r.value, r.asides)]
            if all(r.end > o.end for o in same):
                best.append(r)
        return best

    def complete(self, symbol: str) -> list[Reading]:
        """Readings of the whole question as a symbol, cheapest first."""
        count = len(self.edges)
        found = [
            Reading(count, r.value, r.cost + cost, r.asides + said)
            for r in self.readings(symbol, 0)
            for place, cost, said in self._reach[r.end]
            if place == count
        ]
        return sorted(found, key=lambda r: r.cost)

    def stretches(self, symbol: str, start: int, ends: set[int]) -> list[tuple[int, Reading]]:
        """Readings of what begins at ``start`` as a symbol and ends at one of ``ends``."""
        return [
            (place, Reading(place, r.value, r.cost + cost, r.asides + said))
            for r in self.readings(symbol, start)
            for place, cost, said in self._reach[r.end]
            if place in ends
        ]

    def readings(self, symbol: str, i: int) -> list[Reading]:
        """Readings of what begins at ``i`` as a symbol.

        Raises:
            TooComplexError: after ``MAX_STEPS``, some 20 ms.
        """
        known = self._memo[i].get(symbol)
        if known is not None:
            return known
        self._memo[i][symbol] = []
        found: dict[tuple[int, Any, tuple[Hashable, ...]], int] = {}
        self._walk(self.grammar.trees[symbol], i, (), 0, (), found)
        readings = [Reading(end, v, cost, said) for (end, v, said), cost in found.items()]
        if len(readings) > BEAM:
            readings = sorted(readings, key=lambda r: (r.cost, -r.end))[:BEAM]
        self._memo[i][symbol] = readings
        return readings

    def _walk(
        self,
        node: _Node,
        i: int,
        values: tuple[Any, ...],
        cost: int,
        asides: tuple[Hashable, ...],
        found: dict[tuple[int, Any, tuple[Hashable, ...]], int],
    ) -> None:
        self.steps += 1 + len(node.builds)
        if self.steps > MAX_STEPS:
            raise TooComplexError
        for build, own, places in node.builds:
            value = build(*[values[place] if place >= 0 else None for place in places])
            if value is None:
                continue
            key = (i, value, asides)
            if cost + own < found.get(key, 1 << 30):
                found[key] = cost + own
        if not node.children:
            return
        begins = self._begins[i]
        common = node.terminals & begins
        for symbol in sorted(common) if len(common) > 1 else common:
            child = node.children[symbol]
            for place, more, said in self._reach[i]:
                if place < len(self.edges):
                    for end, value in self.edges[place].get(symbol, ()):
                        self._walk(child, end, (*values, value), cost + more, asides + said, found)
        for symbol, child, beginning, empty in node.phrases:
            if empty or not begins.isdisjoint(beginning):
                for r in self.readings(symbol, i):
                    self._walk(
                        child, r.end, (*values, r.value), cost + r.cost, asides + r.asides, found
                    )
