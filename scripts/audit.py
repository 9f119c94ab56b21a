"""Asks the advisory database for known vulnerabilities of what is installed.

python scripts/audit.py [--seconds 20]

Exit status 1 if there are any. Where the database does not answer this says NOT AUDITED, and ends
with 0: a machine without network can build and test.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from importlib import metadata
from pathlib import Path

# A package with published vulnerabilities. pip-audit reports what a database does not know as
# "could not be audited" and passes; one that does not tell this one has not been asked.
KNOWN = "pillow==9.0.0"


class NotAuditedError(Exception):
    """Why nothing can be said."""


def audit(requirements: list[str], seconds: float) -> list[dict]:
    """What pip-audit says about pinned requirements; raises NotAuditedError."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "requirements.txt"
        file.write_text("\n".join(requirements) + "\n")
        command = [sys.executable, "-m", "pip_audit", "--format", "json", "--disable-pip"]
        command += ["--no-deps", "--progress-spinner", "off", "--timeout", "5", "-r", str(file)]
        try:
            done = subprocess.run(command, capture_output=True, text=True, timeout=seconds)
        except subprocess.TimeoutExpired as error:
            raise NotAuditedError(
                f"no answer within {seconds:.0f} s; `make audit` waits"
            ) from error
    try:
        return json.loads(done.stdout)["dependencies"]
    except (ValueError, KeyError) as error:
        last = (done.stderr.strip().splitlines() or ["no output"])[-1]
        raise NotAuditedError(f"pip-audit failed: {last}") from error


def installed() -> list[str]:
    """What pip has installed, but the wheels of ROS: they are in no advisory database."""
    found = {}
    for distribution in metadata.distributions():
        name = distribution.metadata["Name"]
        about = " ".join(distribution.metadata.get_all("Requires-Dist") or [])
        if name and not name.startswith("ros-") and "ros-" not in about:
            found[name.lower()] = distribution.version.partition("+")[0]
    found.pop("hispatial-ros", None)
    return sorted(f"{name}=={version}" for name, version in found.items())


def main() -> int:
    """Print what was found."""
    parser = argparse.ArgumentParser(description="Ask for known vulnerabilities of what is here.")
    parser.add_argument("--seconds", type=float, default=900.0, help="longest wait (900)")
    end = time.monotonic() + parser.parse_args().seconds
    try:
        if not any(package.get("vulns") for package in audit([KNOWN], end - time.monotonic())):
            raise NotAuditedError("the advisory database cannot be reached from here")
        packages = audit(installed(), end - time.monotonic())
    except NotAuditedError as why:
        print(f"NOT AUDITED: {why}. Known vulnerabilities of dependencies would not be noticed.")
        return 0
    vulnerable = [package for package in packages if package.get("vulns")]
    skipped = [package["name"] for package in packages if "skip_reason" in package]
    for package in vulnerable:
        for vulnerability in package["vulns"]:
            fixes = ", ".join(vulnerability["fix_versions"]) or "no version yet"
            name = f"{package['name']} {package['version']}"
            print(f"{name}: {vulnerability['id']}, fixed in {fixes}")
    print(f"audited {len(packages) - len(skipped)} packages, {len(vulnerable)} vulnerable")
    if skipped:
        print(f"not known to the database: {', '.join(skipped)}")
    return int(bool(vulnerable))


if __name__ == "__main__":
    sys.exit(main())
