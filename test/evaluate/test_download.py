"""--download fetches the published files, once, at the commit with which a run was begun."""

import json

import hub as hubs
import published
import pytest

from hispatial_ros.cli.main import main
from test.local_hub import as_the_hub

DATA_SET = "nyu-visionx/CV-Bench"


@pytest.fixture
def hub(tmp_path, monkeypatch):
    folder = published.cv_bench(tmp_path / "upload")
    files = {path.name: path.read_bytes() for path in folder.iterdir()}
    server = hubs.Hub(DATA_SET, files | {"README.md": b"not needed"})
    with as_the_hub(server, tmp_path / "cache", monkeypatch):
        yield server


@pytest.fixture
def call(tmp_path, monkeypatch):
    """A run of a backend that refuses everything, so that only the files matter."""
    monkeypatch.setattr("hispatial_ros.cli.evaluate._asker", lambda args: Refusing())
    return ["evaluate", "cv-bench", "--out", str(tmp_path / "out"), "--download"]


class Refusing:
    at_once = 1

    def prepare(self, question):
        from hispatial_ros.evaluate.backends import RefusedError

        raise RefusedError("no")

    def close(self):
        pass


def test_only_what_is_needed_is_fetched_once(tmp_path, hub, call):
    assert main(call) == 0
    assert main(call) == 0
    assert sorted(hub.transfers) == [
        (hubs.FIRST, "test_2d.parquet"),
        (hubs.FIRST, "test_3d.parquet"),
    ]
    assert json.loads((tmp_path / "out" / "scores.json").read_text())["revision"] == hubs.FIRST


def test_a_run_goes_on_with_the_commit_it_was_begun_with(tmp_path, hub, call):
    assert main(call) == 0
    hub.main = hubs.SECOND
    assert main(call) == 0
    assert {commit for commit, _ in hub.transfers} == {hubs.FIRST}
    assert main([*call, "--revision", hubs.SECOND]) == 1  # asked for by name


@pytest.mark.parametrize(
    ("deny", "revision", "said"),
    [
        ("", "v9", "has no revision v9"),
        ("GatedRepo", "main", "accept its licence"),
        ("RepoNotFound", "main", "the hub has no data set"),
    ],
)
def test_what_the_hub_refuses(hub, call, capsys, deny, revision, said):
    hub.deny = deny
    assert main([*call, "--revision", revision]) == 1
    error = capsys.readouterr().err
    assert said in error
    assert "give their folder as PATH" in error


def test_without_a_network(hub, call, capsys):
    hub.shutdown()
    hub.server_close()
    assert main(call) == 1
    assert "check the network" in capsys.readouterr().err
