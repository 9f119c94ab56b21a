"""``/diagnostics`` at 1 Hz, by REP 107."""

import math
from collections import Counter
from collections.abc import Callable
from typing import TYPE_CHECKING

from diagnostic_msgs.msg import DiagnosticArray, DiagnosticStatus, KeyValue

from hispatial_ros.errors import ErrorCode, SpatialError
from hispatial_ros.health import shared_memory
from hispatial_ros.health.usage import ProcessUsage
from hispatial_ros.intake.frame_buffer import FrameBuffer, IntakeStatus
from hispatial_ros.intake.gravity import GravitySources
from hispatial_ros.intake.paired import doubt_optical
from hispatial_ros.intake.stream import StreamStatus
from hispatial_ros.ros.health.qos_events import QosEvents
from hispatial_ros.ros.inputs import large_images
from hispatial_ros.ros.qos import are_reliable, overridable, reliable
from hispatial_ros.service.backends import Backends
from hispatial_ros.service.depth_sources import DepthSources
from hispatial_ros.service.sight import Sight
from hispatial_ros.service.stats import RequestStats
from hispatial_ros.service.tracking import Tracks
from hispatial_ros.service.watch_runner import Watches
from hispatial_ros.service.worker import Worker
from hispatial_ros.vlm.runtime.status import ModelState, ModelStatus

if TYPE_CHECKING:
    from hispatial_ros.ros.node.lifecycle import ManagedNode

PERIOD = 1.0  # s
SILENT_AFTER = 2.0  # s without a message until an input is an error
LOW_PAIRING = 0.5  # share of images with depth below which something is wrong
CAMERA = ("image", "depth", "camera_info", "depth_camera_info")  # each from one publisher
MEMORY = ("memory_allocated", "memory_reserved")  # details of a model process, bytes
OK, WARN, ERROR = DiagnosticStatus.OK, DiagnosticStatus.WARN, DiagnosticStatus.ERROR
Level = bytes


