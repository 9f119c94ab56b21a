"""What servers on this machine that speak the hub's protocol share."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from huggingface_hub import constants


class HubServer(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, handler: type["HubHandler"]):
        super().__init__(("127.0.0.1", 0), handler)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


class HubHandler(BaseHTTPRequestHandler):
    """``serve`` answers GET and HEAD."""

    protocol_version = "HTTP/1.1"

    def log_message(self, *args: Any) -> None:
        pass

    def do_HEAD(self) -> None:
        self.serve(body=False)

    def do_GET(self) -> None:
        self.serve(body=True)

    def serve(self, body: bool) -> None:
        raise NotImplementedError


@contextmanager
def as_the_hub(
    server: HubServer, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[HubServer]:
    """The hub's client talks to this server, and keeps its files in ``cache``."""
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    template = constants.HUGGINGFACE_CO_URL_TEMPLATE.replace(constants.ENDPOINT, server.url)
    monkeypatch.setattr(constants, "HUGGINGFACE_CO_URL_TEMPLATE", template)
    monkeypatch.setattr(constants, "ENDPOINT", server.url)
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(cache))
    yield server
    server.shutdown()
    server.server_close()
    thread.join()
