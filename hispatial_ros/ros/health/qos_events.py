"""Publishers and subscribers whose quality of service does not fit ours, told in full.

The middleware's event names neither the other side nor its policies, and comes before the graph
knows them. So events are kept until `report` is called.
"""

from functools import partial
from typing import TYPE_CHECKING, Any

from rclpy.event_handler import PublisherEventCallbacks, SubscriptionEventCallbacks
from rclpy.qos import (
    QoSCompatibility,
    QoSProfile,
    qos_check_compatible,
    qos_policy_name_from_kind,
)

if TYPE_CHECKING:
    from rclpy.node import Node

# More is offered than requested.
HARMLESS = {("RELIABLE", "BEST_EFFORT"), ("TRANSIENT_LOCAL", "VOLATILE")}
SUBSCRIPTION, PUBLISHER = "subscription", "publisher"


class QosEvents:
    """Makes event callbacks for our topics; remembers what did not fit.

    rclpy's default callbacks are left out: the executor would wait for each of them in every turn.
    """

    def __init__(self, node: "Node"):
        self._node = node
        self._events: dict[tuple[str, str], str] = {}  # topic, our side -> policy
        self.incompatible: dict[str, str] = {}  # topic -> what does not fit

    def of_subscription(self, topic: str) -> SubscriptionEventCallbacks:
        """For our subscription to a topic (full name)."""
        return SubscriptionEventCallbacks(
            incompatible_qos=partial(self._note, topic, SUBSCRIPTION), use_default_callbacks=False
        )

    def of_publisher(self, topic: str) -> PublisherEventCallbacks:
        """For our publisher of a topic (full name)."""
        return PublisherEventCallbacks(
            incompatible_qos=partial(self._note, topic, PUBLISHER), use_default_callbacks=False
        )

    def report(self) -> None:
        """Log what happened since the last call, as errors; to be called regularly."""
        while self._events:
            (topic, side), policy = self._events.popitem()
            me = (self._node.get_name(), self._node.get_namespace())
            why = incompatibility(self._node, topic, side, me) or f"{policy} does not fit"
            self.incompatible[topic] = why
            flow = "arrives from" if side == SUBSCRIPTION else "reaches"
            self._node.get_logger().error(
                f"{topic}: nothing {flow} another node, since the quality of service does not fit: "
                f"{why}"
            )

    def forget(self, topic: str | None = None) -> None:
        """Forget the events of a topic, or of all: they were unsubscribed."""
        self._events = {k: v for k, v in self._events.items() if topic and k[0] != topic}
        self.incompatible = {k: v for k, v in self.incompatible.items() if topic and k != topic}

    def _note(self, topic: str, side: str, event: Any) -> None:
        self._events[topic, side] = qos_policy_name_from_kind(event.last_policy_kind)


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
