"""Open-vocabulary detection: real architectures with random weights, crafted network outputs."""

import json
import shutil
import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from huggingface_hub import constants
from safetensors.torch import load_file, save_file

from hispatial_ros.errors import ErrorCode, SpatialError
from hispatial_ros.vlm.detector import DetectorEngine, create
from hispatial_ros.vlm.parse import parse_answer
from hispatial_ros.vlm.prompts import Prompt
from hispatial_ros.vlm.runtime.scheduler import OutOfMemory
from hispatial_ros.vlm.runtime.shared import SharedInput
from hispatial_ros.vlm.runtime.status import ModelState
from hispatial_ros.vlm.runtime.supervisor import Supervisor

sys.path.insert(0, str(Path(__file__).parent))
from tiny_detectors import SIZE, make

KINDS = ["owlvit", "owlv2", "grounding-dino"]


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    return {kind: make(kind, tmp_path_factory.mktemp(kind)) for kind in KINDS}


@pytest.fixture(scope="module")
def options(folders):
    def build(kind, **changes):
        defaults = {"revision": "main", "device": "cpu", "dtype": "auto", "threshold": 0.0}
        return {"model": str(folders[kind]), "max_batch": 4, **defaults, **changes}

    return build


@pytest.fixture(scope="module")
def engines(options):
    return {kind: create(options(kind), lambda text, fraction: None) for kind in KINDS}


NOTHING = np.empty((0, SIZE, SIZE), np.float32)  # of points


def picture(seed):
    return np.random.default_rng(seed).integers(0, 255, (SIZE, SIZE, 3), np.uint8)


def ask(engine, *questions):
    """Answers to (image, text)."""
    images = engine.encode([engine.prepare(image, NOTHING) for image, _ in questions])
    prompts = [engine.prompt(text, 100) for _, text in questions]
    sequences = engine.add(
        [(image, names, 100) for image, names in zip(images, prompts, strict=True)]
    )
    return [engine.progress(sequence) for sequence in sequences]


def craft(engine, monkeypatch, boxes, scores):
    """Make the network find ``boxes`` (x0 y0 x1 y1) with ``scores(input_ids)`` [boxes, ...]."""
    boxes = torch.tensor(boxes)
    centred = torch.cat([(boxes[:, :2] + boxes[:, 2:]) / 2, boxes[:, 2:] - boxes[:, :2]], 1)

    def forward(pixel_values, input_ids, **inputs):
        logits = torch.tensor(scores(input_ids)).logit()
        count = len(pixel_values)
        return SimpleNamespace(
            logits=logits.expand(count, -1, -1), pred_boxes=centred.expand(count, -1, -1)
        )

    monkeypatch.setattr(engine._network, "forward", forward)


@pytest.mark.parametrize("kind", KINDS)
def test_answers_are_complete_at_once_and_the_same_in_a_batch(engines, kind):
    engine = engines[kind]
    questions = [
        (picture(1), "detect red mug ; globe"),
        (picture(2), "detect chair"),
        (picture(1), "detect a ; b ; the big lamp"),
    ]
    together = ask(engine, *questions)
    assert all(answer.finished for answer in together)
    assert together == [ask(engine, question)[0] for question in questions]
    located = [parse_answer(answer.text).located for answer in together]
    assert {found.label for found in located[1]} == {"chair"}
    assert {found.label for found in located[2]} <= {"a", "b", "the big lamp"}


@pytest.mark.parametrize("kind", KINDS)
def test_the_network_sees_what_its_own_processor_makes_of_the_image(engines, kind):
    engine = engines[kind]
    expected = engine._processor.image_processor([picture(3)], return_tensors="pt").pixel_values
    (found,) = engine.encode([engine.prepare(picture(3), NOTHING)])
    assert engine.image_size == SIZE
    torch.testing.assert_close(found, expected[0], atol=1e-5, rtol=0)


