"""A question and its image as tokens, whatever the layout of its shard."""

import re
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from hispatial_ros.dataset.shards.read import read_shard, shard_paths
from hispatial_ros.train.data.formats import LABELS, multiple_choice, yes_no
from hispatial_ros.train.data.question import ALL, Question, SkipError, Wanted, drawn_box
from hispatial_ros.train.data.questions import draw_question
from hispatial_ros.train.data.released import WILD, draw_pair
from hispatial_ros.train.data.sample import SampleMaker, model_view
from hispatial_ros.train.data.source import index_shard
from hispatial_ros.vlm.inputs import ModelInput
from test.train.data.conftest import STEPS

GOLDEN = Path(__file__).parents[2] / "vlm" / "golden"


@pytest.fixture(scope="module")
def maker(tokenizer, config):
    return SampleMaker(tokenizer, config)


def blank(size: int = 224) -> ModelInput:
    return ModelInput(np.zeros((size, size, 3), np.uint8), np.ones((4, size, size), np.float32))


def drawn(folder, view_size=224, draws=60, wanted=ALL):
    """Questions about the first sample of a data set."""
    sample = next(read_shard(shard_paths(folder)[0]))
    view = model_view(sample, view_size)
    return sample, [
        draw_question(sample, view, wanted, np.random.default_rng(n)) for n in range(draws)
    ]


def test_image_bos_prompt_newline_answer_eos(maker, tokenizer, config):
    made = maker.encode(blank(), Question("<image>how far is the chair\n ", "1.20m", "t"))
    text = tokenizer.encode("how far is the chair")
    assert made.prefix == [config.image_token_id] * 256 + text
    assert made.suffix[-1] == config.eos_token_id
    assert tokenizer.decode(made.suffix[:-1]) == "1.20m"
    assert len(made) == len(made.prefix) + len(made.suffix)


def test_boxes_are_drawn_two_pixels_wide_and_a_little_enlarged(maker):
    rng = np.random.default_rng(0)
    boxes = [drawn_box((100, 50, 200, 150), 640, 480, blank(), rng) for _ in range(50)]
    inner = np.array([35, 23, 70, 70])
    off = np.array(boxes) - inner
    assert (off[:, :2] <= 0).all()
    assert (off[:, 2:] >= -1).all()
    assert np.ptp(off, axis=0).min() >= 2
    assert np.abs(off).max() <= 5
    view = blank()
    made = maker.encode(view, Question("q", "a", "t", (("red", boxes[0]),)))
    x0, y0, _, _ = boxes[0]
    assert made.rgb[y0, x0].tolist() == [255, 0, 0]
    assert not view.rgb.any()  # another question about the same image


def test_the_point_map_of_the_desk_is_that_of_the_released_preprocessing(opened):
    golden = np.load(GOLDEN / "desk_input.npz")
    *_, sample = read_shard(shard_paths(opened)[-1])
    assert "desk" in sample.key
    view = model_view(sample, 448)
    assert np.array_equal(view.xyz[3], golden["xyz_values"][3])
    assert np.allclose(view.xyz, golden["xyz_values"], rtol=2e-4, atol=1e-5)
    assert np.abs(view.rgb.astype(int) - golden["resized_rgb"]).mean() < 2  # JPEG


def test_layouts_of_one_image_give_one_point_map(opened, wild):
    one = next(read_shard(shard_paths(opened)[0]))
    other = next(read_shard(shard_paths(wild)[0]))
    a, b = model_view(one, 224), model_view(other, 224)
    assert np.array_equal(a.rgb, b.rgb)
    assert np.allclose(a.xyz, b.xyz, rtol=1e-4, atol=1e-5)
    assert a.xyz[3].mean() > 0.5


def test_open_questions_have_their_formats_and_boxes(opened):
    sample, questions = drawn(opened, draws=300)
    pairs = sample.about["pairs"]
    answers = {pair["answer"].rstrip(".") for pair in pairs} | {p["response"] for p in pairs}
    labels = {style.format(x) for kind in LABELS for x in kind for style in ("({})", "{}")}
    choices = [q for q in questions if "\n" in q.prompt]
    assert {q.response for q in choices} <= labels
    assert all(f"{q.response}. " in q.prompt for q in choices)
    assert {q.response.rstrip(".") for q in questions if q not in choices} <= {
        a.rstrip(".") for a in answers
    }
    assert any(q.prompt.endswith(" Answer with Yes or No.") for q in questions)
    for question in questions:
        mentioned = {
            c
            for c in ("red", "green", "blue", "yellow", "purple")
            if f"by the {c} box" in question.prompt
        }
        assert mentioned == {colour for colour, _ in question.boxes}


