"""Watches survive in a file, whole or not at all."""

import json
import os
from contextlib import suppress

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hispatial_ros.errors import ErrorCode, SpatialError
from hispatial_ros.frame.region import Region
from hispatial_ros.watch import store
from hispatial_ros.watch.spec import Spec

texts = st.text(st.characters(exclude_categories=("Cs",)), max_size=20)
numbers = st.floats(0, 1e6)
outlines = st.none() | st.lists(st.tuples(numbers, numbers), min_size=3, max_size=5).map(np.array)
regions = st.builds(Region, texts, st.tuples(*[numbers] * 4), outlines, texts)
specs = st.builds(
    Spec,
    name=texts,
    question=texts,
    labels=st.lists(texts, max_size=3).map(tuple),
    condition=texts,
    regions=st.lists(regions, max_size=3).map(tuple),
    rate=numbers,
    margin=numbers,
    reference_frame=texts,
    known=st.lists(texts, max_size=3).map(tuple),
)


@given(st.lists(specs, max_size=4, unique_by=lambda s: s.name))
def test_what_is_saved_is_loaded(tmp_path_factory, wanted):
    path = tmp_path_factory.mktemp("store") / "watches.json"
    store.save(path, wanted)
    loaded = store.load(path)
    assert len(loaded) == len(wanted)
    assert all(a.same_as(b) for a, b in zip(loaded, wanted, strict=True))
    assert [a.known for a in loaded] == [b.known for b in wanted]
    assert [p.name for p in path.parent.iterdir()] == ["watches.json"]


def test_a_file_that_would_not_be_read_is_not_written(tmp_path, monkeypatch):
    monkeypatch.setattr(store, "MAX_BYTES", 1000)
    path = tmp_path / "watches.json"
    store.save(path, [Spec("w", condition="mug on table")])
    before = path.read_text()
    with pytest.raises(SpatialError, match="larger than 1000 bytes") as error:
        store.save(path, [Spec("w", condition="mug on table" * 100)])
    assert error.value.code is ErrorCode.NOT_STORED
    assert path.read_text() == before
    assert len(store.load(path)) == 1


def test_no_file_is_no_watches(tmp_path):
    assert store.load(tmp_path / "none.json") == []


@given(st.binary(max_size=200))
def test_garbage_is_a_clear_error_and_stays(tmp_path_factory, data):
    path = tmp_path_factory.mktemp("store") / "watches.json"
    path.write_bytes(data)
    with pytest.raises(SpatialError) as error:
        store.load(path)
    assert error.value.code is ErrorCode.NOT_STORED
    assert str(path) in str(error.value)
    assert path.read_bytes() == data


@given(st.data())
def test_a_damaged_file_is_an_error_or_loads(tmp_path_factory, data):
    """Any part of a good file replaced by any JSON value: no other exception comes out."""
    path = tmp_path_factory.mktemp("store") / "watches.json"
    region = Region("gate", (1.0, 2.0, 3.0, 4.0), np.array([[1.0, 2], [3, 2], [3, 4]]))
    store.save(path, [Spec("a", "How far is the gate?", regions=(region,))])
    content = json.loads(path.read_text())
    places = [(content, key) for key in content]
    places += [(content["watches"][0], key) for key in content["watches"][0]]
    places += [(content["watches"][0]["regions"][0], key) for key in ("label", "box", "outline")]
    where, key = data.draw(st.sampled_from(places))
    values = st.none() | st.booleans() | st.floats() | st.text(max_size=3)
    values |= st.lists(values, max_size=4) | st.dictionaries(st.text(max_size=3), values)
    where[key] = data.draw(values)
    path.write_text(json.dumps(content))
    with suppress(SpatialError):
        store.load(path)


def test_two_of_a_name_are_an_error(tmp_path):
    path = tmp_path / "watches.json"
    store.save(path, [Spec("a", "How far is the globe?")] * 2)
    with pytest.raises(SpatialError, match="same name"):
        store.load(path)


@pytest.mark.parametrize("call", ["fsync", "replace"])
def test_a_failing_disk_leaves_the_old_file(tmp_path, monkeypatch, call):
    path = tmp_path / "watches.json"
    store.save(path, [Spec("old", "How far is the globe?")])
    before = path.read_bytes()

    def fail(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, call, fail)
    with pytest.raises(SpatialError, match="No space left") as error:
        store.save(path, [Spec("new", "How far is the globe?")])
    assert error.value.code is ErrorCode.NOT_STORED
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]
