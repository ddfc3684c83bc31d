"""Ten minutes of every fault that was thought of, in a random order: python -m tests.faults.soak, or `make soak`."""

# ruff: noqa: T201  (a program, which says what it does)

import argparse
import os
import random
import signal
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from functools import partial
from pathlib import Path

from tests.faults.launcher import STUDY, Launcher, launch, said, world
from tests.faults.ledger_check import check
from tests.sweep.postgres import Postgres, binaries
from tests.sweep.proxy import Mode, Proxy
from tests.sweep.tracking_server import TrackingServer

PAUSE = 0.1  # seconds a segment
TRIALS = 60
BETWEEN = (0.2, 1.5)  # seconds between faults
PATIENCE = 180.0  # seconds for a study to end once it is left alone
WIRES: tuple[Mode, ...] = ("refuse", "hang", "error", "lose", "slow")


class Soak:
    """One study after the other, each continued until it is done, while faults are injected.

    faults   how many there were, by kind
    studies  how many were finished and checked
    """

    def __init__(self, folder: Path, postgres: Postgres, server: TrackingServer, dice: random.Random) -> None:
        self.faults: Counter[str] = Counter()
        self.studies = 0
        self._folder, self._postgres, self._server, self._dice = folder, postgres, server, dice
        self._wire = Proxy(server.port)
        self._kinds: dict[str, Callable[[], object]] = {
            "launcher killed": lambda: self._send(signal.SIGKILL),
            "launcher asked to stop": lambda: self._send(signal.SIGTERM),
            "launcher stopped for a while": lambda: self._pause([self._launcher.pid]),
            "a second launcher": self._launch_another,
            "worker killed": lambda: [worker.kill() for worker in self._launcher.workers[:1]],
            "workers stopped for a while": lambda: self._pause([worker.pid for worker in self._launcher.workers]),
            "PostgreSQL restarted": self._restart_postgres,
            "MLflow restarted": self._restart_mlflow,
            **{f"wire to MLflow: {mode}": partial(self._cut, mode) for mode in WIRES},
        }
        self._weights = [1 if kind == "MLflow restarted" else 4 for kind in self._kinds]

    def run(self, seconds: float) -> None:
        """Begin new studies as long as there is time; fails with what is wrong with one."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            self._begin()
            while self._goes_on(self._launcher.wait(self._dice.uniform(*BETWEEN))):
                if time.monotonic() < end:
                    self._inject()
            self._finish()

    def _begin(self) -> None:
        self._name = f"soak-{self.studies}"
        self._storage = self._postgres.database(self._name)
        text = STUDY.replace("small", self._name).replace("trials: 20", f"trials: {TRIALS}")
        text += f"storage: {self._storage}\ntracking: {self._wire.address}\n"
        self._place = world(self._folder / self._name, text)
        self._launcher = self._launch()

    def _launch(self) -> Launcher:
        return launch(self._place, "--workers", "2", pause=PAUSE, processes=2)

    def _goes_on(self, code: int | None) -> bool:
        """Whether the study is not done; a launcher that came to its end is followed by the next."""
        if code == 0:
            return False
        if code is not None:
            # 69: the database, or a new study's MLflow, was away when it was launched.
            assert code in (-signal.SIGKILL, -signal.SIGTERM, 130, 69), f"exit code {code}: {said(self._place)}"
            assert not self._launcher.left_behind
            self._launcher = self._launch()
        return True

    def _inject(self) -> None:
        (kind,) = self._dice.choices(list(self._kinds), self._weights)
        self._kinds[kind]()
        self.faults[kind] += 1
        print(f"{time.strftime('%H:%M:%S')} {self.faults.total()} {kind}", flush=True)

    def _finish(self) -> None:
        """Let MLflow have what it lacks, with nothing in the way; then look at what there is."""
        self._wire.heal()
        synced = launch(self._place, command="sync")
        assert synced.wait(PATIENCE) == 0, said(self._place)
        assert not self._launcher.left_behind
        assert "Traceback" not in said(self._place), said(self._place)
        tracking = f"sqlite:///{self._folder}/mlflow.db"
        check(self._place, TRIALS, study=self._name, storage=self._storage, tracking=tracking)
        self.studies += 1
        print(f"{self._name}: checked", flush=True)

    def _send(self, number: signal.Signals) -> None:
        self._launcher.send(number)

    def _pause(self, pids: list[int]) -> None:
        """Stop processes, some of which may have ended, and let them go on after a while."""
        for number in (signal.SIGSTOP, signal.SIGCONT):
            for pid in pids:
                try:
                    os.kill(pid, number)
                except ProcessLookupError:
                    continue
            if number == signal.SIGSTOP:
                time.sleep(self._dice.uniform(0.1, 1.5))

    def _launch_another(self) -> None:
        """Which is told that somebody leads; or leads itself, if the one before ends in the meantime."""
        another = self._launch()
        while another.wait(0.2) is None:
            if self._launcher.wait(0) is not None:
                self._launcher = another
                return
        assert another.wait() in (75, 69), said(self._place)

    def _restart_postgres(self) -> None:
        self._postgres.stop()
        time.sleep(self._dice.uniform(0, 1))
        self._postgres.start()

    def _restart_mlflow(self) -> None:
        self._server.stop()
        self._server.start()

    def _cut(self, mode: Mode) -> None:
        self._wire.fail(mode, status=503)
        time.sleep(self._dice.uniform(0.3, 1.5))
        self._wire.heal()


def main() -> None:
    """Soak, and say what was survived."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10_000))
    arguments = parser.parse_args()
    print(f"seed {arguments.seed}: the same faults in the same order, at other instants", flush=True)
    os.environ["MLFLOW_HTTP_REQUEST_TIMEOUT"] = "2"  # seconds, of launchers
    found = binaries()
    assert found, "initdb was not found: it comes with the package postgresql"
    with tempfile.TemporaryDirectory(prefix="soak-") as folder, tempfile.TemporaryDirectory(prefix="soak-db-") as data:
        postgres = Postgres(found, Path(data))
        server = TrackingServer(Path(folder), f"sqlite:///{folder}/mlflow.db")
        postgres.start()
        server.start()
        try:
            soak = Soak(Path(folder), postgres, server, random.Random(arguments.seed))
            soak.run(arguments.minutes * 60)
        finally:
            server.stop()
            postgres.stop()
    told = ", ".join(f"{times} x {kind}" for kind, times in sorted(soak.faults.items()))
    print(f"{soak.faults.total()} faults in {soak.studies} studies of {TRIALS} trials, nothing lost: {told}")


if __name__ == "__main__":
    main()
