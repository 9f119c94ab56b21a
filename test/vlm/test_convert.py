import os
import resource
import shutil
import signal
import subprocess
import sys

import pytest
import torch

from hispatial_ros.cli.main import main
from hispatial_ros.errors import ErrorCode, SpatialError
from hispatial_ros.vlm import convert as module
from hispatial_ros.vlm.checkpoint import DTYPES, INDEX, LM_HEAD, load_model, read_weights, stored
from hispatial_ros.vlm.checksum import check_sums
from hispatial_ros.vlm.convert import convert

CONVERT = "import sys; from hispatial_ros.cli.main import main; sys.exit(main(sys.argv[1:]))"


@pytest.fixture
def folder(golden, tokenizer_file, tmp_path):
    folder = shutil.copytree(golden / "small", tmp_path / "checkpoint")
    shutil.copy(tokenizer_file, folder)
    return folder


def test_without_its_tokenizer_the_node_would_fail(folder, capsys):
    (folder / "tokenizer.json").unlink()
    assert main(["convert", "--checkpoint", str(folder)]) == 1
    assert "tokenizer.json is missing" in capsys.readouterr().err
    assert not list(folder.glob("converted*")), "told before the work"


@pytest.mark.parametrize("dtype", ["bf16", "fp16", "fp32"])
def test_every_parameter_arrives_rounded_once(folder, dtype):
    output = convert(folder, folder / "out", dtype, shard_bytes=100_000)
    assert len(list(output.glob("*.safetensors"))) > 2
    released, converted = read_weights(folder), read_weights(output)
    assert set(released) - set(converted) == {LM_HEAD}  # tied to the embedding
    for name, value in converted.items():
        assert torch.equal(value, released[name].to(DTYPES[dtype])), name


def test_sums_are_those_of_sha256sum(folder):
    output = convert(folder, folder / "out", "bf16")
    subprocess.run(["sha256sum", "--check", "--strict", "SHA256SUMS"], cwd=output, check=True)
    listed = {line.split("  ")[1] for line in (output / "SHA256SUMS").read_text().splitlines()}
    assert listed == {p.name for p in output.iterdir() if not p.name.startswith(("SHA", "."))}
    assert {"config.json", INDEX} < listed


def test_conversion_is_loaded_in_place_of_the_released_weights(folder):
    assert main(["convert", "--checkpoint", str(folder)]) == 0
    converted = folder / "converted-bf16"
    assert stored(folder, torch.bfloat16) == converted
    assert stored(folder, torch.float32) == folder  # nothing is lost by a conversion to less
    (folder / "weights.pt").unlink()
    assert stored(folder, torch.float32) == converted
    model = load_model(folder, dtype=torch.bfloat16)
    same = load_model(converted, dtype=torch.bfloat16)
    for a, b in zip(model.parameters(), same.parameters(), strict=True):
        assert torch.equal(a, b)


def test_damage_is_found_and_named(folder):
    output = convert(folder, folder / "converted-bf16", "bf16")
    (shard,) = output.glob("*.safetensors")
    data = bytearray(shard.read_bytes())
    data[-1] ^= 1
    shard.write_bytes(data)
    with pytest.raises(SpatialError, match=f"{shard.name} is damaged"):
        load_model(folder, dtype=torch.bfloat16)
    shard.unlink()
    with pytest.raises(SpatialError, match=f"{shard.name} is missing"):
        load_model(folder, dtype=torch.bfloat16)


def test_damage_that_keeps_the_time_is_found_when_asked(folder):
    output = convert(folder, folder / "out", "bf16")
    check_sums(output)
    (shard,) = output.glob("*.safetensors")
    before = shard.stat()
    data = bytearray(shard.read_bytes())
    data[-1] ^= 1
    shard.write_bytes(data)
    os.utime(shard, ns=(before.st_atime_ns, before.st_mtime_ns))
    check_sums(output)  # not hashed again at every start
    with pytest.raises(SpatialError, match="damaged"):
        check_sums(output, always=True)


