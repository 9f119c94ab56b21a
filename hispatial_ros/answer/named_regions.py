"""The regions of an image as a question names them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from hispatial_ros.camera.model import Camera
from hispatial_ros.frame.region import Region
from hispatial_ros.language.names import Names
from hispatial_ros.language.terms import Kind, Mention
from hispatial_ros.measure.engine import unique_ids

Key = tuple[str, tuple[float, ...], str, int]


def key_of(region: Region) -> Key:
    """What tells a region from others, also after its id was changed back and forth by copies."""
    return region.label, tuple(region.box), region.id, id(region.outline)


@dataclass(frozen=True, eq=False)
class NamedRegions:
    """Regions with unique ids, and the names that a question may use for them."""

    camera: Camera
    regions: tuple[Region, ...]
    names: Names

    @classmethod
    def of(cls, camera: Camera, regions: Sequence[Region]) -> NamedRegions:
        """Give every region an id of its own."""
        ids = unique_ids(regions)
        own = tuple(replace(r, id=i) for r, i in zip(regions, ids, strict=True))
        return cls(camera, own, Names([r.label for r in regions]))

    def find(self, mention: Mention) -> list[Region]:
        """The regions that a mention may stand for; none for the camera.

        Raises:
            SpatialError: UNKNOWN_OBJECT or AMBIGUOUS_OBJECT.
        """
        if mention.kind is Kind.CAMERA:
            return []
        if mention.kind is not Kind.PIXEL:
            if numbered := self._numbered(mention):
                return [numbered]
            return [self.regions[i] for i in self.names.resolve(mention)]
        assert mention.pixel is not None
        box = mention.pixel.box(self.camera.width, self.camera.height)
        numbers = ", ".join(f"{v:.0f}" for v in box)
        name = f"region ({numbers})"
        if mention.pixel.u1 is None:
            name = f"pixel ({box[0]:.0f}, {box[1]:.0f})"
        return [Region(name, box)]

    def _numbered(self, mention: Mention) -> Region | None:
        """The one region whose id has the number of the mention ("chair #2"), if there is one."""
        if mention.number is None:
            return None
        every = replace(mention, number=None, plural=True)
        candidates = self.names.resolve(every)
        named = [
            self.regions[i]
            for i in candidates
            if self.regions[i].id == f"{self.regions[i].label}#{mention.number}"
        ]
        return named[0] if len(named) == 1 else None

    def find_all(self, mentions: Iterable[Mention]) -> list[Region]:
        """Every region that has to be measured to tell what the mentions mean, each once.

        Raises:
            SpatialError: as ``find``.
        """
        return list({key_of(r): r for mention in mentions for r in self.find(mention)}.values())
