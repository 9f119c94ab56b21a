"""Tasks of reasoning, on worlds whose answers are plain to see."""

from types import SimpleNamespace

import numpy as np
import pytest

from benchmarks.labels import hidden_shares
from hispatial_ros.cli.main import main
from hispatial_ros.dataset.facts import Number
from hispatial_ros.dataset.occlusion import hiding
from hispatial_ros.dataset.orientation import Facing, facings, load_orienter
from hispatial_ros.dataset.pick import Picker
from hispatial_ros.dataset.questions import ask
from hispatial_ros.dataset.referring import Reference
from hispatial_ros.dataset.sample import complete_classes
from hispatial_ros.dataset.shards.read import read_dataset
from hispatial_ros.dataset.tasks.facing import facing_facts
from hispatial_ros.dataset.tasks.level2 import class_facts, pair_facts
from hispatial_ros.dataset.tasks.level3 import count_facts
from hispatial_ros.dataset.tasks.moving import way_facts
from hispatial_ros.dataset.tasks.occlusion import occlusion_facts
from hispatial_ros.dataset.world import Quantity
from hispatial_ros.errors import SpatialError
from hispatial_ros.measure.engine import measure
from hispatial_ros.measure.options import MeasureOptions
from hispatial_ros.simulate.scenes import make_scene
from test.dataset.conftest import DESK

SIGMA = 0.005


class Floor:
    """Cubes of 0.2 m on a floor, at x, z; the first stands before the second."""

    up = np.array([0, -1.0, 0])

    def __init__(self, places, labels=None, fronts=None):
        self._places = [np.array([x, 0.4, z]) for x, z in places]
        self._labels = labels or [f"thing {n}" for n in range(len(places))]
        self._fronts = fronts or {}
        self.count = len(places)

    def label(self, i):
        return self._labels[i]

    def center(self, i):
        return self._places[i], np.eye(3) * SIGMA**2

    def distance(self, i):
        return Quantity(float(np.linalg.norm(self._places[i])), SIGMA)

    def size(self, i, axis):
        return Quantity(0.2, SIGMA)

    extent = size

    def center_distance(self, i, j):
        return Quantity(float(np.linalg.norm(self._places[i] - self._places[j])), SIGMA)

    closest_distance = center_distance

    def hides(self, i, j):
        return 0.98 if (i, j) == (0, 1) else 0.02

    def facing(self, i):
        return self._fronts.get(i)


def answers(world, facts, type_):
    """Objects of the sure facts of a type, with their free text."""
    references = [
        Reference(f"the {world.label(i)}", "class", world.label(i)) for i in range(9)[: world.count]
    ]
    found = {}
    for fact in facts:
        if fact.type == type_ and fact.claim.probability >= 0.95:
            pairs = ask(fact, references, np.random.default_rng(0), 0.95, every=True)
            words = tuple(v for k, v in fact.words.items() if not k.startswith("class"))
            found[(*fact.objects, *words)] = next(p for p in pairs if p.format == "text")
    return found


def option(fact):
    return fact.options[fact.claim.index]


def test_what_hides_another_is_named_and_has_to_be_moved():
    world = Floor([(0, 1), (0, 2), (1, 1)])
    facts = list(occlusion_facts(world))
    whether = {f.objects: option(f) for f in facts if f.type == "occlusion"}
    assert whether == {(0, 1): "yes", (1, 0): "no"}
    for type_ in ("occluder", "move_to_see"):
        (fact,) = (f for f in facts if f.type == type_)
        assert fact.objects == (1, 0, 2)
        assert option(fact) == "{B}"
        pair = answers(world, [fact], type_)[1, 0, 2]
        assert "hides part of the thing 1, the thing 2 does not" in pair.response
        assert pair.answer.lower().find("thing 0") >= 0


@pytest.mark.parametrize("family", ["room", "tabletop", "clutter"])
def test_what_hides_another_is_seen(family):
    decided = 0
    for seed in range(300, 306):
        scene = make_scene(seed, family)
        objects = measure(scene.frame, scene.regions, MeasureOptions(), relations=False).objects
        which = [
            next(k for k, r in enumerate(scene.regions) if r.box == o.region.box) for o in objects
        ]
        true = hidden_shares(scene)[np.ix_(which, which)]
        found = hiding(objects, (scene.camera.width, scene.camera.height))
        assert not (true[found > 0.9] == 0).any()
        assert not (true[found < 0.1] > 0.02).any()
        decided += (np.abs(found - 0.5) > 0.4).sum()
    assert decided > 100


def test_what_stands_in_the_way_has_to_be_moved():
    # From 0 to 1 along x: 2 stands on it, 3 well beside it, 4 beyond, 5 so near that it may touch.
    world = Floor([(-1, 2), (1, 2), (0, 2.02), (0, 3), (2, 2), (0.1, 2.25)])
    found = {
        f.objects: option(f)
        for f in way_facts(world, Picker(0, 100))
        if f.claim.probability >= 0.95 and f.objects[:2] == (0, 1)
    }
    assert found == {(0, 1, 2, 3): "{C}"}, "neither what lies beyond nor what may touch is asked"


def test_a_way_is_free_above_and_below():
    world = Floor([(-1, 2), (1, 2), (0, 2), (0, 3)])
    world._places[2][1] = -1.0  # on a shelf
    assert not [
        f
        for f in way_facts(world, Picker(0, 100))
        if f.claim.probability > 0.9 and f.objects[:2] == (0, 1)
    ]


