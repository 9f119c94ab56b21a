"""A server on this machine that speaks the hub's protocol for one data set."""

import hashlib
import json

from test.local_hub import HubHandler, HubServer

FIRST, SECOND = "c0ffee" * 6 + "beef", "facade" * 6 + "beef"


class Hub(HubServer):
    def __init__(self, data_set, files):
        super().__init__(Handler)
        self.data_set, self.files = data_set, files
        self.main = FIRST
        self.deny = ""
        self.transfers = []


class Handler(HubHandler):
    def serve(self, body):
        hub, path = self.server, self.path.split("?")[0]
        about = f"/api/datasets/{hub.data_set}"
        if hub.deny:
            return self.send(403, {"X-Error-Code": hub.deny, "X-Error-Message": hub.deny})
        if path.startswith(f"{about}/revision/"):
            revision = path.rsplit("/", 1)[1]
            if revision not in ("main", FIRST, SECOND):
                return self.send(404, {"X-Error-Code": "RevisionNotFound"})
            sha = hub.main if revision == "main" else revision
            siblings = [{"rfilename": name} for name in hub.files]
            return self.json({"id": hub.data_set, "sha": sha, "siblings": siblings})
        if path.startswith(f"{about}/tree/"):
            return self.json([self.entry(name) for name in hub.files])
        start = f"/datasets/{hub.data_set}/resolve/"
        if path.startswith(start):
            commit, _, name = path.removeprefix(start).partition("/")
            data = hub.files[name]
            hub.transfers += [(commit, name)] if body else []
            headers = {"ETag": f'"{self.digest(name)}"', "X-Repo-Commit": commit}
            return self.send(200, headers, data, body)
        return self.send(401, {"X-Error-Code": "RepoNotFound"})

    def digest(self, name):
        return hashlib.sha256(self.server.files[name]).hexdigest()[:40]

    def entry(self, name):
        size = len(self.server.files[name])
        return {"type": "file", "path": name, "size": size, "oid": self.digest(name)}

    def json(self, value):
        self.send(200, {"Content-Type": "application/json"}, json.dumps(value).encode())

    def send(self, state, headers, data=b"", body=True):
        self.send_response(state)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        if body:
            self.wfile.write(data)
