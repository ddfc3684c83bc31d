"""What this project uses of Ray's private names is still there and still means the same, as seen in Ray 2.60."""

import ast
import logging
import os
import subprocess
import sys
from contextlib import nullcontext
from typing import Any

import pytest
import ray
from ray._private import accelerators, node, parameter, ray_constants, services, utils
from ray.job_submission import JobSubmissionClient

from sweep.execution.cluster import ray_private

SEEN_IN = "2.60"
LISTENS_ON = """
import psutil, ray
from sweep.config.sections import Workers
from sweep.execution import cluster
cluster.connect(Workers())
print({node["NodeManagerAddress"] for node in ray.nodes()})
me = psutil.Process()
print({at.laddr.ip for process in [me, *me.children(recursive=True)] for at in process.net_connections("tcp")
       if at.status == psutil.CONN_LISTEN})
cluster.disconnect()
"""


RUNS = """
import psutil
from sweep.config.sections import Workers
from sweep.execution import cluster
cluster.connect(Workers())
for process in psutil.Process().children(recursive=True):
    print(*process.cmdline())
cluster.disconnect()
"""


NICENESS = """
import os, ray
from sweep.config.sections import Workers
from sweep.execution import cluster
cluster.connect(Workers())
print(os.nice(0), ray.get(ray.remote(lambda: os.nice(0)).remote()))
cluster.disconnect()
"""


def test_the_version_is_the_one_in_which_these_names_were_seen() -> None:
    assert ray.__version__.startswith(f"{SEEN_IN}.")


@pytest.mark.services
def test_a_cluster_of_this_machine_alone_listens_on_loopback_only() -> None:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("RAY_")}
    run = subprocess.run(
        [sys.executable, "-c", LISTENS_ON], env=environment, capture_output=True, text=True, timeout=200, check=False
    )
    node, listening = run.stdout.splitlines()
    assert node == "{'127.0.0.1'}"
    assert "127.0.0.1" in listening
    assert set(ast.literal_eval(listening)) <= {"127.0.0.1", "::ffff:127.0.0.1", "::1"}  # all of them loopback


@pytest.mark.services
def test_its_workers_get_their_share_of_a_machine_on_which_other_programs_run() -> None:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("RAY_")}
    run = subprocess.run(
        ["nice", "-n", "3", sys.executable, "-c", NICENESS],
        env=environment,
        capture_output=True,
        text=True,
        timeout=200,
        check=False,
    )
    assert run.stdout.split() == ["3", "3"]


@pytest.mark.services
def test_a_cluster_of_this_machine_alone_has_no_dashboard_no_autoscaler_and_no_log_monitor() -> None:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("RAY_")}
    run = subprocess.run(
        [sys.executable, "-c", RUNS], env=environment, capture_output=True, text=True, timeout=200, check=True
    )
    lines = run.stdout.splitlines()
    (raylet,) = [line for line in lines if "raylet/raylet" in line]
    assert "dashboard/agent.py" in raylet  # which it starts
    assert "--minimal" in raylet
    assert not [line for line in lines if "dashboard/dashboard.py" in line or "monitor.py" in line]


def test_what_is_left_out_of_a_cluster_of_this_machine_is_left_out_of_no_other() -> None:
    before = parameter.RayParams, node.Node.start_api_server, utils.get_dashboard_dependency_error
    with ray_private.without_what_a_launch_does_not_use():
        assert parameter.RayParams().no_monitor
        assert not parameter.RayParams().include_log_monitor
    assert (parameter.RayParams, node.Node.start_api_server, utils.get_dashboard_dependency_error) == before
    assert not parameter.RayParams().no_monitor


@pytest.mark.parametrize(("visible", "count"), [(None, 3), ("0,2", 2), ("", 0)])
def test_the_gpus_of_this_machine_are_counted_as_far_as_they_are_visible(
    visible: str | None, count: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    manager: Any = accelerators.get_accelerator_manager_for_resource("GPU")
    monkeypatch.setattr(manager, "get_current_node_num_accelerators", lambda: 3)
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    if visible is not None:
        monkeypatch.setenv("CUDA_VISIBLE_DEVICES", visible)
    assert ray_private.gpus_here() == count


def test_what_ray_starts_in_a_session_of_its_own_is_in_no_group_of_this_process() -> None:
    program = [sys.executable, "-c", "import os; print(os.getsid(0) == os.getpid())"]
    for block, apart in ((ray_private.in_a_session_of_its_own(), "True"), (nullcontext(), "False")):
        with block:
            started: Any = services.ConsolePopen(program, stdout=subprocess.PIPE, text=True)
        assert started.communicate()[0].strip() == apart


def test_a_setting_of_the_user_s_own_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER", "1")
    monkeypatch.setattr("ray._private.ray_constants.ENABLE_RAY_CLUSTER", True)
    ray_private.listen_on_loopback_only()
    assert ray_constants.ENABLE_RAY_CLUSTER is True


def test_the_address_of_a_head_is_what_it_is_called(nodes: Any) -> None:
    assert ray_private.bootstrap_address(nodes.address) == nodes.address


def test_the_tables_of_a_cluster_are_read_without_joining_it(nodes: Any) -> None:
    with ray_private.state_of(nodes.address) as state:
        before = len(state.job_table())
        assert [node["Alive"] for node in state.node_table()] == [True]
        assert state.actor_table(None, actor_state_name="ALIVE") == {}
    with ray_private.state_of(nodes.address) as state:
        assert len(state.job_table()) == before


def test_an_actor_has_started_when_ray_has_a_slot_for_it(nodes: Any) -> None:
    @ray.remote(num_cpus=1)
    class Actor:
        def ready(self) -> None:
            pass

    actor: Any = Actor  # as Ray makes it
    first, second = actor.remote(), actor.remote()  # on one processor
    ray.get(first.ready.remote())
    assert ray_private.has_started(first)
    assert not ray_private.has_started(second)
    ray.kill(first)
    ray.get(second.ready.remote())
    assert ray_private.has_started(second)
    ray.kill(second)


def test_certificates_are_missed_where_the_environment_names_none(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("RAY_TLS_SERVER_CERT", "RAY_TLS_SERVER_KEY", "RAY_TLS_CA_CERT"):
        monkeypatch.delenv(name, raising=False)
    with pytest.raises((RuntimeError, OSError)):
        ray_private.certificates()


def test_uploads_are_hidden_in_loggers_that_ray_has() -> None:
    from ray._private.runtime_env import packaging  # noqa: PLC0415
    from ray.dashboard.modules import dashboard_sdk  # noqa: PLC0415

    assert {packaging.default_logger.name, dashboard_sdk.logger.name} == set(ray_private.UPLOAD_LOGGERS)
    ray_private.hide_uploads()
    assert {logging.getLogger(name).level for name in ray_private.UPLOAD_LOGGERS} == {logging.WARNING}


def test_the_job_api_sends_its_requests_by_what_it_is_given() -> None:
    asked = []

    def send(method: str, url: str, **named: Any) -> Any:
        asked.append((method, url, named.get("timeout")))
        raise OSError("not sent")

    with pytest.raises(OSError, match="not sent"), ray_private.job_requests_sent_by(send):
        JobSubmissionClient("http://127.0.0.1:9").list_jobs()
    assert asked[0][:2] == ("GET", "http://127.0.0.1:9/api/version")
    assert asked[0][2] is None
