"""The released checkpoint as safetensors shards, in the dtype in which it will be used."""

import errno
import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import save_file

from hispatial_ros.durable import sync
from hispatial_ros.errors import ErrorCode, SpatialError, backend_unavailable
from hispatial_ros.vlm.checkpoint import (
    DTYPES,
    EMBEDDING,
    INDEX,
    LM_HEAD,
    WEIGHTS,
    check_weights,
    read_config,
    read_weights,
)
from hispatial_ros.vlm.checksum import write_sums
from hispatial_ros.vlm.model import empty_model

SHARD_BYTES = 10**9
_COPIED = ("*.json", "*.model", "*.md", "LICENSE*")  # config and processor


def convert(
    source: Path,
    output: Path,
    dtype: str,
    *,
    force: bool = False,
    shard_bytes: int = SHARD_BYTES,
    progress: Callable[[str, int, int], None] = lambda stage, done, total: None,
) -> Path:
    """Write ``source`` to ``output``: shards, index, config, processor files, SHA256SUMS.

    Everything is written to ``<output>.partial`` and renamed once it is on the disk, so ``output``
    is whole or absent, whenever the process or the machine dies. Needs memory for two shards.

    Args:
        source: folder in the released layout. dtype: "bf16", "fp16" or "fp32".
        force: replace an ``output`` that exists.
        progress: gets "write" or "hash", bytes done and in total.

    Raises:
        SpatialError: BAD_REQUEST if ``output`` exists; BACKEND_UNAVAILABLE if the checkpoint is not
            right or the disk is full.
    """
    if output.exists() and not force:
        raise SpatialError(
            ErrorCode.BAD_REQUEST,
            f"{output} exists: use --force to replace it, or another --output",
        )
    model = empty_model(read_config(source))
    weights = check_weights(read_weights(source), model, source)
    return write_converted(weights, source, output, dtype, shard_bytes, progress)


def write_converted(
    weights: dict[str, torch.Tensor],
    source: Path,
    output: Path,
    dtype: str,
    shard_bytes: int = SHARD_BYTES,
    progress: Callable[[str, int, int], None] = lambda stage, done, total: None,
    official: bool = False,
) -> Path:
    """Write ``weights``, by their released names, and the other files of ``source``.

    Replaces ``output``. See ``convert``.

    Args:
        official: write weights.pt too, in float32.

    Raises:
        SpatialError: BACKEND_UNAVAILABLE if the disk is full.
    """
    target = DTYPES[dtype]
    total = sum(tensor.numel() for tensor in weights.values()) * target.itemsize
    partial = output.with_name(output.name + ".partial")
    try:
        shutil.rmtree(partial, ignore_errors=True)  # of a conversion that was killed
        output.parent.mkdir(parents=True, exist_ok=True)
        _check_space(output.parent, total)
        partial.mkdir()
        _write_shards(
            weights, partial, target, shard_bytes, lambda done: progress("write", done, total)
        )
        if official:
            full = {name: tensor.float().contiguous() for name, tensor in weights.items()}
            torch.save({**full, LM_HEAD: full.get(LM_HEAD, full[EMBEDDING])}, partial / WEIGHTS)
        _copy_files(source, partial)
        hashed = 0

        def advance(count: int) -> None:
            nonlocal hashed
            hashed += count
            progress("hash", hashed, total)

        write_sums(partial, advance)
        for path in (*partial.iterdir(), partial):
            sync(path)
        if output.exists():
            shutil.rmtree(output)
        partial.rename(output)
        sync(output.parent)
    except (OSError, SafetensorError) as error:
        shutil.rmtree(partial, ignore_errors=True)
        raise backend_unavailable(
            f"could not write {output}: {error}; nothing was left behind. Free space, or choose "
            "another folder with --output"
        ) from error
    except BaseException:
        shutil.rmtree(partial, ignore_errors=True)
        raise
    return output


def _check_space(folder: Path, needed: int) -> None:
    free = shutil.disk_usage(folder).free
    if free < needed * 1.01:
        raise OSError(
            errno.ENOSPC,
            f"{needed / 1e9:.1f} GB are needed and {free / 1e9:.1f} GB free in {folder}",
        )


def _write_shards(
    weights: dict[str, torch.Tensor],
    folder: Path,
    dtype: torch.dtype,
    shard_bytes: int,
    advance: Callable[[int], None],
) -> None:
    shards = list(_shards(weights, dtype.itemsize, shard_bytes))
    index: dict[str, str] = {}
    done = 0
    for i, names in enumerate(shards):
        file = f"model-{i + 1:05d}-of-{len(shards):05d}.safetensors"
        tensors = {name: weights[name].to(dtype).contiguous() for name in names}
        save_file(tensors, folder / file, metadata={"format": "pt"})
        (folder / file).chmod(0o644)  # the library makes it private; the node may be another user
        index.update(dict.fromkeys(names, file))
        done += sum(tensor.nbytes for tensor in tensors.values())
        advance(done)
    content = {"metadata": {"total_size": done}, "weight_map": index}
    (folder / INDEX).write_text(json.dumps(content, indent=1))


def _shards(
    weights: dict[str, torch.Tensor], itemsize: int, shard_bytes: int
) -> Iterator[list[str]]:
    names: list[str] = []
    size = 0
    for name, tensor in weights.items():
        nbytes = tensor.numel() * itemsize
        if names and size + nbytes > shard_bytes:
            yield names
            names, size = [], 0
        names.append(name)
        size += nbytes
    yield names


def _copy_files(source: Path, target: Path) -> None:
    for pattern in _COPIED:
        for path in source.glob(pattern):
            if path.name != INDEX:
                shutil.copyfile(path, target / path.name)
