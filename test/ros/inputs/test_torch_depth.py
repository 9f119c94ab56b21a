"""Depth by MoGe-2 from an official checkpoint, which PyTorch runs, in the node."""

import numpy as np
import pytest

pytest.importorskip("moge.model.v2", reason="needs requirements/moge-export.txt")
from diagnostic_msgs.msg import DiagnosticArray
from sensor_msgs.msg import Image

from benchmarks import moge_checkpoints as checkpoints
from hispatial_ros.moge.load import load_estimator
from hispatial_ros.ros.qos import reliable

from .test_depth_sources import RGB_ONLY, image_of, values

TOKENS = 150


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory):
    """As the official package writes it, with random weights and a tiny backbone."""
    settings = checkpoints.config("tiny")
    model = checkpoints.build(0, settings)
    model.mask_head.output_blocks[-1].bias.data.fill_(60.0)  # depth everywhere
    return checkpoints.save(model, settings, tmp_path_factory.mktemp("checkpoint") / "model.pt")


def test_rgb_only(make_graph, ros, checkpoint):
    parameters = {"moge.model": str(checkpoint), "moge.num_tokens": TOKENS}
    graph = make_graph(**parameters, **{"moge.runtime": "torch-cpu"})
    depths = graph.listen(Image, "hispatial/depth", reliable(1))
    graph.show(topics=RGB_ONLY)
    response = graph.ask("How far is the globe?")
    assert response.error_code == 0, response.error_msg
    assert any("estimated by MoGe-2" in note for note in response.answer.notes)
    estimator = load_estimator(checkpoint, "torch-cpu", TOKENS)
    expected = estimator.estimate(graph.frame.rgb, graph.frame.camera)
    estimator.close()
    ros.wait_until(lambda: depths, "the depth image")
    np.testing.assert_allclose(image_of(depths[-1]), expected.depth, rtol=1e-5)
    diagnostics = graph.listen(DiagnosticArray, "/diagnostics")
    ros.wait_until(lambda: diagnostics, "diagnostics")
    assert "PyTorch" in values(diagnostics[-1], "depth model")["engine"]
    assert values(diagnostics[-1], "depth model")["tokens"] == str(TOKENS)


def test_a_runtime_for_other_files_says_which(make_graph, checkpoint):
    graph = make_graph(**{"moge.model": str(checkpoint), "moge.runtime": "cpu"})
    graph.show(topics=RGB_ONLY)
    assert "choose torch or torch-cpu" in graph.ask("How far is the globe?").error_msg
