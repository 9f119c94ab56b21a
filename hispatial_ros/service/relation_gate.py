"""Which relations are sure enough to be published, without flicker."""

from collections.abc import Iterable

from hispatial_ros.measure.types import Relation

Key = tuple[str, str, str]


class RelationGate:
    """Lets relations through above a confidence, until they fall below a lower one."""

    def __init__(self) -> None:
        self._shown: set[Key] = set()

    def sift(
        self, relations: Iterable[Relation], confidence: float, hysteresis: float
    ) -> list[Relation]:
        """Those of one image that are to be published; what is not among them is forgotten."""
        kept = [
            r
            for r in relations
            if r.confidence >= confidence - hysteresis * (_key(r) in self._shown)
        ]
        self._shown = {_key(r) for r in kept}
        return kept


def _key(relation: Relation) -> Key:
    return relation.subject.id, relation.predicate, relation.object.id
