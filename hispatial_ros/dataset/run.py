"""A data set's folder: its settings, its shards, its summary."""

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from hispatial_ros.dataset.build import Job, Listener, jobs, write_json
from hispatial_ros.dataset.capture import Item
from hispatial_ros.dataset.local import run_local
from hispatial_ros.dataset.settings import BuildSettings
from hispatial_ros.errors import ErrorCode, SpatialError

ENGINES = ("local", "ray")
SUMMARY = "dataset.json"


def build_dataset(
    items: Iterator[Item],
    sources: list[str],
    out: Path,
    settings: BuildSettings,
    *,
    engine: str = "local",
    workers: int = 1,
    address: str | None = None,
    listener: Listener = lambda what, value: None,
) -> dict[str, Any]:
    """Make all shards of a data set, or those that are missing, and its summary.

    Args:
        items: the images.
        sources: as the user named them, for the summary.
        out: folder, made if needed.
        settings: must be those it was begun with.
        engine: one of ``ENGINES``.
        workers: processes, or actors at most.
        address: of a Ray cluster; None starts Ray on this machine.
        listener: told what goes on.

    Returns:
        The summary, also in ``dataset.json``.

    Raises:
        SpatialError: BAD_REQUEST if the folder cannot be written or was begun with other settings;
            what the sources and models raise.
    """
    _begin(out, sources, settings)
    made: list[Mapping[str, Any]] = []

    def listen(what: str, value: Any) -> None:
        if what in ("shard", "kept"):
            made.append({k: v for k, v in value.items() if k != "left_out"} | _drops(value))
        listener(what, value)

    planned: Iterator[Job] = jobs(items, settings)
    if engine == "ray":
        from hispatial_ros.dataset.ray_engine import run_ray

        run_ray(planned, out, settings, workers, address, listen)
    else:
        run_local(planned, out, settings, workers, listen)
    summary = summarise(made, sources, settings)
    try:
        write_json(out / SUMMARY, summary)
    except OSError as error:
        raise _unwritable(out, error) from error
    return summary


def _begin(out: Path, sources: list[str], settings: BuildSettings) -> None:
    begun: dict[str, Any] = {"sources": sources, "settings": settings.as_dict()}
    path = out / "begun.json"
    try:
        (out / "shards").mkdir(parents=True, exist_ok=True)
        for partial in (out / "shards").glob(".*.partial"):
            partial.unlink()  # of a run that was killed
        if not path.is_file():
            write_json(path, begun)
            return
        before = json.loads(path.read_text())
    except OSError as error:
        raise _unwritable(out, error) from error
    except ValueError as error:
        raise SpatialError(ErrorCode.BAD_REQUEST, f"{path} is damaged: {error}") from error
    if before != begun:
        old, new = before["settings"], begun["settings"]
        changed = [k for k in {**old, **new} if old.get(k) != new.get(k)]
        raise SpatialError(
            ErrorCode.BAD_REQUEST,
            f"{out} was begun with other {', '.join(changed) or 'sources'}: go on with the same, "
            "or name another --out",
        )


def _unwritable(out: Path, error: OSError) -> SpatialError:
    return SpatialError(
        ErrorCode.BAD_REQUEST, f"{out} cannot be written: {error.strerror or error}"
    )


def _drops(manifest: Mapping[str, Any]) -> dict[str, Any]:
    return {"dropped": Counter(f"{d['stage']}: {d['reason']}" for d in manifest["left_out"])}


def summarise(
    manifests: list[Mapping[str, Any]], sources: list[str], settings: BuildSettings
) -> dict[str, Any]:
    """Totals over the shards."""
    total: Counter[str] = Counter()
    tables: dict[str, Counter[str]] = {}
    for manifest in manifests:
        for key, value in manifest.items():
            if isinstance(value, int):
                total[key] += value
            elif isinstance(value, dict):
                tables.setdefault(key, Counter()).update(value)
    return {
        "sources": sources,
        "settings": settings.as_dict(),
        "shards": [m["shard"] for m in sorted(manifests, key=lambda m: m["shard"])],
        **dict(total),
        **{key: dict(sorted(table.items())) for key, table in sorted(tables.items())},
    }