def test_missing_sums(folder):
    output = convert(folder, folder / "out", "bf16")
    (output / "SHA256SUMS").unlink()
    with pytest.raises(SpatialError, match="SHA256SUMS"):
        load_model(output)


def test_existing_output_is_kept_unless_forced(folder, capsys):
    arguments = ["convert", "--checkpoint", str(folder)]
    assert main(arguments) == 0
    marker = folder / "converted-bf16" / "marker"
    marker.touch()
    assert main(arguments) == 1
    assert "--force" in capsys.readouterr().err
    assert marker.exists()
    assert main([*arguments, "--force"]) == 0
    assert not marker.exists()


def test_checkpoint_that_is_not_right_is_not_converted(folder):
    weights = torch.load(folder / "weights.pt", weights_only=True)
    del weights["depth_encoder.conv.bias"]
    torch.save(weights, folder / "weights.pt")
    with pytest.raises(SpatialError, match=r"depth_encoder\.conv\.bias"):
        convert(folder, folder / "out", "bf16")
    assert not (folder / "out").exists()


@pytest.mark.parametrize("stage", ["write", "hash"])
def test_killed_conversion_leaves_no_output_and_can_be_repeated(folder, stage):
    slow = (
        "import time, hispatial_ros.vlm.convert as c; real = c.convert\n"
        "def slow(*a, progress, **k):\n"
        f"  def wait(s, *n): (s == {stage!r} and (print(s, flush=True), time.sleep(60)))\n"
        "  return real(*a, progress=wait, shard_bytes=100_000, **k)\n"
        "c.convert = slow\n"
    )
    arguments = ["convert", "--checkpoint", str(folder)]
    process = subprocess.Popen(
        [sys.executable, "-c", slow + CONVERT, *arguments], stdout=subprocess.PIPE
    )
    assert process.stdout.readline().strip() == stage.encode()
    assert (folder / "converted-bf16.partial").is_dir()
    process.send_signal(signal.SIGKILL)
    process.communicate()
    assert not (folder / "converted-bf16").exists()
    assert stored(folder, torch.bfloat16) == folder
    assert main(arguments) == 0
    assert not (folder / "converted-bf16.partial").exists()
    check_sums(folder / "converted-bf16", always=True)


def test_interrupted_conversion_cleans_up(folder):
    def interrupt(stage, done, total):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        convert(folder, folder / "out", "bf16", progress=interrupt)
    assert not list(folder.glob("out*"))


def test_too_little_space_is_said_before_anything_is_written(folder, monkeypatch):
    usage = shutil.disk_usage(folder)._replace(free=1000)
    monkeypatch.setattr(module.shutil, "disk_usage", lambda path: usage)
    with pytest.raises(SpatialError, match="GB are needed") as error:
        convert(folder, folder / "out", "bf16")
    assert error.value.code is ErrorCode.BACKEND_UNAVAILABLE
    assert not list(folder.glob("out*"))


def test_disk_that_fills_up_leaves_nothing(folder):
    def limit():
        resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, 200_000))
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)

    process = subprocess.run(
        [sys.executable, "-c", CONVERT, "convert", "--checkpoint", str(folder)],
        preexec_fn=limit,
        capture_output=True,
        text=True,
    )
    assert process.returncode == 1
    assert "nothing was left behind" in process.stderr
    assert not list(folder.glob("converted*"))


def test_progress_reaches_the_total(folder):
    seen = {"write": [], "hash": []}
    convert(
        folder,
        folder / "out",
        "fp32",
        shard_bytes=200_000,
        progress=lambda stage, done, total: seen[stage].append((done, total)),
    )
    assert len(seen["write"]) > 2
    assert seen["write"][-1][0] == seen["write"][-1][1]
    assert seen["hash"][-1][0] >= seen["hash"][-1][1]
