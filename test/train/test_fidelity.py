"""A training step computes what the official code computes."""

import shutil
from pathlib import Path

import numpy as np
import pytest

from hispatial_ros.cli.main import main
from hispatial_ros.errors import ErrorCode, SpatialError
from hispatial_ros.train.base import load_training_model
from hispatial_ros.train.golden import compare_training, load_train_golden

HERE = Path(__file__).parent
GOLDEN = HERE.parent / "vlm" / "golden"
OTHER = HERE / "golden" / "other"


@pytest.fixture(params=[GOLDEN / "tiny", OTHER], ids=["tiny", "other"])
def folder(request):
    return request.param


def test_steps_equal_the_official_ones(folder):
    model = load_training_model(folder)
    differences = compare_training(model, load_train_golden(folder / "train.npz", model))
    scalars = [one for one in differences if one.what.startswith(("loss", "gradient norm"))]
    tensors = [one for one in differences if one.what.startswith(("grad/", "after/"))]
    assert len(scalars) >= 4
    assert len(tensors) >= 10
    assert max(one.value for one in scalars) < 1e-5
    assert max(one.value for one in tensors) < 1e-4
    assert all(one.within for one in differences)


@pytest.mark.parametrize(
    ("wrong", "change"),
    [
        ("losses", lambda a: a * [1, 1.0001]),
        ("total_grad_norms", lambda a: a * [1, 1.0001]),
        ("grad_norms", lambda a: a * np.where(np.arange(len(a)) == 5, 1.01, 1)),
        ("grad/depth_encoder.conv.bias", lambda a: a + 0.01 * abs(a).max() * (a == a[3])),
        ("after/multi_modal_projector.linear.bias", lambda a: a * 1.001),
        ("weight_decay", lambda a: a * 0),
        ("clip", lambda a: a * 0.5),
        ("lr", lambda a: a * 1.1),
    ],
)
def test_any_difference_is_seen(tmp_path, wrong, change):
    arrays = dict(np.load(OTHER / "train.npz"))
    arrays[wrong] = change(arrays[wrong])
    np.savez(tmp_path / "train.npz", **arrays)
    model = load_training_model(OTHER)
    differences = compare_training(model, load_train_golden(tmp_path / "train.npz", model))
    assert not all(one.within for one in differences)


def test_without_the_soft_cap_it_would_not_be_equal():
    model = load_training_model(GOLDEN / "tiny")
    for block in model.blocks:
        block.self_attn.attn_logit_softcapping = None
    golden = load_train_golden(GOLDEN / "tiny" / "train.npz", model)
    assert not all(one.within for one in compare_training(model, golden))


@pytest.mark.parametrize("lacking", ["losses", "attention_mask_1", "lr", "grad_norms"])
def test_golden_that_lacks_an_array_is_refused(tmp_path, lacking):
    arrays = dict(np.load(OTHER / "train.npz"))
    del arrays[lacking]
    np.savez(tmp_path / "train.npz", **arrays)
    with pytest.raises(SpatialError, match=f"lacks.*{lacking}") as error:
        load_train_golden(tmp_path / "train.npz", load_training_model(OTHER))
    assert error.value.code is ErrorCode.BAD_REQUEST


def test_golden_of_another_model_is_refused(small):
    with pytest.raises(SpatialError, match="does not fit this checkpoint"):
        load_train_golden(OTHER / "train.npz", load_training_model(small))


class TestCommand:
    def test_passes_without_a_tokenizer(self, capsys):
        golden = str(OTHER / "train.npz")
        assert main(["verify", "--checkpoint", str(OTHER), "--train-golden", golden]) == 0
        printed = capsys.readouterr().out
        assert "training passed" in printed
        for name in ("loss 1", "gradient norm 1", "grad/", "after/"):
            assert name in printed

    def test_fails_beyond_the_tolerance(self, tmp_path, capsys):
        arrays = dict(np.load(OTHER / "train.npz"))
        arrays["losses"] = arrays["losses"] * 1.0001
        np.savez(tmp_path / "train.npz", **arrays)
        golden = str(tmp_path / "train.npz")
        assert main(["verify", "--checkpoint", str(OTHER), "--train-golden", golden]) == 1
        assert "FAILED" in capsys.readouterr().out

    def test_damaged_file_is_an_error_with_advice(self, tmp_path, capsys):
        path = tmp_path / "train.npz"
        path.write_bytes((OTHER / "train.npz").read_bytes()[:1000])
        assert main(["verify", "--checkpoint", str(OTHER), "--train-golden", str(path)]) == 1
        assert "BAD_REQUEST" in capsys.readouterr().err
        shutil.copy(OTHER / "config.json", path)
        assert main(["verify", "--checkpoint", str(OTHER), "--train-golden", str(path)]) == 1
        assert "is not a golden file" in capsys.readouterr().err
