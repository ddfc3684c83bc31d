"""The files of the cluster, read as plain data."""

from pathlib import Path
from typing import Any

import yaml  # which Ray brings along; unlike ruamel.yaml it gives plain dictionaries with merged keys

from tests.paths import ROOT

COMPOSE = ROOT / "docker-compose.yml"
GPU = ROOT / "docker-compose.gpu.yml"
MANIFESTS = sorted((ROOT / "deploy" / "kuberay").glob("*.yaml"))


def load(path: Path) -> Any:
    """A YAML file's content."""
    return yaml.safe_load(path.read_text())


def services() -> dict[str, dict[str, Any]]:
    """The services of docker-compose.yml, by name."""
    found: dict[str, dict[str, Any]] = load(COMPOSE)["services"]
    return found


def instructions(path: Path = ROOT / "Dockerfile") -> list[tuple[str, str]]:
    """A Dockerfile's instructions with their arguments, continued lines joined."""
    lines = path.read_text().replace("\\\n", " ").splitlines()
    told = [line.partition(" ") for line in lines if line.strip() and not line.startswith("#")]
    return [(name, arguments.strip()) for name, _, arguments in told]
