"""Runs: nothing is lost or asked twice, and what is at fault is said."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import published
import pytest

from hispatial_ros.cli.main import main

ROOT = Path(__file__).parents[2]


class Chat(ThreadingHTTPServer):
    """A chat model that says what ``reply`` makes of the text it is asked."""

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.asked = []
        self.images = []
        self.reply = lambda text: "(A)"
        self.states = []  # HTTP states of the next replies
        self.seconds = 0.0

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server_address[1]}/v1"


class Handler(BaseHTTPRequestHandler):
    def log_message(self, *args):
        pass

    def do_POST(self):
        chat = self.server
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        content = body["messages"][0]["content"]
        text = content if isinstance(content, str) else content[-1]["text"]
        state = chat.states.pop(0) if chat.states else 200
        if state == 200:
            chat.asked.append(text)
            chat.images += [] if isinstance(content, str) else [content[0]["image_url"]["url"]]
        time.sleep(chat.seconds)
        reply = {"choices": [{"message": {"content": chat.reply(text)}}]}
        data = json.dumps(reply if state == 200 else {"error": "no"}).encode()
        self.send_response(state)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)


@pytest.fixture
def chat():
    server = Chat()
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture(autouse=True)
def impatient(monkeypatch):
    monkeypatch.setattr("hispatial_ros.evaluate.chat.WAITS", (0.01, 0.01))


def arguments(path, out, chat, *more):
    backend = ["--backend", f"openai:{chat.url}", "--model", "m"]
    return ["evaluate", "cv-bench", str(path), "--out", str(out), *backend, *more]


def scores_of(out):
    rows = json.loads((out / "scores.json").read_text())["scores"]
    return {(row["rule"], row["type"]): row for row in rows}


def test_a_rival_is_measured_by_the_same_command(tmp_path, chat, capsys):
    path, out = published.cv_bench(tmp_path), tmp_path / "out"
    chat.reply = lambda text: "it is the cup" if "(C)" in text else "(A)"
    assert main(arguments(path, out, chat)) == 0
    rows = scores_of(out)
    assert rows["official", "all"]["asked"] == 5
    assert rows["official", "all"]["right"] == 2
    assert rows["official", "2D Count"]["unparsed"] == 1
    assert chat.images[0].startswith("data:image/png;base64,")
    printed = capsys.readouterr().out
    assert "2D Relation" in printed
    assert "all (official)" in printed
    page = (out / "failures.html").read_text()
    assert page.count("<img") == 3
    assert "src='data:image/jpeg;base64," in page
    assert "src='http" not in page
    assert "href" not in page
    assert "it is the cup" in page


def test_json(tmp_path, chat, capsys):
    assert main(arguments(published.cv_bench(tmp_path), tmp_path / "out", chat, "--json")) == 0
    said = json.loads(capsys.readouterr().out)
    assert said["benchmark"] == "cv-bench"
    assert said["scores"][0]["low"] <= said["scores"][0]["accuracy"] <= said["scores"][0]["high"]


def test_a_run_that_is_whole_asks_nobody(tmp_path, chat):
    path, out = published.cv_bench(tmp_path), tmp_path / "out"
    assert main(arguments(path, out, chat)) == 0
    assert main(arguments(path, out, chat)) == 0
    assert len(chat.asked) == 5


def test_other_questions_need_another_folder(tmp_path, chat, capsys):
    path, out = published.cv_bench(tmp_path), tmp_path / "out"
    assert main(arguments(path, out, chat, "--limit", "2")) == 0
    assert main(arguments(path, out, chat)) == 1
    assert "begun with other questions" in capsys.readouterr().err


def test_types(tmp_path, chat, capsys):
    path, out = published.cv_bench(tmp_path), tmp_path / "out"
    assert main(arguments(path, out, chat, "--types", "3D Depth")) == 0
    assert len(chat.asked) == 1
    assert main(arguments(path, tmp_path / "other", chat, "--types", "4D")) == 1
    assert "there are 2D Count, 2D Relation" in capsys.readouterr().err


def test_killed_and_started_again(tmp_path, chat):
    rows = [published.cv_bench_row(k, choices=("left", f"way {k}")) for k in range(60)]
    path = published.write_parquet(tmp_path / "test_2d.parquet", rows)
    out, chat.seconds = tmp_path / "out", 0.05
    call = [
        sys.executable,
        "-m",
        "hispatial_ros.cli.main",
        *arguments(path, out, chat, "--batch", "2"),
    ]
    answers = out / "answers.jsonl"
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    for least in (10, 25):
        process = subprocess.Popen(call, cwd=ROOT, env=environment, stderr=subprocess.DEVNULL)
        while not answers.is_file() or answers.read_bytes().count(b"\n") < least:
            assert process.poll() is None
            time.sleep(0.05)
        process.send_signal(signal.SIGKILL)
        process.wait()
    with answers.open("ab") as file:
        file.write(b'{"id": "2D-59", "ans')  # as if the power had gone
    chat.seconds = 0
    assert main(arguments(path, out, chat, "--batch", "2")) == 0
    ids = [json.loads(line)["id"] for line in answers.read_text().splitlines()]
    assert sorted(ids) == sorted(f"2D-{k}" for k in range(60))
    # Only what was with the model when the process ended may have been asked again.
    assert len(chat.asked) <= 60 + 2 * 2
    assert len(set(chat.asked)) == 60


def test_an_address_that_does_not_answer(tmp_path, chat, capsys):
    path, out = published.cv_bench(tmp_path), tmp_path / "out"
    call = arguments(path, out, chat)
    chat.shutdown()
    chat.server_close()
    assert main(call) == 1
    said = capsys.readouterr().err
    assert "does not answer as m" in said
    assert "check that it runs" in said
    assert "Traceback" not in said


def test_passing_troubles_are_tried_again_and_others_are_not(tmp_path, chat, capsys):
    path, out = published.cv_bench(tmp_path), tmp_path / "out"
    chat.states = [503, 429]
    assert main(arguments(path, out, chat, "--batch", "1")) == 0
    assert len(chat.asked) == 5
    chat.states = [404]
    assert main(arguments(path, tmp_path / "other", chat, "--batch", "1")) == 1
    assert "HTTP 404" in capsys.readouterr().err
    assert len(chat.asked) == 5


def test_an_address_that_breaks_off_keeps_what_it_has_answered(tmp_path, chat, capsys):
    path, out = published.cv_bench(tmp_path), tmp_path / "out"
    chat.states = [200, 200, 500, 500, 500]
    assert main(arguments(path, out, chat, "--batch", "1")) == 1
    assert "what is answered is kept" in capsys.readouterr().err
    assert (out / "answers.jsonl").read_text().count("\n") == 2
    assert main(arguments(path, out, chat, "--batch", "1")) == 0
    assert len(chat.asked) == 5


def test_a_question_that_the_model_refuses_is_counted_apart(tmp_path, chat):
    path, out = published.cv_bench(tmp_path), tmp_path / "out"
    chat.states = [200, 400]
    assert main(arguments(path, out, chat, "--batch", "1")) == 0
    assert scores_of(out)["official", "all"]["refused"] == 1


def test_a_judge_reads_the_lengths(tmp_path, chat):
    path, out = published.spatialrgpt(tmp_path), tmp_path / "out"
    judged = '```json\n{"answer_m": 0.8, "response_m": %s}\n```'

    def reply(text):
        if not text.startswith("You compare"):
            return "about eighty centimetres"
        return judged % ("0.8" if "0.80 meters" in text else "null")

    chat.reply = reply
    call = ["evaluate", "spatialrgpt", str(path), "--out", str(out), "--backend"]
    call += [f"openai:{chat.url}", "--model", "m", "--judge", chat.url, "--judge-model", "j"]
    assert main(call) == 0
    rows = scores_of(out)
    assert rows["success", "width"]["right"] == 1
    assert rows["success", "distance"]["unparsed"] == 1


def test_a_missing_image_says_which(tmp_path, chat, capsys):
    path, out = published.three_d_sr_bench(tmp_path, by_address=True), tmp_path / "out"
    call = ["evaluate", "3dsrbench", str(path), "--out", str(out), "--backend"]
    call += [f"openai:{chat.url}", "--model", "m", "--images", str(tmp_path)]
    assert main(call) == 1
    assert "the image 1.png of" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (["--backend", "gpt"], "none of measured, model, auto"),
        (["--backend", "openai:http://x"], "needs --model"),
        (["--backend", "model"], "needs --checkpoint"),
        (["--judge", "http://x", "--judge-model", "j"], "leave it out"),
        (["--download"], "give one"),
        (["--frames", "3"], "of simulated"),
        (["--plain"], "of simulated"),
        (["--sensor-depth"], "q-spatial-scannet"),
    ],
)
def test_arguments_that_do_not_fit(tmp_path, capsys, more, said):
    assert main(["evaluate", "cv-bench", str(tmp_path), "--out", str(tmp_path / "o"), *more]) == 1
    assert said in capsys.readouterr().err
    assert not (tmp_path / "o").exists()
