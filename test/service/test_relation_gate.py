"""Relations come when they are sure, and do not flicker."""

from types import SimpleNamespace

from hispatial_ros.service.relation_gate import RelationGate


def relation(confidence, subject="mug", other="board"):
    return SimpleNamespace(
        subject=SimpleNamespace(id=subject),
        object=SimpleNamespace(id=other),
        predicate="on",
        confidence=confidence,
    )


def shown(gate, *confidences):
    return [bool(gate.sift([relation(c)], 0.8, 0.2)) for c in confidences]


def test_it_comes_above_and_goes_well_below():
    expected = [False, True, True, True, False, False, True]
    assert shown(RelationGate(), 0.79, 0.81, 0.7, 0.61, 0.59, 0.7, 0.8) == expected


def test_each_pair_has_its_own():
    gate = RelationGate()
    gate.sift([relation(0.9)], 0.8, 0.2)
    kept = gate.sift([relation(0.7), relation(0.7, "globe")], 0.8, 0.2)
    assert [r.subject.id for r in kept] == ["mug"]


def test_what_is_not_there_is_forgotten():
    gate = RelationGate()
    gate.sift([relation(0.9)], 0.8, 0.2)
    assert gate.sift([], 0.8, 0.2) == []
    assert gate.sift([relation(0.7)], 0.8, 0.2) == []