def test_types_and_formats_can_be_chosen_and_are_asked_equally_often(opened, wild):
    sample = next(read_shard(shard_paths(opened)[0]))
    known = sorted({pair["type"] for pair in sample.about["pairs"] if pair["format"] == "text"})
    types = frozenset(known[:3])
    assert len(types) == 3
    wanted = Wanted(types=types, formats=frozenset({"text"}))
    _, questions = drawn(opened, draws=200, wanted=wanted)
    share = Counter(question.type for question in questions)
    assert set(share) == types
    assert min(share.values()) > 40
    assert not any("\n" in question.prompt for question in questions)
    with pytest.raises(SkipError, match="no types"):
        drawn(wild, wanted=wanted)


def test_answers_can_begin_with_places(opened):
    plain = drawn(opened, draws=200)[1]
    sample, questions = drawn(opened, draws=200, wanted=Wanted(places=True))
    about = {pair["type"]: bool(pair["objects"]) for pair in sample.about["pairs"]}
    camera = sample.about["camera"]
    size = np.array([camera["width"], camera["height"]] * 2)
    boxes = {o["reference"].removeprefix("the "): o["box"] / size for o in sample.about["objects"]}
    with_places = 0
    for question, same in zip(questions, plain, strict=True):
        assert (question.prompt, question.boxes) == (same.prompt, same.boxes)
        places, _, response = question.response.rpartition("\nFinal answer: ")
        assert response == same.response
        assert bool(places) == about[question.type]
        if places:
            rows, columns = places.removeprefix(" rows ").split(" columns ")
            told = [re.findall(r"([^<]+)<loc(\d{4})>", line) for line in (columns, rows)]
            for (name, x), (same_name, y) in zip(*told, strict=True):
                assert name == same_name
                x0, y0, x1, y1 = boxes[name.strip()]
                at = int(x) / 1024, int(y) / 1024
                assert at == pytest.approx(((x0 + x1) / 2, (y0 + y1) / 2), abs=1 / 16 + 1e-3)
        with_places += bool(places)
    assert with_places > 100


def test_answers_can_be_a_value_or_an_option_alone(opened):
    about = drawn(opened)[0].about
    short = {p["short"] for p in about["pairs"] if "short" in p}
    by_steps = {p["response"] for p in about["pairs"] if p["response"] != p["answer"]}
    wanted = Wanted(formats=frozenset({"text"}), short=True)
    responses = {question.response for question in drawn(opened, 400, wanted=wanted)[1]}
    assert responses <= short | by_steps
    assert responses & short
    assert {"left", "behind", "to the left of"} & responses


def test_tokens_of_places_are_counted(maker, tokenizer):
    response = " rows mug<loc0192> columns mug<loc0448>\nFinal answer: 1.20m"
    places = response.partition("\n")[0]
    made = maker.encode(blank(), Question("how far is the mug", response, "t", places=places))
    assert tokenizer.decode(made.suffix[: made.told]) == places
    assert maker.encode(blank(), Question("how far is the mug", "1.20m", "t")).told == 0


def test_levels_can_be_left_out(opened, wild):
    for folder in (opened, wild):
        sample, questions = drawn(folder, wanted=Wanted(frozenset({2, 3})))
        if sample.layout == "open":
            known = {p["type"] for p in sample.about["pairs"] if p["level"] in (2, 3)}
        else:
            lists = sample.about["qa"].items()
            known = {i["qa_type"] for n, items in lists if n[5] in "23" for i in items}
        assert {q.type for q in questions} <= known
    sample = next(read_shard(shard_paths(opened)[0]))
    with pytest.raises(SkipError, match="no question"):
        draw_question(sample, blank(), Wanted(frozenset()), np.random.default_rng(0))


