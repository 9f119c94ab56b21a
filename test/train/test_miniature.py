"""From simulated frames to a checkpoint that answers: the whole way, with the small model."""

import re

import numpy as np
import pytest
import torch

from benchmarks.held_out import length_of
from benchmarks.learning import DRAWS, pixels
from hispatial_ros.cli.main import main
from hispatial_ros.dataset.run import build_dataset
from hispatial_ros.dataset.settings import BuildSettings
from hispatial_ros.dataset.sources.simulated import frames
from hispatial_ros.errors import SpatialError
from hispatial_ros.train.base import load_training_model
from hispatial_ros.train.data.packing import collate
from hispatial_ros.train.data.question import ALL, Wanted
from hispatial_ros.train.data.sample import SampleMaker, model_view
from hispatial_ros.train.data.source import Source, index_shard
from hispatial_ros.train.miniature import (
    LOCATIONS,
    make_miniature,
    miniature_config,
    texts_of,
)
from hispatial_ros.train.settings import TrainSettings
from hispatial_ros.vlm.checkpoint import load_model, read_config, read_weights
from hispatial_ros.vlm.parse import parse_answer
from hispatial_ros.vlm.prompts import Prompt
from hispatial_ros.vlm.runtime.shared import SharedInput
from hispatial_ros.vlm.runtime.status import Limits, ModelState
from hispatial_ros.vlm.runtime.supervisor import Supervisor
from hispatial_ros.vlm.tokenizer import PromptTokenizer

FRAMES, STEPS, SAMPLES = 8, 200, 3


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    """Shards of small simulated frames."""
    out = tmp_path_factory.mktemp("simulated")
    settings = BuildSettings(select=False, detector=False, per_type=8, images_per_shard=4)
    build_dataset(frames(FRAMES, 400, scale=0.3, plain=True), ["simulated"], out, settings)
    return out


@pytest.fixture(scope="module")
def untrained(data, tmp_path_factory):
    return make_miniature(tmp_path_factory.mktemp("run") / "miniature", [Source(data)], seed=3)


@pytest.fixture(scope="module")
def tokenizer(untrained):
    return PromptTokenizer(untrained, read_config(untrained))


