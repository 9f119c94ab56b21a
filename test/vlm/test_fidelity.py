"""The same numbers as the official implementation, through the code that answers questions."""

import shutil

import numpy as np
import pytest
import torch

from hispatial_ros.cli.main import main
from hispatial_ros.errors import ErrorCode, SpatialError
from hispatial_ros.vlm.checkpoint import load_model
from hispatial_ros.vlm.verify import compare, load_golden


@pytest.mark.parametrize("attention", ["sdpa", "eager"])
def test_float32_equals_the_official_outputs(checkpoint, attention):
    model = load_model(checkpoint, attention=attention)
    report = compare(model, load_golden(checkpoint / "golden.npz", model))
    assert max(report.differences.values()) < 1e-4
    assert report.tokens == report.expected_tokens
    assert report.agreement == 1.0
    assert report.within(1e-4)


def test_bfloat16_agrees_on_most_tokens(checkpoint):
    model = load_model(checkpoint, dtype=torch.bfloat16)
    report = compare(model, load_golden(checkpoint / "golden.npz", model))
    assert report.agreement > 0.9
    assert 1e-4 < max(report.differences.values()) < 0.2


def test_generate_of_transformers_works_too(tiny, golden):
    arrays = np.load(golden / "tiny" / "golden.npz")
    ids = torch.from_numpy(arrays["input_ids"])
    images = np.concatenate([arrays["pixel_values"], arrays["xyz_values"]], 1)
    generated = tiny.generate(
        input_ids=ids,
        pixel_values=torch.from_numpy(images),
        token_type_ids=torch.zeros_like(ids),  # the whole prompt attends to all of itself
        max_new_tokens=24,
        do_sample=False,
    )
    assert generated[0, ids.shape[1] :].tolist() == arrays["tokens"].tolist()


@pytest.mark.parametrize("wrong", ["image_features", "mid_logits", "last_logits"])
def test_any_difference_is_seen(golden, tmp_path, wrong):
    arrays = dict(np.load(golden / "small" / "golden.npz"))
    arrays[wrong] = arrays[wrong] + np.where(np.arange(arrays[wrong].shape[-1]) == 3, 2e-4, 0)
    np.savez(tmp_path / "golden.npz", **arrays)
    model = load_model(golden / "small")
    report = compare(model, load_golden(tmp_path / "golden.npz", model))
    assert not report.within(1e-4)
    assert report.within(3e-4)


def test_nan_is_not_within_any_tolerance(golden, tmp_path):
    arrays = dict(np.load(golden / "small" / "golden.npz"))
    arrays["last_logits"][0, 0] = np.nan
    np.savez(tmp_path / "golden.npz", **arrays)
    model = load_model(golden / "small")
    assert not compare(model, load_golden(tmp_path / "golden.npz", model)).within(1e9)


def test_golden_of_another_model_is_refused(golden, tiny):
    with pytest.raises(SpatialError, match=r"another model: pixel_values is \(1, 3, 28, 28\)"):
        load_golden(golden / "small" / "golden.npz", tiny)


def test_golden_that_lacks_an_array_is_refused(golden, tmp_path, small):
    arrays = dict(np.load(golden / "small" / "golden.npz"))
    del arrays["tokens"]
    np.savez(tmp_path / "golden.npz", **arrays)
    with pytest.raises(SpatialError, match="no tokens") as error:
        load_golden(tmp_path / "golden.npz", small)
    assert error.value.code is ErrorCode.BAD_REQUEST


class TestCommand:
    @pytest.fixture
    def released(self, checkpoint, tokenizer_file, tmp_path):
        """As released: with a tokenizer."""
        folder = shutil.copytree(checkpoint, tmp_path / checkpoint.name)
        shutil.copy(tokenizer_file, folder)
        return folder

    def verify(self, folder, *options):
        arguments = ["--checkpoint", str(folder), "--golden", str(folder / "golden.npz")]
        return main(["verify", *arguments, *options])

    def test_passes_and_prints_the_differences(self, released, capsys):
        assert self.verify(released) == 0
        printed = capsys.readouterr().out
        for name in ("image_features", "mid_logits", "last_logits", "tokens", "top-1"):
            assert name in printed
        assert "passed" in printed

    def test_fails_beyond_the_tolerance(self, released, capsys):
        assert self.verify(released, "--tolerance", "1e-9") == 1
        assert "FAILED" in capsys.readouterr().out

    def test_bf16_reports_the_agreement(self, released, capsys):
        assert self.verify(released, "--dtype", "bf16") == 0
        assert "agrees at" in capsys.readouterr().out
        assert self.verify(released, "--dtype", "bf16", "--tolerance", "1e-4") == 1

    def test_fp8_reports_the_agreement_of_rounded_layers(self, released, capsys):
        assert self.verify(released, "--dtype", "fp8") == 0
        printed = capsys.readouterr().out
        assert "rounded to eight bits" in printed
        assert "agrees at" in printed

    def test_without_golden_checks_the_weights_only(self, released, capsys):
        assert main(["verify", "--checkpoint", str(released)]) == 0
        assert "all there and finite" in capsys.readouterr().out

    def test_without_its_tokenizer_the_node_would_fail(self, released, capsys):
        (released / "tokenizer.json").unlink()
        assert self.verify(released) == 1
        assert "tokenizer.json is missing" in capsys.readouterr().err
        (released / "tokenizer.json").write_text("{}")
        assert self.verify(released) == 1
        assert "is not a tokenizer" in capsys.readouterr().err
