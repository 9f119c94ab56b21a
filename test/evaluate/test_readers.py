"""Published files become questions as the official code asks them; bad files say what to do."""

import json

import numpy as np
import published
import pytest

from hispatial_ros.errors import ErrorCode, SpatialError
from hispatial_ros.evaluate.benchmarks import choices, quantities
from hispatial_ros.evaluate.benchmarks.table import PUBLISHED


def read(name, path, **options):
    return list(PUBLISHED[name].read(path, **options))


def test_cv_bench(tmp_path):
    questions = read("cv-bench", published.cv_bench(tmp_path))
    assert [q.type for q in questions] == [
        "2D Relation", "2D Relation", "2D Count", "3D Depth", "3D Distance",
    ]  # fmt: skip
    assert len({q.id for q in questions}) == 5
    first = questions[0]
    assert first.text.endswith("Select from the following choices.\n(A) left\n(B) right")
    assert first.choices == {"A": "left", "B": "right"}
    assert next(iter(first.rules)) == "official"
    assert list(questions[2].rules) == [choices.VLMEVALKIT]  # HiSpatial leaves counting out
    # Images come from their own row, also across row groups and out of order.
    for question in (questions[2], questions[1], questions[0]):
        shade = int(question.id.partition("-")[2])
        assert question.view().rgb[0, -1].tolist() == [shade] * 3


def test_embspatial(tmp_path):
    first, second = read("embspatial", published.embspatial(tmp_path))
    assert first.text.endswith("image?\nA. table\nB. vase\nC. chair\nD. lamp")
    assert (first.type, second.type, first.truth) == ("close", "far", "C. chair")
    regions = first.view().regions
    assert [r.label for r in regions] == ["table", "vase", "chair", "lamp"]
    assert regions[1].box == (10, 5, 19, 25)


def test_robospatial(tmp_path):
    questions = read("robospatial", published.robospatial(tmp_path).parents[1])
    assert [q.truth for q in questions] == ["yes", "no"]
    assert questions[0].text == "Is the cup left of the chair? Answer yes or no."


def test_3dsrbench_with_images_inside(tmp_path):
    questions = read("3dsrbench", published.three_d_sr_bench(tmp_path))
    assert [q.group for q in questions] == ["AAA", "AAA", "AAA", "BBB"]
    assert [q.type for q in questions] == ["orientation"] * 3 + ["height"]
    assert questions[1].text == "Is the cup on the left?\nA. no\nB. yes"
    # A short image cell is the row that holds the image; what is in the file is mirrored already.
    assert all(q.view().rgb[0, 0, 0] == 200 for q in questions)


def test_3dsrbench_mirrors_images_that_it_names_by_address(tmp_path):
    (tmp_path / "1.png").write_bytes(published.jpeg())
    path = published.three_d_sr_bench(tmp_path, by_address=True)
    questions = read("3dsrbench", path, images=tmp_path)
    left = [int(q.view().rgb[0, 0, 0]) for q in questions]
    assert left == [200, 200, 90, 200]
    assert questions[2].image != questions[0].image


def test_q_spatial(tmp_path):
    first, second = read("q-spatial-plus", published.q_spatial(tmp_path))
    assert (first.truth, second.truth) == ("80 centimeter", "1.5 meter")
    assert first.rules["official"]("0.9 m") is True
    assert first.view().rgb.shape == (48, 64, 3)


def test_q_spatial_scannet(tmp_path):
    path = published.q_spatial(tmp_path, "QSpatial_scannet")
    with pytest.raises(SpatialError, match="--images"):
        read("q-spatial-scannet", path)
    images = published.scannet(tmp_path / "scans")
    first, _ = read("q-spatial-scannet", path, images=images)
    assert first.view().depth is None  # estimated, as the official code does by default
    first, _ = read("q-spatial-scannet", path, images=images, sensor_depth=True)
    view = first.view()
    assert view.depth[5, 5] == np.float32(1.5)
    assert np.isnan(view.depth[0, 0])
    assert (view.camera.width, view.camera.fx) == (64, 60.0)


