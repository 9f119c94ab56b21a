"""What can be asked: one dataclass per question form, grouped by the levels of the taxonomy.

The taxonomy is HiSpatial's (arXiv 2603.25411): Level 0 pixels, Level 1 one object, Level 2
relations between objects. ``str(form)`` is a compact canonical notation, made for tests, logs and
error messages.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from hispatial_ros.language.terms import Attribute, Condition, Mention


class Form:
    level: ClassVar[int]
    name: ClassVar[str]


def call(name: str, *parts: object) -> str:
    return f"{name}({', '.join(str(p) for p in parts)})"


def kind_text(name: str, kind: Mention, condition: Condition | None) -> str:
    return f"{name}({kind}; {condition})" if condition else f"{name}({kind})"


@dataclass(frozen=True)
class PixelForm(Form):
    level = 0
    pixel: Mention

    def __str__(self) -> str:
        return call(self.name, self.pixel)


class PixelPosition(PixelForm):
    name = "pixel_position"


@dataclass(frozen=True)
class PixelDepth(PixelForm):
    name = "pixel_depth"
    straight: bool = False  # the distance to the camera instead of z

    def __str__(self) -> str:
        return call(self.name, self.pixel)


class PixelContents(PixelForm):
    name = "pixel_contents"


@dataclass(frozen=True)
class ObjectForm(Form):
    level = 1
    objects: tuple[Mention, ...]

    def __str__(self) -> str:
        return call(self.name, *self.objects)


class CameraDistance(ObjectForm):
    name = "camera_distance"


class Size(ObjectForm):
    name = "size"


class Position(ObjectForm):
    name = "position"


@dataclass(frozen=True)
class Approach(ObjectForm):
    """ "Go to X": where to stand before it."""

    name = "approach"
    stand_off: float | None = None  # m before it, where the question says

    def __str__(self) -> str:
        return super().__str__() + (f" {self.stand_off:g}" if self.stand_off is not None else "")


class ImagePosition(ObjectForm):
    """Where in the image: the pixel of its centre."""

    name = "image_position"


class Box(ObjectForm):
    name = "box"


class Facing(ObjectForm):
    name = "facing"


class Summary(ObjectForm):
    name = "summary"


@dataclass(frozen=True)
class Dimension(ObjectForm):
    attribute: Attribute

    def __str__(self) -> str:
        return call(self.attribute.value, *self.objects)


class Elevation(ObjectForm):
    """Height of an object above the ground."""

    name = "elevation"


@dataclass(frozen=True)
class Exists(Form):
    level = 1
    name = "exists"
    kind: Mention
    condition: Condition | None = None

    def __str__(self) -> str:
        return kind_text(self.name, self.kind, self.condition)


@dataclass(frozen=True)
class Several(Form):
    """Several questions in one: "how far and how wide is A?"."""

    name = "several"
    parts: tuple[Form, ...]

    @property
    def level(self) -> int:  # type: ignore[override]
        return max(part.level for part in self.parts)

    def __str__(self) -> str:
        return " & ".join(map(str, self.parts))