@pytest.mark.parametrize("kind", KINDS[:2])
def test_every_name_gets_its_best_box_best_first(engines, kind, monkeypatch):
    boxes = [(0.125, 0.25, 0.5, 0.75), (0.5, 0.5, 0.625, 1.0), (0.0, 0.0, 0.25, 0.25)]
    # Box 0 is a mug rather than a cup, though nothing is more like a cup.
    scores = [[0.9, 0.8, 0.99], [0.2, 0.6, 0.99], [0.7, 0.1, 0.99]]
    craft(engines[kind], monkeypatch, boxes, lambda ids: scores)
    # A question of three names in the same batch: the third column of the first is padding.
    first, second = ask(
        engines[kind], (picture(1), "detect cup ; mug"), (picture(1), "detect x ; y ; globe")
    )
    assert first.text == (
        "<loc0256><loc0128><loc0768><loc0512> cup ; <loc0512><loc0512><loc1023><loc0640> mug"
    )
    assert first.tokens == 8
    assert [found.label for found in parse_answer(second.text).located] == ["globe"]


def test_a_name_of_several_tokens_scores_their_mean(engines, monkeypatch):
    engine = engines["grounding-dino"]
    boxes = [(0.0, 0.0, 0.5, 0.5), (0.5, 0.5, 1.0, 1.0), (0.25, 0.25, 0.5, 0.75)]

    def scores(ids):
        # "[CLS] a ##b . c d . [SEP]": which token is in which name
        per_token = np.full((3, 64), 1e-6)
        per_token[0, [1, 2]] = 0.8, 0.4
        per_token[1, [4, 5]] = 0.9, 0.7
        per_token[2, [1, 4]] = 0.9, 0.9
        per_token[:, [0, 3, 6, 7]] = 0.99
        assert ids.shape == (1, 8)
        return per_token

    craft(engine, monkeypatch, boxes, scores)
    (answer,) = ask(engine, (picture(1), "detect ab ; c? d."))
    assert answer.text == (
        "<loc0512><loc0512><loc1023><loc1023> c? d. ; <loc0000><loc0000><loc0512><loc0512> ab"
    )


@pytest.mark.parametrize(("threshold", "found"), [(0.5, {"mug"}), (0.1, {"mug", "cup"}), (0.8, {})])
def test_below_the_threshold_nothing_is_found(options, monkeypatch, threshold, found):
    engine = create(options("owlvit", threshold=threshold), lambda text, fraction: None)
    boxes = [(0.0, 0.0, 0.5, 0.5), (0.5, 0.5, 1.0, 1.0)]
    craft(engine, monkeypatch, boxes, lambda ids: [[0.6, 0.01], [0.01, 0.2]])
    (answer,) = ask(engine, (picture(1), "detect mug ; cup"))
    assert {located.label for located in parse_answer(answer.text).located} == set(found)
    assert answer.finished


@pytest.mark.parametrize("kind", KINDS)
def test_names_longer_than_the_network_can_read_are_cut(engines, kind):
    names = " ; ".join("very long name indeed" + " and longer" * 10 for _ in range(5))
    (answer,) = ask(engines[kind], (picture(1), f"detect {names}"))
    assert answer.finished


@pytest.mark.parametrize("text", ["detect ", "detect mug ; ", "detect ?"])
def test_a_question_without_a_name_is_refused(engines, text):
    with pytest.raises(SpatialError) as error:
        engines["owlvit"].prompt(text, 100)
    assert error.value.code is ErrorCode.BAD_QUESTION


def test_a_full_device_makes_the_scheduler_ask_for_less(engines, monkeypatch):
    def full(**inputs):
        raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB")

    monkeypatch.setattr(engines["owlvit"]._network, "forward", full)
    with pytest.raises(OutOfMemory):
        ask(engines["owlvit"], (picture(1), "detect mug"))


