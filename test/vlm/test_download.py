"""Downloads from a server on this machine that speaks the hub's protocol."""

import fcntl
import hashlib
import json

import huggingface_hub
import pytest

from hispatial_ros.errors import ErrorCode, SpatialError
from hispatial_ros.vlm import download as module
from hispatial_ros.vlm.download import download, find_checkpoint
from test.local_hub import HubHandler, HubServer, as_the_hub

REPOSITORY = "somebody/HiSpatial-tiny"
COMMIT = "c0ffee" * 6 + "beef"
NEWER = "facade" * 6 + "beef"


class Hub(HubServer):
    """One repository. ``deny`` is an X-Error-Code, ``cut`` breaks the next transfer half-way."""

    def __init__(self):
        super().__init__(Handler)
        self.files = {
            "config.json": b"{}",
            "tokenizer.json": b"{}",
            "weights.pt": bytes(range(256)) * 20_000,
            "README.md": b"not needed",
        }
        self.branch = COMMIT
        self.deny = None
        self.cut = False
        self.damage = False
        self.requests = []

    def transfers(self, name):
        return [
            (method, range) for method, path, range in self.requests if path.endswith(f"/{name}")
        ]


class Handler(HubHandler):
    def serve(self, body):
        hub = self.server
        path = self.path.split("?")[0]
        hub.requests.append((self.command, path, self.headers.get("Range")))
        if path.startswith(f"/api/models/{REPOSITORY}/revision/"):
            revision = path.rsplit("/", 1)[1]
            if revision not in ("main", COMMIT, NEWER):
                return self.refuse(404, "RevisionNotFound")
            sha = hub.branch if revision == "main" else revision
            siblings = [{"rfilename": name} for name in hub.files]
            return self.reply(json.dumps({"id": REPOSITORY, "sha": sha, "siblings": siblings}))
        if path.startswith(f"/api/models/{REPOSITORY}/tree/"):
            return self.reply(json.dumps([self.entry(name) for name in hub.files]))
        if path.startswith(f"/{REPOSITORY}/resolve/"):
            if hub.deny:
                return self.refuse(403, hub.deny)
            return self.file(path.rsplit("/", 1)[1], body)
        return self.refuse(401, "RepoNotFound")

    def entry(self, name):
        data = self.server.files[name]
        digest = hashlib.sha256(data).hexdigest()
        entry = {"type": "file", "path": name, "size": len(data), "oid": digest[:40]}
        if name == "weights.pt":
            entry["lfs"] = {"oid": digest, "size": len(data), "pointerSize": 100}
        return entry

    def file(self, name, body):
        data = self.server.files[name]
        digest = hashlib.sha256(data).hexdigest()
        start = int((self.headers.get("Range") or "bytes=0-").removeprefix("bytes=").split("-")[0])
        self.send_response(206 if start else 200)
        self.send_header("ETag", f'"{digest if name == "weights.pt" else digest[:40]}"')
        self.send_header("X-Repo-Commit", self.path.split("/")[4])
        self.send_header("Accept-Ranges", "bytes")
        self.send_header("Content-Length", str(len(data) - start))
        if start:
            self.send_header("Content-Range", f"bytes {start}-{len(data) - 1}/{len(data)}")
        self.end_headers()
        if not body:
            return
        if self.server.damage and name == "weights.pt":
            data = data[:-1] + b"?"
        if self.server.cut and name == "weights.pt":
            self.server.cut = False
            self.wfile.write(data[: len(data) // 2])
            self.wfile.flush()
            self.connection.close()
            self.close_connection = True
            return
        self.wfile.write(data[start:])

    def reply(self, text):
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text.encode())

    def refuse(self, status, code):
        self.send_response(status)
        self.send_header("X-Error-Code", code)
        self.send_header("X-Error-Message", code)
        self.send_header("Content-Length", "0")
        self.end_headers()


@pytest.fixture
def hub(tmp_path, monkeypatch):
    with as_the_hub(Hub(), tmp_path / "cache", monkeypatch) as server:
        yield server


def advice(call, *arguments):
    with pytest.raises(SpatialError) as error:
        call(*arguments)
    assert error.value.code is ErrorCode.BACKEND_UNAVAILABLE
    return str(error.value)


def test_fetches_what_is_needed_and_names_the_commit(hub):
    seen = []
    folder = download(REPOSITORY, progress=lambda *step: seen.append(step))
    assert folder.name == COMMIT
    assert {path.name for path in folder.iterdir()} == {
        "config.json",
        "tokenizer.json",
        "weights.pt",
    }
    assert (folder / "weights.pt").read_bytes() == hub.files["weights.pt"]
    size = len(hub.files["weights.pt"])
    assert {stage for stage, _, _ in seen} == {"download", "compare"}
    assert ("download", size, size) in seen
    assert seen[-1] == ("compare", size, size)


def test_what_is_there_is_used_without_asking(hub):
    folder = download(REPOSITORY)
    hub.branch = NEWER
    hub.requests.clear()
    assert find_checkpoint(REPOSITORY) == folder
    assert not hub.requests
    assert download(REPOSITORY).name == NEWER  # asked for explicitly


def test_locate_fetches_what_is_not_there(hub):
    assert (find_checkpoint(REPOSITORY, COMMIT) / "weights.pt").is_file()


def test_a_commit_stays_what_it_is(hub):
    hub.branch = NEWER
    assert download(REPOSITORY, COMMIT).name == COMMIT


def test_goes_on_where_the_connection_broke(hub, monkeypatch):
    monkeypatch.setattr(huggingface_hub.constants, "DOWNLOAD_CHUNK_SIZE", 100_000)
    hub.cut = True
    folder = download(REPOSITORY)
    assert (folder / "weights.pt").read_bytes() == hub.files["weights.pt"]
    ranges = [range for method, range in hub.transfers("weights.pt") if method == "GET"]
    half = len(hub.files["weights.pt"]) // 2
    assert ranges[0] is None
    assert 0 < int(ranges[-1].removeprefix("bytes=").rstrip("-")) <= half


def test_goes_on_where_a_killed_process_stopped(hub, tmp_path):
    data = hub.files["weights.pt"]
    folder = download(REPOSITORY)
    blob = (folder / "weights.pt").resolve()
    blob.with_name(f"{blob.name}.partial").write_bytes(data[:1_000_000])
    blob.unlink()
    hub.requests.clear()
    assert (download(REPOSITORY) / "weights.pt").read_bytes() == data
    assert ("GET", "bytes=1000000-") in hub.transfers("weights.pt")
    assert not list(blob.parent.glob("*.partial"))


def test_two_processes_do_not_write_the_same_file(hub, tmp_path):
    folder = download(REPOSITORY)
    blob = (folder / "weights.pt").resolve()
    partial = blob.rename(blob.with_name(f"{blob.name}.partial"))
    with partial.open("r+b") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        assert "another process" in advice(download, REPOSITORY)


def test_damage_on_the_way_is_found(hub):
    hub.damage = True
    assert "weights.pt arrived damaged" in advice(download, REPOSITORY)
    hub.damage = False
    assert (download(REPOSITORY) / "weights.pt").read_bytes() == hub.files["weights.pt"]


def test_gated(hub):
    hub.deny = "GatedRepo"
    text = advice(download, REPOSITORY)
    assert "accept its licence" in text
    assert "hf auth login" in text
    assert "HF_TOKEN" in text
    assert "folder" in text


def test_unknown_repository_or_revision(hub):
    assert "check the name" in advice(download, "nobody/nothing")
    assert "no revision v9" in advice(download, REPOSITORY, "v9")
    assert "check the name" in advice(download, "not a name")


def test_no_network(hub, monkeypatch):
    hub.shutdown()
    hub.server_close()
    text = advice(download, REPOSITORY)
    assert "cannot be reached" in text
    assert "folder" in text


def test_offline_by_choice(hub, monkeypatch):
    folder = download(REPOSITORY)
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", True)
    assert find_checkpoint(REPOSITORY) == folder
    assert "HF_HUB_OFFLINE" in advice(find_checkpoint, "somebody/else")


def test_disk_full(hub, monkeypatch):
    def fail(*args, **options):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(module, "snapshot_download", fail)
    text = advice(download, REPOSITORY)
    assert "No space left" in text
    assert "HF_HOME" in text


def test_folders_and_files_are_taken_as_they_are(golden):
    assert find_checkpoint(str(golden / "tiny")) == golden / "tiny"
    assert find_checkpoint(str(golden / "tiny" / "weights.pt")) == golden / "tiny"
    assert "neither a folder nor a hub id" in advice(find_checkpoint, "/nowhere/at/all")
