import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.deploy.files import COMPOSE, GPU, load, services
from tests.paths import ROOT

SERVICES = services()
PINNED = re.compile(r"\$\{\w+:-([\w./-]+:[\w.-]+)(@sha256:[0-9a-f]{64})?\}")
every_service = pytest.mark.parametrize("name", SERVICES)


def test_the_services_are_those_of_the_manual() -> None:
    assert set(SERVICES) == {"postgres", "mlflow", "ray-head", "ray-worker", "sweep", "optuna-dashboard"}


def test_the_launcher_and_the_dashboard_start_only_when_asked_for() -> None:
    assert {name for name, service in SERVICES.items() if "profiles" in service} == {"sweep", "optuna-dashboard"}


def test_only_mlflow_and_the_dashboards_are_published_and_only_on_this_machine() -> None:
    published = {name: service["ports"] for name, service in SERVICES.items() if "ports" in service}
    assert set(published) == {"mlflow", "ray-head", "optuna-dashboard"}
    assert all(re.fullmatch(r"127\.0\.0\.1:\$\{\w+:-\d+\}:\d+", port) for ports in published.values() for port in ports)


@every_service
def test_every_service_is_confined(name: str) -> None:
    service = SERVICES[name]
    assert service["init"]
    assert service["read_only"]
    assert service["cap_drop"] == ["ALL"]
    assert "cap_add" not in service
    assert "privileged" not in service
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service["mem_limit"]
    assert service["pids_limit"]
    assert service["networks"]
    assert "network_mode" not in service


@every_service
def test_every_service_is_watched_and_restarted_but_the_launcher(name: str) -> None:
    assert SERVICES[name]["healthcheck"]["test"][0] == "CMD"
    assert SERVICES[name]["restart"] == ("no" if name == "sweep" else "unless-stopped")


@every_service
def test_every_service_waits_for_what_it_needs_to_be_healthy(name: str) -> None:
    waits_for = SERVICES[name].get("depends_on", {})
    assert set(waits_for) <= set(SERVICES)
    assert all(wait == {"condition": "service_healthy"} for wait in waits_for.values())


@every_service
def test_no_secret_is_in_an_environment(name: str) -> None:
    environment = SERVICES[name].get("environment", {})
    told = {key for key in environment if re.search(r"PASSWORD|TOKEN|SECRET|KEY", key)}
    assert all(key.endswith(("_FILE", "_PATH")) and environment[key].startswith("/run/secrets/") for key in told)
    assert not any(re.search(r"://[^/]*:[^/]*@", str(value)) for value in environment.values())


@every_service
def test_ray_never_runs_without_tokens(name: str) -> None:
    service = SERVICES[name]
    if "ray_token" in service.get("secrets", []):
        assert service["environment"]["RAY_AUTH_MODE"] == "token"
        assert service["environment"]["RAY_AUTH_TOKEN_PATH"] == "/run/secrets/ray_token"
    else:
        assert not name.startswith("ray")
        assert name != "sweep"


def test_running_the_launcher_does_not_scale_the_workers_back() -> None:
    assert "ray-worker" not in SERVICES["sweep"]["depends_on"]


def test_only_the_database_networks_reach_postgres_and_workers_are_not_among_them() -> None:
    assert SERVICES["postgres"]["networks"] == ["ledger"]
    assert "ledger" not in [*SERVICES["ray-worker"]["networks"], *SERVICES["ray-head"]["networks"]]
    assert load(COMPOSE)["networks"]["ledger"] == load(COMPOSE)["networks"]["cluster"] == {"internal": True}


def test_what_is_published_cannot_call_out() -> None:
    options = load(COMPOSE)["networks"]["published"]["driver_opts"]
    assert options == {"com.docker.network.bridge.enable_ip_masquerade": "false"}


def test_images_of_others_are_pinned_by_digest() -> None:
    found = PINNED.fullmatch(SERVICES["postgres"]["image"])
    assert found
    assert found[2]


def test_compose_and_dockerfile_pin_the_same_base_image() -> None:
    base = SERVICES["mlflow"]["build"]["args"]["PYTHON_IMAGE"].removeprefix("${PYTHON_IMAGE:-").removesuffix("}")
    assert f"ARG PYTHON_IMAGE={base}\n" in (ROOT / "Dockerfile").read_text()


def test_all_but_postgres_run_one_image() -> None:
    assert len({service["image"] for name, service in SERVICES.items() if name != "postgres"}) == 1


def test_with_gpus_all_but_postgres_run_one_image_too() -> None:
    gpu = load(GPU)["services"]
    assert set(gpu) == set(SERVICES) - {"postgres"}
    assert {service["image"] for service in gpu.values()} == {"statesweep:0.1.0-gpu"}


@pytest.mark.parametrize("files", [[COMPOSE], [COMPOSE, GPU]], ids=["plain", "gpu"])
def test_compose_accepts_it_on_a_fresh_clone(files: list[Path], tmp_path: Path) -> None:
    for file in files:
        shutil.copy(file, tmp_path)  # and neither secrets nor an .env beside it
    options = [part for file in files for part in ("--file", file.name)]
    compose = Path(sys.executable).parent / "docker-compose"  # which needs no engine for this
    command = [str(compose), *options, "--profile", "*", "config", "--quiet"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
