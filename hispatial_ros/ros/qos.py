"""Quality of service: how inputs are subscribed and outputs published.

Sensor data is subscribed best effort, since that matches every publisher; outputs are published
reliable, since that matches every subscriber. Both can be overridden by the parameters
``qos_overrides.<topic>.<subscription|publisher>.<policy>``.
"""

from rclpy.qos import DurabilityPolicy, HistoryPolicy, QoSPolicyKind, QoSProfile, ReliabilityPolicy
from rclpy.qos_overriding_options import QoSOverridingOptions

# Requests and responses that may wait in the middleware. With the default of 10, all but the last
# ten of a burst would be lost without a word.
BURST = 1000


def sensor_data(depth: int = 5) -> QoSProfile:
    """As rmw_qos_profile_sensor_data: best effort, keep last."""
    return QoSProfile(
        history=HistoryPolicy.KEEP_LAST, depth=depth, reliability=ReliabilityPolicy.BEST_EFFORT
    )


def reliable(depth: int = 10) -> QoSProfile:
    """What SystemDefault means for publishers of all middlewares: reliable, volatile, keep last."""
    return QoSProfile(
        history=HistoryPolicy.KEEP_LAST, depth=depth, reliability=ReliabilityPolicy.RELIABLE
    )


def overridable() -> QoSOverridingOptions:
    """The policies an integrator may set by parameter."""
    return QoSOverridingOptions(
        (
            QoSPolicyKind.RELIABILITY,
            QoSPolicyKind.DURABILITY,
            QoSPolicyKind.HISTORY,
            QoSPolicyKind.DEPTH,
        )
    )


def latched() -> QoSProfile:
    """Reliable, and late subscribers get the last message."""
    return QoSProfile(
        history=HistoryPolicy.KEEP_LAST,
        depth=1,
        reliability=ReliabilityPolicy.RELIABLE,
        durability=DurabilityPolicy.TRANSIENT_LOCAL,
    )
