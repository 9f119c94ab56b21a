"""A model process as questions see it: frames go in, generated text comes out."""

import threading
import weakref
from collections.abc import Callable

from hispatial_ros.frame.frame import Frame
from hispatial_ros.vlm.inputs import MOGE_INVALID, SENSOR_INVALID, model_image, prepare
from hispatial_ros.vlm.prompts import Prompt
from hispatial_ros.vlm.runtime.questions import PendingAnswer
from hispatial_ros.vlm.runtime.shared import SharedInput
from hispatial_ros.vlm.runtime.supervisor import Supervisor


def image_and_points(frame: Frame, size: int) -> SharedInput:
    """The vision-language model's input. Raises SpatialError, see vlm.inputs.prepare."""
    invalid = MOGE_INVALID if frame.depth_source == "moge" else SENSOR_INVALID
    prepared = prepare(frame, size, invalid)
    return SharedInput(prepared.rgb, prepared.xyz)


def image_only(frame: Frame, size: int) -> SharedInput:
    """A detector's input. Raises SpatialError BAD_IMAGE."""
    return SharedInput(model_image(frame.rgb, size))


class Model:
    """Asks the process of ``supervisor`` about frames, each prepared once by ``share``."""

    def __init__(
        self,
        supervisor: Supervisor,
        share: Callable[[Frame, int], SharedInput] = image_and_points,
    ):
        self._supervisor = supervisor
        self._share = share
        self._lock = threading.Lock()
        self._inputs: weakref.WeakKeyDictionary[Frame, SharedInput] = weakref.WeakKeyDictionary()

    @property
    def image_size(self) -> int:
        """Side of the model's image, pixels. Raises SpatialError while the model is not ready."""
        size = self._supervisor.status.details.get("image_size")
        if size is None:
            raise self._supervisor.unavailable()
        return size

    def submit(
        self,
        frame: Frame,
        prompt: Prompt,
        max_new_tokens: int,
        timeout: float,
        on_text: Callable[[str], None] | None = None,
    ) -> PendingAnswer:
        """See Supervisor.submit. Raises SpatialError if the frame is not fit for the model."""
        size = self.image_size
        with self._lock:  # a frame is prepared once, however many ask about it
            shared = self._inputs.get(frame)
            if shared is None or shared.size != size:
                shared = self._inputs[frame] = self._share(frame, size)
        return self._supervisor.submit(
            shared, prompt, max_new_tokens=max_new_tokens, timeout=timeout, on_text=on_text
        )
