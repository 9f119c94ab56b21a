"""Shards of the data engine, in both layouts, and a checkpoint's tokenizer for them.

What needs torch is imported where it is used: tests are collected without it.
"""

import io
import json
import shutil
import tarfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from hispatial_ros.simulate.scenes import make_scene, save
from test.dataset.conftest import DESK, FAST
from test.dataset.test_build import build

TINY = Path(__file__).parents[2] / "vlm" / "golden" / "tiny"
FRAMES = 4
STEPS = ("Step1 Plan: look", "Step4 Final answer: Yes")
TOKENS = 900  # of a row: 256 are an image


@pytest.fixture(scope="session")
def config():
    from hispatial_ros.vlm.checkpoint import read_config

    return read_config(TINY)


@pytest.fixture(scope="session")
def tokenizer(tmp_path_factory, config):
    from hispatial_ros.vlm.tokenizer import PromptTokenizer
    from test.vlm.tiny_tokenizer import save_tokenizer

    folder = tmp_path_factory.mktemp("tokenizer")
    save_tokenizer(folder / "tokenizer.json")
    return PromptTokenizer(folder, config)


@pytest.fixture(scope="session")
def frames(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("frames")
    for n in range(FRAMES - 1):
        scene = make_scene(71_000 + n, "tabletop", width=320, height=240, min_pixels=60)
        save(scene, folder / f"frame-{n}")
    shutil.copytree(DESK, folder / "the-desk")
    return folder


@pytest.fixture(scope="session")
def opened(frames, tmp_path_factory) -> Path:
    """Two shards of the open layout with two samples each, the last of the desk."""
    return _built(frames, tmp_path_factory, "open")


@pytest.fixture(scope="session")
def wild(frames, tmp_path_factory) -> Path:
    return _built(frames, tmp_path_factory, "hispatial")


def _built(frames, tmp_path_factory, layout) -> Path:
    out = tmp_path_factory.mktemp(layout)
    build(frames, out, replace(FAST, layout=layout, images_per_shard=2))
    return out


@pytest.fixture(scope="session")
def rooms(tmp_path_factory) -> Path:
    """The released layout of annotated rooms: depth in metres, plain pairs."""
    import torch

    folder = tmp_path_factory.mktemp("annotated")
    rng = np.random.default_rng(3)
    pairs = [
        {"qa_type": "distance", "prefix": "How far is it?", "suffix": "1.20m"},
        {
            "qa_type": "object_width",
            "prefix": "How wide is the chair (highlighted by a red box)?",
            "suffix": "0.5m",
            "meta": {"2dbox": [10.0, 20.0, 60.0, 70.0]},
        },
        {
            "qa_type": "problem_solving",
            "prefix": "Does it fit?",
            "suffix": "Yes",
            "meta": {"student_cot": json.dumps({"cot_simple": [*STEPS]})},
        },
        {
            "qa_type": "spatial_relation",
            "prefix": "Is the cup (highlighted by the blue box) left of the pen?",
            "suffix": "No",
            "object": {
                "referring_i": "the cup (highlighted by the blue box)",
                "raw_i": {"raw_bbox": [5.0, 6.0, 90.0, 60.0]},
            },
        },
    ]
    with tarfile.open(folder / "rooms.tar", "w") as tar:
        for n in range(3):
            depth = rng.uniform(0.5, 6, (96, 128)).astype(np.float32)
            depth[:9] = 0
            picture, stored = io.BytesIO(), io.BytesIO()
            Image.fromarray(rng.integers(0, 255, (96, 128, 3), np.uint8)).save(picture, "JPEG")
            np.save(stored, depth)
            k = torch.tensor([[110.0, 0, 63.2], [0, 111.0, 47.1], [0, 0, 1]])
            for name, data in {
                "image.jpg": picture.getvalue(),
                "depth.npy": stored.getvalue(),
                "intrinsics.pt": saved({"K": k}),
                "qa.pt": saved(pairs),
                "meta.json": b"{}",
            }.items():
                info = tarfile.TarInfo(f"room{n}_{name}")
                info.size = len(data)
                tar.addfile(info, io.BytesIO(data))
    return folder


def saved(value) -> bytes:
    import torch

    buffer = io.BytesIO()
    torch.save(value, buffer)
    return buffer.getvalue()


@pytest.fixture
def plan(opened, tokenizer, config):
    from hispatial_ros.train.data.source import Source
    from hispatial_ros.train.data.stream import Plan

    return Plan([Source(opened)], tokenizer, config, tokens=TOKENS, rows=2, shuffle=4)
