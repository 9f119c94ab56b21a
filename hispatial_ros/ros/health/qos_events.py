"""Publishers and subscribers whose quality of service does not fit ours, told in full.

The graph tells, not the middleware's events: they name neither the other side nor its policies, and
the executor would wait for each of them in every turn.
"""

from typing import TYPE_CHECKING

from rclpy.event_handler import PublisherEventCallbacks, SubscriptionEventCallbacks
from rclpy.qos import QoSCompatibility, QoSProfile, qos_check_compatible

if TYPE_CHECKING:
    from rclpy.node import Node

# More is offered than requested.
HARMLESS = {("RELIABLE", "BEST_EFFORT"), ("TRANSIENT_LOCAL", "VOLATILE")}
SUBSCRIPTION, PUBLISHER = "subscription", "publisher"


class QosEvents:
    """Remembers which of our topics does not fit somebody else's."""

    def __init__(self, node: "Node"):
        self._node = node
        self._ours: dict[str, str] = {}  # topic -> our side
        self.incompatible: dict[str, str] = {}  # topic -> what does not fit

    def of_subscription(self, topic: str) -> SubscriptionEventCallbacks:
        """Watch over our subscription to a topic (full name); what it is to be created with."""
        self._ours[topic] = SUBSCRIPTION
        return SubscriptionEventCallbacks(use_default_callbacks=False)

    def of_publisher(self, topic: str) -> PublisherEventCallbacks:
        """The same for our publisher of a topic."""
        self._ours[topic] = PUBLISHER
        return PublisherEventCallbacks(use_default_callbacks=False)

    def report(self) -> None:
        """Log what has come to be since the last call, as errors; to be called regularly."""
        me = (self._node.get_name(), self._node.get_namespace())
        for topic, side in self._ours.items():
            subscribed = side == SUBSCRIPTION
            others = self._node.count_publishers if subscribed else self._node.count_subscribers
            why = incompatibility(self._node, topic, side, me) if others(topic) else ""
            if why == self.incompatible.get(topic, ""):
                continue
            self.incompatible.pop(topic, None)
            if why:
                self.incompatible[topic] = why
                flow = "arrives from" if subscribed else "reaches"
                self._node.get_logger().error(
                    f"{topic}: nothing {flow} another node, since the quality of service does not "
                    f"fit: {why}"
                )

    def forget(self, topic: str | None = None) -> None:
        """We have unsubscribed from a topic, or from all."""
        self._ours = {
            t: s for t, s in self._ours.items() if s == PUBLISHER or topic not in (None, t)
        }
        self.incompatible = {t: why for t, why in self.incompatible.items() if t in self._ours}


def incompatibility(node: "Node", topic: str, side: str, owner: tuple[str, str]) -> str:
    """Which offered and requested policies contradict each other, and what to set; "" if none.

    Args:
        node: Sees the graph.
        topic: Full name.
        side: Whether the owner has a SUBSCRIPTION or a PUBLISHER.
        owner: Name and namespace of the node whose parameter could be set.
    """
    publishers = node.get_publishers_info_by_topic(topic)
    subscriptions = node.get_subscriptions_info_by_topic(topic)
    ours, theirs = (
        (subscriptions, publishers) if side == SUBSCRIPTION else (publishers, subscriptions)
    )
    for own in ours:
        if (own.node_name, own.node_namespace) != owner:
            continue
        for other in theirs:
            offered, requested = own.qos_profile, other.qos_profile
            if side == SUBSCRIPTION:
                offered, requested = requested, offered
            if qos_check_compatible(offered, requested)[0] == QoSCompatibility.ERROR:
                policy, pair = _contradiction(offered, requested)
                name = f"{other.node_namespace.rstrip('/')}/{other.node_name}"
                return f"{name} ({pair}); set the parameter qos_overrides.{topic}.{side}.{policy}"
    return ""


def _contradiction(offered: QoSProfile, requested: QoSProfile) -> tuple[str, str]:
    """The policy that asks for more than is offered, and both its values in words."""
    for policy in ("reliability", "durability", "liveliness"):
        given, wanted = getattr(offered, policy), getattr(requested, policy)
        if given != wanted and (given.name, wanted.name) not in HARMLESS:
            return policy, f"offered {given.name.lower()}, requested {wanted.name.lower()}"
    return "deadline", "the deadline or lease that is requested is shorter than what is offered"
