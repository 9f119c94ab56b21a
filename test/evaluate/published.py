"""Small files in the formats in which the benchmarks are published."""

import base64
import io
import json

import numpy as np
import pyarrow
import pyarrow.parquet
from PIL import Image


def jpeg(shade=90, size=(64, 48)):
    rgb = np.full((size[1], size[0], 3), shade, np.uint8)
    rgb[:, : size[0] // 2] = 200  # its left half is bright
    buffer = io.BytesIO()
    Image.fromarray(rgb).save(buffer, "PNG")
    return buffer.getvalue()


def cell(shade=90, **options):
    return {"bytes": jpeg(shade, **options), "path": None}


def write_parquet(path, rows, row_group_size=2):
    path.parent.mkdir(parents=True, exist_ok=True)
    table = pyarrow.Table.from_pylist(rows)
    pyarrow.parquet.write_table(table, path, row_group_size=row_group_size)
    return path


def cv_bench_row(idx, task="Relation", dimension="2D", answer="(A)", choices=("left", "right")):
    listed = "\n".join(f"({c}) {text}" for c, text in zip("ABCD", choices, strict=False))
    question = "Where is the cup relative to the chair?"
    return {
        "idx": idx,
        "type": dimension,
        "task": task,
        "image": cell(idx),
        "question": question,
        "choices": list(choices),
        "answer": answer,
        "prompt": f"{question} Select from the following choices.\n{listed}",
        "filename": f"img/{idx}.png",
        "source": "COCO",
        "source_dataset": "COCO",
        "source_filename": f"{idx}.jpg",
    }


def cv_bench(folder):
    rows = [
        cv_bench_row(0),
        cv_bench_row(1, answer="(B)"),
        cv_bench_row(2, "Count", answer="(C)", choices=("1", "2", "3")),
    ]
    write_parquet(folder / "test_2d.parquet", rows)
    rows = [
        cv_bench_row(0, "Depth", "3D", choices=("cup", "chair")),
        cv_bench_row(1, "Distance", "3D", "(B)", choices=("cup", "chair")),
    ]
    write_parquet(folder / "test_3d.parquet", rows)
    return folder


def embspatial(folder):
    row = {
        "question_id": "mp3d_0",
        "question": "Which object, in relation to your current position, holds the closest "
        "placement within the image?",
        "relation": "close",
        "answer": 2,
        "answer_options": ["table", "vase", "chair", "lamp"],
        "data_source": "mp3d",
        "image": base64.b64encode(jpeg()).decode(),
        "objects": [
            {"name": name, "bbox": [10 * k, 5, 9, 20]}
            for k, name in enumerate(("table", "vase", "chair", "lamp"))
        ],
    }
    path = folder / "embspatial_bench.json"
    path.write_text(json.dumps([row, row | {"question_id": "mp3d_1", "relation": "far"}]))
    return path


def robospatial(folder):
    rows = [
        {"category": "configuration", "question": q, "answer": a, "img": cell()}
        for q, a in (
            ("Is the cup left of the chair? Answer yes or no.", "yes"),
            ("Is the cup behind the chair? Answer yes or no.", "no"),
        )
    ]
    return write_parquet(folder / "data" / "configuration-00000-of-00001.parquet", rows)


def three_d_sr_bench(folder, by_address=False):
    names = [
        "index",
        "qid",
        "question",
        "A",
        "B",
        "C",
        "D",
        "answer",
        "category",
        "image",
        "image_source",
        "image_url",
    ]
    image = base64.b64encode(jpeg()).decode()
    lines = ["\t".join(names)]
    for k, (qid, a, b, answer) in enumerate(
        (
            ("AAA-0", "yes", "no", "A"),
            ("AAA-1", "no", "yes", "B"),
            ("AAA-flip-0", "yes", "no", "B"),
            ("BBB-0", "the cup", "the chair", "A"),
        )
    ):
        cells = ["" if by_address else (image if k == 0 else "0"), "COCO"]
        cells += ["http://images.example.org/train/1.png"]
        about = [str(k), qid, "Is the cup on the left?", a, b, "", "", answer]
        kind = "orientation_on_the_left" if qid[0] == "A" else "height_higher"
        lines.append("\t".join([*about, kind, *cells]))
    path = folder / "3dsrbench_v1_vlmevalkit_circular.tsv"
    path.write_text("\n".join(lines) + "\n")
    return path


def q_spatial(folder, split="QSpatial_plus"):
    scannet = split.endswith("scannet")
    rows = [
        {
            "question": "What is the minimum distance between the two stools in the image?",
            "answer_value": value,
            "answer_unit": unit,
            "question_type": kind,
            "image_path": f"data/scannet/scene0015_00/color/{k}.jpg" if scannet else f"{k}.jpg",
            "image": None if scannet else cell(),
        }
        for k, (value, unit, kind) in enumerate(
            ((80.0, "centimeter", "direct"), (1.5, "meter", "height"))
        )
    ]
    if not scannet:
        return write_parquet(folder / "data" / f"{split}-00000-of-00001.parquet", rows)
    path = folder / "data" / f"{split}-00000-of-00001.parquet"
    path.parent.mkdir(parents=True, exist_ok=True)
    image = pyarrow.struct([("bytes", pyarrow.binary()), ("path", pyarrow.string())])
    schema = pyarrow.Table.from_pylist([{k: v for k, v in rows[0].items() if k != "image"}]).schema
    table = pyarrow.Table.from_pylist(rows, schema.append(pyarrow.field("image", image)))
    pyarrow.parquet.write_table(table, path)
    return path


def scannet(folder):
    place = folder / "scene0015_00"
    for sub in ("color", "depth"):
        (place / sub).mkdir(parents=True)
    for k in range(2):
        (place / "color" / f"{k}.jpg").write_bytes(jpeg())
        depth = np.full((24, 32), 1500, np.uint16)
        depth[0, 0] = 0
        Image.fromarray(depth).save(place / "depth" / f"{k}.png")
    k = np.array([[30.0, 0, 15.5, 0], [0, 30.0, 11.5, 0], [0, 0, 1, 0], [0, 0, 0, 1]])
    np.save(place / "intrinsics_depth.npy", k)
    return folder


SPATIALRGPT = (
    (
        "width",
        ["chair"],
        "<image>\nWhat is the width of <mask>?",
        "The width of <mask> is 0.80 meters.",
    ),
    (
        "distance",
        ["chair", "chair"],
        "<image>\nHow far is <mask> from <mask>?",
        "<mask> and <mask> are 6 feet apart.",
    ),
    (
        "direction",
        ["chair", "table"],
        "<image>\nIf you are at <mask>, where will you find <mask>?",
        "<mask> is at 3 o'clock.",
    ),
)


def spatialrgpt_rows():
    for k, (category, names, question, answer) in enumerate(SPATIALRGPT):
        yield {
            "id": f"{k:05d}",
            "image_info": {"file_path": f"images/{k}.png", "height": 48, "width": 64},
            "text_q": question,
            "qa_info": {"type": "quantitative", "category": category, "class": names},
            "conversations": [
                {"from": "human", "value": question},
                {"from": "gpt", "value": answer},
            ],
            "bbox": [[4 + 20 * i, 4, 20 + 20 * i, 30] for i in range(len(names))],
        }
    yield {
        "id": "00009",
        "image_info": {"file_path": "images/9.png", "height": 48, "width": 64},
        "text_q": "",
        "qa_info": {"type": "qualitative", "category": "left_predicate", "class": ["a", "b"]},
        "conversations": [{"from": "human", "value": ""}, {"from": "gpt", "value": ""}],
        "bbox": [[1, 1, 5, 5], [6, 6, 9, 9]],
    }


def spatialrgpt(folder):
    """As on the hub: lists and dicts as Python literals."""
    rows = [
        {k: v if k in ("id", "text_q") else str(v) for k, v in row.items()} | {"image": cell()}
        for row in spatialrgpt_rows()
    ]
    return write_parquet(folder / "data" / "val-00000-of-00001.parquet", rows)
