"""A room of objects with exactly known geometry, to ask about without measuring."""

import numpy as np

from hispatial_ros.answer.measured import answer_measured
from hispatial_ros.camera.model import Camera
from hispatial_ros.frame.frame import Frame
from hispatial_ros.frame.region import Region
from hispatial_ros.measure.options import MeasureOptions
from hispatial_ros.measure.types import Gravity, MeasuredObject, Measurement

LEVEL = Gravity(np.array([0, -1.0, 0]), "support plane", offset=-0.85)
SIGMA = 0.01  # m, of every number


def thing(label, center, size, sigma=SIGMA):
    """A box parallel to the axes."""
    center, size = np.array(center, float), np.array(size, float)
    low, high = center - size / 2, center + size / 2
    nearest = np.clip(np.zeros(3), low, high)
    grid = np.stack(np.meshgrid(*[np.linspace(a, b, 5) for a, b in zip(low, high, strict=True)]))
    return MeasuredObject(
        id=label,
        label=label,
        region=Region(label, (0.0, 0.0, 1.0 + abs(hash(label)) % 50, 10.0)),
        center=center,
        rotation=np.eye(3),
        size=size,
        size_stddev=np.full(3, sigma),
        covariance=np.eye(6) * sigma**2,
        extent=size,
        extent_stddev=np.full(3, sigma),
        nearest=nearest,
        distance=float(np.linalg.norm(nearest)),
        distance_stddev=sigma,
        num_points=100,
        valid_fraction=1.0,
        surface=grid.reshape(3, -1).T.astype(np.float32),
    )


ROOM = (
    thing("table", (0.0, 0.5, 2.0), (1.0, 0.7, 0.6)),
    thing("mug", (0.2, 0.10, 1.9), (0.08, 0.10, 0.08)),  # on the table
    thing("red chair", (-1.2, 0.4, 2.2), (0.5, 0.9, 0.5)),
    thing("green chair", (1.3, 0.35, 3.0), (0.5, 1.0, 0.5)),
    thing("lamp", (0.05, -0.1, 4.0), (0.3, 1.9, 0.3)),
    thing("ball", (-0.1, 0.75, 1.2), (0.2, 0.2, 0.2)),
)


def ask(question, objects=ROOM, gravity=None, **options):
    """The answer about objects that were "measured before", so that no frame is looked at."""
    frame = Frame(None, np.full((48, 64), 1500, np.uint16), Camera(64, 48, 50.0, 50.0, 31.5, 23.5))
    known = Measurement(list(objects), [], LEVEL)
    regions = [o.region for o in objects]
    measuring = MeasureOptions(gravity=gravity)
    return answer_measured(question, frame, regions, options=measuring, known=known, **options)


def truth(label):
    return next(o for o in ROOM if o.label == label)
