"""All that this project uses of Ray without Ray's promise: its private modules and names, as Ray 2.60 has them.

tests/sweep/execution/cluster/test_ray_private.py has a test of each.
"""

import logging
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

import requests
from ray._common.tls_utils import load_certs_from_env
from ray._private import accelerators, node, parameter, ray_constants, services, utils
from ray._private import state as ray_state
from ray._private.authentication.authentication_token_setup import ensure_token_if_auth_enabled
from ray._private.services import canonicalize_bootstrap_address
from ray._private.state import GlobalState
from ray._raylet import GcsClientOptions  # type: ignore[attr-defined]

UPLOAD_LOGGERS = ("ray.dashboard.modules.dashboard_sdk", "ray._private.runtime_env.packaging")


def listen_on_loopback_only() -> None:
    """Let a cluster that this process starts listen on 127.0.0.1; otherwise it listens on all networks.

    Ray reads the environment variable at its import, here and in the processes that it starts. A value of the user's
    own is kept.
    """
    setting = os.environ.setdefault(ray_constants.ENABLE_RAY_CLUSTERS_ENV_VAR, "0")
    if setting == "0":
        ray_constants.ENABLE_RAY_CLUSTER = False


def let_workers_keep_pace() -> None:
    """Let the workers of a cluster that this process starts be as nice to other programs as this process is.

    Ray makes them nicer by 15, so that beside a program that is always busy they get a thirtieth of a processor.
    Ray reads the environment variable in the node that starts the workers. A value of the user's own is kept.
    """
    os.environ.setdefault(ray_constants.RAY_WORKER_NICENESS, "0")


@contextmanager
def in_a_session_of_its_own() -> Iterator[None]:
    """Let what Ray starts within the block be in no process group of this one's.

    `timeout`, a terminal that closes and a job's manager send their signals to whole groups: Ray's processes would end
    at once, before the launcher has finished its segments. They still end with this process, however that ends.
    """
    module: Any = services
    popen = module.ConsolePopen
    module.ConsolePopen = partial(popen, start_new_session=True)
    try:
        yield
    finally:
        module.ConsolePopen = popen


@contextmanager
def without_what_a_launch_does_not_use() -> Iterator[None]:
    """Let a node that is started within the block have no dashboard, autoscaler and log monitor, and a minimal agent.

    Each is a process of Python, for which the start of the node waits, or which takes its processors meanwhile: they
    cost more than all the rest of it. The minimal agent is that of a Ray which is installed without `ray[default]`. The
    full one listens on a port that is the same for all clusters, and waits for seconds where another cluster has it.
    """
    minimal: dict[str, Any] = {"include_log_monitor": False, "no_monitor": True}
    replaced: list[tuple[Any, str, Any]] = [
        (parameter, "RayParams", partial(parameter.RayParams, **minimal)),
        (node.Node, "start_api_server", _without_dashboard),
        (utils, "get_dashboard_dependency_error", lambda: ImportError("a launch has no use for a dashboard")),
    ]
    before = [(owner, name, getattr(owner, name)) for owner, name, _ in replaced]
    for owner, name, value in replaced:
        setattr(owner, name, value)
    try:
        yield
    finally:
        for owner, name, value in before:
            setattr(owner, name, value)


def _without_dashboard(started: Any, **_: Any) -> None:
    started._webui_url = None  # noqa: SLF001


def bootstrap_address(address: str) -> str | None:
    """The host:port of the head that a RAY_ADDRESS such as `auto` names; None if there is none.

    Raises what Ray raises: ConnectionError, RuntimeError, ValueError.
    """
    return canonicalize_bootstrap_address(address)


def gpus_here() -> int:
    """How many GPUs a cluster that is started on this machine has: those that are visible to this process."""
    manager: Any = accelerators.get_accelerator_manager_for_resource("GPU")
    there = int(manager.get_current_node_num_accelerators())
    visible = manager.get_current_process_visible_accelerator_ids()
    return there if visible is None else min(there, len(visible))


def has_started(actor: Any) -> bool:
    """Whether Ray has found a slot for an actor of this process: the actor has a process id then."""
    return bool(ray_state.actors(actor._actor_id.hex()).get("Pid"))  # noqa: SLF001


@contextmanager
def state_of(gcs: str) -> Iterator[Any]:
    """The tables of the cluster whose head listens at host:port: `node_table()`, `job_table()`, `actor_table(...)`.

    Nothing joins the cluster: joining would make this process a launcher, for which Ray would start workers.
    """
    ensure_token_if_auth_enabled(None, create_token_if_missing=False)
    state: Any = GlobalState()
    state._initialize_global_state(  # noqa: SLF001
        GcsClientOptions.create(gcs, None, allow_cluster_id_nil=True, fetch_cluster_id_if_nil=False)
    )
    try:
        yield state
    finally:
        state.disconnect()


def certificates() -> tuple[bytes, bytes, bytes]:
    """The certificate chain, its key and the authority's certificate that Ray's environment variables name.

    Raises RuntimeError or OSError where there are none.
    """
    chain, key, authority = load_certs_from_env()
    return chain, key, authority


def hide_uploads() -> None:
    """Keep the job API from listing its uploads on stderr."""
    for name in UPLOAD_LOGGERS:
        logging.getLogger(name).setLevel(logging.WARNING)


@contextmanager
def job_requests_sent_by(send: Callable[..., Any]) -> Iterator[None]:
    """Let the job API send its requests within the block by `send`, which takes what requests.request takes.

    Ray's own have no timeout.
    """
    module: Any = requests  # in which Ray looks `request` up
    before = module.request
    module.request = send
    try:
        yield
    finally:
        module.request = before
