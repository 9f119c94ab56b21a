"""Layouts: exact depth, no pickled code, and what the released loader expects."""

import io
import pickle
import tarfile
from dataclasses import replace

import numpy as np
import pytest

from hispatial_ros.dataset.shards.log_depth import decode_log_depth, encode_log_depth
from hispatial_ros.dataset.shards.read import read_dataset, read_shard
from hispatial_ros.dataset.shards.tar import TarWriter, read_samples
from hispatial_ros.errors import SpatialError
from test.dataset.conftest import FAST
from test.dataset.test_build import build


def test_depth_keeps_its_value_and_its_gaps():
    depth = np.geomspace(0.05, 80, 10_000).reshape(100, 100)
    depth[0, :3] = np.nan, np.inf, 0
    back = decode_log_depth(encode_log_depth(depth))
    assert np.isnan(back[0, 0])
    assert np.isposinf(back[0, 1])
    assert np.isnan(back[0, 2])
    good = np.isfinite(depth) & (depth > 0)
    assert np.abs(back[good] / depth[good] - 1).max() < 1e-4


@pytest.mark.parametrize("depth", [np.full((4, 4), np.nan), np.full((4, 4), 2.0)])
def test_depth_without_range(depth):
    assert np.allclose(decode_log_depth(encode_log_depth(depth)), depth, equal_nan=True)


def test_a_shard_is_whole_or_not_there(tmp_path):
    path = tmp_path / "0.tar"

    def interrupted():
        with TarWriter(path) as tar:
            tar.add("a", {"txt": b"1"})
            raise RuntimeError

    with pytest.raises(RuntimeError):
        interrupted()
    assert not list(tmp_path.iterdir())
    with TarWriter(path) as tar:
        tar.add("a", {"txt": b"1", "json": b"{}"})
        tar.add("b", {"txt": b"2"})
    assert list(read_samples(path)) == [("a", {"json": b"{}", "txt": b"1"}), ("b", {"txt": b"2"})]
    path.write_bytes(path.read_bytes()[:700])
    with pytest.raises(SpatialError, match="cut short"):
        list(read_samples(path))


def test_the_released_layout(rooms, tmp_path):
    torch = pytest.importorskip("torch")
    build(rooms, tmp_path / "wild", replace(FAST, layout="hispatial"))
    build(rooms, tmp_path / "open")
    opened = {s.key: s for s in read_dataset(tmp_path / "open")}
    shards = sorted((tmp_path / "wild" / "shards").glob("*.tar"))
    samples = [sample for path in shards for sample in read_shard(path)]
    assert len(samples) == len(opened)
    for sample in samples:
        same = opened[sample.key]
        assert sample.layout == "wild"
        assert np.allclose(sample.intrinsics, same.intrinsics, rtol=1e-5)
        # The released loader takes the middle of pixel 0 for 0.5 / width.
        camera = same.about["camera"]
        middle = sample.about["K"][0, 2].item() * camera["width"]
        assert middle == pytest.approx(camera["cx"] + 0.5, rel=1e-5)
        assert np.allclose(sample.depth, same.depth, equal_nan=True)
        assert isinstance(sample.about["K"], torch.Tensor)
        for name, items in sample.about["qa"].items():
            assert name.startswith("level")
            for item in items:
                assert item["qa_type"].startswith("vqa_")
                assert item["object"] or "count" in name
                for pair in item["qa_pairs"]:
                    assert pair["format"] in ("text", "mcq", "true_false")
                    if pair["format"] == "mcq":
                        # The released loader takes the first option that the answer contains.
                        hits = [o for o in pair["options"] if o in pair["answer"]]
                        assert hits == [pair["answer"]]
                    if pair["format"] == "true_false":
                        assert pair["answer"] in ("True", "False")


def test_code_in_a_shard_is_not_run(tmp_path):
    torch = pytest.importorskip("torch")

    class Harmful:
        def __reduce__(self):
            return (open, (str(tmp_path / "harm"), "w"))

    buffer = io.BytesIO()
    torch.save({"level1": Harmful()}, buffer)
    path = tmp_path / "0.tar"
    with TarWriter(path) as tar:
        parts = {"jpg": b"", "png": b"", "intrinsics.pt": buffer.getvalue(), "pt": pickle.dumps(1)}
        tar.add("a", parts)
    with pytest.raises(SpatialError, match="not unpickled"):
        list(read_shard(path))
    assert not (tmp_path / "harm").exists()


def test_the_released_layout_of_annotated_rooms_is_read(tmp_path):
    torch = pytest.importorskip("torch")

    def saved(value):
        buffer = io.BytesIO()
        torch.save(value, buffer)
        return buffer.getvalue()

    depth = np.full((6, 8), 2.5, np.float32)
    depth[0, 0] = 0
    stored = io.BytesIO()
    np.save(stored, depth)
    meta = {"2dbox": np.array([1.0, 2, 3, 4]), "share": np.float64(0.5), "n": np.int64(3)}
    files = {
        "s1_image.jpg": b"jpg",
        "s1_depth.npy": stored.getvalue(),
        "s1_intrinsics.pt": saved({"K": torch.eye(3)}),
        "s1_qa.pt": saved(
            [{"qa_type": "distance", "prefix": "How far?", "suffix": "1m", "meta": meta}]
        ),
        "s1_meta.json": b"{}",
    }
    path = tmp_path / "0.tar"
    with tarfile.open(path, "w") as tar:
        for name, data in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))
    (sample,) = read_shard(path)
    assert (sample.key, sample.layout) == ("s1", "3d")
    assert np.isnan(sample.depth[0, 0])
    assert np.nanmax(sample.depth) == 2.5
    (pair,) = sample.about["qa"]
    assert pair["suffix"] == "1m"
    assert pair["meta"]["2dbox"].tolist() == [1, 2, 3, 4]
    assert (pair["meta"]["share"], pair["meta"]["n"]) == (0.5, 3)
