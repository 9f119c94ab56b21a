"""One shard: its images selected, measured, asked about, and written. The same in every engine."""

import json
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np

from hispatial_ros.dataset.capture import Drop, Item
from hispatial_ros.dataset.geometry import with_geometry
from hispatial_ros.dataset.sample import Sample, make_sample
from hispatial_ros.dataset.select import Selector
from hispatial_ros.dataset.settings import BuildSettings
from hispatial_ros.dataset.shards.tar import TarWriter, checksum
from hispatial_ros.dataset.tools import Tools
from hispatial_ros.durable import write_whole
from hispatial_ros.errors import ErrorCode, SpatialError

# Told (key of the image, pairs made of it) after each image; pairs None: it was left out.
Progress = Callable[[str, int | None], None]
# What a run tells: ("image", pairs or None), ("shard", manifest), ("kept", manifest).
Listener = Callable[[str, Any], None]


@dataclass(frozen=True)
class Job:
    """The images of one shard."""

    number: int
    items: Sequence[Item]

    @property
    def name(self) -> str:
        return f"{self.number:06d}"


def jobs(items: Iterator[Item], settings: BuildSettings) -> Iterator[Job]:
    """Consecutive images, so many to a shard."""
    number = 0
    while chunk := list(islice(items, settings.images_per_shard)):
        yield Job(number, chunk)
        number += 1


def build_shard(
    job: Job,
    out: Path,
    tools: Tools,
    deadly: frozenset[str] = frozenset(),
    progress: Progress = lambda key, pairs: None,
    before: Callable[[str], None] = lambda key: None,
) -> dict[str, Any]:
    """Write a shard and its manifest.

    Args:
        job: the images.
        out: folder of the data set.
        tools: models.
        deadly: keys of images that ended a worker's process; they are left out.
        progress: told of each image when it is done.
        before: told of each image before it is looked at.

    Returns:
        The manifest, as written: checksum, counts, images that were left out and why.

    Raises:
        OSError: the shard cannot be written.
    """
    counts: Counter[str] = Counter()
    tables: dict[str, Counter[str]] = {n: Counter() for n in ("level", "type", "format")}
    drops: list[Drop] = []
    outcomes: dict[str, Counter[str]] = {
        name: Counter() for name in ("facts_left_out", "captions", "proposed")
    }
    selectors: dict[str, Selector] = {}
    path = out / "shards" / f"{job.name}.tar"
    with TarWriter(path) as tar:
        for item in job.items:
            before(item.key)
            if item.key in deadly:
                made: Sample | Drop = Drop(item.key, "crash", "ended the worker's process")
            else:
                made = _make(item, tools, selectors.setdefault(item.sequence, Selector()))
            if isinstance(made, Drop):
                drops.append(made)
                progress(item.key, None)
                continue
            tar.add(item.key.replace("/", "__"), tools.encode(item, made, tools.settings))
            counts["images"] += 1
            counts["objects"] += len(made.measurement.objects)
            counts["pairs"] += len(made.pairs)
            outcomes["facts_left_out"].update(made.left_out)
            outcomes["captions"].update(made.captions)
            outcomes["proposed"].update(made.proposed)
            for pair in made.pairs:
                tables["level"][str(pair.fact.level)] += 1
                tables["type"][pair.fact.type] += 1
                tables["format"][pair.format] += 1
            progress(item.key, len(made.pairs))
    manifest = {
        "shard": path.name,
        "sha256": checksum(path),
        "looked_at": len(job.items),
        **{name: counts[name] for name in ("images", "objects", "pairs")},
        **{f"pairs_by_{name}": dict(sorted(table.items())) for name, table in tables.items()},
        **{name: dict(sorted(table.items())) for name, table in outcomes.items()},
        "left_out": [vars(drop) for drop in drops],
    }
    write_json(manifest_path(out, job.name), manifest)
    return manifest


def _make(item: Item, tools: Tools, selector: Selector) -> Sample | Drop:
    """A sample, or why there is none; whatever goes wrong costs this image only."""
    stage = "load"
    try:
        capture = item.load()
        if capture.frame.rgb is None:
            return Drop(item.key, stage, "no colour image")
        if tools.settings.select:
            stage = "select"
            if reason := selector.why_not(capture.frame.rgb):
                return Drop(item.key, stage, reason)
        stage = "geometry"
        capture = with_geometry(capture, tools.depth_model, tools.settings.depth)
        stage = "objects"
        sample = make_sample(item.key, capture, tools.settings, tools.models)
        if tools.rewriter is not None:
            stage = "rewrite"
            sample.pairs = tools.rewriter.rewrite(sample.pairs, sample.references)
        if tools.proposer is not None:
            stage = "propose"
            rng, least = np.random.default_rng(sample.seed), tools.settings.probability
            proposed, sample.proposed = tools.proposer.propose(
                sample.facts, sample.references, rng, least
            )
            sample.pairs += proposed
        return sample
    except SpatialError as error:
        return Drop(item.key, stage, ErrorCode(error.code).name, str(error)[:400])
    except Exception as error:  # noqa: BLE001 one image's accident must not end the run
        return Drop(item.key, stage, type(error).__name__, str(error)[:400])


def manifest_path(out: Path, name: str) -> Path:
    return out / "shards" / f"{name}.json"


def finished(job_name: str, out: Path) -> dict[str, Any] | None:
    """The manifest of a shard that is there and whole; None if it has to be made."""
    try:
        manifest = json.loads(manifest_path(out, job_name).read_text())
        whole = checksum(out / "shards" / manifest["shard"]) == manifest["sha256"]
    except (OSError, ValueError, KeyError):
        return None
    return manifest if whole else None


def unfinished(planned: Iterator[Job], out: Path, listener: Listener) -> Iterator[Job]:
    """The jobs whose shards have to be made; the others are told as "kept"."""
    for job in planned:
        if (manifest := finished(job.name, out)) is None:
            yield job
        else:
            listener("kept", manifest)


def write_json(path: Path, value: Any) -> None:
    """Whole or not there. Raises OSError."""
    write_whole(path, json.dumps(value, indent=1, ensure_ascii=False).encode())
