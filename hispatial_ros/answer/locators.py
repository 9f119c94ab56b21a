"""Who can tell where an object is that a question names without a region of its own."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Protocol

from hispatial_ros.answer.model import Model, image_only
from hispatial_ros.errors import ErrorCode, SpatialError
from hispatial_ros.frame.frame import Frame
from hispatial_ros.frame.region import Region, check_region
from hispatial_ros.vlm.parse import parse_answer
from hispatial_ros.vlm.prompts import Prompt
from hispatial_ros.vlm.runtime.supervisor import Supervisor

AskModel = Callable[[Model, Prompt], str]  # what it generates; raises SpatialError


class Locator(Protocol):
    """Finds named objects in a frame."""

    name: str  # for the answer's notes

    def locate(self, names: Sequence[str], frame: Frame, ask: AskModel) -> list[Region]:
        """Regions labelled with the names, those that were found. Raises SpatialError."""


def locate_each(
    names: Sequence[str], frame: Frame, locators: Sequence[Locator], ask: AskModel
) -> tuple[list[Region], list[str]]:
    """Regions of the names, each from the first locator that finds it, and notes on the search.

    Raises:
        SpatialError: CANCELLED; a locator with another trouble is noted and left out.
    """
    found: list[Region] = []
    notes = []
    missing = list(dict.fromkeys(names))
    for locator in locators:
        if not missing:
            break
        try:
            regions = locator.locate(missing, frame, ask)
        except SpatialError as error:
            if error.code is ErrorCode.CANCELLED:
                raise
            notes.append(f"{locator.name} could not be asked: {error}")
            continue
        located = dict.fromkeys(region.label for region in regions)
        missing = [name for name in missing if name not in located]
        notes += [f"'{name}' was located by {locator.name}" for name in located]
        notes += [f"'{name}' was not found by {locator.name}" for name in missing]
        found += regions
    return found, notes


class DetectorLocator:
    """An open-vocabulary detector in a process of its own.

    Args:
        supervisor: of a process with the engine of vlm.detector.
        model: the detector's folder or hub id, for the notes.
    """

    def __init__(self, supervisor: Supervisor, model: str):
        self.name = f"the detector {model}"
        self._model = Model(supervisor, image_only)

    def locate(self, names: Sequence[str], frame: Frame, ask: AskModel) -> list[Region]:
        asked = {_as_said(name): name for name in names}
        reply = ask(self._model, Prompt("detect " + " ; ".join(asked)))
        found: dict[str, Region] = {}
        for region in located_regions(reply, frame):  # the best comes first
            if (name := asked.get(region.label)) and name not in found:
                found[name] = Region(name, region.box)
        return list(found.values())


class ModelLocator:
    """The vision-language model's own location tokens."""

    name = "the model's location tokens"

    def __init__(self, model: Model):
        self._model = model

    def locate(self, names: Sequence[str], frame: Frame, ask: AskModel) -> list[Region]:
        found = []
        for name in names:
            reply = ask(self._model, Prompt(f"detect {name}"))
            found += located_regions(reply, frame, name)[:1]
        return found


def located_regions(generated: str, frame: Frame, label: str = "") -> list[Region]:
    """Regions of the location tokens in a generated text, in pixels of the frame's image.

    Boxes that are inverted or have no area are left out.
    """
    width, height = frame.camera.width, frame.camera.height
    regions = []
    for found in parse_answer(generated).located:
        x0, y0, x1, y1 = found.box
        region = Region(label or found.label, (x0 * width, y0 * height, x1 * width, y1 * height))
        with suppress(SpatialError):
            check_region(region, width, height)
            regions.append(region)
    return regions


def _as_said(name: str) -> str:
    """A name as it comes back from the answer's text, in which some signs have a meaning."""
    return name.replace(";", " ").replace("<", " ").strip(" .\n")
