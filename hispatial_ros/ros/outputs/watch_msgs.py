"""Watches to messages and back. What is what is written in ``msg/Watch*.msg``."""

import array

from std_msgs.msg import Header

from hispatial_ros.errors import ErrorCode
from hispatial_ros.intake.from_ros import region_from_msg
from hispatial_ros.msg import WatchEvent, WatchSpec, WatchState
from hispatial_ros.ros.outputs.conversions import NS, region_to_msg, time_to_msg
from hispatial_ros.watch.spec import Spec
from hispatial_ros.watch.watched import Event, Watched


def spec_from_msg(msg: WatchSpec) -> Spec:
    """``WatchSpec`` to Spec, not checked."""
    return Spec(
        name=msg.name.strip(),
        question=msg.question.strip(),
        labels=tuple(label.strip() for label in msg.labels),
        condition=msg.condition.strip(),
        regions=tuple(region_from_msg(region) for region in msg.regions),
        rate=msg.rate,
        margin=msg.margin,
        reference_frame=msg.reference_frame,
    )


def spec_to_msg(spec: Spec) -> WatchSpec:
    """Spec to ``WatchSpec``."""
    return WatchSpec(
        name=spec.name,
        question=spec.question,
        labels=list(spec.labels),
        condition=spec.condition,
        regions=[region_to_msg(region) for region in spec.regions],
        rate=float(spec.rate),
        margin=float(spec.margin),
        reference_frame=spec.reference_frame,
    )


def state_to_msg(watch: Watched) -> WatchState:
    """A watch to ``WatchState``."""
    error, last = watch.error, watch.schedule.last
    return WatchState(
        spec=spec_to_msg(watch.spec),
        state=watch.state.value,
        text=watch.text,
        error_code=int(error.code) if error else int(ErrorCode.NONE),
        error_msg=str(error) if error else "",
        evaluated=watch.evaluated,
        events=watch.events,
        stamp=time_to_msg(0 if last is None else round(last * NS)),
    )


def event_to_msg(event: Event, name: str, header: Header) -> WatchEvent:
    """An event of the watch of that name to ``WatchEvent``."""
    error = event.error
    return WatchEvent(
        header=header,
        watch=name,
        number=event.number,
        kind=event.kind.value,
        condition=event.condition,
        text=event.text,
        objects=list(event.objects),
        values=array.array("d", event.values),
        values_stddev=array.array("d", event.stddevs),
        unit=event.unit,
        confidence=float(event.confidence),
        error_code=int(error.code) if error else int(ErrorCode.NONE),
        error_msg=str(error) if error else "",
    )
