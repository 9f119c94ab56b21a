"""Who can tell where an object is that a question names and nobody has given a region of."""

from collections.abc import Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Protocol

from hispatial_ros.answer.model import Model, image_only
from hispatial_ros.errors import SpatialError
from hispatial_ros.frame.frame import Frame
from hispatial_ros.frame.region import Region, check_region
from hispatial_ros.vlm.parse import parse_answer
from hispatial_ros.vlm.prompts import Prompt
from hispatial_ros.vlm.runtime.supervisor import Supervisor

if TYPE_CHECKING:
    from hispatial_ros.answer.checked import Asking


class Locator(Protocol):
    """Finds named objects in a frame."""

    name: str  # for the answer's notes

    def locate(self, names: Sequence[str], frame: Frame, asking: "Asking") -> list[Region]:
        """Regions labelled with the names, those that were found. Raises SpatialError."""


class DetectorLocator:
    """An open-vocabulary detector in a process of its own.

    Args:
        supervisor: of a process with the engine of vlm.detector.
        model: the detector's folder or hub id, for the notes.
    """

    def __init__(self, supervisor: Supervisor, model: str):
        self.name = f"the detector {model}"
        self._model = Model(supervisor, image_only)

    def locate(self, names: Sequence[str], frame: Frame, asking: "Asking") -> list[Region]:
        """See Locator."""
        asked = {_as_said(name): name for name in names}
        prompt = Prompt("detect " + " ; ".join(asked))
        reply = asking.ask(self._model, prompt)
        found: dict[str, Region] = {}
        for region in located_regions(reply, frame):  # the best comes first
            if (name := asked.get(region.label)) and name not in found:
                found[name] = Region(name, region.box)
        return list(found.values())


class ModelLocator:
    """The vision-language model's own location tokens."""

    name = "the model's location tokens"

    def locate(self, names: Sequence[str], frame: Frame, asking: "Asking") -> list[Region]:
        """See Locator."""
        if asking.model is None:
            return []
        found = []
        for name in names:
            reply = asking.ask(asking.model, Prompt(f"detect {name}"))
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
