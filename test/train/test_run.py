"""Runs in processes of their own: killed, stopped, on a full disk, in pairs."""

import os
import shutil
import signal
import socket
import time

import pytest
import torch
from session import enter, enter_on_full_disk

from hispatial_ros.train.base import load_training_model
from hispatial_ros.train.golden import _difference
from hispatial_ros.vlm.checkpoint import load_model, read_weights


def start(processes, *args):
    process = processes.Process(target=enter, args=args)
    process.start()
    return process


def run(processes, *args):
    process = start(processes, *args)
    process.join(120)
    return process.exitcode


def losses(out):
    """Step -> loss and norm, as written last."""
    lines = (out / "losses").read_text().splitlines()
    return {int(line.split()[0]): line.split()[1:] for line in lines}


def wait_for(condition, process):
    end = time.monotonic() + 60
    while not condition():
        assert process.is_alive()
        assert time.monotonic() < end
        time.sleep(0.02)


@pytest.fixture(scope="module")
def whole(processes, small, tmp_path_factory):
    """A run of six steps that nothing disturbs."""
    out = tmp_path_factory.mktemp("whole")
    assert run(processes, small, out, {"steps": 6, "save_every": 2, "official": True}) == 0
    return out


def test_killed_and_resumed_gives_the_same_losses(processes, small, whole, tmp_path):
    options = {"steps": 6, "save_every": 2, "pause": 0.3}
    process = start(processes, small, tmp_path, options)
    wait_for(lambda: (tmp_path / "checkpoints" / "step-00000002").is_dir(), process)
    os.kill(process.pid, signal.SIGKILL)
    process.join()
    before = len(losses(tmp_path))
    assert 2 <= before < 6
    assert run(processes, small, tmp_path, {"steps": 6, "save_every": 2}) == 0
    assert losses(tmp_path) == losses(whole)  # bit by bit
    ours, theirs = (read_weights(out / "model") for out in (tmp_path, whole))
    assert all(torch.equal(ours[name], theirs[name]) for name in theirs)


def test_sigterm_saves_and_leaves(processes, small, whole, tmp_path):
    options = {"steps": 6, "save_every": 100, "pause": 0.3}
    process = start(processes, small, tmp_path, options)
    wait_for((tmp_path / "losses").is_file, process)
    wait_for(lambda: (tmp_path / "losses").read_text().count("\n") > 0, process)
    os.kill(process.pid, signal.SIGTERM)
    process.join(60)
    assert process.exitcode == 3  # not finished, but in order
    saved = [path.name for path in (tmp_path / "checkpoints").iterdir()]
    assert saved == [f"step-{len(losses(tmp_path)):08d}"]
    assert run(processes, small, tmp_path, {"steps": 6}) == 0
    assert losses(tmp_path) == losses(whole)


def test_old_checkpoints_go(whole):
    kept = sorted(path.name for path in (whole / "checkpoints").iterdir())
    assert kept == ["step-00000004", "step-00000006"]


def test_full_disk_keeps_the_last_good_checkpoint(processes, small, whole, tmp_path):
    process = processes.Process(
        target=enter_on_full_disk, args=(small, tmp_path, {"steps": 6, "save_every": 2})
    )
    process.start()
    process.join(120)
    assert process.exitcode == 0  # training goes on
    assert losses(tmp_path) == losses(whole)
    assert [path.name for path in (tmp_path / "checkpoints").iterdir()] == ["step-00000002"]


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


def run_two(processes, base, out, options):
    common = {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(free_port()), "WORLD_SIZE": "2"}
    pair = [start(processes, base, out, options, {**common, "RANK": str(rank)}) for rank in (0, 1)]
    for process in pair:
        process.join(120)
    return [process.exitcode for process in pair]


def assert_same_steps(out, other, steps):
    ours, theirs = losses(out), losses(other)
    for step in range(1, steps + 1):
        for a, b in zip(ours[step], theirs[step], strict=True):
            assert float.fromhex(a) == pytest.approx(float.fromhex(b), rel=1e-5)


