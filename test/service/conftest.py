"""A service without ROS: a camera that shows one image, a backend that does as it is told."""

import threading
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from hispatial_ros.answer.types import Answer, Level, Source
from hispatial_ros.camera.model import Camera
from hispatial_ros.errors import ErrorCode
from hispatial_ros.frame.frame import Frame
from hispatial_ros.frame.region import Region
from hispatial_ros.intake.gravity import GivenGravity
from hispatial_ros.service.backends import Backends
from hispatial_ros.service.depth_sources import DepthSources
from hispatial_ros.service.monocular import Estimated
from hispatial_ros.service.observations import Observations
from hispatial_ros.service.requests import Requests
from hispatial_ros.service.sight import Sight
from hispatial_ros.service.worker import Worker
from hispatial_ros.settings.live import LiveSettings
from hispatial_ros.settings.settings import Settings
from hispatial_ros.waiting.outcome import Outcome

WAIT = 10.0
STAMP = 1_700_000_000_123_456_789
CAMERA = Camera(64, 48, fx=50.0, fy=50.0, cx=31.5, cy=23.5)
REGIONS = (Region("box", (28, 20, 36, 28)), Region("wall", (0, 0, 64, 48)))


def depth_image():
    depth = np.full((48, 64), 2000.0)
    depth[20:28, 28:36] = 1000
    return (depth + np.random.default_rng(0).normal(0, 3, depth.shape)).astype(np.uint16)


class Pair:
    """An image with depth, as the intake pairs them."""

    stamp_ns, frame_id, depth = STAMP, "camera", None

    def frame(self, needs_rgb=True):
        return self.geometry

    @property
    def geometry(self):
        return Frame(None, depth_image(), CAMERA, self.stamp_ns, self.frame_id)


class Network:
    """Stands for MoGe-2."""

    def known(self, pair, fused):
        return None

    def estimate(self, pair):
        return Estimated(pair.frame(), ("depth: estimated",))

    def close(self):
        pass


class Backend:
    """Answers at once, unless a test takes its ``start``."""

    needs_rgb = False

    def start(self, question):
        outcome = Outcome()
        outcome.succeed(Answer(question.text, "an answer", Level.OBJECT, Source.MEASURED))
        return outcome


class Client:
    """Sends requests, keeps the results that it gets."""

    def __init__(self):
        self.results = []
        self._changed = threading.Condition()

    def respond(self, result):
        with self._changed:
            self.results.append(result)
            self._changed.notify_all()
        return result

    def codes(self, count):
        """Outcomes of the first results, as soon as there are so many."""
        with self._changed:
            assert self._changed.wait_for(lambda: len(self.results) >= count, WAIT)
            return [ErrorCode(result.code) for result in self.results]


@pytest.fixture
def service(monkeypatch):
    """Active, with the parts that a node has; ``published`` is what its sink got."""
    settings = LiveSettings(replace(Settings(), request_timeout=5.0))
    depth = DepthSources(settings)
    depth.model = Network()
    pair = Pair()
    buffer = SimpleNamespace(
        newest=lambda *_: pair,
        at=lambda *_: pair,
        regions_at=lambda stamp: SimpleNamespace(stamp_ns=STAMP, regions=list(REGIONS)),
        topics={"regions": "/regions"},
    )
    gravity = SimpleNamespace(given=lambda *_: GivenGravity(None))
    references = SimpleNamespace(resolve=lambda name, *_: name)
    sight = Sight(settings, told=lambda: True)
    tracks = SimpleNamespace(view=lambda *_: None, is_stale=lambda pair: False, labels=set())
    observations = Observations(
        settings, buffer, depth, gravity, references, sight, tracks, lambda: STAMP
    )
    worker, published = Worker(4), []
    worker.open()
    sink = SimpleNamespace(publish=lambda result, response: published.append(result))
    backends, backend = Backends(), Backend()
    monkeypatch.setattr(backends, "choose", lambda name: backend)
    yield SimpleNamespace(
        settings=settings,
        depth=depth,
        pair=pair,
        worker=worker,
        backend=backend,
        sink=sink,
        published=published,
        requests=Requests(observations, worker, backends, sink),
        client=Client(),
    )
    worker.stop(WAIT)
    depth.stop(WAIT)
    sight.stop(WAIT)


@pytest.fixture
def estimated(service):
    """The same with depth that is computed on the depth thread."""
    service.settings.current = replace(service.settings.current, depth_source="moge")
    return service
