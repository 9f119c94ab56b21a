"""Regions and calibrations in the formats that people have."""

import json

import numpy as np
import pytest

from hispatial_ros.errors import ErrorCode, SpatialError
from hispatial_ros.frame.files import load_frame, load_regions

SIZE = (640, 480)
COCO = {
    "images": [{"id": 1, "file_name": "a/rgb.png"}, {"id": 2, "file_name": "other.png"}],
    "categories": [{"id": 7, "name": "mug"}],
    "annotations": [
        {"image_id": 1, "category_id": 7, "bbox": [10, 20, 30, 40]},
        {
            "image_id": 1,
            "category_id": 7,
            "bbox": [10, 20, 30, 40],
            "segmentation": [[10, 20, 40, 20, 40, 60]],
        },
        {"image_id": 2, "category_id": 7, "bbox": [0, 0, 1, 1]},
    ],
}
LABELME = {
    "shapes": [
        {"label": "mug", "points": [[40, 60], [10, 20]], "shape_type": "rectangle"},
        {"label": "mug", "points": [[10, 20], [40, 20], [40, 60]], "shape_type": "polygon"},
    ]
}
YOLO = """1 0.0390625 0.083333333 0.046875 0.083333333
1 0.015625 0.0416666 0.0625 0.0416666 0.0625 0.125
"""
OST = """image_width: 640
image_height: 480
camera_name: narrow_stereo
camera_matrix:
  rows: 3
  cols: 3
  data: [535.4, 0, 320.1,
         0, 539.2, 247.6, 0, 0, 1]
distortion_model: plumb_bob
distortion_coefficients:
  rows: 1
  cols: 5
  data: [0.1, -2.0e-1, 0, 0, 0]
rectification_matrix:
  data: [1, 0, 0, 0, 1, 0, 0, 0, 1]
projection_matrix:
  data: [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0]
"""
BLOCK = OST.replace("[0.1, -2.0e-1, 0, 0, 0]", "\n    - 0.1\n    - -0.2\n    - 0\n    - 0\n    - 0")


def write(folder, name, content):
    path = folder / name
    path.write_text(content if isinstance(content, str) else json.dumps(content))
    return path


@pytest.mark.parametrize(
    ("name", "content"), [("a.json", COCO), ("b.json", LABELME), ("c.txt", YOLO)]
)
def test_a_box_and_an_outline(tmp_path, name, content):
    write(tmp_path, "classes.txt", "cup\nmug\n")
    box, outlined = load_regions(write(tmp_path, name, content), SIZE, "data/rgb.png")
    for region in (box, outlined):
        assert region.label == "mug"
        np.testing.assert_allclose(region.box, (10, 20, 40, 60), atol=0.01)
    assert box.outline is None
    np.testing.assert_allclose(outlined.outline, [[10, 20], [40, 20], [40, 60]], atol=0.01)


@pytest.mark.parametrize("names", ["names: [cup, mug]", "names:\n  0: cup\n  1: 'mug'\nnc: 2"])
def test_names_of_yolo_from_its_yaml(tmp_path, names):
    write(tmp_path, "data.yaml", names)
    (tmp_path / "labels").mkdir()
    assert load_regions(write(tmp_path / "labels", "a.txt", YOLO), SIZE)[0].label == "mug"


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("a.txt", "1 0.5 0.5", "line 1"),
        ("a.txt", "mug 0.5 0.5 0.1 0.1", "line 1"),
        ("a.json", {"annotations": [{"bbox": [1, 2]}]}, "malformed"),
        ("a.json", {"shapes": [{"label": "x", "points": []}]}, "malformed"),
        ("a.json", {}, "COCO"),
    ],
)
def test_what_is_wrong_is_told(tmp_path, name, content, said):
    with pytest.raises(SpatialError, match=said) as error:
        load_regions(write(tmp_path, name, content), SIZE)
    assert error.value.code == ErrorCode.BAD_REGION


def test_coco_of_other_images(tmp_path):
    with pytest.raises(SpatialError, match="2 images"):
        load_regions(write(tmp_path, "a.json", COCO), SIZE, "third.png")


def test_yolo_needs_the_image(tmp_path):
    with pytest.raises(SpatialError, match="--rgb"):
        load_regions(write(tmp_path, "a.txt", YOLO))


@pytest.mark.parametrize("text", [OST, BLOCK], ids=["flow", "block"])
def test_a_ros_calibration(tmp_path, text):
    camera = load_frame(None, None, write(tmp_path, "ost.yaml", text)).camera
    assert (camera.width, camera.height) == SIZE
    assert (camera.fx, camera.fy, camera.cx, camera.cy) == (535.4, 539.2, 320.1, 247.6)
    assert (camera.distortion_model, camera.d) == ("plumb_bob", (0.1, -0.2, 0, 0, 0))


@pytest.mark.parametrize("text", ["", "a: b", OST.replace("camera_matrix", "matrix")])
def test_another_yaml_is_no_calibration(tmp_path, text):
    with pytest.raises(SpatialError, match=r"ost\.yaml") as error:
        load_frame(None, None, write(tmp_path, "ost.yaml", text))
    assert error.value.code == ErrorCode.BAD_CALIBRATION


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_text_as_windows_writes_it(tmp_path, encoding):
    path = tmp_path / "regions.json"
    path.write_text('[{"label": "Becher", "box_xyxy": [1, 2, 3, 4]}]', encoding=encoding)
    (region,) = load_regions(path)
    assert region.label == "Becher"
