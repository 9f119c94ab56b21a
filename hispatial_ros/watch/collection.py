"""All watches of a node: adding, removing, limits, and keeping them in a file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from hispatial_ros.errors import ErrorCode, SpatialError
from hispatial_ros.watch import store
from hispatial_ros.watch.claims import needed
from hispatial_ros.watch.hysteresis import Band
from hispatial_ros.watch.spec import Spec, check, new_name
from hispatial_ros.watch.watched import Watched


class Collection:
    """The watches in the order they were added.

    Changed by one thread at a time; ``watches`` is replaced as a whole, so that others may read it
    at any time. What cannot be stored is not changed either.
    """

    def __init__(self) -> None:
        self.watches: tuple[Watched, ...] = ()
        self.band = Band()
        self.max_watches = 64
        self.max_rate = 30.0  # Hz
        self._file: Path | None = None
        self._is_open = False

    def configure(self, band: Band, max_watches: int, max_rate: float) -> None:
        """Take over parameters; watches that are there stay."""
        self.band, self.max_watches, self.max_rate = band, max_watches, max_rate
        for watch in self.watches:
            watch.band = band

    def open(self, file: Path | None) -> None:
        """Take the watches of a file, if there is one, and keep them there from now on.

        Raises:
            SpatialError: NOT_STORED if it is damaged; NOT_STORED too if a watch in it makes no
                sense.
        """
        watches: list[Watched] = []
        if file is not None:
            if not file.parent.is_dir():
                raise SpatialError(
                    ErrorCode.NOT_STORED,
                    f"watch.file {file}: there is no folder {file.parent}: create it",
                )
            for spec in store.load(file):
                try:
                    watches.append(self._make(spec, ()))
                except SpatialError as error:
                    raise SpatialError(
                        ErrorCode.NOT_STORED,
                        f"watch.file {file}: watch {spec.name!r}: {error}. The file was left as "
                        "it is: correct or remove that watch in it",
                    ) from error
        self.watches, self._file, self._is_open = tuple(watches), file, True

    def close(self) -> None:
        """Forget all watches; the file keeps its own."""
        self.watches, self._file, self._is_open = (), None, False

    def add(self, spec: Spec, *, overwrite: bool, known: Sequence[str] = ()) -> str:
        """Add a watch; returns its name.

        Args:
            spec: an empty name stands for a new one.
            overwrite: whether a watch of the same name may be replaced.
            known: labels of the objects known at present.

        Raises:
            SpatialError: NOT_ACTIVE, BAD_REQUEST, BAD_QUESTION, BAD_REGION,
                QUESTION_NOT_UNDERSTOOD, NOT_STORED; nothing is changed then.
        """
        self._check_open()
        names = [watch.spec.name for watch in self.watches]
        if not spec.name:
            spec = replace(spec, name=new_name(names))
        place = names.index(spec.name) if spec.name in names else None
        if place is not None and self.watches[place].spec.same_as(spec):
            return spec.name
        watch = self._make(spec, known)
        if place is not None:
            if not overwrite:
                raise SpatialError(
                    ErrorCode.BAD_REQUEST,
                    f"there is another watch {spec.name!r}: remove it, set replace, or take "
                    "another name",
                )
            changed = [*self.watches[:place], watch, *self.watches[place + 1 :]]
        else:
            if len(names) >= self.max_watches:
                raise SpatialError(
                    ErrorCode.BAD_REQUEST,
                    f"there are {len(names)} watches already: remove one, or raise the parameter "
                    "watch.max_watches",
                )
            changed = [*self.watches, watch]
        self._change(changed)
        return spec.name

    def remove(self, name: str) -> str:
        """Remove a watch; returns its name.

        Raises:
            SpatialError: NOT_ACTIVE; BAD_REQUEST if there is none of that name; NOT_STORED.
        """
        self._check_open()
        left = [watch for watch in self.watches if watch.spec.name != name]
        if len(left) == len(self.watches):
            names = ", ".join(watch.spec.name for watch in self.watches) or "none at all"
            raise SpatialError(
                ErrorCode.BAD_REQUEST, f"there is no watch {name[:64]!r}; there is {names}"
            )
        self._change(left)
        return name

    def _check_open(self) -> None:
        """Before it is open, what the file holds is not known."""
        if not self._is_open:
            raise SpatialError(
                ErrorCode.NOT_ACTIVE, "the node is not configured: configure it, then add watches"
            )

    def _make(self, spec: Spec, known: Sequence[str]) -> Watched:
        check(spec, self.max_rate)
        # The file is read before anything is known.
        spec = replace(spec, known=needed(spec, known))
        return Watched(spec, self.band, known)

    def _change(self, watches: Sequence[Watched]) -> None:
        if self._file is not None:
            store.save(self._file, [watch.spec for watch in watches])
        self.watches = tuple(watches)