def test_two_processes_make_the_same_steps_as_one(processes, small, whole, tmp_path):
    options = {"steps": 3, "save_every": 2, "recompute": "full", "official": True}
    assert run_two(processes, small, tmp_path, options) == [0, 0]
    assert_same_steps(tmp_path, whole, 3)
    assert (tmp_path / "checkpoints" / "step-00000002" / "process-00001.pt").is_file()
    assert load_model(tmp_path / "model", dtype=torch.bfloat16)


class TestResult:
    def test_is_loaded_by_all_that_load_checkpoints(self, whole, small):
        model = load_model(whole / "model", dtype=torch.bfloat16)  # what the node does
        again = load_training_model(whole / "model")
        trained = again.hispatial.model.depth_encoder.conv.weight
        assert torch.equal(model.model.depth_encoder.conv.weight.float(), trained)
        assert not torch.equal(trained, load_model(small).model.depth_encoder.conv.weight)

    def test_frozen_weights_are_those_of_the_base(self, whole, small):
        ours, base = read_weights(whole / "model"), read_weights(small)
        frozen = [name for name in base if name.startswith("vision_tower.")]
        assert frozen
        assert all(torch.equal(ours[name], base[name].bfloat16()) for name in frozen)

    def test_official_file_has_the_released_keys(self, whole, small, tmp_path):
        released = torch.load(small / "weights.pt", weights_only=True)
        ours = torch.load(whole / "model" / "weights.pt", weights_only=True)
        assert {n: v.shape for n, v in ours.items()} == {n: v.shape for n, v in released.items()}
        assert all(value.dtype is torch.float32 for value in ours.values())
        for name in ("weights.pt", "config.json"):
            shutil.copy(whole / "model" / name, tmp_path)
        assert load_model(tmp_path)


def test_bf16_computes_with_float32_master_weights(processes, small, whole, tmp_path):
    assert run(processes, small, tmp_path, {"steps": 6, "dtype": "bf16", "rate": 1e-3}) == 0
    exact, rough = losses(whole), losses(tmp_path)
    for step, (loss, _) in exact.items():
        difference = abs(float.fromhex(rough[step][0]) - float.fromhex(loss))
        assert 0 < difference < 0.1


def test_two_processes_train_the_same_adapters_as_one(processes, small, tmp_path):
    pytest.importorskip("peft")
    one, two, other = tmp_path / "one", tmp_path / "two", tmp_path / "other"
    options = {"steps": 3, "lora": 2, "rate": 1e-2}
    assert run(processes, small, one, options) == 0
    assert run_two(processes, small, two, options) == [0, 0]
    assert_same_steps(two, one, 3)
    assert run(processes, small, other, {**options, "seed": 1}) == 0
    assert losses(other)[1][1] != losses(one)[1][1]


def test_lora_trains_adapters_and_merges_them(processes, small, whole, tmp_path):
    pytest.importorskip("peft")
    assert run(processes, small, tmp_path, {"steps": 3, "lora": 2, "export_dtype": "fp32"}) == 0
    ours, base = read_weights(tmp_path / "model"), read_weights(small)
    assert set(base) - set(ours) <= {"language_model.lm_head.weight"}
    changed = {name for name in ours if _difference(ours[name], base[name].numpy()) > 0}
    query = "language_model.model.layers.0.self_attn.q_proj.weight"
    assert {query, "depth_encoder.conv.weight", "multi_modal_projector.linear.weight"} <= changed
    assert "language_model.model.embed_tokens.weight" not in changed
    difference = (ours[query] - base[query]).float()
    assert torch.linalg.matrix_rank(difference, rtol=1e-4) <= 2
    # The first step starts from the same model.
    assert losses(tmp_path)[1][0] == losses(whole)[1][0]
    assert load_model(tmp_path / "model")
