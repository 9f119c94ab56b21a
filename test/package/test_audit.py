"""The audit passes only where the database has answered."""

import json
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

sys.path.insert(0, str(Path(__file__).parents[2] / "scripts"))
import audit

HOLE = {"id": "CVE-0", "fix_versions": ["9.0.1"]}


@pytest.fixture
def database(monkeypatch):
    """Takes the place of pip-audit: name -> vulnerabilities; what is not there is not known."""
    known = {}

    def run(command, **_):
        lines = Path(command[-1]).read_text().split()
        packages = []
        for name, _, version in (line.partition("==") for line in lines):
            verdict = {"vulns": known[name]} if name in known else {"skip_reason": "not found"}
            packages.append({"name": name, "version": version, **verdict})
        return SimpleNamespace(stdout=json.dumps({"dependencies": packages}), stderr="")

    monkeypatch.setattr(subprocess, "run", run)
    monkeypatch.setattr(audit, "installed", lambda: ["numpy==2.0", "ours==1"])
    monkeypatch.setattr(sys, "argv", ["audit"])
    return known


def test_a_database_that_knows_nothing_has_not_been_asked(database, capsys):
    assert audit.main() == 0
    assert capsys.readouterr().out.startswith("NOT AUDITED")


def test_a_database_that_answers_and_finds_nothing(database, capsys):
    database.update({"pillow": [HOLE], "numpy": []})
    assert audit.main() == 0
    said = capsys.readouterr().out
    assert "audited 1 packages, 0 vulnerable" in said
    assert "ours" in said


def test_a_vulnerability_fails(database, capsys):
    database.update({"pillow": [HOLE], "numpy": [HOLE]})
    assert audit.main() == 1
    assert "numpy 2.0: CVE-0, fixed in 9.0.1" in capsys.readouterr().out


def test_no_answer_in_time_is_no_pass_either(database, monkeypatch, capsys):
    def run(command, timeout, **_):
        raise subprocess.TimeoutExpired(command, timeout)

    monkeypatch.setattr(subprocess, "run", run)
    assert audit.main() == 0
    assert "NOT AUDITED: no answer within" in capsys.readouterr().out


def test_what_is_installed_is_pinned_and_without_ros():
    pinned = audit.installed()
    assert "numpy" in {line.partition("==")[0] for line in pinned}
    assert not any(line.startswith("ros-") for line in pinned)
