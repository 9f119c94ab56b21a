"""Parameters of standing questions."""

from dataclasses import dataclass

from hispatial_ros.settings.parameter import parameter


@dataclass(frozen=True)
class WatchSettings:
    """Standing questions."""

    max_watches: int = parameter(
        64, "Watches that may be there at a time; one more is refused.", within=(0, 1000)
    )
    max_rate: float = parameter(
        30.0, "Highest rate a watch may ask for [Hz].", within=(0.01, 1000.0)
    )
    sigmas: float = parameter(
        2.0,
        "A condition is entered or left when it is measured that many standard deviations beyond "
        "its limit.",
        within=(0.0, 10.0),
    )
    margin: float = parameter(
        0.02,
        "A condition is left only that much further beyond its limit, and a changed answer has to "
        "differ by that much more than noise, where the watch does not say [m].",
        within=(0.0, 10.0),
    )
    confirm: int = parameter(
        3, "Images in a row that have to show a change before it becomes an event.", within=(1, 100)
    )
    lost_after: float = parameter(
        1.0,
        "A watch is lost when an object that it needs was in no image for that long, or the "
        "camera is silent for that long and for max_frame_age [s].",
        within=(0.0, 3600.0),
    )
    record_rate: float = parameter(
        2.0,
        "Images per second that watches look at without an event, and that are published for "
        "`hispatial record` nevertheless [Hz]; 0: none. Those of events and requests always are.",
        within=(0.0, 1000.0),
    )
    file: str = parameter(
        "",
        "File that keeps the watches beyond the end of the node, read when it is configured; "
        "empty: they are not kept.",
        read_only=True,
    )