def test_where_a_thing_faces_and_what_is_left_of_it():
    fronts = {0: Facing(np.array([0, 0, -1.0]), 0.05), 1: Facing(np.array([1.0, 0, 0]), 0.05)}
    world = Floor([(0, 2), (-1.8, 2), (1, 1)], fronts=fronts)
    facts = list(facing_facts(world, Picker(0, 100)))
    ways = {f.objects: option(f) for f in facts if f.type == "facing" and f.claim.probability > 0.9}
    assert ways == {(0,): "toward the camera"}, "42 degrees off the line of sight: people differ"
    world = Floor([(0, 2), (0, 4), (1, 1)], fronts=fronts)
    facts = list(facing_facts(world, Picker(0, 100)))
    assert {f.objects: option(f) for f in facts if f.type == "facing"} == {
        (0,): "toward the camera",
        (1,): "to the right",
    }
    assert {f.objects: option(f) for f in facts if f.type == "side_to_camera"} == {
        (0,): "the front",
        (1,): "its right side",
    }
    assert {f.objects: option(f) for f in facts if f.type == "facing_pair"} == {
        (0, 1): "at right angles"
    }
    own = {f.objects: option(f) for f in facts if f.type == "own_left_right"}
    assert own[0, 2] == "left", "what is right in the image is left of who looks at the camera"
    assert own[1, 2] == "right"
    ahead = {f.objects: option(f) for f in facts if f.type == "own_front_back"}
    assert ahead[0, 2] == "in front of"
    assert ahead[0, 1] == "behind"
    assert "toward the camera" in answers(world, facts, "own_left_right")[0, 2].response


def test_without_orientation_nothing_of_it_is_asked():
    assert not list(facing_facts(Floor([(0, 2), (1, 2)]), Picker(0, 100)))


def test_the_orientation_adapter_is_loaded_by_name_and_checked():
    assert load_orienter("test.dataset.test_tasks:to_the_right")(None, [1])[0].stddev == 0.1
    for name in ("test.dataset.test_tasks:nothing", "no_such_module:x", "test.dataset"):
        with pytest.raises(SpatialError, match="module:callable"):
            load_orienter(name)
    with pytest.raises(SpatialError, match="2 orientations of 1 objects"):
        facings(lambda frame, objects: [None, None], None, [SimpleNamespace()])
    with pytest.raises(SpatialError, match="no unit vector"):
        facings(lambda frame, objects: [Facing(np.ones(3), 0.1)], None, [SimpleNamespace()])


def to_the_right():
    return lambda frame, objects: [Facing(np.array([1.0, 0, 0]), 0.1) for _ in objects]


def test_members_of_a_class_are_shown_by_boxes_and_compared():
    world = Floor([(-1, 2), (0, 3), (1, 4), (0, 1)], ["chair", "chair", "chair", "lamp"])
    facts = [*class_facts(world, frozenset(["chair", "lamp"]))]
    most = {
        f.words["most"]: option(f)
        for f in facts
        if f.type == "most_of_class" and f.claim.probability > 0.95
    }
    assert most["nearest to the camera"] == "{A}"
    assert most["farthest from the camera"] == "{C}"
    assert most["farthest to the left"] == "{A}"
    assert "tallest" not in most, "all are as tall"
    pair = answers(world, facts, "most_of_class")[0, 1, 2, "nearest to the camera"]
    assert "the chair (highlighted by the red box)" in pair.answer.lower()
    assert pair.boxes == {"red": 0, "green": 1, "blue": 2}


def test_counting_by_side():
    world = Floor([(-1, 2), (-0.5, 3), (1, 4), (0, 1)], ["chair", "chair", "chair", "lamp"])
    counts = {
        f.words["side"]: f.claim.quantity.value
        for f in count_facts(world, frozenset(["chair"]))
        if f.type == "count_side" and isinstance(f.claim, Number)
    }
    assert counts == {"left": 2, "right": 1}


def test_sides_and_heights_of_two():
    world = Floor([(-1, 2), (1, 2)])
    world._places[1][1] = 0.0
    found = {
        (f.type, f.words.get("side")): option(f)
        for f in pair_facts(world, Picker(0, 9))
        if f.options
    }
    assert found["which_side", "left"] == "{A}"
    assert found["which_side", "right"] == "{B}"
    assert found["higher", None] == "{B}"
    (level,) = (f for f in pair_facts(world, Picker(0, 9)) if f.type == "ground_distance")
    assert level.claim.rounded == 2.0


def test_a_class_within_anothers_name_is_not_complete():
    assert complete_classes(["chair", "lamp"], []) == {"chair", "lamp"}
    assert complete_classes(["chair", "office chair", "lamp"], ["mug"]) == {"office chair", "lamp"}
    assert complete_classes(["chair", "lamp"], ["Office chair"]) == {"lamp"}


def test_an_adapter_named_on_the_command_line_is_asked_about(tmp_path, monkeypatch, capsys):
    (tmp_path / "fronts.py").write_text(
        "import numpy as np\n"
        "from hispatial_ros.dataset.orientation import Facing\n"
        "def right():\n"
        "    return lambda frame, objects: [Facing(np.array([1.0, 0, 0]), 0.1) for _ in objects]\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    arguments = ["dataset", "build", "--source", str(DESK), "--per-type", "4", "--workers", "1"]
    out = tmp_path / "out"
    assert main([*arguments, "--orientation", "fronts:right", "--out", str(out)]) == 0
    (sample,) = read_dataset(out)
    assert all(o["facing"] == [1, 0, 0] for o in sample.about["objects"])
    assert {"own_left_right", "own_front_back"} <= {p["type"] for p in sample.about["pairs"]}
    assert main([*arguments, "--orientation", "no:thing", "--out", str(tmp_path / "x")]) == 1
    assert "give module:callable" in capsys.readouterr().err
