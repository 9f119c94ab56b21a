"""The speed benchmark measures what it says."""

import numpy as np

from benchmarks import speed
from hispatial_ros.intake.convert import image_to_depth, image_to_rgb
from hispatial_ros.simulate.scenes import rays


def test_the_unit_is_an_unprojection():
    scene, regions = speed.twelve_regions(0)
    depth = scene.frame.depth.astype(np.float32) / 1000
    points = speed.unproject(depth, scene.frame.camera)
    assert points.dtype == np.float32
    np.testing.assert_allclose(points, rays(scene.frame.camera) * depth[..., None], atol=1e-5)
    assert len(regions) == 12


def test_messages_hold_the_frame():
    frame = speed.twelve_regions(1)[0].frame
    image, depth = speed.messages(frame)
    np.testing.assert_array_equal(image_to_rgb(image), frame.rgb)
    np.testing.assert_array_equal(image_to_depth(depth), frame.depth)


def test_table_is_written(tmp_path):
    speed.main(["--repeat", "2", "--scenes", "1", "--out", str(tmp_path / "speed.md")])
    assert "| per box |" in (tmp_path / "speed.md").read_text()
