import re

from tests.deploy.files import COMPOSE, load, services
from tests.paths import ROOT

SECURITY = (ROOT / "docs" / "security.md").read_text()
CLUSTER = (ROOT / "docs" / "cluster.md").read_text()


def test_every_secret_is_explained() -> None:
    assert all(f"| `{name}` |" in SECURITY for name in load(COMPOSE)["secrets"])


def test_every_secret_is_said_to_be_known_to_whom_it_is_given() -> None:
    for name in load(COMPOSE)["secrets"]:
        row = next(line for line in SECURITY.splitlines() if line.startswith(f"| `{name}` |"))
        known_to = {who.strip() for who in row.split("|")[3].split(",")} - {"you in the browser"}
        assert known_to == {service for service, told in services().items() if name in told.get("secrets", [])}


def test_every_published_port_is_listed() -> None:
    for service, told in services().items():
        for port in told.get("ports", []):
            assert f"| {service} | {port.rpartition(':')[2]} |" in SECURITY


def test_every_port_of_ray_is_listed() -> None:
    fixed = re.findall(r"-port=(\d+)", (ROOT / "deploy" / "ray-node.sh").read_text())
    listed = re.findall(r"^\| (?:ray-head|every Ray node) \| (.+?) \|", SECURITY, re.MULTILINE)
    spans = [re.findall(r"\d+", text) for text in listed]
    assert len(fixed) == 10
    assert all(any(int(span[0]) <= int(port) <= int(span[-1]) for span in spans) for port in fixed)


def test_every_setting_is_explained() -> None:
    settings = set(re.findall(r"\$\{(\w+):-", COMPOSE.read_text()))
    assert all(f"`{name}`" in CLUSTER for name in settings)
