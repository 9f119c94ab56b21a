"""Parameters of the tracks, and of what is published continuously."""

from dataclasses import dataclass

from hispatial_ros.settings.parameter import parameter


@dataclass(frozen=True)
class TrackingSettings:
    """Objects over time."""

    enabled: bool = parameter(
        True,
        "Follow the objects of the regions topic, or those that the built-in detector sees: stable "
        "ids, measurements fused over time, and objects remembered that a detector drops.",
    )
    frame: str = parameter(
        "odom",
        "TF frame that stands still, in which objects are followed. Where TF does not know it at "
        "an image's stamp, they are followed in the camera's frame, and nothing is fused.",
    )
    coast: float = parameter(
        1.0,
        "How long an object is remembered that is not seen any more [s].",
        within=(0.0, 60.0),
    )
    confirm: int = parameter(
        3, "Images that have to show an object to make it known.", within=(1, 100)
    )
    max_objects: int = parameter(
        50,
        "Objects of an image with more are not followed: each is measured every time.",
        within=(1, 1000),
    )


@dataclass(frozen=True)
class RelationSettings:
    """Which relations are published."""

    confidence: float = parameter(
        0.8, "Least confidence of a relation on ~/relations.", within=(0.0, 1.0)
    )
    hysteresis: float = parameter(
        0.2,
        "A relation of watches and tracks that was published stays until its confidence is that "
        "much lower.",
        within=(0.0, 1.0),
    )