def test_in_a_process_of_its_own(options, engines):
    supervisor = Supervisor(
        {"factory": "hispatial_ros.vlm.detector:create", "options": options("grounding-dino")}
    )
    supervisor.start()
    try:
        status = supervisor.wait_ready(60)
        assert status.state is ModelState.READY, status.message
        assert status.details["image_size"] == SIZE
        images = [picture(1), picture(2)]
        frames = [SharedInput(image) for image in images]  # without points
        asked = [(i % 2, "detect mug ; red chair" if i % 3 else "detect globe") for i in range(8)]
        tickets = [
            supervisor.submit(frames[i], Prompt(text), max_new_tokens=9, timeout=60)
            for i, text in asked
        ]
        for (i, text), ticket in zip(asked, tickets, strict=True):
            (alone,) = ask(engines["grounding-dino"], (images[i], text))
            assert ticket.result(60).text == alone.text
    finally:
        supervisor.close()


def test_a_model_that_is_not_there_and_can_not_be_fetched(options, monkeypatch, tmp_path):
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path))
    for model in ("somebody/owl", "/nowhere/at/all"):
        with pytest.raises(SpatialError, match=f"{model}.*copy its") as error:
            create(options("owlvit", model=model), lambda text, fraction: None)
        assert error.value.code is ErrorCode.BACKEND_UNAVAILABLE


def drop_weight(folder):
    weights = load_file(folder / "model.safetensors")
    weights.pop("class_head.dense0.weight")
    save_file(weights, folder / "model.safetensors", {"format": "pt"})


def overflow_in_half(folder):
    weights = load_file(folder / "model.safetensors")
    weights["box_head.dense0.bias"] += 1e6
    save_file(weights, folder / "model.safetensors", {"format": "pt"})


def test_numbers_beyond_the_dtype_are_noticed_while_loading(options, folders, tmp_path):
    folder = shutil.copytree(folders["owlvit"], tmp_path / "large")
    overflow_in_half(folder)
    create(options("owlvit", model=str(folder), dtype="auto"), lambda text, fraction: None)
    with pytest.raises(SpatialError, match=r"NaN.*set detector.dtype to fp32"):
        create(options("owlvit", model=str(folder), dtype="fp16"), lambda text, fraction: None)


def test_what_the_gpu_says_is_no_word_about_the_network(options, monkeypatch):
    """It may pass; the supervisor tries again what does not end as a SpatialError."""

    def busy(*arguments, **keywords):
        raise RuntimeError("CUDA error: device is busy or unavailable")

    monkeypatch.setattr(DetectorEngine, "add", busy)
    with pytest.raises(RuntimeError, match="busy"):
        create(options("owlvit"), lambda text, fraction: None)


def pickle_weights(folder):
    torch.save(load_file(folder / "model.safetensors"), folder / "pytorch_model.bin")
    (folder / "model.safetensors").unlink()


def damage_weights(folder):
    (folder / "model.safetensors").write_bytes(b"not tensors")


def reconfigure(**changes):
    def damage(folder):
        config = json.loads((folder / "config.json").read_text())
        (folder / "config.json").write_text(json.dumps({**config, **changes}))

    return damage


@pytest.mark.parametrize(
    ("damage", "says"),
    [
        (drop_weight, "class_head.dense0.weight"),
        (pickle_weights, "safetensors"),
        (damage_weights, "safetensors"),
        (reconfigure(model_type="detr"), "detr"),
        (
            reconfigure(model_type="mine", auto_map={"AutoConfig": "evil.Config"}),
            "trust_remote_code",
        ),
        (lambda folder: (folder / "tokenizer.json").unlink(), "tokenizer is missing"),
    ],
)
def test_what_can_not_be_used_says_so(options, folders, tmp_path, damage, says):
    folder = shutil.copytree(folders["owlvit"], tmp_path / "damaged")
    (folder / "evil.py").write_text("raise SystemExit('remote code ran')")
    damage(folder)
    with pytest.raises(SpatialError, match=says) as error:
        create(options("owlvit", model=str(folder)), lambda text, fraction: None)
    assert error.value.code is ErrorCode.BACKEND_UNAVAILABLE
