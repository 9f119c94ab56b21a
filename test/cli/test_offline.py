"""`ask` and `measure` on files: JSON contract, exit status, errors."""

import math

import pytest

from hispatial_ros.errors import ErrorCode

from .conftest import DESK_FILES

OBJECT_KEYS = {
    "label",
    "position",
    "size",
    "extent",
    "distance",
    "distance_stddev",
    "nearest",
}
ANSWER_KEYS = {
    "text",
    "level",
    "values",
    "unit",
    "choice",
    "objects",
    "relations",
    "error_code",
    "error_msg",
}


def test_measure_json_holds_every_region(hispatial):
    result = hispatial("measure", *DESK_FILES, "--json")
    assert result.status == 0, result.err
    objects = {obj["label"]: obj for obj in result.json["objects"]}
    assert len(objects) == 11
    for obj in objects.values():
        assert set(obj) >= OBJECT_KEYS
        for key in ("position", "size", "extent", "nearest"):
            assert len(obj[key]) == 3
        assert all(v > 0 for v in obj["size"])
        assert math.dist(obj["nearest"], (0, 0, 0)) == pytest.approx(obj["distance"], abs=0.02)
    # The die stands 2.1 m in front of the camera, left of and below the optical axis ...
    assert objects["yellow die"]["distance"] == pytest.approx(2.1, abs=0.1)
    # ... in the optical frame: x right, y down, z forward.
    assert objects["yellow die"]["position"][0] < 0 < objects["blue mug"]["position"][0]
    assert objects["globe"]["position"][1] < objects["yellow die"]["position"][1]
    assert result.json["relations"]


def test_ask_json_holds_the_answer(hispatial):
    result = hispatial("ask", "How far is the yellow die?", *DESK_FILES, "--json")
    assert result.status == 0, result.err
    answer = result.json
    assert set(answer) >= ANSWER_KEYS
    assert (answer["error_code"], answer["error_msg"]) == (0, "")
    assert (answer["level"], answer["unit"]) == (1, "m")
    assert answer["values"][0] == pytest.approx(2.1, abs=0.1)
    assert [obj["label"] for obj in answer["objects"]] == ["yellow die"]


def test_ask_prints_one_sentence(hispatial):
    result = hispatial("ask", "How far is the yellow die?", *DESK_FILES)
    assert result.status == 0
    assert result.out.count("\n") == 1
    assert " m" in result.out


def test_boxes_on_the_command_line_join_the_file(hispatial):
    result = hispatial(
        *("ask", "Is the scissors left of the die?", *DESK_FILES, "--json"),
        *("--box", "scissors:325,205,362,222"),
    )
    assert result.json["choice"] == "no"


def test_reference_frame(hispatial):
    for frame in ("camera", "gravity"):
        result = hispatial(
            *("ask", "Is the globe above the yellow die?", *DESK_FILES, "--json"),
            *("--reference", frame),
        )
        assert result.json["choice"] == "yes", frame


def test_measure_prints_a_table(hispatial):
    result = hispatial("measure", *DESK_FILES)
    assert result.status == 0
    for word in ("yellow die", "distance", "±"):
        assert word in result.out


def test_measure_draws(hispatial, tmp_path):
    from PIL import Image

    picture = tmp_path / "out.png"
    assert hispatial("measure", *DESK_FILES, "--png", str(picture)).status == 0
    assert Image.open(picture).size == (1280, 960)


def test_one_bad_region_does_not_spoil_the_others(hispatial):
    result = hispatial("measure", *DESK_FILES, "--box", "moon:2000,2000,2100,2100", "--json")
    assert result.status == 0
    assert len(result.json["objects"]) == 11
    (failure,) = result.json["failures"]
    assert failure["error_code"] == ErrorCode.REGION_OUTSIDE_IMAGE


