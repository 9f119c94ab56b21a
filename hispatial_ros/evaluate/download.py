"""Benchmark files from the Hugging Face hub, at one commit."""

from collections.abc import Sequence
from pathlib import Path

from huggingface_hub import HfApi, snapshot_download
from huggingface_hub.errors import (
    GatedRepoError,
    HFValidationError,
    HTTPError,
    RepositoryNotFoundError,
    RevisionNotFoundError,
)

from hispatial_ros.errors import SpatialError, backend_unavailable, first_line


def download(data_set: str, files: Sequence[str], revision: str = "main") -> tuple[Path, str]:
    """Fetch the files of a data set into the hub's local cache.

    Args:
        data_set: its name on the hub.
        files: patterns of what is needed.
        revision: commit, tag or branch.

    Returns:
        The folder, and the commit that the revision is.

    Raises:
        SpatialError: BACKEND_UNAVAILABLE, saying what to do.
    """
    try:
        commit = HfApi().dataset_info(data_set, revision=revision).sha or revision
        folder = snapshot_download(
            data_set, repo_type="dataset", revision=commit, allow_patterns=list(files)
        )
    except (HTTPError, HFValidationError, OSError) as error:
        raise _advice(data_set, revision, error) from error
    return Path(folder), commit


def _advice(data_set: str, revision: str, error: Exception) -> SpatialError:
    page = f"https://huggingface.co/datasets/{data_set}"
    by_hand = "or fetch its files by other means and give their folder as PATH"
    if isinstance(error, GatedRepoError):
        why = f"access to {data_set} is gated: accept its licence at {page} and set HF_TOKEN"
    elif isinstance(error, RevisionNotFoundError):
        why = f"{data_set} has no revision {revision}: see {page}/commits/main"
    elif isinstance(error, RepositoryNotFoundError):
        why = f"the hub has no data set {data_set}, or not for you: see {page}"
    else:
        reason = first_line(error)
        why = f"{data_set} could not be fetched ({reason}): check the network and try again"
    return backend_unavailable(f"{why}; {by_hand}")
