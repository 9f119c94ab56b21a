"""lmms-eval finds the model and the task files, and uses them as it uses its own."""

import io
import sys
from importlib.metadata import EntryPoint
from pathlib import Path

import numpy as np
import published
import pytest
import yaml
from PIL import Image

from hispatial_ros.errors import SpatialError
from hispatial_ros.evaluate.benchmarks.table import PUBLISHED
from hispatial_ros.evaluate.files import rows
from hispatial_ros.evaluate.lmms.tasks import utils

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

ROOT = Path(__file__).parents[2]
TASKS = Path(utils.__file__).parent
NAME, TARGET = "hispatial", "hispatial_ros.evaluate.lmms.manifest:manifest"


def test_the_entry_point_is_declared_in_both_ways_to_install():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert project["entry-points"]["lmms_eval.models"] == {NAME: TARGET}
    assert f"lmms_eval.models =\n  {NAME} = {TARGET}\n" in (ROOT / "CMakeLists.txt").read_text()


class _Loader(yaml.SafeLoader):
    """`!function utils.name` as lmms-eval reads it, from the file beside."""


_Loader.add_constructor(
    "!function", lambda loader, node: getattr(utils, node.value.removeprefix("utils."))
)


def task(name):
    return yaml.load((TASKS / f"{name}.yaml").read_text(), _Loader)


def documents(path, opened=True):
    """As data sets of the hub give them: images are open."""
    for row in rows(path, (), "image"):
        image = row["image"]()
        image = image and Image.open(io.BytesIO(image["bytes"]))
        yield {**row, "image": image} if opened else {k: row[k] for k in row if k != "image"}


@pytest.mark.parametrize(
    ("name", "published_as", "split"),
    [
        ("q_spatial_plus", "q-spatial-plus", "QSpatial_plus"),
        ("q_spatial_scannet", "q-spatial-scannet", "QSpatial_scannet"),
        ("spatialrgpt_bench", "spatialrgpt", "val"),
    ],
)
def test_tasks_ask_and_judge_as_evaluate_does(tmp_path, monkeypatch, name, published_as, split):
    images = None
    if name == "spatialrgpt_bench":
        path = published.spatialrgpt(tmp_path)
    else:
        path = published.q_spatial(tmp_path, split)
    if name == "q_spatial_scannet":
        images = published.scannet(tmp_path / "images")
        monkeypatch.setenv(utils.SCANNET, str(images))
    made, metrics = task(name), set()
    assert (made["task"], made["test_split"]) == (name, split)
    assert made["dataset_path"] == PUBLISHED[published_as].hub
    questions = list(PUBLISHED[published_as].read(path, images))
    for question, doc, bare in zip(
        questions, documents(path), documents(path, opened=False), strict=False
    ):
        # Images are not there where lmms-eval makes prompts and judges.
        assert made["doc_to_text"](bare) == question.text
        assert made["doc_to_target"](bare) == question.truth
        (image,) = made["doc_to_visual"](doc)
        view = question.view()
        expected = view.rgb if view.drawn is None else view.drawn
        np.testing.assert_array_equal(np.asarray(image), expected)
        for answer in (question.truth, "0.81", "2 feet", "nothing"):
            found = made["process_results"](bare, [answer])
            metrics |= set(found)
            assert list(found.values()) == [
                float(r(answer) is True) for r in question.rules.values()
            ]
    assert metrics == {each["metric"] for each in made["metric_list"]}


def test_questions_that_are_no_quantities_are_left_out(tmp_path):
    class Dataset(list):
        def filter(self, keep, input_columns):
            return Dataset(doc for doc in self if keep(doc[input_columns]))

    whole = Dataset(documents(published.spatialrgpt(tmp_path)))
    chosen = task("spatialrgpt_bench")["process_docs"](whole)
    assert [doc["id"] for doc in chosen] == ["00000", "00001", "00002"]


def test_scannet_needs_its_folder(tmp_path, monkeypatch):
    monkeypatch.delenv(utils.SCANNET, raising=False)
    doc = next(documents(published.q_spatial(tmp_path, "QSpatial_scannet")))
    with pytest.raises(SpatialError, match="set SCANNET_IMAGES"):
        task("q_spatial_scannet")["doc_to_visual"](doc)


@pytest.fixture
def model(tmp_path, monkeypatch):
    """The class that lmms-eval makes of the entry point, with a model that repeats its prompt."""
    pytest.importorskip("lmms_eval.api.model", reason="lmms-eval is not installed")
    from lmms_eval.models.registry_v2 import ModelRegistryV2

    class Asker:
        at_once = 2
        asked, closed = [], False

        def prepare(self, question):
            return question.view()

        def ask(self, question, view):
            self.asked.append((question, view))
            return question.text

        def close(self):
            self.closed = True

    registry, asker = ModelRegistryV2(), Asker()
    point = EntryPoint(NAME, TARGET, "lmms_eval.models")
    monkeypatch.setattr(registry, "_select_entry_points", lambda group: [point])
    registry.load_entrypoint_manifests()
    made = registry.get_model_class(NAME)
    monkeypatch.setattr(f"{made.__module__}.local_asker", lambda backend, **more: asker)
    return made, asker


def arguments(text, doc_to_visual, number):
    return (text, {"max_new_tokens": 8}, doc_to_visual, number, "a_task", "test")


def instances(*texts, visuals=1):
    from lmms_eval.api.instance import Instance

    def visual(doc):
        return [doc["image"]] * visuals

    about = {"task": "a_task", "repeats": 1}
    return [
        Instance("generate_until", arguments(t, visual, k), k, about | {"doc_id": k})
        for k, t in enumerate(texts)
    ]


def test_the_model_answers_in_order(model):
    made, asker = model
    lm = made.create_from_arg_string(
        "backend=model,checkpoint=c,depth_model=m.onnx", {"batch_size": "4", "device": None}
    )
    image = Image.new("RGB", (64, 48), (1, 2, 3))
    lm.task_dict = {"a_task": {"test": [{"image": image}] * 3}}
    choice = "Which is nearer?\nA. cup\nB. chair"
    assert lm.generate_until(instances("one?", choice, "three?")) == ["one?", choice, "three?"]
    (question, view) = next(each for each in asker.asked if each[0].text == choice)
    assert question.choices == {"A": "cup", "B": "chair"}
    assert view.rgb[0, 0].tolist() == [1, 2, 3]
    with pytest.raises(SpatialError, match="a_task, test 0 is not about one image"):
        lm.generate_until(instances("both?", visuals=2))
    lm.clean()
    assert asker.closed


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ("backend=openai,depth_model=m", "backend=openai is unknown"),
        ("bakend=model,depth_model=m", "bakend is unknown"),
        ("depth_model=m", "needs checkpoint="),
        ("checkpoint=c", "lacks depth_model="),
    ],
)
def test_other_arguments(model, given, message):
    with pytest.raises(SpatialError, match=message):
        model[0].create_from_arg_string(given, {"batch_size": 1})
