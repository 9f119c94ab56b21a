"""Checkpoints from the Hugging Face hub, or wherever they are."""

import fcntl
import io
import logging
import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from huggingface_hub import (
    HfApi,
    HfFileMetadata,
    constants,
    get_hf_file_metadata,
    hf_hub_url,
    snapshot_download,
)
from huggingface_hub.errors import (
    GatedRepoError,
    HFValidationError,
    HTTPError,
    LocalEntryNotFoundError,
    RepositoryNotFoundError,
    RevisionNotFoundError,
)
from huggingface_hub.file_download import http_get, repo_folder_name
from huggingface_hub.utils import build_hf_headers

from hispatial_ros.errors import backend_unavailable, first_line
from hispatial_ros.vlm.checkpoint import CONFIG, INDEX, WEIGHTS
from hispatial_ros.vlm.checksum import sha256
from hispatial_ros.vlm.tokenizer import FILE as TOKENIZER

log = logging.getLogger(__name__)

HISPATIAL_3B = "lhzzzzzy/HiSpatial-3B"
REVISION = "main"
_FILES = [WEIGHTS, "*.safetensors", "*.json", "SHA256SUMS"]
_LARGE = (".pt", ".safetensors")
_HUB_ID = re.compile(r"[\w.-]+/[\w.-]+")
_SHA256 = re.compile(r"[0-9a-f]{64}")


Progress = Callable[[str, int, int], None]


def _silent(stage: str, done: int, total: int) -> None:
    pass


def find_checkpoint(
    checkpoint: str, revision: str = REVISION, progress: Progress = _silent
) -> Path:
    """Folder of a checkpoint.

    Args:
        checkpoint: path of a folder, or of the weights.pt in it, or a hub id. What was downloaded
            once is used without asking the hub, so a branch stays at the commit it had then.
        revision: commit, tag or branch on the hub.
        progress: as of `download`.

    Raises:
        SpatialError: BACKEND_UNAVAILABLE if there is nothing there; as `download` otherwise.
    """
    path = Path(checkpoint).expanduser()
    if path.is_dir():
        return path
    if path.name == WEIGHTS and path.is_file():
        return path.parent
    if not _HUB_ID.fullmatch(checkpoint):
        raise backend_unavailable(
            f"{checkpoint} is neither a folder nor a hub id such as {HISPATIAL_3B}"
        )
    try:
        folder = Path(
            snapshot_download(
                checkpoint,
                revision=revision,
                allow_patterns=_FILES,
                local_files_only=True,
            )
        )
        weights = (folder / WEIGHTS).is_file() or any(folder.glob(f"**/{INDEX}"))
        if weights and all((folder / name).is_file() for name in (CONFIG, TOKENIZER)):
            return folder
        log.info("what the local cache has of %s is not all that is needed", checkpoint)
    except LocalEntryNotFoundError:
        log.info("%s is not in the local cache", checkpoint)
    return download(checkpoint, revision, progress)


def download(repository: str, revision: str = REVISION, progress: Progress = _silent) -> Path:
    """Fetch a checkpoint into the hub's local cache.

    What is there already is not fetched again, and an interrupted download goes on where it
    stopped. Large files are compared with the SHA-256 that the hub states.

    Args:
        progress: gets "download" or "compare", and the bytes of a large file done and in total.

    Raises:
        SpatialError: BACKEND_UNAVAILABLE; the message says what to do when access is denied, the
            machine is offline, the disk is full, or a file arrived damaged.
    """
    try:
        found = HfApi().model_info(repository, revision=revision)
        commit = found.sha or revision
        for sibling in found.siblings or ():
            if Path(sibling.rfilename).suffix in _LARGE:
                _fetch(repository, commit, sibling.rfilename, progress)
        folder = Path(snapshot_download(repository, revision=revision, allow_patterns=_FILES))
    except (HTTPError, HFValidationError, OSError) as error:
        raise backend_unavailable(_advice(repository, revision, error)) from error
    if folder.name != revision:
        log.info("%s %s is commit %s: set revision to it to pin it", repository, revision, commit)
    return folder


def _fetch(repository: str, commit: str, name: str, progress: Progress) -> None:
    """Bring a large file to where ``snapshot_download`` finds it.

    By itself that starts from nothing after its process has ended, at 15 GB.
    """
    url = hf_hub_url(repository, name, revision=commit)
    file = get_hf_file_metadata(url)
    size = file.size
    if file.etag is None or size is None:
        raise OSError(f"the hub does not state the size of {name}")
    blobs = Path(constants.HF_HUB_CACHE) / repo_folder_name(repo_id=repository, repo_type="model")
    blob = blobs / "blobs" / file.etag
    path = blob
    if not blob.exists():
        path = blob.with_name(f"{blob.name}.partial")
        path.parent.mkdir(parents=True, exist_ok=True)
        _resume(url, file, path, name, progress)
    done = 0

    def advance(count: int) -> None:
        nonlocal done
        done += count
        progress("compare", done, size)

    if _SHA256.fullmatch(file.etag) and sha256(path, advance) != file.etag:
        path.unlink()
        raise backend_unavailable(
            f"{name} arrived damaged and was deleted: run `hispatial download` again"
        )
    path.rename(blob)


def _resume(url: str, file: HfFileMetadata, path: Path, name: str, progress: Progress) -> None:
    headers = build_hf_headers()
    if urlsplit(file.location).netloc != urlsplit(url).netloc:
        headers.pop("authorization", None)  # the storage behind the hub is not to see the token
    path.touch()
    with _Reporting(path, "r+b") as target:
        try:
            fcntl.flock(target, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise backend_unavailable(f"another process is downloading {name} already") from error
        target.seek(0, os.SEEK_END)
        target.report = lambda: progress("download", target.tell(), file.size or 0)
        http_get(
            file.location,
            target,  # type: ignore[arg-type]
            resume_size=target.tell(),
            headers=headers,
            expected_size=file.size,
            displayed_filename=name,
        )


class _Reporting(io.FileIO):
    """A file that calls ``report`` whenever something was written to it."""

    report: Callable[[], None]

    def write(self, data: Any) -> int:
        count = super().write(data)
        self.report()
        return count


def _advice(repository: str, revision: str, error: Exception) -> str:
    by_hand = (
        f"or copy {WEIGHTS}, config.json and tokenizer.json of {repository} into a folder of this "
        "machine and give that folder as the checkpoint"
    )
    page = f"https://huggingface.co/{repository}"
    if isinstance(error, GatedRepoError):
        return (
            f"access to {repository} is gated: accept its licence at {page}, then run "
            f"`hf auth login` (or set HF_TOKEN) and try again; {by_hand}"
        )
    if isinstance(error, RevisionNotFoundError):
        return f"{repository} has no revision {revision}: see {page}/commits/main"
    if isinstance(error, (RepositoryNotFoundError, HFValidationError)):
        return (
            f"the hub has no {repository}, or not for you: check the name; if it is private, run "
            f"`hf auth login` (or set HF_TOKEN); {by_hand}"
        )
    if isinstance(error, (LocalEntryNotFoundError, HTTPError)):
        return (
            f"{repository} is not in the local cache and the hub cannot be reached "
            f"({first_line(error)}): check the network and HF_HUB_OFFLINE and try again, "
            f"it resumes; {by_hand}"
        )
    return f"{repository} could not be stored ({error}): free disk space or set HF_HOME; {by_hand}"
