"""The layouts that shards are written in."""

from collections.abc import Callable

from hispatial_ros.dataset.capture import Item
from hispatial_ros.dataset.sample import Sample
from hispatial_ros.dataset.settings import BuildSettings
from hispatial_ros.errors import ErrorCode, SpatialError

Encoder = Callable[[Item, Sample, BuildSettings], dict[str, bytes]]
LAYOUTS = ("open", "hispatial")


def encoder(layout: str) -> Encoder:
    """Makes the files of a sample.

    Raises:
        SpatialError: BAD_REQUEST for an unknown layout; BACKEND_UNAVAILABLE if the layout needs
            torch, which is not installed.
    """
    if layout == "open":
        from hispatial_ros.dataset.shards import open_layout

        return open_layout.encode
    if layout == "hispatial":
        try:
            from hispatial_ros.dataset.shards import hispatial_layout
        except ImportError as error:
            raise SpatialError(
                ErrorCode.BACKEND_UNAVAILABLE,
                f"the layout 'hispatial' holds torch tensors, and {error}: pip install -r "
                "requirements/model.txt, or use --layout open",
            ) from error
        return hispatial_layout.encode
    raise SpatialError(
        ErrorCode.BAD_REQUEST, f"unknown layout {layout!r}: one of {', '.join(LAYOUTS)}"
    )
