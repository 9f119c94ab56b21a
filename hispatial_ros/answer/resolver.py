"""Which measured objects a question means: "the mug on the table", "the second nearest chair"."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from hispatial_ros.answer import conditions
from hispatial_ros.answer.conditions import Meanings, Verdict
from hispatial_ros.answer.phrasing import the
from hispatial_ros.answer.quantities import Quantity
from hispatial_ros.answer.scene import Scene
from hispatial_ros.errors import ErrorCode, SpatialError
from hispatial_ros.language.question import mentions
from hispatial_ros.language.terms import Condition, Extremal, Kind, Mention, Order
from hispatial_ros.measure.types import Failure, MeasuredObject


@dataclass(eq=False)
class Resolver:
    """Resolves the mentions of one question on a scene, and collects what it assumed."""

    scene: Scene
    notes: list[str] = field(default_factory=list)  # for the answer, each once
    _known: dict[Mention, MeasuredObject] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.note(*self.scene.notes)

    def note(self, *texts: str) -> None:
        """Add to the notes what is not among them."""
        self.notes += [text for text in dict.fromkeys(texts) if text not in self.notes]

    def taking(self, mention: Mention, obj: MeasuredObject) -> Resolver:
        """A resolver for which a mention means this object; notes are collected together."""
        return replace(self, _known={**self._known, mention: obj})

    # Mentions

    def one(self, mention: Mention) -> MeasuredObject:
        """The object meant.

        Raises:
            SpatialError: AMBIGUOUS_OBJECT or UNKNOWN_OBJECT, or why it could not be measured.
        """
        if mention not in self._known:
            self._known[mention] = self._choose(mention, self.all(mention))
        return self._known[mention]

    def all(self, mention: Mention) -> list[MeasuredObject]:
        """Every object the mention may stand for, in the order of the regions.

        Of several, those that cannot be measured are left out with a note.

        Raises:
            SpatialError: if none can be named or measured, or fulfils the mention's condition.
        """
        results = self.scene.find(mention)
        failures = [r for r in results if isinstance(r, Failure)]
        objects = [r for r in results if isinstance(r, MeasuredObject)]
        if failures and not objects:
            raise SpatialError(failures[0].code, failures[0].message)
        self.note(*(f"left out: {failure.message}" for failure in failures))
        chosen = mention.many or mention.selector is not None
        if mention.condition is not None and (chosen or len(objects) > 1):
            return self._fulfilling(mention, mention.condition, objects)
        return objects

    def each(self, mentions: Iterable[Mention]) -> list[MeasuredObject]:
        """All objects of several mentions, each once; "the nearest chair" is one."""
        objects: list[MeasuredObject] = []
        for mention in mentions:
            found = self.all(mention) if mention.many else [self.one(mention)]
            objects.extend(o for o in found if o not in objects)
        return objects

    def pair(self, first: Mention, second: Mention | None) -> tuple[MeasuredObject, MeasuredObject]:
        """Two objects: one of each mention, or the two that the first names ("the chairs")."""
        if second is not None:
            return self.one(first), self.one(second)
        found = self.all(first)
        if len(found) != 2:
            names = ", ".join(o.id for o in found)
            raise SpatialError(
                ErrorCode.AMBIGUOUS_OBJECT,
                f"there are {len(found)} of '{first}': {names}; name two",
            )
        return found[0], found[1]

    def name(self, mention: Mention) -> str:
        """The object that a mention turned out to mean, with its article."""
        if mention.kind is Kind.CAMERA:
            return "the camera"
        if mention.many and mention not in self._known:
            return f"{'all' if mention.every else 'any'} {mention.name or 'object'}"
        return the(self.scene.name(self.one(mention)))

    def _fulfilling(
        self, mention: Mention, condition: Condition, objects: Sequence[MeasuredObject]
    ) -> list[MeasuredObject]:
        named = (m for m in mentions(condition) if m.kind is not Kind.CAMERA)
        related = [self.one(m) for m in named if not m.many]  # the table is not left of itself
        left = [o for o in objects if o not in related and self.check(condition, o).holds]
        if not left:
            names = ", ".join(o.id for o in objects)
            raise SpatialError(
                ErrorCode.UNKNOWN_OBJECT, f"none of {names} is '{mention}': name one of them"
            )
        return left

    def _choose(self, mention: Mention, found: Sequence[MeasuredObject]) -> MeasuredObject:
        if mention.selector is not None:
            return self._select(mention, mention.selector, found)
        if len(found) == 1:
            return found[0]
        if not found:
            raise SpatialError(
                ErrorCode.BAD_QUESTION, f"'{mention}' cannot be measured: name an object"
            )
        names = ", ".join(o.id for o in found)
        raise SpatialError(
            ErrorCode.AMBIGUOUS_OBJECT, f"'{mention}' may be any of {names}: name one of them"
        )

    def _select(
        self, mention: Mention, selector: Order, found: Sequence[MeasuredObject]
    ) -> MeasuredObject:
        """The first, or n-th, in the order that the mention selects by; a note says which."""
        name = mention.name or "object"
        ordered = self.sorted(found, selector)
        if mention.rank > len(ordered):
            message = f"there are {len(ordered)} of '{name}', no #{mention.rank}"
            if selector.anchor is not None and len(ordered) < len(found):
                message += f" beside {self.name(selector.anchor)} itself: name another object"
            raise SpatialError(ErrorCode.UNKNOWN_OBJECT, message)
        chosen = ordered[mention.rank - 1]
        rank = f"#{mention.rank} " if mention.rank > 1 else ""
        self.note(f"the {rank}{selector.superlative} {name} is {the(self.scene.name(chosen))}")
        return chosen

    # Orders and conditions, whose mentions are resolved before anything is compared

    def value(self, obj: MeasuredObject, order: Order) -> Quantity:
        """What an object is ordered by."""
        return self.scene.value(obj, order.attribute, self._anchor(order))

    def sorted(self, objects: Sequence[MeasuredObject], order: Order) -> list[MeasuredObject]:
        """The objects in this order, without the one that distances are taken from."""
        return self.scene.sorted(objects, order, self._anchor(order))

    def check(self, condition: Condition, obj: MeasuredObject) -> Verdict:
        """Whether an object fulfils a condition.

        Raises:
            SpatialError: BAD_QUESTION if it is compared with itself, or a mention cannot be
                resolved.
        """
        verdict = conditions.check(condition, obj, self.scene, self._meanings(condition))
        self.note(*verdict.notes)
        return verdict

    def compared(self, condition: Condition) -> list[MeasuredObject]:
        """The objects that others are compared with: these are not asked about themselves."""
        named = conditions.compared(condition)
        return [self.one(m) for m in named if not m.many or m in self._known]

    def _anchor(self, order: Order) -> MeasuredObject | None:
        if order.anchor is None or order.anchor.kind is Kind.CAMERA:
            return None
        return self.one(order.anchor)

    def _meanings(self, condition: Condition) -> Meanings:
        meanings: dict[Mention, Sequence[MeasuredObject]] = {}
        for part in conditions.single(condition):
            if isinstance(part, Extremal):
                meanings[part.among] = self.all(part.among)
            for mention in conditions.compared(part):
                several = mention.many and mention not in self._known
                meanings[mention] = self.all(mention) if several else [self.one(mention)]
        return meanings