@pytest.mark.parametrize("layout", ["parquet", "json"])
def test_spatialrgpt(tmp_path, layout):
    if layout == "parquet":
        questions = read("spatialrgpt", published.spatialrgpt(tmp_path))
    else:
        path = tmp_path / "SpatialRGPT-Bench_v1.json"
        path.write_text(json.dumps(list(published.spatialrgpt_rows())))
        (tmp_path / "images").mkdir()
        for k in range(3):
            (tmp_path / "images" / f"{k}.png").write_bytes(published.jpeg())
        questions = read("spatialrgpt", path, images=tmp_path)
    assert [q.type for q in questions] == ["width", "distance", "direction"]  # quantities only
    width, distance, direction = questions
    assert distance.text == (
        "How far is the chair (highlighted by a red box) from the chair (highlighted by a blue "
        "box)?"
    )
    assert distance.measured_text == "How far is the chair 1 from the chair 2?"
    view = distance.view()
    assert [r.label for r in view.regions] == ["chair 1", "chair 2"]
    assert view.drawn[4, 10].tolist() == [255, 0, 0]
    assert view.drawn[4, 30].tolist() == [0, 0, 255]
    assert view.rgb[4, 10].tolist() == [200] * 3  # depth is estimated without the boxes
    assert distance.rules["success"]("1.83 m") is True  # 6 feet
    assert width.counted
    assert not direction.counted
    assert direction.rules["success"]("It is at 3 o'clock.") is True


def test_a_folder_without_the_files(tmp_path):
    with pytest.raises(SpatialError, match=r"holds no test_2d.*--download"):
        read("cv-bench", tmp_path)
    with pytest.raises(SpatialError, match="does not exist"):
        read("embspatial", tmp_path / "nowhere")


@pytest.mark.parametrize(
    ("name", "text", "reason"),
    [
        ("embspatial_bench.json", "", "is empty"),
        ("embspatial_bench.json", "[]", "is empty"),
        ("embspatial_bench.json", '{"a": 1}', "no list"),
        ("embspatial_bench.json", "[{", "no valid JSON"),
        ("embspatial_bench.json", '[{"question": "?"}]', "lacks question_id, answer_options"),
        ("embspatial_bench.csv", "a,b", "none of .parquet"),
        ("embspatial_bench.parquet", "PAR1", "no whole Parquet file"),
    ],
)
def test_bad_files(tmp_path, name, text, reason):
    path = tmp_path / name
    path.write_text(text)
    with pytest.raises(SpatialError, match=reason) as caught:
        read("embspatial", path)
    assert caught.value.code is ErrorCode.BAD_REQUEST
    assert name in str(caught.value)


def test_missing_columns_of_a_parquet_file(tmp_path):
    rows = [{"question": "?", "img": published.cell()}]
    path = published.write_parquet(tmp_path / "configuration.parquet", rows)
    with pytest.raises(SpatialError, match="row 1 lacks answer"):
        read("robospatial", path)


def test_an_answer_that_is_no_option(tmp_path):
    row = published.cv_bench_row(0, answer="(D)")
    path = published.write_parquet(tmp_path / "test_2d.parquet", [row])
    with pytest.raises(SpatialError, match="'D' is none of its options A, B"):
        read("cv-bench", path)


def test_missing_and_damaged_images(tmp_path):
    path = published.three_d_sr_bench(tmp_path, by_address=True)
    with pytest.raises(SpatialError, match=r"1\.png.*--images"):
        read("3dsrbench", path)[0].view()
    with pytest.raises(SpatialError, match=r"1\.png of .*is not in"):
        read("3dsrbench", path, images=tmp_path)[0].view()
    (tmp_path / "1.png").write_bytes(published.jpeg()[:60])
    with pytest.raises(SpatialError) as caught:
        read("3dsrbench", path, images=tmp_path)[0].view()
    assert caught.value.code is ErrorCode.BAD_IMAGE


def test_boxes_are_drawn_in_the_benchmarks_order_of_colours():
    drawn = quantities.draw_boxes(
        np.zeros((40, 200, 3), np.uint8), [(40 * k, 5, 40 * k + 20, 30) for k in range(4)]
    )
    assert [drawn[5, 40 * k + 9].tolist() for k in range(4)] == [
        [255, 0, 0], [0, 0, 255], [0, 255, 0], [255, 255, 0],
    ]  # fmt: skip