DIE = ["ask", "How far is the yellow die?"]
FAILING = {
    "unknown object": (["ask", "How far is the dragon?", *DESK_FILES], ErrorCode.UNKNOWN_OBJECT),
    "ambiguous": (["ask", "How far is the chair?", *DESK_FILES], ErrorCode.AMBIGUOUS_OBJECT),
    "nonsense": (["ask", "Colourless ideas sleep", *DESK_FILES], ErrorCode.QUESTION_NOT_UNDERSTOOD),
    "empty question": (["ask", "", *DESK_FILES], ErrorCode.BAD_QUESTION),
    "no such file": ([*DIE, *DESK_FILES, "--rgb", "/nowhere.png"], ErrorCode.BAD_REQUEST),
    "files incomplete": ([*DIE, *DESK_FILES[:4]], ErrorCode.BAD_REQUEST),
    "bad box": ([*DIE, *DESK_FILES, "--box", "mug:1,2,x"], ErrorCode.BAD_REGION),
    "all outside": (
        ["measure", *DESK_FILES[:6], "--box", "moon:2000,2000,2100,2100"],
        ErrorCode.REGION_OUTSIDE_IMAGE,
    ),
    "picture of a live frame": (["measure", "--png", "x.png"], ErrorCode.BAD_REQUEST),
    "picture cannot be written": (
        ["measure", *DESK_FILES, "--png", "/nowhere/x.png"],
        ErrorCode.BAD_REQUEST,
    ),
    "unknown reference frame": (
        [*DIE, *DESK_FILES, "--reference", "mars"],
        ErrorCode.UNKNOWN_REFERENCE_FRAME,
    ),
}


@pytest.mark.parametrize(("arguments", "code"), FAILING.values(), ids=FAILING)
def test_failures_have_a_code_and_a_message(hispatial, arguments, code):
    result = hispatial(*arguments, "--json")
    assert result.status == 1
    assert result.json["error_code"] == code
    assert len(result.json["error_msg"]) > 10

    spoken = hispatial(*arguments)
    assert spoken.status == 1
    assert spoken.out == ""
    assert code.name in spoken.err
    assert "Traceback" not in spoken.err


def test_message_lists_the_known_objects(hispatial):
    result = hispatial("ask", "How far is the dragon?", *DESK_FILES)
    assert "globe" in result.err


@pytest.mark.parametrize("arguments", [["ask"], ["ask", "q", "--boxx"], ["nothing"], []])
def test_wrong_usage(hispatial, arguments):
    result = hispatial(*arguments)
    assert result.status == 2
    assert "usage:" in result.err
    result = hispatial(*arguments, "--json")
    assert result.status == 2
    assert result.json["error_code"] == ErrorCode.BAD_REQUEST


def test_an_unknown_option_shows_the_usage_of_its_command(hispatial):
    assert "usage: hispatial ask" in hispatial("ask", "q", "--boxx").err


def test_without_regions_it_measures_what_it_sees_by_itself(hispatial):
    pytest.importorskip("onnxruntime")
    result = hispatial("measure", *DESK_FILES[:6], "--json")
    assert result.status == 0
    labels = [each["label"] for each in result.json["objects"]]
    assert labels.count("chair") == 2
    assert labels.count("bottle") >= 6
    assert "from the built-in detector; with its scores: bottle 0." in result.err


def test_without_regions_it_answers_about_what_it_sees_by_itself(hispatial):
    pytest.importorskip("onnxruntime")
    result = hispatial("ask", "How far is the book?", *DESK_FILES[:6], "--json")
    assert result.status == 0
    assert any("from the built-in detector" in note for note in result.json["notes"])


def test_where_it_sees_nothing_it_says_so(hispatial, tmp_path):
    pytest.importorskip("onnxruntime")
    from PIL import Image

    blank = tmp_path / "blank.png"
    Image.new("RGB", (640, 480), (128, 128, 128)).save(blank)
    result = hispatial("measure", *DESK_FILES[:6], "--rgb", str(blank), "--json")
    assert result.json["error_code"] == ErrorCode.NO_REGIONS
    assert "--regions" in result.json["error_msg"]