def test_is_small_and_of_the_architecture(untrained):
    model = load_model(untrained)
    assert 3e6 < sum(p.numel() for p in model.parameters()) < 8e6
    vision = model.config.vision_config
    assert (vision.image_size, (vision.image_size // vision.patch_size) ** 2) == (112, 64)
    assert model.config.text_config.model_type == "gemma2"


def test_config_comes_back(untrained):
    read = read_config(untrained)
    written = miniature_config(read.image_token_id)
    assert read.text_config.to_dict() == written.text_config.to_dict()
    assert read.vision_config.to_dict() == written.vision_config.to_dict()


def test_is_the_same_for_the_same_seed(untrained, data, tmp_path):
    sources = [Source(data)]
    again = make_miniature(tmp_path / "again", sources, seed=3)
    other = make_miniature(tmp_path / "other", sources, seed=4)
    ours, same, different = (read_weights(one) for one in (untrained, again, other))
    name = "depth_encoder.conv.weight"
    assert all(torch.equal(ours[key], same[key]) for key in ours)
    assert not torch.equal(ours[name], different[name])
    assert (again / "tokenizer.json").read_text() == (untrained / "tokenizer.json").read_text()


def test_what_is_there_is_kept(untrained):
    before = (untrained / "weights.pt").stat().st_mtime_ns
    assert make_miniature(untrained, [], seed=9) == untrained
    assert (untrained / "weights.pt").stat().st_mtime_ns == before


def test_texts_come_back(tokenizer, data):
    texts = [*texts_of(Source(data), 8)]
    assert len(texts) > 40
    for text in [*texts, "a zebra of 12.5 m, ±3 °, 你好"]:
        assert tokenizer.decode(tokenizer.encode(text)[1:]) == text + "\n"
        assert tokenizer.decode(tokenizer.encode_answer(text)[:-1]) == text
    tokens = sum(len(tokenizer.encode(text)) for text in texts)
    assert tokens < 0.6 * sum(map(len, texts)), "its words are those of the data"


def test_location_tokens_and_digits_are_tokens(tokenizer):
    empty = len(tokenizer.encode(""))
    for text in ("<loc0000>", f"<loc{LOCATIONS - 1:04d}>", "<loc0512>"):
        assert len(tokenizer.encode(text)) == empty + 1
        assert tokenizer.decode(tokenizer.encode(text)[1:]) == text + "\n"
    assert len(tokenizer.encode("1234")) == empty + 4


def test_pixels_asked_about_are_those_of_all_variants(data, untrained):
    """What ``python -m benchmarks learning`` asks."""
    asked = pixels(untrained, data, "metric")
    unseen = pixels(untrained, data, "none")
    assert len(asked) == DRAWS * FRAMES
    assert [a.sample.prefix for a in asked] == [a.sample.prefix for a in unseen]
    assert all(length_of(parse_answer(a.response)) > 0 for a in asked)
    assert asked[0].sample.xyz.any()
    assert not unseen[0].sample.xyz.any()


def test_data_without_questions_is_told(tmp_path):
    (tmp_path / "empty.tar").touch()
    with pytest.raises(SpatialError, match="no questions"):
        make_miniature(tmp_path / "miniature", [Source(tmp_path)], 0)
    assert not (tmp_path / "miniature").exists()


@pytest.mark.parametrize("train_vision", [True, False])
def test_vision_is_trained_when_asked(untrained, tokenizer, data, train_vision):
    model = load_training_model(untrained, train_vision=train_vision)
    maker = SampleMaker(tokenizer, read_config(untrained))
    index = index_shard(Source(data).shards[0])
    sample = maker.make(index, 0, ALL, np.random.default_rng(0))
    model(collate([[sample]], len(sample), 0)).backward()
    vision = [p for name, p in model.vision_tower.named_parameters() if "head" not in name]
    assert all((p.grad is not None) == train_vision for p in vision)
    assert model.hispatial.model.depth_encoder.conv.weight.grad is not None
    assert model.vision_tower.training == train_vision


@pytest.mark.parametrize("flags", [{"lora": 4}, {"checkpoint": "somewhere"}])
def test_settings_that_contradict_are_told(flags):
    with pytest.raises(SpatialError, match="leave one"):
        TrainSettings(miniature=True, **flags)


def test_frames_to_shards_to_training_to_answers(data, tmp_path, capsys):
    config = tmp_path / "train.yaml"
    config.write_text(f"data: [{{path: {data}, levels: [0]}}]\n")
    options = {
        "config": config, "out": tmp_path / "run", "steps": STEPS, "rows": SAMPLES, "tokens": 512,
        "questions": SAMPLES,
        "rate": 2e-3, "warm-up": 5, "dtype": "fp32", "recompute": "none", "workers": 0,
        "log-every": 5, "tracker": "none", "device": "cpu",
    }  # fmt: skip
    flags = [text for name, value in options.items() for text in (f"--{name}", str(value))]
    assert main(["train", "--miniature", "--no-pack", *flags]) == 0
    told = capsys.readouterr()
    lines = re.findall(rf"step (\d+)/{STEPS} loss ([\d.]+)", told.out + told.err)
    losses = {int(step): float(loss) for step, loss in lines}
    assert [*losses] == [*range(5, STEPS + 1, 5)]
    curve = [*losses.values()]
    assert np.mean(curve[-8:]) < 0.5 * curve[0], curve

    result = tmp_path / "run" / "model"
    assert main(["verify", "--checkpoint", str(result), "--dtype", "bf16"]) == 0
    assert sum(path.stat().st_size for path in result.glob("*.safetensors")) < 15e6

    sample = index_shard(Source(data).shards[0]).read(0)
    view = model_view(sample, 112)
    texts = [*texts_of(Source(data, wanted=Wanted(frozenset({0}))), 8)]
    asked = next(
        q
        for q, a in zip(texts[::2], texts[1::2], strict=True)
        if re.fullmatch(r"(-?[\d.]+m ?){3}", a)
    )
    answered = answer_of_the_models_process(result, view, asked)
    assert re.search(r"\d", answered), "answers to questions of Level 0 are numbers"


def answer_of_the_models_process(checkpoint, view, question):
    """What the node's own process says, loaded as the node does."""
    options = {
        "checkpoint": str(checkpoint), "revision": "main", "device": "cpu", "dtype": "fp32",
        "attn_implementation": "sdpa", "compile": False, "max_batch": 2, "max_text": 128,
        "max_new_tokens": 32,
    }  # fmt: skip
    factory = {"factory": "hispatial_ros.vlm.runtime.engine:create", "options": options}
    supervisor = Supervisor(factory, Limits(hang_timeout=30.0))
    supervisor.start()
    try:
        assert supervisor.wait_ready(60).state is ModelState.READY
        frame = SharedInput(view.rgb, view.xyz)
        ticket = supervisor.submit(frame, Prompt(question), max_new_tokens=32, timeout=60)
        return ticket.result(60).text
    finally:
        supervisor.close()
