"""The grammar of whole questions: which symbols, whatever their order, make which question form."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from typing import Any

from hispatial_ros.language.forms import Form
from hispatial_ros.language.terms import (
    ANY,
    Attribute,
    ComparedTo,
    Condition,
    Kind,
    Mention,
    Order,
    RelationTo,
)

# Symbols that never tell one question form from another.
FREE = frozenset({"BE", "HOW", "WHAT", "CAMERA", "IF", "BY", "AWAY", "BOTH", "ONE", "PIXEL"})

QUANTITIES = frozenset({"DISTANCE", "DIMENSION", "SIZE"})
RELATING = ("than", "relative", "from", "of", "to")  # prepositions before what is related to


@dataclass
class Clause:
    """What is left of a question after its phrases were put together."""

    symbols: dict[str, list[Any]] = field(default_factory=dict)
    refs: tuple[Mention, ...] = ()
    roles: tuple[str, ...] = ()  # the preposition before each mention, or ""
    camera_role: str = ""
    either: bool = False  # some of the mentions are alternatives: "A or B"
    rank: int = 1  # "the second ..."
    words: dict[str, set[str]] = field(default_factory=dict)  # that each symbol was made of

    def add(self, symbol: str, value: Any = None, words: Iterable[str] = ()) -> None:
        self.symbols.setdefault(symbol, []).append(value)
        self.words.setdefault(symbol, set()).update(words)

    def has(self, symbol: str) -> bool:
        return symbol in self.symbols

    def get(self, symbol: str) -> Any:
        """The value of the first such symbol, or None."""
        return self.symbols[symbol][0] if symbol in self.symbols else None

    @property
    def condition(self) -> Condition | None:
        """The condition to fulfil, on the attribute that is named elsewhere in the question:
        "(at least 80 cm) tall", "is the height (greater than) that of B"."""
        limit = self.get("LIMITED")
        if limit is not None:
            if self.has("DIMENSION"):
                return replace(limit, attribute=self.get("DIMENSION"))
            if limit.attribute is Attribute.GAP and limit.anchor is None:
                return replace(limit, attribute=Attribute.DISTANCE)
            return limit
        condition = self.get("CONDITION")
        if isinstance(condition, ComparedTo):
            return replace(condition, order=self._of_attribute(condition.order))
        return condition

    @property
    def fulfilled(self) -> Condition:
        """The condition of a rule that requires one."""
        condition = self.condition
        if condition is None:
            raise LookupError("no condition in this clause")
        return condition

    @property
    def relation(self) -> RelationTo:
        """The condition of a rule that requires a relation."""
        condition = self.condition
        if not isinstance(condition, RelationTo):
            raise LookupError("no relation in this clause")
        return condition

    @property
    def comparison(self) -> ComparedTo:
        """The condition of a rule that requires a comparison."""
        condition = self.condition
        if not isinstance(condition, ComparedTo):
            raise LookupError("no comparison in this clause")
        return condition

    @property
    def order(self) -> Order:
        """What to sort by: given outright, or as an attribute ("by height")."""
        if self.has("RANK_ORDER"):
            return self._of_attribute(Order(*self.get("RANK_ORDER")))
        order = self.get("ORDER")
        order = self._of_attribute(order) if order else Order(*self._natural_order())
        if self.has("RANK_ASCENDING"):
            order = replace(order, descending=False)
        if self.has("RANK_DESCENDING"):
            order = replace(order, descending=True)
        return order

    def _of_attribute(self, order: Order) -> Order:
        """ "Greater" and the like are said of whichever attribute the question names."""
        if order.attribute not in (Attribute.VOLUME, Attribute.UP, Attribute.LENGTH):
            return order
        if self.has("DIMENSION"):
            return replace(order, attribute=self.get("DIMENSION"))
        if self.has("DISTANCE"):
            return replace(order, attribute=Attribute.DISTANCE)
        return order

    def _natural_order(self) -> tuple[Attribute, bool]:
        if self.has("DIMENSION"):
            return self.get("DIMENSION"), True
        if self.has("SIZE"):
            return Attribute.VOLUME, True
        if self.get("AXIS") in ("x", "lateral", "horizontal"):
            return Attribute.RIGHT, False
        if self.get("AXIS") in ("y", "vertical"):
            return Attribute.UP, True
        return Attribute.DISTANCE, False

    # What the mentions amount to.

    @property
    def pair(self) -> tuple[Mention, Mention | None]:
        """Two mentions, or one that names two things."""
        if self.roles == ("from", ""):  # "from the mug, how far is the globe?"
            return self.refs[1], self.refs[0]
        return (self.refs[0], self.refs[1]) if len(self.refs) == 2 else (self.refs[0], None)

    @property
    def related_pair(self) -> tuple[Mention, Mention]:
        """(what is asked about, what it is related to)."""
        if self.roles[0] == self.roles[1]:
            return self.refs[0], self.refs[1]
        for i, role in sorted(enumerate(self.roles), key=lambda item: item[1] == "of"):
            if role in RELATING:  # "the position of A to B": rather than "of", the other counts
                return self.refs[1 - i], self.refs[i]
        return self.refs[0], self.refs[1]

    @property
    def candidates(self) -> tuple[Mention, ...]:
        """What is chosen from: the mentions, a class, or everything."""
        return self.refs or (self.get("WHICH") or self.get("LIST") or ANY,)

    @property
    def many(self) -> bool:
        return self.refs[0].many

    @property
    def single(self) -> bool:
        return not self.refs[0].many

    @property
    def than(self) -> bool:
        """Whether one is compared with another."""
        return any(role in ("than", "relative") for role in self.roles)

    @property
    def anything(self) -> bool:
        """ "Objects", "everything": no class is named."""
        asked = self.refs[0] if self.refs else self.get("WHICH") or self.get("LIST")
        return asked is not None and asked.kind is Kind.ANY and asked.selector is None


@dataclass(frozen=True)
class Rule:
    """One row of the grammar.

    Pattern: ``X`` must be there, ``X|Y`` at least one of them, ``[X]`` may; nothing else may,
    except ``FREE`` symbols. ``QUANTITY`` stands for any of ``QUANTITIES``. References: ``A`` one,
    ``A B`` two, ``A..`` one or more, ``A B..`` two or more, ``P`` one pixel; the last may be
    optional (``[A]``).
    """

    pattern: str
    build: Callable[[Clause], Form]
    when: Callable[[Clause], bool] = lambda clause: True
    required: tuple[frozenset[str], ...] = field(init=False)
    allowed: frozenset[str] = field(init=False)
    arity: tuple[int, float] = field(init=False)
    of_pixels: bool = field(init=False)

    def __post_init__(self) -> None:
        required, allowed, low, high = [], set(FREE), 0, 0.0
        for element in self.pattern.split():
            bare = element.strip("[].")
            if bare in ("A", "B", "P"):
                low += element[0] != "["
                high += float("inf") if ".." in element else 1
                continue
            names = frozenset(bare.split("|"))
            if "QUANTITY" in names:
                names |= QUANTITIES
            allowed |= names
            if element[0] != "[":
                required.append(names)
        object.__setattr__(self, "required", tuple(required))
        object.__setattr__(self, "allowed", frozenset(allowed))
        object.__setattr__(self, "arity", (low, high))
        object.__setattr__(self, "of_pixels", "P" in self.pattern.split())

    def fits(self, clause: Clause) -> bool:
        low, high = self.arity
        return (
            low <= len(clause.refs) <= high
            and (not self.of_pixels or clause.refs[0].kind is Kind.PIXEL)
            and self.allowed.issuperset(clause.symbols)
            and all(not names.isdisjoint(clause.symbols) for names in self.required)
            and self.when(clause)
        )