def test_wild_questions_come_by_their_weights(wild):
    sample, questions = drawn(wild, draws=600)
    count = Counter(q.type for q in questions)
    present = {i["qa_type"] for items in sample.about["qa"].values() for i in items}
    share = WILD["level0"] / sum(WILD.values())
    total = sum(WILD[name] for name in present & set(WILD))
    assert count["level0"] / 600 == pytest.approx(share, abs=0.03)
    for name in present:
        assert count[name] / 600 == pytest.approx((1 - share) * WILD[name] / total, abs=0.06)
    pixel = next(q for q in questions if q.type == "level0")
    assert pixel.prompt.startswith("what is the xyz of the pixel in <loc")
    assert len(pixel.response.split()) == 3


def test_annotated_rooms(rooms):
    _, questions = drawn(rooms, draws=80)
    by_type = {q.type: q for q in questions}
    assert set(by_type) == {"distance", "object_width", "problem_solving", "spatial_relation"}
    assert by_type["problem_solving"].response == "\n".join(STEPS) + "\n"
    assert by_type["problem_solving"].prompt.startswith("Does it fit? ")
    assert by_type["object_width"].boxes == (("red", (17, 46, 105, 163)),)
    assert [c for c, _ in by_type["spatial_relation"].boxes] == ["blue"]


def test_the_same_draw_is_the_same_sample(opened, maker):
    index = index_shard(shard_paths(opened)[0])
    one, two, other = (maker.make(index, 0, ALL, np.random.default_rng(seed)) for seed in (4, 4, 5))
    assert one.prefix + one.suffix == two.prefix + two.suffix
    assert np.array_equal(one.rgb, two.rgb)
    assert one.prefix + one.suffix != other.prefix + other.suffix


def test_options_in_any_order_under_any_labels():
    rng = np.random.default_rng(1)
    options = ["a cup", "a pen", "a box"]
    made = [multiple_choice("Which?", options, "a pen", rng) for _ in range(200)]
    for prompt, response in made:
        assert prompt.startswith("Which?\n")
        assert f"{response}. a pen" in prompt.split("\n")
    assert len({response for _, response in made}) > 20
    with pytest.raises(ValueError, match="none of"):
        multiple_choice("Which?", ["a", "b"], "c", rng)


def test_true_and_false_become_yes_and_no():
    rng = np.random.default_rng(1)
    assert yes_no("True or False: it is.", True, rng) == ("Yes or No: it is.", "Yes")
    asked = {yes_no("Is it?", False, rng) for _ in range(20)}
    assert asked == {("Is it?", "No"), ("Is it? Answer with Yes or No.", "No")}


def pair(kind, answer, type_="", options=None):
    return {
        "question": f"{type_} {kind}?",
        "answer": answer,
        "format": kind,
        "qa_type": type_,
        "options": options,
    }


def written(pairs):
    return {draw_pair(pairs, np.random.default_rng(n)) for n in range(40)}


def test_pairs_that_are_known_to_be_wrong_are_left_out():
    good = pair("text", "1m")
    assert written([good, pair("text", "2m", "x_distance_w_lf")]) == {(" text?", "1m")}
    assert written([good, pair("mcq", "a", "z_relation_3choice", ["a", "b"])]) == {(" text?", "1m")}
    assert written([pair("text", "2m", "distance_description")]) == {None}


def test_pairs_of_an_axis_stay_only_if_they_are_balanced():
    left, right = pair("true_false", "True", "x_left_tf"), pair("true_false", "False", "x_right_tf")
    above = pair("true_false", "True", "y_above_tf")
    asked = {text.split()[0] for text, _ in written([left, right, above])}
    assert asked == {"x_left_tf", "x_right_tf"}
    overlap = pair("true_false", "True", "x_overlap_tf")
    assert written([left, right, overlap]) == {None}
    assert written([pair("true_false", "False", "x_overlap_tf")]) == {None}


def test_an_answer_that_holds_an_option_chooses_it():
    sentence = pair("mcq", "It is the left one.", options=["left", "right"])
    for prompt, response in written([sentence]):
        assert f"{response}. left" in prompt
    assert written([pair("mcq", "neither", options=["left", "right"])]) == {None}
