"""What the image is made of can be listed, and looked up among known vulnerabilities."""

import json
import os
import re
import shutil
import subprocess
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from tests.paths import ROOT

PIN = re.compile(r"^([a-z0-9._-]+)==([^\s;]+)", re.MULTILINE)
FLAW = {"id": "TEST-1", "affected": [{"package": {"ecosystem": "PyPI", "name": "keras"}, "versions": ["3.15.1"]}]}


def make(target: str, folder: Path, *variables: str) -> subprocess.CompletedProcess[str]:
    """Run `make TARGET` in a copy of what it reads, with the tools of this checkout."""
    for name in ("pyproject.toml", "requirements.txt", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, folder)
    shutil.copytree(ROOT / "requirements", folder / "requirements")
    shutil.copytree(ROOT / "deploy", folder / "deploy", ignore=shutil.ignore_patterns("secrets"))
    tools = ROOT / ".venv-tools"
    command = ["make", "--file", f"{ROOT}/Makefile", f"TOOLS={tools}", "--old-file", f"{tools}/installed", target]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("MAKE")}
    return subprocess.run(
        [*command, *variables], cwd=folder, env=environment, capture_output=True, text=True, timeout=250, check=False
    )


@pytest.mark.slow
def test_the_bill_of_materials_names_every_package_of_the_image_with_its_hashes(tmp_path: Path) -> None:
    assert make("sbom", tmp_path).returncode == 0
    bill = json.loads((tmp_path / "sbom.json").read_text())
    listed = {(each["name"], each.get("version")): each for each in bill["components"]}
    assert set(PIN.findall((ROOT / "deploy" / "requirements.txt").read_text())) <= set(listed)
    assert all(each["externalReferences"][0]["hashes"] for each in listed.values())
    assert bill["metadata"]["component"]["name"] == "statesweep"


class Database(BaseHTTPRequestHandler):
    """Vulnerabilities in the form of OSV, of which one package has one."""

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        found = [FLAW] if asked["package"]["name"] == "keras" else []
        self.send_response(200)
        self.end_headers()
        self.wfile.write(json.dumps({"vulns": found} if found else {}).encode())

    def log_message(self, format: str, *_: object) -> None:  # noqa: A002
        """Nothing is said."""


@pytest.fixture
def database() -> Iterator[str]:
    server = HTTPServer(("127.0.0.1", 0), Database)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"AUDIT=--vulnerability-service osv --osv-url http://127.0.0.1:{server.server_port}/v1/query"
    server.shutdown()
    server.server_close()


def test_a_package_with_a_known_vulnerability_is_named(tmp_path: Path, database: str) -> None:
    audit = make("audit", tmp_path, database)
    assert audit.returncode == 2
    assert "keras 3.15.1" in " ".join(audit.stdout.split())
    assert "TEST-1" in audit.stdout


def test_what_cannot_be_looked_up_is_not_held_to_be_sound(tmp_path: Path) -> None:
    audit = make("audit", tmp_path, "AUDIT=--vulnerability-service osv --osv-url http://127.0.0.1:9/v1/query")
    assert audit.returncode == 2
    assert "No known vulnerabilities" not in audit.stdout + audit.stderr