class Diagnostics:
    """Looks at the parts of the node and publishes their state, in every lifecycle state."""

    def __init__(
        self,
        node: "ManagedNode",
        buffer: FrameBuffer,
        qos_events: QosEvents,
        worker: Worker,
        stats: RequestStats,
        backends: Backends,
        depth: DepthSources,
        sight: Sight,
        tracks: Tracks,
        gravity: GravitySources,
        watches: Watches,
        commands: RequestStats,
        topics: Callable[[], dict[str, str]],
    ):
        """
        Args:
            stats: of requests.
            commands: to add, remove or list watches.
            topics: tells the full name of each input's topic.
        """
        self._node = node
        self._buffer = buffer
        self._qos_events = qos_events
        self._worker = worker
        self._stats = stats
        self._backends = backends
        self._depth = depth
        self._sight = sight
        self._tracks = tracks
        self._gravity = gravity
        self._watches = watches
        self._commands = commands
        self._topics = topics
        self._usage = ProcessUsage()
        self._publisher = node.create_publisher(
            DiagnosticArray, "/diagnostics", reliable(), qos_overriding_options=overridable()
        )

    def publish(self) -> None:
        """Publish one message; to be called every PERIOD."""
        now = self._node.get_clock().now()
        message = DiagnosticArray()
        message.header.stamp = now.to_msg()
        state = self._node.state
        topics = self._topics() if state == "active" else {}
        message.status.append(self._status("lifecycle", OK, state, topics))
        if state == "active":
            intake = self._buffer.status(now.nanoseconds)
            message.status += self._intake(intake, now.nanoseconds)
            message.status += self._up(now.nanoseconds)
        message.status.append(self._requests())
        message.status.append(self._backend())
        message.status += [
            self._process(name, process.status)
            for name, process in self._backends.processes.items()
        ]
        message.status.append(self._depth_model())
        message.status.append(self._built_in_detector())
        message.status.append(self._standing_questions())
        message.status.append(self._own_process())
        self._publisher.publish(message)

    def _intake(self, intake: IntakeStatus, now_ns: int) -> list[DiagnosticStatus]:
        needs_depth = self._depth.needs_sensor()
        fault, corrected, doubt = self._lens(now_ns)
        statuses = [
            self._stream("image", intake.image, True, intake.camera_info, doubt=doubt),
            self._stream(
                "depth",
                intake.depth,
                needs_depth,
                intake.depth_camera_info,
                fault=self._depth_fault(now_ns),
            ),
            self._stream(
                "camera_info", intake.camera_info, needs_depth, fault=fault, doubt=corrected
            ),
            self._stream("regions", intake.regions, required=False),
        ]
        if intake.depth_camera_info.received:  # only depth that is not registered needs it
            statuses.append(
                self._stream("depth_camera_info", intake.depth_camera_info, required=False)
            )
        total = intake.paired + intake.unpaired
        share = intake.paired / total if total else 0.0
        level = WARN if total and share < LOW_PAIRING and needs_depth else OK
        statuses.append(
            self._status(
                "pairing",
                level,
                f"{100 * share:.0f} % of images have depth" if total else "no images yet",
                {
                    "success [%]": f"{100 * share:.1f}" if total else "-",
                    "paired": str(intake.paired),
                    "unpaired": str(intake.unpaired),
                    "clock resets": str(intake.clock_resets),
                },
            )
        )
        return statuses

    def _up(self, now_ns: int) -> list[DiagnosticStatus]:
        """The IMU, if there is one, and which source gave the last up direction."""
        imu, last = self._gravity.orientations.status(now_ns), self._gravity.last
        statuses = [self._stream("imu", imu, required=False)] if imu.received else []
        if last is None:
            return [*statuses, self._status("gravity", OK, "not asked for yet", {})]
        message = "; ".join((f"from {last.origin}", *last.skipped))
        values = {"source": "image" if last.gravity is None else last.gravity.source}
        if last.gravity is not None and last.gravity.stddev is not None:
            values["standard deviation [deg]"] = f"{math.degrees(last.gravity.stddev):.2f}"
        level = WARN if last.skipped else OK
        return [*statuses, self._status("gravity", level, message, values)]

    def _depth_fault(self, now_ns: int) -> str:
        """What is wrong with the newest depth image that found its image; empty if nothing."""
        try:
            pair = self._buffer.newest(now_ns, need_info=False)
        except SpatialError:
            return ""  # the streams tell
        try:
            pair.check_depth()
        except SpatialError as error:
            return str(error)
        return ""

    def _lens(self, now_ns: int) -> tuple[str, str, str]:
        """Of the newest image: what is wrong with its calibration, what was corrected in that, and
        what may be wrong with its frame."""
        try:
            pair = self._buffer.newest(now_ns, need_depth=False)
        except SpatialError:
            return "", "", ""  # the streams tell
        doubt = doubt_optical(pair.frame_id)
        try:
            return "", "; ".join(pair.camera.notes), doubt
        except SpatialError as error:
            return "" if error.code is ErrorCode.BAD_IMAGE else str(error), "", doubt

    def _stream(
        self,
        name: str,
        stream: StreamStatus,
        required: bool,
        info: StreamStatus | None = None,
        fault: str = "",
        doubt: str = "",
    ) -> DiagnosticStatus:
        """State of a topic.

        Args:
            required: whether it is an error that nothing arrives.
            info: the calibration that is published with each message.
            fault: what is wrong with the contents.
            doubt: what may be wrong with them.
        """
        silent = None if stream.silent_ns is None else stream.silent_ns / 1e9
        level, message = OK, f"{stream.rate:.1f} Hz"
        if info and large_images.are_lost(stream.rate, info.rate, info.received):
            level = WARN
            message += f", but {info.rate:.1f} Hz of {info.topic}: images are lost on the way; "
            message += large_images.remedy(stream.topic, *self._reliability(stream.topic))
        if doubt:
            level, message = WARN, f"{message}; {doubt}"
        fault = fault or stream.last_drop
        if fault:
            level, message = ERROR if required else WARN, f"{message}, not usable: {fault}"
        publishers = self._node.count_publishers(stream.topic)
        if publishers > 1 and name in CAMERA:
            level = max(level, WARN)
            message += f", from {publishers} publishers, whose values mix: stop all but one"
        if silent is None:
            level, message = ERROR if required else OK, f"nothing has arrived on {stream.topic}"
        elif silent > SILENT_AFTER:
            level, message = ERROR if required else WARN, f"silent for {silent:.1f} s"
        if why := self._qos_events.incompatible.get(stream.topic):
            level, message = ERROR, f"incompatible QoS: {why}"
        values = {
            "topic": stream.topic,
            "rate [Hz]": f"{stream.rate:.2f}",
            "received": str(stream.received),
            "silent [s]": "-" if silent is None else f"{silent:.3f}",
            "age [s]": "-" if stream.age_ns is None else f"{stream.age_ns / 1e9:.3f}",
            "buffered": str(stream.buffered),
            "reordered": str(stream.reordered),
            "resets": str(stream.resets),
        }
        values |= {f"dropped: {reason}": str(n) for reason, n in sorted(stream.dropped.items())}
        return self._status(name, level, message, values)

    def _reliability(self, topic: str) -> tuple[bool, bool]:
        """Whether all publishers offer a topic reliable, and whether the node takes it so."""
        me = (self._node.get_name(), self._node.get_namespace())
        published = self._node.get_publishers_info_by_topic(topic)
        taken = [
            s
            for s in self._node.get_subscriptions_info_by_topic(topic)
            if (s.node_name, s.node_namespace) == me
        ]
        return are_reliable(published), are_reliable(taken)

    def _requests(self) -> DiagnosticStatus:
        pending, busy = self._worker.pending, self._worker.busy_for
        full = pending >= self._worker.capacity
        values = {
            "open": str(pending),
            "waiting": str(self._worker.waiting),
            "capacity": str(self._worker.capacity),
            "present work [s]": f"{busy:.3f}",
            "thread faults": str(self._worker.faults),
        }
        values |= {f"outcome: {code}": str(n) for code, n in self._stats.codes().items()}
        # One key per number, so that tools can plot them.
        for stage, percentiles in self._stats.percentiles().items():
            values |= {f"{stage} {p} [ms]": f"{1e3 * s:.2f}" for p, s in percentiles.items()}
        message = "queue is full" if full else f"{pending} open"
        return self._status("requests", WARN if full else OK, message, values)

    def _backend(self) -> DiagnosticStatus:
        state = self._backends.state()
        return self._status("backend", OK, ", ".join(f"{b}: {s}" for b, s in state.items()), state)

    def _process(self, name: str, status: ModelStatus) -> DiagnosticStatus:
        level = {ModelState.READY: OK, ModelState.FAILED: ERROR}.get(status.state, WARN)
        values = {
            "pid": str(status.pid or "-"),
            "restarts": str(status.restarts),
            "internal errors": str(status.faults),
            "in flight": str(status.in_flight),
            "loaded [%]": f"{100 * status.progress:.0f}",
            "GPU memory [MB]": _or_dash(status.details.get("memory_allocated"), 1e-6),
            "GPU memory reserved [MB]": _or_dash(status.details.get("memory_reserved"), 1e-6),
            **{key: str(v) for key, v in status.details.items() if key not in MEMORY},
        }
        message = status.state.value
        if status.message and status.message != message:
            message += f": {status.message}"
        return self._status(f"{name} process", level, message, values)

    def _depth_model(self) -> DiagnosticStatus:
        values = {
            "depth_source": self._depth.source,
            "thread faults": str(self._depth.faults),
        }
        model = self._depth.model
        if (seconds := self._depth.loading_for) is not None:
            return self._status("depth model", WARN, f"loading for {seconds:.0f} s", values)
        if model is None:
            fault = self._depth.fault
            return self._status(
                "depth model", ERROR if fault else OK, fault or "not configured", values
            )
        values |= {
            "engine": model.engine,
            "file": model.file,
            "tokens": "-" if model.num_tokens is None else str(model.num_tokens),
            "inferences": str(model.inferences),
            "last inference [ms]": _or_dash(model.last_seconds, 1e3),
            "filled in the last fused image [%]": _or_dash(model.filled_share, 100),
        }
        return self._status("depth model", OK, f"ready on {model.engine}", values)

    def _built_in_detector(self) -> DiagnosticStatus:
        sight = self._sight
        values = {
            "images": str(sight.looks),
            "last look [ms]": _or_dash(sight.last_seconds, 1e3),
            "present look [s]": f"{sight.busy_for:.3f}",
            "thread faults": str(sight.faults),
            "objects followed": str(self._tracks.alive),
            "followed in": self._tracks.frame or "-",
        }
        level = OK if sight.is_well else WARN
        return self._status("built-in detector", level, sight.state, values)

    def _standing_questions(self) -> DiagnosticStatus:
        states = self._watches.states()
        counts = Counter(states.values())
        summary = ", ".join(f"{n} {state}" for state, n in sorted(counts.items())) or "none"
        level = WARN if counts["lost"] else OK
        commands = {f"command: {code}": str(n) for code, n in self._commands.codes().items()}
        return self._status("watches", level, summary, states | commands)

    def _own_process(self) -> DiagnosticStatus:
        usage = self._usage.read()
        summary = f"{usage['cpu [%]']} % of a core, {usage['memory [MB]']} MB"
        lost = shared_memory.lost_ports()
        if not lost:
            return self._status("process", OK, summary, usage)
        self._node.get_logger().error(shared_memory.LOSS, once=True)
        usage["lost"] = " ".join(lost)
        return self._status("process", ERROR, f"{shared_memory.LOSS}; {summary}", usage)

    def _status(
        self, component: str, level: Level, message: str, values: dict[str, str]
    ) -> DiagnosticStatus:
        name = self._node.get_fully_qualified_name().lstrip("/")
        return DiagnosticStatus(
            level=level,
            name=f"{name}: {component}",
            hardware_id=name,
            message=message,
            values=[KeyValue(key=key, value=value) for key, value in values.items()],
        )


def _or_dash(value: float | None, factor: float) -> str:
    return "-" if value is None else f"{factor * value:.1f}"
