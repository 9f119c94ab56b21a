"""Parameters of standing questions."""

from hispatial_ros.ros.parameters.parameter import Parameter

WATCH: tuple[Parameter, ...] = (
    Parameter(
        "watch.max_watches",
        64,
        "Watches that may be there at a time; one more is refused.",
        0,
        1000,
    ),
    Parameter("watch.max_rate", 30.0, "Highest rate a watch may ask for [Hz].", 0.01, 1000.0),
    Parameter(
        "watch.sigmas",
        2.0,
        "A condition is entered or left when it is measured that many standard deviations beyond "
        "its limit.",
        0.0,
        10.0,
    ),
    Parameter(
        "watch.margin",
        0.02,
        "A condition is left only that much further beyond its limit, and a changed answer has to "
        "differ by that much more than noise, where the watch does not say [m].",
        0.0,
        10.0,
    ),
    Parameter(
        "watch.confirm",
        3,
        "Images in a row that have to show a change before it becomes an event.",
        1,
        100,
    ),
    Parameter(
        "watch.lost_after",
        1.0,
        "A watch is lost when an object that it needs was in no image for that long, or the "
        "camera is silent for that long and for max_frame_age [s].",
        0.0,
        3600.0,
    ),
    Parameter(
        "watch.file",
        "",
        "File that keeps the watches beyond the end of the node, read when it is configured; "
        "empty: they are not kept.",
        read_only=True,
    ),
)
