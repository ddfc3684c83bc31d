from pathlib import Path
from typing import Any

import pytest
import ray

from tests.deploy.files import COMPOSE, MANIFESTS, load, services


def cluster(path: Path) -> dict[str, Any]:
    spec: dict[str, Any] = load(path)["spec"]
    found: dict[str, Any] = spec.get("rayClusterSpec", spec)
    return found


def pods(path: Path) -> list[dict[str, Any]]:
    groups = [cluster(path)["headGroupSpec"], *cluster(path)["workerGroupSpecs"]]
    return [group["template"]["spec"] for group in groups]


def containers(path: Path) -> list[dict[str, Any]]:
    return [each for pod in pods(path) for each in [*pod["containers"], *pod.get("initContainers", [])]]


every_manifest = pytest.mark.parametrize("path", MANIFESTS, ids=lambda path: path.stem)


def test_there_is_one_for_a_standing_cluster_and_one_for_a_study() -> None:
    assert [(load(path)["apiVersion"], load(path)["kind"]) for path in MANIFESTS] == [
        ("ray.io/v1", "RayCluster"),
        ("ray.io/v1", "RayJob"),
    ]


@every_manifest
def test_it_is_for_the_ray_that_is_installed(path: Path) -> None:
    assert cluster(path)["rayVersion"] == ray.__version__


@every_manifest
def test_ray_asks_for_a_token(path: Path) -> None:
    assert cluster(path)["authOptions"] == {"mode": "token"}


@every_manifest
def test_its_image_is_that_of_compose(path: Path) -> None:
    image = services()["ray-head"]["image"]
    assert {container["image"] for container in containers(path)} == {image}


@every_manifest
def test_every_pod_is_confined(path: Path) -> None:
    for pod in pods(path):
        assert pod["automountServiceAccountToken"] is False
        assert pod["securityContext"]["runAsNonRoot"] is True
        assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    locked = {"allowPrivilegeEscalation": False, "readOnlyRootFilesystem": True, "capabilities": {"drop": ["ALL"]}}
    for container in containers(path):
        assert container["securityContext"] == locked
        assert container["resources"]["limits"]["memory"]


@every_manifest
def test_every_mount_has_its_volume(path: Path) -> None:
    for pod in pods(path):
        volumes = {volume["name"] for volume in pod["volumes"]}
        inside = [*pod["containers"], *pod.get("initContainers", [])]
        assert {mount["name"] for container in inside for mount in container["volumeMounts"]} == volumes


@every_manifest
def test_nodes_that_are_cut_off_are_known_as_soon_as_with_compose(path: Path) -> None:
    wanted = {name: value for name, value in load(COMPOSE)["x-ray"].items() if "_ms" in name}
    for pod in pods(path):
        told = {each["name"]: each["value"] for each in pod["containers"][0]["env"]}
        assert wanted.items() <= told.items()


@every_manifest
def test_no_secret_is_written_down(path: Path) -> None:
    for container in containers(path):
        for each in container.get("env", []):
            assert not each["name"].endswith(("PASSWORD", "TOKEN", "KEY"))
