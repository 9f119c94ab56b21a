"""The recipe's optimiser; losses that are not finite."""

from dataclasses import fields

import pytest
import torch
from synthetic import make_batch

from hispatial_ros.errors import SpatialError
from hispatial_ros.train.base import load_training_model
from hispatial_ros.train.optimizer import make_optimizer, scheduled, total_norm
from hispatial_ros.train.parallel import Place
from hispatial_ros.train.settings import TrainSettings
from hispatial_ros.train.trainer import Trainer

HERE = Place(0, 1, torch.device("cpu"))


def test_decay_is_of_matrices_only(model):
    decayed, free = make_optimizer(model, 1e-3, 0.1).param_groups
    assert decayed["weight_decay"] == 0.1
    assert free["weight_decay"] == 0.0
    names = {id(parameter): name for name, parameter in model.named_parameters()}
    assert all(p.ndim >= 2 and not names[id(p)].endswith("bias") for p in decayed["params"])
    assert all(p.ndim < 2 or names[id(p)].endswith("bias") for p in free["params"])
    trained = [p for p in model.parameters() if p.requires_grad]
    assert len(decayed["params"]) + len(free["params"]) == len(trained)


def test_rate_rises_to_a_constant_and_falls_at_the_end():
    assert [scheduled(1.0, step, 10, 0, 0) for step in (0, 9)] == [1.0, 1.0]
    rates = [scheduled(1.0, step, 10, 4, 1) for step in range(10)]
    assert rates == pytest.approx([0.2, 0.4, 0.6, 0.8, 1, 1, 1, 1, 1, 0.5])


def test_point_encoder_learns_at_its_own_rate(small):
    weights = []
    for share in (1.0, 0.01):
        model = load_training_model(small)
        before = model.hispatial.model.depth_encoder.conv.weight.clone()
        trainer = Trainer(model, TrainSettings(rate=1e-3, weight_decay=0, point_rate=share), HERE)
        trainer([make_batch(model.hispatial.config, [[(3, 4)]])])
        weights.append(model.hispatial.model.depth_encoder.conv.weight - before)
        projector = model.hispatial.model.multi_modal_projector.linear
        weights.append(projector.weight.clone())
    moved, projector, moved_less, same = weights
    assert torch.allclose(moved_less, moved * 0.01, atol=1e-7)
    assert torch.allclose(projector, same, atol=1e-6)


def test_total_norm_is_of_all_gradients():
    gradients = [torch.full((2, 2), 3.0), torch.full((9,), 4.0)]
    assert total_norm(gradients).item() == pytest.approx((4 * 9 + 9 * 16) ** 0.5)


class TestNotFinite:
    @pytest.fixture
    def trainer(self, model):
        return Trainer(model, TrainSettings(rate=1e-3, skip_limit=3), HERE)

    def poison(self, batch):
        batch.xyz_values[0, 0, 0, 0] = float("nan")
        return batch

    def test_step_is_skipped_and_counted(self, trainer):
        config = trainer.model.hispatial.config
        trainer([make_batch(config, [[(3, 4)]], 1)])
        before = {n: p.detach().clone() for n, p in trainer.model.named_parameters()}
        moments = trainer.optimizer.state_dict()["state"][0]["exp_avg"].clone()
        measured = trainer([self.poison(make_batch(config, [[(3, 4)]], 2))])
        assert not measured.loss.isfinite()
        after = dict(trainer.model.named_parameters())
        assert all(torch.equal(before[name], after[name]) for name in before)
        assert torch.equal(trainer.optimizer.state_dict()["state"][0]["exp_avg"], moments)
        assert trainer.check() == 1
        assert trainer([make_batch(config, [[(3, 4)]], 3)]).loss.isfinite()
        assert trainer.check() == 1
        assert int(trainer.guard.skipped) == 0

    def test_too_many_in_a_row_stop_the_run(self, trainer):
        config = trainer.model.hispatial.config
        for _ in range(2):
            trainer([self.poison(make_batch(config, [[(3, 4)]]))])
        assert trainer.check() == 2
        trainer([self.poison(make_batch(config, [[(3, 4)]]))])
        with pytest.raises(SpatialError, match="not finite in the last 3 steps"):
            trainer.check()


def test_accumulated_batches_are_one_step(small):
    found = []
    for rows in ([[(3, 4)], [(5, 9)]], None):
        trainer = Trainer(load_training_model(small), TrainSettings(rate=1e-3), HERE)
        config = trainer.model.hispatial.config
        whole = make_batch(config, [[(3, 4)], [(5, 9)]])
        values = {one.name: getattr(whole, one.name) for one in fields(whole) if one.init}
        given = {name: value for name, value in values.items() if value is not None}
        halves = [
            type(whole)(**{name: value[i : i + 1] for name, value in given.items()}) for i in (0, 1)
        ]
        measured = trainer([whole] if rows else halves)
        found.append((measured.loss.item(), measured.norm.item()))
    assert found[0] == pytest.approx(found[1], rel=1e-6)
