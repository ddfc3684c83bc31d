"""python -m tests.cluster: the whole cluster, brought up, hurt in every way and taken down; make cluster-test runs it.

STANDINS=1 makes the base images from Debian's packages where no registry can be reached.
"""

import os
import subprocess
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

from tests.cluster import browser, refusals
from tests.cluster.stack import (
    PROJECT,
    STANDINS,
    STUDY,
    Attempt,
    Unmet,
    address,
    attempts,
    compose,
    containers,
    docker,
    get,
    ledger,
    need_engine,
    say,
    secret,
    until,
)
from tests.paths import ROOT

MORE = 4  # trials, after all was taken down and brought up again
LEASES = "SELECT count(*) FROM sweep_leaders WHERE until > extract(epoch FROM clock_timestamp())"
CHECK = """
from pathlib import Path
from tests.faults.ledger_check import check
base = "postgresql+psycopg://{}@postgres/{}"
check(Path("/study"), %d, storage=base.format("sweep", "sweep"), tracking=base.format("mlflow", "mlflow"))
"""


def main() -> int:
    """Run it all; 1 when something does not hold."""
    need_engine()
    began = time.monotonic()
    try:
        _build()
        _story()
    except Unmet as unmet:
        say(f"FAILED: {unmet}")
        say(compose("--profile", "*", "ps", "--all", ok=False) + compose("logs", "--tail", "15", ok=False))
        return 1
    finally:
        if "KEEP" not in os.environ:  # to look at what failed
            _take_down()
    say(f"all of it holds, {time.monotonic() - began:.0f} s")
    return 0


def _build() -> None:
    subprocess.run([ROOT / "deploy" / "make_secrets.sh"], check=True)
    if os.environ.get("STANDINS"):
        os.environ.update(STANDINS)
        if not all(docker("images", "--quiet", image).strip() for image in STANDINS.values()):
            say("making base images from Debian's packages")
            subprocess.run([ROOT / "tests" / "cluster" / "standins.sh", *STANDINS.values()], check=True)
    began = time.monotonic()
    try:
        compose("build", "mlflow")
    except Unmet as unmet:
        raise Unmet(f"{unmet}\nWithout a registry of images: STANDINS=1 make cluster-test, as root") from None
    say(f"built in {time.monotonic() - began:.0f} s")


def _take_down() -> None:
    compose("--profile", "*", "down", "--volumes", "--remove-orphans")


def _story() -> None:
    _take_down()
    _up("up")
    refusals.check()
    say("who has no business there is refused, no secret shows")
    say(compose("run", "--rm", "-T", "sweep", "doctor", "--security"))
    launcher = _launch("--trials", "1000")
    until("two workers train", lambda: len(_at_work()) == 2, 400)
    _third_joins()
    _one_dies()
    _one_is_cut_off()
    _services_restart()
    docker("rm", "--force", launcher)
    compose("down", "--remove-orphans")
    say("all taken down in the middle of the study")
    _up("up again")
    done = int(ledger("SELECT count(*) FROM trials")[0][0])
    trials = done + MORE
    until("the lease of the launcher that is gone has run out", lambda: ledger(LEASES) == [["0"]])
    compose("run", "--rm", "-T", "-v", STUDY, "sweep", "small.yaml", "--trials", str(trials))
    say(f"continued from {done} trials to {trials}, and compared")
    say(compose("run", "--rm", "-T", "--no-deps", "-v", STUDY, "sweep", "sync", "small.yaml").strip())
    _check(trials)
    _read_back(trials)


def _up(what: str) -> None:
    began = time.monotonic()
    compose("up", "--detach", "--no-build", "--wait", "--scale", "ray-worker=2")
    say(f"{what}: healthy in {time.monotonic() - began:.0f} s")


def _launch(*arguments: str) -> str:
    """The id of a launcher's container."""
    return compose("run", "--detach", "-v", STUDY, "sweep", "small.yaml", *arguments).split()[-1]


def _at_work() -> set[str]:
    """The addresses of the workers that have a trial in hand."""
    return {each.address for each in attempts() if not each.ended}


