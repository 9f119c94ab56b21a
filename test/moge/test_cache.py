"""Cached engines: found, checked, explained, and never lost."""

import logging
import resource
from contextlib import contextmanager
from dataclasses import replace

import pytest

from hispatial_ros.errors import ErrorCode, SpatialError
from hispatial_ros.moge.cache import EngineCache, EngineKey
from hispatial_ros.moge.model_file import model_hash, read_metadata

from . import tiny_onnx

KEY = EngineKey(
    model_sha256="1f" * 32,
    runtime="TensorRT 10.3.0.30",
    gpu="NVIDIA GeForce RTX 3080",
    compute_capability="8.6",
    platform="linux-x86_64",
    precision="float16",
    shape="1x3x480x640",
    options="workspace 2048 MiB, optimization level 3",
)
ENGINE = bytes(range(256)) * 100


@pytest.fixture
def cache(tmp_path, caplog):
    caplog.set_level(logging.INFO)
    return EngineCache(tmp_path / "engines")


def builder(content: bytes = ENGINE):
    """A build function that counts its calls."""

    def build() -> bytes:
        build.calls += 1
        return content

    build.calls = 0
    return build


def test_built_once_then_found(cache, caplog):
    build = builder()
    assert cache.load_or_build(KEY, "vits", build) == ENGINE
    assert "not built before" in caplog.text
    assert cache.load_or_build(KEY, "vits", build) == ENGINE
    assert build.calls == 1


def test_rebuild_replaces(cache):
    cache.load_or_build(KEY, "vits", builder())
    assert cache.load_or_build(KEY, "vits", builder(b"new"), rebuild=True) == b"new"
    assert cache.load(KEY, "vits") == b"new"


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"gpu": "Orin", "compute_capability": "8.7"}, "gpu NVIDIA GeForce RTX 3080, now Orin"),
        ({"runtime": "TensorRT 10.7.0"}, "runtime TensorRT 10.3.0.30, now TensorRT 10.7.0"),
        ({"model_sha256": "2e" * 32}, "another model file"),
        ({"precision": "float32"}, "precision float16, now float32"),
        ({"shape": "1x3x720x1280"}, "shape 1x3x480x640, now 1x3x720x1280"),
        ({"platform": "linux-aarch64"}, "platform linux-x86_64, now linux-aarch64"),
        ({"options": "other"}, "options workspace"),
    ],
)
def test_engine_for_something_else_is_kept_but_not_used(cache, caplog, change, reason):
    cache.load_or_build(KEY, "vits", builder())
    caplog.clear()
    build = builder(b"other")
    assert cache.load_or_build(replace(KEY, **change), "vits", build) == b"other"
    assert build.calls == 1
    assert reason in caplog.text
    assert cache.load(KEY, "vits") == ENGINE


@pytest.mark.parametrize(
    ("damage", "reason"),
    [
        (lambda b: b[:-1000], "truncated"),
        (lambda b: b[:-1] + b"?", "checksum"),
        (lambda b: b[:20], "not an engine"),
        (lambda b: b"", "not an engine"),
        (lambda b: b"ftrt" + b, "not an engine"),
        (lambda b: b.replace(b"RTX 3080", b"RTX 4090"), "stale"),
    ],
    ids=["truncated", "flipped", "header only", "empty", "foreign", "header changed"],
)
def test_damaged_engine_is_built_again_and_says_why(cache, caplog, damage, reason):
    cache.load_or_build(KEY, "vits", builder())
    path = cache.path(KEY, "vits")
    path.write_bytes(damage(path.read_bytes()))
    caplog.clear()
    build = builder()
    assert cache.load_or_build(KEY, "vits", build) == ENGINE
    assert build.calls == 1
    assert reason in caplog.text
    assert cache.load(KEY, "vits") == ENGINE


@contextmanager
def full_disk():
    """Files cannot grow beyond 10 kB, as on a full disk a write fails half way.

    Not a fixture: the report of the tests, written before fixtures end, may be a larger file.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_full_disk_loses_nothing(cache, caplog):
    small = cache.load_or_build(KEY, "vits", builder(b"small"))
    assert small == b"small"
    # The engine is used all the same, what was cached stays, and no debris is left.
    with full_disk():
        assert cache.load_or_build(KEY, "vits", builder(), rebuild=True) == ENGINE
    assert "could not be cached" in caplog.text
    assert "free space" in caplog.text
    assert cache.load(KEY, "vits") == b"small"
    assert [p.name for p in cache.folder.iterdir()] == [cache.path(KEY, "vits").name]


def test_folder_that_can_not_be_made(tmp_path, caplog):
    (tmp_path / "file").write_text("in the way")
    cache = EngineCache(tmp_path / "file" / "engines")
    assert cache.load_or_build(KEY, "vits", builder()) == ENGINE
    assert "could not be cached" in caplog.text


def test_interrupted_build_leaves_nothing(cache):
    def interrupted() -> bytes:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        cache.load_or_build(KEY, "vits", interrupted)
    assert not cache.folder.exists()


def test_names_are_safe(cache):
    path = cache.path(replace(KEY, gpu="A/B *[1]"), "../odd name")
    assert path.parent == cache.folder
    assert not set("/*[] ") & set(path.name)


def test_model_hash_covers_external_data(tmp_path):
    points, mask, _ = tiny_onnx.plane()
    path = tiny_onnx.save(tmp_path / "m.onnx", points, mask, external_data=True)
    before = model_hash(path)
    (tmp_path / "unrelated.txt").write_text("x")
    assert model_hash(path) == before
    data = tmp_path / "m.onnx.data"
    content = bytearray(data.read_bytes())
    content[100] ^= 1
    data.write_bytes(content)
    assert model_hash(path) != before


def test_model_hash_of_nothing(tmp_path):
    with pytest.raises(SpatialError, match="export-moge") as error:
        model_hash(tmp_path / "none.onnx")
    assert error.value.code == ErrorCode.BACKEND_UNAVAILABLE


def test_metadata_is_read_without_onnx(tmp_path):
    points, mask, _ = tiny_onnx.plane()
    metadata = {"width": "64", "height": "48", "precision": "float16", "note": "ä"}
    path = tiny_onnx.save(tmp_path / "m.onnx", points, mask, metadata=metadata)
    assert read_metadata(path) == metadata


@pytest.mark.parametrize("content", [b"", b"\xff" * 40, b"not a protobuf", b"r\xff\xff\xff\x7fx"])
def test_metadata_of_another_file_is_empty(tmp_path, content):
    path = tmp_path / "m.onnx"
    path.write_bytes(content)
    assert read_metadata(path) == {}
