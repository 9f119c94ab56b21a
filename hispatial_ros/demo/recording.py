"""The interactive 3D recording: coloured point cloud, camera, boxes, relation lines."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import rerun as rr
import rerun.blueprint as rrb

from hispatial_ros.answer.annotate import length_of, name_of
from hispatial_ros.answer.colors import Colors
from hispatial_ros.frame.frame import Frame
from hispatial_ros.measure.types import MeasuredObject, Relation
from hispatial_ros.pointmap.pointmap import PointMap
from hispatial_ros.ros.outputs.conversions import quaternion


def write_recording(
    path: Path,
    frame: Frame,
    objects: Sequence[MeasuredObject],
    relations: Sequence[Relation],
    text: str,
) -> None:
    """Writes a Rerun recording (.rrd).

    Args:
        frame: Colour and depth of the same size.
        objects: In the optical frame.
        relations: Drawn as lines between the centres, with the centre distance.
        text: Markdown shown beside the scene.
    """
    assert frame.rgb is not None
    recording = rr.RecordingStream("hispatial_demo")
    recording.save(path, default_blueprint=_blueprint())
    camera = frame.camera
    recording.log("world", rr.ViewCoordinates.RDF, static=True)
    recording.log(
        "world/camera",
        rr.Pinhole(
            image_from_camera=camera.K,
            width=camera.width,
            height=camera.height,
            image_plane_distance=0.3,
        ),
        static=True,
    )
    recording.log("world/camera/image", rr.Image(frame.rgb).compress(90), static=True)
    points = PointMap(frame).points
    seen = np.isfinite(points[..., 2])
    recording.log(
        "world/points", rr.Points3D(points[seen], colors=frame.rgb[seen], radii=0.003), static=True
    )
    colors = Colors().of(objects)
    recording.log(
        "world/objects",
        rr.Boxes3D(
            centers=[obj.center for obj in objects],
            half_sizes=[obj.size / 2 for obj in objects],
            quaternions=[rr.Quaternion(xyzw=quaternion(obj.rotation)) for obj in objects],
            colors=[colors[obj.id] for obj in objects],
            labels=[name_of(obj) for obj in objects],
            show_labels=True,
        ),
        static=True,
    )
    recording.log(
        "world/relations",
        rr.LineStrips3D(
            [[r.subject.center, r.object.center] for r in relations],
            labels=[length_of(r) for r in relations],
            colors=(255, 255, 255),
            radii=0.004,
        ),
        static=True,
    )
    recording.log("answers", rr.TextDocument(text, media_type="text/markdown"), static=True)
    recording.flush()


def _blueprint() -> rrb.Blueprint:
    return rrb.Blueprint(
        rrb.Horizontal(
            rrb.Spatial3DView(origin="world", name="point map"),
            rrb.Vertical(
                rrb.Spatial2DView(
                    origin="world/camera",
                    name="camera",
                    contents=["$origin/**", "/world/objects", "/world/relations"],
                ),
                rrb.TextDocumentView(origin="answers", name="answers"),
            ),
            column_shares=[3, 2],
        ),
        collapse_panels=True,
    )
