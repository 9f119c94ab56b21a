"""The settings in force."""

from hispatial_ros.settings.settings import Settings


class LiveSettings:
    """Holds the newest snapshot for whoever reads it.

    A snapshot never changes: who needs several values that belong together takes it once. It is
    replaced as a whole, so any thread may read it.
    """

    def __init__(self, settings: Settings = Settings()) -> None:  # noqa: B008 - frozen
        self.current = settings
