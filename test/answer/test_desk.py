"""The same on a real frame: answers agree with the measurement they are made from."""

import json

import numpy as np
import pytest

from hispatial_ros.answer.json import answer_to_dict, measurement_to_dict
from hispatial_ros.answer.measured import answer_measured
from hispatial_ros.errors import ErrorCode, SpatialError
from hispatial_ros.frame.region import Region
from hispatial_ros.measure.engine import measure


@pytest.fixture(scope="module")
def measured(desk, desk_regions):
    return {o.label: o for o in measure(desk, desk_regions).objects}


def ask(question, desk, desk_regions, **options):
    return answer_measured(question, desk, desk_regions, **options)


def test_one_object_is_measured_the_same_alone(desk, desk_regions, measured):
    answer = ask("how far is the globe", desk, desk_regions)
    assert answer.values == pytest.approx([measured["globe"].distance], abs=0.03)
    (globe,) = answer.objects
    assert globe.label == "globe"


def test_only_what_is_needed_is_measured(desk, desk_regions):
    nonsense = [*desk_regions, Region("ghost", (5000.0, 5000.0, 5010.0, 5010.0))]
    assert ask("how far is the globe from the mug", desk, nonsense).values[0] > 1
    with pytest.raises(SpatialError) as error:
        ask("how far is the ghost", desk, nonsense)
    assert error.value.code is ErrorCode.REGION_OUTSIDE_IMAGE
    answer = ask("what is the nearest object", desk, nonsense)
    assert answer.choice == "purple chair"
    assert any("ghost" in note for note in answer.notes)


def test_known_measurements_are_not_repeated(desk, desk_regions):
    known = measure(desk, desk_regions)
    known.objects = [o for o in known.objects if o.label != "globe"]
    for o in known.objects:
        o.distance += 100
    answer = ask("is the mug closer than the globe", desk, desk_regions, known=known)
    assert answer.choice == "no"
    assert answer.values[0] > 100 > answer.values[1]


def test_json_has_every_documented_field(desk, desk_regions):
    answer = ask("is the mug left of the globe", desk, desk_regions)
    data = json.loads(json.dumps(answer_to_dict(answer), allow_nan=False))
    assert data["error_code"] == 0
    assert data["choice"] == "no"
    assert data["level"] == 2
    assert {o["label"] for o in data["objects"]} == {"blue mug", "globe"}
    (relation,) = data["relations"]
    assert relation["predicate"] == "left_of"
    keys = {"error_msg", "text", "values", "values_stddev", "unit", "notes", "timing", "source"}
    assert keys <= data.keys()


def test_measurement_as_json(desk, desk_regions):
    outside = Region("ghost", (5000.0, 5000.0, 5010.0, 5010.0))
    result = measure(desk, [*desk_regions, outside])
    data = json.loads(json.dumps(measurement_to_dict(result), allow_nan=False))
    assert len(data["objects"]) == len(desk_regions)
    first = data["objects"][0]
    assert first["label"] == "purple chair"
    assert np.linalg.norm(first["nearest"]) == pytest.approx(first["distance"], rel=1e-3)
    for key in ("position", "size", "extent", "nearest"):
        assert len(first[key]) == 3
    (failure,) = data["failures"]
    assert failure["error_code"] == ErrorCode.REGION_OUTSIDE_IMAGE
    assert data["relations"]


def test_numbers_that_are_not_finite_become_null(desk, desk_regions):
    answer = ask("how far is the globe", desk, desk_regions)
    answer.values_stddev = [float("nan")]
    answer.objects[0].distance = float("inf")
    data = json.loads(json.dumps(answer_to_dict(answer), allow_nan=False))
    assert data["values_stddev"] == [None]
    assert data["objects"][0]["distance"] is None
