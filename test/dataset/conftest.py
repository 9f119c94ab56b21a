"""The demo's desk as a source, and simulated frames written as RGB-D folders."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from hispatial_ros.dataset.settings import BuildSettings
from hispatial_ros.simulate.scenes import make_scene, save

DESK = Path(__file__).parents[2] / "hispatial_ros" / "demo" / "desk"
FAST = BuildSettings(per_type=4, images_per_shard=3, select=False, detector=False)


@pytest.fixture(scope="session")
def rooms(tmp_path_factory) -> Path:
    """Eight simulated frames, one folder each."""
    folder = tmp_path_factory.mktemp("rooms")
    for n in range(8):
        save(make_scene(70_000 + n, "tabletop"), folder / f"room-{n}")
    return folder


@pytest.fixture
def server():
    """A model at ``address`` that answers with ``reply(text, number of pictures)``."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            content = body["messages"][0]["content"]
            parts = [{"type": "text", "text": content}] if isinstance(content, str) else content
            text = "".join(part.get("text", "") for part in parts)
            pictures = [part for part in parts if part["type"] == "image_url"]
            said = server.reply(text, len(pictures))
            data = json.dumps({"choices": [{"message": {"content": said}}]}).encode()
            self.send_response(200)
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *args):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.address = f"http://127.0.0.1:{server.server_port}/v1"
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()
