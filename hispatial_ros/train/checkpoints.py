"""States of a run on disk: written beside the training, whole or not at all, the newest kept."""

import logging
import pickle
import random
import shutil
from concurrent.futures import Future
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import distributed
from torch.distributed import checkpoint as dcp
from torch.distributed.checkpoint.state_dict import (
    StateDictOptions,
    get_state_dict,
    set_state_dict,
)

from hispatial_ros.durable import sync
from hispatial_ros.errors import ErrorCode, SpatialError, backend_unavailable
from hispatial_ros.train.batch import Loader
from hispatial_ros.train.parallel import Place
from hispatial_ros.train.trainer import Trainer

log = logging.getLogger(__name__)
_OPTIONS = StateDictOptions(ignore_frozen_params=True, strict=False)
_PARTIAL = ".partial"


class Checkpoints:
    """Of one run, in ``folder``: step-00001000, step-00002000, ...

    Each holds the trained weights and the optimiser's state (of all processes together, so that
    any number of processes can read it) and, per process, the step, the place in the data and the
    random states.
    """

    def __init__(self, folder: Path, keep: int, place: Place):
        self._folder = folder
        self._keep = keep
        self._place = place
        self._pending: tuple[Future[Any], Path] | None = None
        # Of its own, since the thread that writes talks to the other processes as well.
        self._group = distributed.new_group(backend="gloo")
        if place.first:
            folder.mkdir(parents=True, exist_ok=True)
            for leftover in folder.glob(f"*{_PARTIAL}"):  # of a run that was killed
                shutil.rmtree(leftover)

    def newest(self) -> Path | None:
        found = self._finished()
        return found[-1] if found else None

    def save(self, trainer: Trainer, loader: Loader) -> None:
        """Start to write; returns once the state is copied. Waits for the one before."""
        self.wait()
        final = self._folder / f"step-{trainer.step:08d}"
        if final.is_dir():
            return
        partial = final.with_name(final.name + _PARTIAL)
        own = {
            "step": trainer.step,
            "world": self._place.world,
            "guard": trainer.guard.state_dict(),
            "loader": loader.state_dict(),
            "random": _random_states(),
        }
        problem: Exception | None = None
        try:
            partial.mkdir(parents=True, exist_ok=True)
            torch.save(own, partial / f"process-{self._place.rank:05d}.pt")
        except (OSError, RuntimeError) as error:  # torch says a full disk so
            problem = error
        if self._place.any(problem is not None):
            self._failed(partial, problem)
            return
        model, optimizer = get_state_dict(trainer.model, trainer.optimizer, options=_OPTIONS)
        state = {"model": model, "optimizer": optimizer}
        future = dcp.async_save(state, checkpoint_id=partial, process_group=self._group)
        assert isinstance(future, Future)
        self._pending = (future, final)

    def poll(self) -> None:
        """Finish what has been written meanwhile."""
        if self._pending is not None and not self._place.any(not self._pending[0].done()):
            self.wait()

    def wait(self) -> bool:
        """Until what is being written is on the disk; whether it is."""
        if self._pending is None:
            return True
        (future, final), self._pending = self._pending, None
        partial = final.with_name(final.name + _PARTIAL)
        problem = future.exception()
        if self._place.any(problem is not None):
            self._failed(partial, problem)
            return False
        if self._place.first:
            for path in (*partial.iterdir(), partial):
                sync(path)
            partial.rename(final)
            sync(self._folder)
            for old in self._finished()[: -self._keep]:
                shutil.rmtree(old)
        return True

    def load(self, folder: Path, trainer: Trainer, loader: Loader) -> None:
        """Go on from ``folder``.

        Raises:
            SpatialError: BACKEND_UNAVAILABLE if it is damaged; BAD_REQUEST if it is of another
                run or of another number of processes.
        """
        try:
            own = torch.load(
                folder / f"process-{self._place.rank:05d}.pt", weights_only=True, map_location="cpu"
            )
            model, optimizer = get_state_dict(trainer.model, trainer.optimizer, options=_OPTIONS)
            dcp.load({"model": model, "optimizer": optimizer}, checkpoint_id=folder)
            set_state_dict(
                trainer.model,
                trainer.optimizer,
                model_state_dict=model,
                optim_state_dict=optimizer,
                options=_OPTIONS,
            )
        except FileNotFoundError as error:
            raise SpatialError(
                ErrorCode.BAD_REQUEST,
                f"{folder} has nothing for process {self._place.rank} ({error}): go on with as "
                "many processes as wrote it",
            ) from error
        except (
            OSError,
            RuntimeError,
            KeyError,
            ValueError,
            EOFError,
            pickle.UnpicklingError,
            dcp.CheckpointException,
        ) as error:
            raise backend_unavailable(
                f"{folder} cannot be loaded ({error}): it is of other settings or damaged; remove "
                "it to go on from the one before"
            ) from error
        if own["world"] != self._place.world:
            raise SpatialError(
                ErrorCode.BAD_REQUEST,
                f"{folder} was written by {own['world']} processes: go on with as many",
            )
        trainer.step = own["step"]
        trainer.guard.load_state_dict(own["guard"])
        loader.load_state_dict(own["loader"])
        _restore_random(own["random"])

    def _finished(self) -> list[Path]:
        return sorted(
            path for path in self._folder.glob("step-*") if not path.name.endswith(_PARTIAL)
        )

    def _failed(self, partial: Path, error: BaseException | None) -> None:
        shutil.rmtree(partial, ignore_errors=True)
        newest = self.newest()
        log.error(
            "no checkpoint written (%s): free space in %s; training goes on, the last good one is "
            "%s",
            error or "another process could not",
            self._folder,
            newest.name if newest else "none",
        )


def _random_states() -> dict[str, Any]:
    name, keys, *rest = np.random.get_state(legacy=True)
    states = {
        "python": random.getstate(),
        "numpy": [name, torch.from_numpy(np.asarray(keys).astype(np.int64)), *rest],
        "torch": torch.get_rng_state(),
    }
    if torch.cuda.is_available():
        states["cuda"] = torch.cuda.get_rng_state()
    return states


def _restore_random(states: dict[str, Any]) -> None:
    version, words, gauss = states["python"]
    random.setstate((version, tuple(words), gauss))
    name, keys, *rest = states["numpy"]
    np.random.set_state((name, keys.numpy().astype(np.uint32), *rest))
    torch.set_rng_state(states["torch"])
    if "cuda" in states and torch.cuda.is_available():
        torch.cuda.set_rng_state(states["cuda"])
