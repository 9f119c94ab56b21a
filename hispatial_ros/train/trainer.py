"""Steps of training: the model, its optimiser, and what they have come to."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch

from hispatial_ros.errors import ErrorCode, SpatialError
from hispatial_ros.train.batch import Batch
from hispatial_ros.train.lora import reduce_gradients
from hispatial_ros.train.model import TrainingModel
from hispatial_ros.train.optimizer import GuardedStep, make_optimizer, scheduled
from hispatial_ros.train.parallel import Place
from hispatial_ros.train.settings import TrainSettings


@dataclass(frozen=True)
class Measured:
    """Of one step, on the device: mean loss per token, and the gradients' norm before clipping."""

    loss: torch.Tensor
    norm: torch.Tensor


class Trainer:
    """Makes steps with a model that is spread already.

    Attributes:
        step: how many were made.
    """

    def __init__(self, model: TrainingModel, settings: TrainSettings, place: Place):
        self.model = model
        self.step = 0
        self.optimizer = make_optimizer(
            model, settings.rate, settings.weight_decay, point_rate=settings.point_rate
        )
        self.guard = GuardedStep(self.optimizer, settings.clip, place.device)
        self._settings = settings
        self._place = place

    def __call__(self, batches: Sequence[Batch]) -> Measured:
        """One step with the mean loss of all tokens that are predicted, here and elsewhere."""
        place, settings = self._place, self._settings
        # Filled there: a copy would wait for all that the device has to do.
        count = torch.full((), sum(batch.total for batch in batches), device=place.device)
        place.sum(count)
        loss = torch.zeros((), device=place.device)
        sharded = settings.lora == 0
        for batch in batches:
            # Sharding takes the mean over the processes, not the sum.
            part = self._loss(batch) / count
            (part * place.world if sharded else part).backward()
            loss += part.detach()
        if not sharded:
            reduce_gradients(self.optimizer, place)
        rate = scheduled(
            settings.rate, self.step, settings.steps, settings.warm_up, settings.cool_down
        )
        norm = self.guard(place.sum(loss), rate)
        self.step += 1
        return Measured(loss, norm)

    def check(self) -> int:
        """How many steps were skipped in all; waits for the device.

        Raises:
            SpatialError: INTERNAL if too many in a row had no finite loss.
        """
        skipped = int(self.guard.skipped)
        if skipped >= self._settings.skip_limit:
            raise SpatialError(
                ErrorCode.INTERNAL,
                f"loss or gradients were not finite in the last {skipped} steps: lower --rate or "
                "--clip, look at the data, and go on from an earlier checkpoint",
            )
        return int(self.guard.total_skipped)

    def _loss(self, batch: Batch) -> torch.Tensor:
        device = self._place.device
        if self._settings.lora and self.model.compute is not torch.float32:
            with torch.autocast(device.type, self.model.compute):
                return self.model(batch.to(device))
        return self.model(batch.to(device))