def _trains_at(where: Callable[[], str]) -> Callable[[], bool]:
    """Whether a new attempt, begun after now, is under way or done on a node."""
    before = len(attempts())
    return lambda: where() in {each.address for each in attempts()[before:]}


def _third_joins() -> None:
    before = set(containers("ray-worker"))
    compose("up", "--detach", "--no-build", "--no-recreate", "--scale", "ray-worker=3", "ray-worker")
    new = (set(containers("ray-worker")) - before).pop()
    until("a third worker trains", _trains_at(lambda: address(new)), 400)


def _one_dies() -> None:
    victim = containers("ray-worker")[0]
    where = address(victim)
    until("the first worker trains", lambda: where in _at_work(), 400)
    again = _trains_at(lambda: address(victim))
    docker("exec", victim, "sh", "-c", "kill -9 -1", ok=False)  # after `docker kill` it would not restart
    until("its trial was given up", lambda: _lost(where))
    until("it has restarted and trains again", again, 400)


def _one_is_cut_off() -> None:
    victim = containers("ray-worker")[1]
    where = address(victim)
    until("the second worker trains", lambda: where in _at_work(), 400)
    docker("network", "disconnect", f"{PROJECT}_cluster", victim)
    lost = until("its being cut off was noticed", lambda: _lost(where))
    until("its trial goes on elsewhere", lambda: [each for each in attempts() if _continues(each, lost)], 400)
    docker("network", "connect", f"{PROJECT}_cluster", victim)
    until("it is back and trains again", _trains_at(lambda: address(victim)), 600)


def _lost(where: str) -> Attempt | None:
    """The last attempt at an address, if it ended with the worker's loss."""
    last = [each for each in attempts() if each.address == where][-1]
    return last if last.ended and last.how != "finished" else None


def _continues(attempt: Attempt, lost: Attempt) -> bool:
    same = (attempt.stage, attempt.trial) == (lost.stage, lost.trial)
    return same and attempt.address != lost.address


def _services_restart() -> None:
    for service in ("postgres", "mlflow"):
        wanted = _ended() + 2
        compose("restart", service)
        until(f"{service} restarted, and trials go on", partial(_has_ended, wanted), 400)


def _has_ended(wanted: int) -> bool:
    return _ended() >= wanted


def _ended() -> int:
    return sum(each.ended for each in attempts())


def _check(trials: int) -> None:
    secrets = "/deploy/secrets/mlflow_database_password:/run/secrets/mlflow_database_password:ro"
    mounts = ["-v", f"{ROOT}/tests:/repository/tests:ro", "-v", f"{ROOT}{secrets}", "-e", "PYTHONPATH=/repository"]
    compose("run", "--rm", "-T", "--no-deps", "--entrypoint", "/opt/sweep/entrypoint.sh", *mounts, "sweep",
            "python", "-c", CHECK % trials)  # fmt: skip
    say("nothing lost, nothing doubled: the ledger's check")


def _read_back(trials: int) -> None:
    refusals.check_dashboard("small")
    say("Optuna's dashboard shows the study to who knows its password, and changes nothing")
    password = secret("mlflow_password")
    status, text = get("/api/2.0/mlflow/experiments/get-by-name?experiment_name=small", password=password)
    if status != 200:
        raise Unmet(f"MLflow does not know the study: {status} {text}")
    experiment = text.partition('"experiment_id": "')[2].partition('"')[0]
    query = {"experiment_ids": [experiment], "max_results": 1000, "filter": "tags.`sweep.stage` = 'search'"}
    status, text = get("/api/2.0/mlflow/runs/search", password=password, data=query)
    found = text.count('"run_uuid"')
    if found != trials:
        raise Unmet(f"MLflow's API shows {found} trials of {trials}: {status}")
    picture = Path(os.environ.get("PICTURE", "/tmp/cluster-test.png"))
    page = browser.text_of(f"/#/experiments/{experiment}/runs?viewStateShareKey=sweep", "every_epoch", picture)
    say(f"MLflow's API shows {found} trials")
    say(f"its page shows them: {picture}" if page else "its page was not looked at: there is no browser here")


if __name__ == "__main__":
    sys.exit(main())
