"""The backends of a node, by the name that a request gives."""

from collections.abc import Mapping

from hispatial_ros.errors import ErrorCode, SpatialError
from hispatial_ros.service.backend import Backend, MeasuredBackend
from hispatial_ros.service.model_backend import Models
from hispatial_ros.settings.live import LiveSettings
from hispatial_ros.vlm.runtime.supervisor import Supervisor

_NO_MODEL = (
    "no vision-language model is configured: install requirements/model.txt and set "
    "model.checkpoint, or ask for the measured backend"
)


class Backends:
    """Backends by the name a request gives."""

    def __init__(self) -> None:
        self._measured = MeasuredBackend()
        self._models: Models | None = None

    def warm_up(self) -> None:
        """Answer one question, so that the first real one is as fast."""
        self._measured.warm_up()

    def open(self, settings: LiveSettings) -> None:
        """Start loading the models that the parameters name, in the background."""
        self._models = Models(settings)

    def close(self) -> None:
        """End the models' processes."""
        if self._models is not None:
            self._models.close()
            self._models = None

    def choose(self, name: str) -> Backend:
        """The backend for "measured", "model" or "auto".

        Raises:
            SpatialError: BACKEND_UNAVAILABLE.
        """
        models = self._models
        processes = self.processes
        if name == "model" and "model" not in processes:
            raise SpatialError(ErrorCode.BACKEND_UNAVAILABLE, _NO_MODEL)
        if models is None or not processes or (name == "measured" and "detector" not in processes):
            return self._measured
        return models.backend(required=name == "model", ask_model=name != "measured")

    @property
    def processes(self) -> Mapping[str, Supervisor]:
        """What is configured of "model" and "detector"."""
        return {} if self._models is None else self._models.processes

    def state(self) -> dict[str, str]:
        """Backend -> its state in a word, for the diagnostics."""
        states = {name: process.status.state.value for name, process in self.processes.items()}
        return {"measured": "ready", "model": "not configured", **states}
