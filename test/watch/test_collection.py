"""Adding and removing watches: limits, names, and nothing lost."""

import json
import os

import pytest

from hispatial_ros.errors import ErrorCode, SpatialError
from hispatial_ros.watch.collection import Collection
from hispatial_ros.watch.hysteresis import Band
from hispatial_ros.watch.spec import Spec

NEAR = Spec("near", condition="mug closer than 0.8 m")
TABLE = Spec("table", condition="mug on table")


@pytest.fixture
def collection(tmp_path):
    collection = Collection()
    collection.open(tmp_path / "watches.json")
    return collection


def names(collection):
    return [watch.spec.name for watch in collection.watches]


def test_what_is_added_is_there_again_after_opening_the_file(collection, tmp_path):
    collection.add(NEAR, overwrite=False)
    collection.add(TABLE, overwrite=False)
    collection.remove("near")
    other = Collection()
    other.open(tmp_path / "watches.json")
    assert names(other) == ["table"]
    assert other.watches[0].spec.same_as(TABLE)


@pytest.mark.parametrize("label", ["what", "is", "closer than", "and or"])
def test_what_is_understood_for_a_label_in_view_is_when_it_is_read_again(
    label, collection, tmp_path
):
    spec = Spec("odd", question=f"How far is the {label}?")
    with pytest.raises(SpatialError) as error:
        collection.add(spec, overwrite=False, known=["mug"])
    assert error.value.code is ErrorCode.QUESTION_NOT_UNDERSTOOD
    collection.add(spec, overwrite=False, known=["mug", label])
    before = collection.watches
    collection.add(spec, overwrite=False)
    assert collection.watches is before, "the same watch"
    other = Collection()
    other.open(tmp_path / "watches.json")
    assert names(other) == ["odd"]
    assert other.watches[0].spec.known == (label,)


def test_what_can_not_be_stored_is_not_changed(collection, monkeypatch):
    collection.add(NEAR, overwrite=False)
    before = collection.watches

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    for change in (
        lambda: collection.add(TABLE, overwrite=False),
        lambda: collection.add(Spec("near", condition="mug on table"), overwrite=True),
        lambda: collection.remove("near"),
    ):
        with pytest.raises(SpatialError) as error:
            change()
        assert error.value.code is ErrorCode.NOT_STORED
        assert collection.watches is before


def test_the_same_watch_again_keeps_its_state(collection):
    collection.add(NEAR, overwrite=False)
    before = collection.watches
    assert collection.add(NEAR, overwrite=False) == "near"
    assert collection.watches is before


def test_names_are_made_up_where_there_is_none(collection):
    collection.add(Spec("watch-2", condition="mug on table"), overwrite=False)
    made = [collection.add(Spec("", condition="mug on table"), overwrite=False) for _ in range(2)]
    assert made == ["watch-1", "watch-3"]


def test_a_watch_in_the_file_that_makes_no_sense_is_named(collection, tmp_path):
    path = tmp_path / "watches.json"
    collection.add(NEAR, overwrite=False)
    content = json.loads(path.read_text())
    content["watches"][0]["condition"] = "colourless green ideas"
    path.write_text(json.dumps(content))
    before = path.read_text()
    with pytest.raises(SpatialError, match="'near'") as error:
        Collection().open(path)
    assert error.value.code is ErrorCode.NOT_STORED
    assert path.read_text() == before


def test_a_folder_that_is_not_there_is_told_at_once(tmp_path):
    with pytest.raises(SpatialError, match="create it"):
        Collection().open(tmp_path / "none" / "watches.json")


def test_before_it_is_open_nothing_can_be_added():
    with pytest.raises(SpatialError) as error:
        Collection().add(NEAR, overwrite=False)
    assert error.value.code is ErrorCode.NOT_ACTIVE


def test_parameters_reach_the_watches_that_are_there(collection):
    collection.add(NEAR, overwrite=False)
    collection.add(Spec("wide", condition="mug on table", margin=0.5), overwrite=False)
    collection.configure(Band(sigmas=1, margin=0.1, confirm=9), 2, 5.0)
    bands = [watch.band for watch in collection.watches]
    assert [(b.sigmas, b.margin, b.confirm) for b in bands] == [(1, 0.1, 9), (1, 0.5, 9)]
    with pytest.raises(SpatialError, match="max_watches"):
        collection.add(TABLE, overwrite=False)
    with pytest.raises(SpatialError, match="max_rate"):
        collection.add(Spec("fast", condition="mug on table", rate=6.0), overwrite=False)
