"""Compiled engines on disk: found again, checked, never lost.

An engine file is one line of JSON (what it was compiled from and for, its length and SHA-256),
then the engine. Its name tells model, GPU and size; the digest of the whole key makes it unique, so
that engines for several GPUs, versions and options share a folder.
"""

import hashlib
import json
import logging
import os
import platform
import re
import tempfile
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

logger = logging.getLogger(__name__)

FORMAT = "hispatial engine 1"
MAX_HEADER = 1 << 16


@dataclass(frozen=True)
class EngineKey:
    """All that a compiled engine depends on."""

    model_sha256: str  # ONNX file and its external data
    runtime: str  # with the exact version: "TensorRT 10.3.0.30"
    gpu: str  # name
    compute_capability: str  # "8.7"
    platform: str  # "linux-aarch64"
    precision: str
    shape: str  # of the image: "1x3x480x640"
    options: str  # of the builder

    @property
    def digest(self) -> str:
        text = json.dumps(asdict(self), sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()[:16]


class CacheWriteError(Exception):
    """The engine is compiled but could not be kept."""


class EngineCache:
    """A folder of engines.

    Args:
        folder: made if needed; None: ``$XDG_CACHE_HOME/hispatial_ros/engines``.
    """

    def __init__(self, folder: Path | str | None = None):
        self.folder = Path(folder).expanduser() if folder else default_folder()

    def path(self, key: EngineKey, stem: str) -> Path:
        """Where the engine of a key is kept; ``stem`` is the model's name."""
        parts = (stem, key.gpu, key.shape.split("x", 2)[-1], key.digest)
        return self.folder / ("_".join(_safe(part) for part in parts) + ".engine")

    def load(self, key: EngineKey, stem: str) -> bytes | None:
        """The engine of a key, or None with the reason logged."""
        path = self.path(key, stem)
        try:
            header, engine = _read(path)
        except FileNotFoundError:
            logger.info("no cached engine %s: %s", path.name, self._why_absent(key, stem))
            return None
        except (OSError, ValueError) as error:
            logger.warning("cached engine %s is unusable (%s): building it again", path, error)
            return None
        difference = _difference(header, key)
        if difference:
            logger.warning("cached engine %s is stale (%s): building it again", path, difference)
            return None
        return engine

    def store(self, key: EngineKey, stem: str, engine: bytes) -> Path:
        """Writes an engine completely or not at all; returns its path.

        Raises:
            CacheWriteError: if the disk is full or the folder is not writable. What was cached
                before is untouched.
        """
        path = self.path(key, stem)
        header = {
            "format": FORMAT,
            **asdict(key),
            "length": len(engine),
            "sha256": hashlib.sha256(engine).hexdigest(),
        }
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryDirectory(dir=self.folder, prefix=".building-") as temporary:
                new = Path(temporary) / "engine"
                with new.open("wb") as file:
                    file.write(json.dumps(header).encode() + b"\n")
                    file.write(engine)
                    file.flush()
                    os.fsync(file.fileno())
                os.replace(new, path)
        except OSError as error:
            raise CacheWriteError(f"{self.folder}: {error.strerror or error}") from error
        return path

    def load_or_build(
        self, key: EngineKey, stem: str, build: Callable[[], bytes], rebuild: bool = False
    ) -> bytes:
        """The cached engine, or a new one, which is cached if possible."""
        engine = None if rebuild else self.load(key, stem)
        if engine is None:
            engine = build()
            try:
                path = self.store(key, stem, engine)
                logger.info("engine cached at %s (%.0f MB)", path, len(engine) / 1e6)
            except CacheWriteError as error:
                logger.error(
                    "the engine works but could not be cached (%s): free space or set another "
                    "cache folder, or it is built again at the next start",
                    error,
                )
        return engine

    def _why_absent(self, key: EngineKey, stem: str) -> str:
        """In what the most similar engine of this model differs."""
        reasons = []
        for path in self.folder.glob(f"{_safe(stem)}_*.engine"):
            try:
                reasons.append(_difference(_read_header(path), key))
            except (OSError, ValueError):
                continue
        return min(reasons, key=len) if reasons else "this model was not built before"


def this_platform() -> str:
    """Operating system and processor: "linux-aarch64"."""
    return f"{platform.system()}-{platform.machine()}".lower()


def default_folder() -> Path:
    root = os.environ.get("XDG_CACHE_HOME") or "~/.cache"
    return Path(root).expanduser() / "hispatial_ros" / "engines"


def _safe(text: str) -> str:
    """As part of a file name, free of characters special to ``glob``."""
    return re.sub(r"[^\w.-]+", "-", text)


def _read_header(path: Path) -> dict:
    with path.open("rb") as file:
        return _parse(file.readline(MAX_HEADER))


def _parse(line: bytes) -> dict:
    try:
        header = json.loads(line) if line.endswith(b"\n") else None
    except ValueError:
        header = None
    if not isinstance(header, dict) or header.get("format") != FORMAT:
        raise ValueError("not an engine of this program")
    return header


def _read(path: Path) -> tuple[dict, bytes]:
    with path.open("rb") as file:
        header = _parse(file.readline(MAX_HEADER))
        engine = file.read()
    if len(engine) != header.get("length"):
        raise ValueError(f"truncated: {len(engine)} of {header.get('length')} bytes")
    if hashlib.sha256(engine).hexdigest() != header.get("sha256"):
        raise ValueError("damaged: wrong checksum")
    return header, engine


def _difference(header: dict, key: EngineKey) -> str:
    """What an engine was built for, where it is not this key; empty if it is."""
    names = {
        "model_sha256": "another model file",
        "compute_capability": "compute capability",
    }
    differences = []
    for field, wanted in asdict(key).items():
        found = header.get(field)
        if found == wanted:
            continue
        name = names.get(field, field)
        differences.append(name if field == "model_sha256" else f"{name} {found}, now {wanted}")
    return "built for " + "; ".join(differences) if differences else ""
