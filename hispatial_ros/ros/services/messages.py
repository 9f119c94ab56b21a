"""Requests from messages, results to messages; ``srv/*.srv`` say what is what."""

import math
from typing import Any

from hispatial_ros.intake.from_ros import region_from_msg
from hispatial_ros.msg import SpatialAnswer
from hispatial_ros.ros.outputs.conversions import (
    NS,
    answer_to_msg,
    duration_to_seconds,
    failure_to_msg,
    header_of,
    object_to_msg,
    relation_to_msg,
    time_to_ns,
    timing_to_msgs,
)
from hispatial_ros.service.request import AskRequest, MeasureRequest
from hispatial_ros.service.result import Result
from hispatial_ros.srv import Measure


def ask_from_msg(msg: Any) -> AskRequest:
    """``AskSpatial.Request`` or a goal of the action, same fields."""
    return AskRequest(
        question=msg.question,
        backend=msg.backend,
        raw=msg.raw,
        context=msg.context,
        **_common_from_msg(msg),
    )


def measure_from_msg(msg: Measure.Request) -> MeasureRequest:
    """``Measure.Request``."""
    return MeasureRequest(skip_relations=msg.skip_relations, **_common_from_msg(msg))


def _common_from_msg(msg: Any) -> dict[str, Any]:
    stamp, timeout = msg.stamp, msg.timeout
    return {
        "regions": [region_from_msg(region) for region in msg.regions],
        "stamp_ns": time_to_ns(stamp) if stamp.sec >= 0 and stamp.nanosec < NS else -1,
        "reference_frame": msg.reference_frame,
        "timeout": duration_to_seconds(timeout) if timeout.nanosec < NS else math.nan,
    }


def ask_to_msg(response_type: Any, result: Result) -> Any:
    """``AskSpatial.Response`` or the action's ``Result``, same fields."""
    findings = result.findings
    if findings is None or findings.answer is None:
        # Question and header help whoever correlates answers, even without one.
        header = header_of(result.context.pair)
        answer = SpatialAnswer(header=header, request_id=result.id, question=result.question)
        return response_type(answer=answer, **_error_to_msg(result))
    header = header_of(findings.frame.pair, findings.answer.frame)
    return response_type(answer=answer_to_msg(findings.answer, header, result.id))


def measure_to_msg(result: Result) -> Measure.Response:
    """``Measure.Response``."""
    findings = result.findings
    if findings is None:
        return Measure.Response(header=header_of(result.context.pair), **_error_to_msg(result))
    header = header_of(findings.frame.pair, findings.reference_frame.name)
    return Measure.Response(
        header=header,
        objects=[object_to_msg(obj, header) for obj in findings.objects],
        relations=[relation_to_msg(r, header, findings.judged_in) for r in findings.relations],
        failures=[failure_to_msg(failure) for failure in findings.failures],
        notes=list(findings.notes),
        timing=timing_to_msgs(result.timing),
    )


def _error_to_msg(result: Result) -> dict[str, Any]:
    return {"error_code": int(result.code), "error_msg": str(result.error or "")}
