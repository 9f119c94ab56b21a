"""Quality of service: how inputs are subscribed and outputs published.

Inputs are subscribed with what their publishers offer: a best effort subscription to a reliable
publisher loses most images that do not fit the middleware's default buffers. Outputs are published
reliable, since that matches every subscriber. Both can be overridden by the parameters
``qos_overrides.<topic>.<subscription|publisher>.<policy>``.
"""

from collections.abc import Callable, Iterable

from rcl_interfaces.msg import SetParametersResult
from rclpy.qos import DurabilityPolicy, HistoryPolicy, QoSPolicyKind, QoSProfile, ReliabilityPolicy
from rclpy.qos_overriding_options import QoSOverridingOptions
from rclpy.topic_endpoint_info import TopicEndpointInfo

# Requests and responses that may wait in the middleware. With the default of 10, all but the last
# ten of a burst would be lost without a word.
BURST = 1000


def sensor_data(depth: int = 5) -> QoSProfile:
    """As rmw_qos_profile_sensor_data: best effort, keep last."""
    return QoSProfile(
        history=HistoryPolicy.KEEP_LAST, depth=depth, reliability=ReliabilityPolicy.BEST_EFFORT
    )


def as_offered(depth: int = 5) -> QoSProfile:
    """Reliable if all publishers are (`matched`), else as `sensor_data`."""
    qos = sensor_data(depth)
    qos.reliability = ReliabilityPolicy.BEST_AVAILABLE
    return qos


def as_offered_latched(depth: int = 5) -> QoSProfile:
    """As `as_offered`; where all publishers keep their last message for late comers, that too."""
    qos = as_offered(depth)
    qos.durability = DurabilityPolicy.BEST_AVAILABLE
    return qos


def matched(qos: QoSProfile, offered: Iterable[QoSProfile]) -> QoSProfile:
    """The profile with the strongest policies that all publishers offer where it leaves them open.

    Without a publisher the weakest, which fit whatever comes.
    """
    profiles = list(offered)
    is_reliable = all_reliable(profiles)
    is_latched = is_reliable and all(
        p.durability is DurabilityPolicy.TRANSIENT_LOCAL for p in profiles
    )
    result = QoSProfile(
        history=qos.history, depth=qos.depth, reliability=qos.reliability, durability=qos.durability
    )
    if result.reliability is ReliabilityPolicy.BEST_AVAILABLE:
        result.reliability = (
            ReliabilityPolicy.RELIABLE if is_reliable else ReliabilityPolicy.BEST_EFFORT
        )
    if result.durability is DurabilityPolicy.BEST_AVAILABLE:
        result.durability = (
            DurabilityPolicy.TRANSIENT_LOCAL if is_latched else DurabilityPolicy.VOLATILE
        )
    return result


def all_reliable(profiles: Iterable[QoSProfile]) -> bool:
    """Whether there are profiles, and all are reliable."""
    return {p.reliability for p in profiles} == {ReliabilityPolicy.RELIABLE}


def are_reliable(endpoints: Iterable[TopicEndpointInfo]) -> bool:
    """Whether there are endpoints, and all are reliable."""
    return all_reliable(endpoint.qos_profile for endpoint in endpoints)


def reliable(depth: int = 10) -> QoSProfile:
    """What SystemDefault means for publishers of all middlewares: reliable, volatile, keep last."""
    return QoSProfile(
        history=HistoryPolicy.KEEP_LAST, depth=depth, reliability=ReliabilityPolicy.RELIABLE
    )


def overridable(
    settle: Callable[[QoSProfile], SetParametersResult] | None = None,
) -> QoSOverridingOptions:
    """The policies an integrator may set by parameter.

    Args:
        settle: gets the profile after the parameters were applied, and may still change it.
    """
    return QoSOverridingOptions(
        (
            QoSPolicyKind.RELIABILITY,
            QoSPolicyKind.DURABILITY,
            QoSPolicyKind.HISTORY,
            QoSPolicyKind.DEPTH,
        ),
        callback=settle,
    )


def latched(depth: int = 1) -> QoSProfile:
    """Reliable, and late subscribers that want it get the last messages."""
    return QoSProfile(
        history=HistoryPolicy.KEEP_LAST,
        depth=depth,
        reliability=ReliabilityPolicy.RELIABLE,
        durability=DurabilityPolicy.TRANSIENT_LOCAL,
    )
