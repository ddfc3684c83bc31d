"""How soon a search comes to what random search comes to in 64 trials: seconds from the command to that loss.

Both are this product's, with the same arms, workers and start; both find compiled what an earlier study left. Random
search comes to its own best somewhere on its way, so that the time to that loss is less than a whole one for it, too.
STUDIES and SEARCHES, with semicolons between names, choose what is measured; RUNS is the number of seeds, TRIALS
that of trials.
"""

import json
import math
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

import optuna

ROOT = Path(__file__).parents[1]
EVERY_STUDY = {"glucose": "configs/glucose.yaml", "traffic": "configs/study.yaml"}
STUDIES = {name: EVERY_STUDY[name] for name in os.environ.get("STUDIES", ";".join(EVERY_STUDY)).split(";")}
TRIALS = int(os.environ.get("TRIALS", "64"))
SEEDS = int(os.environ.get("RUNS", "10"))
RANDOM = "random"
EVERY_SEARCH = {
    RANDOM: ["sampler=random"],
    "tpe": [],
    "tpe, pruned by the median": ["pruner=median"],
    "tpe, successive halving": ["pruner={kind: successive_halving, min_resource: 4}"],
}
CHOSEN = os.environ.get("SEARCHES", ";".join(EVERY_SEARCH)).split(";")  # names have commas
SEARCHES = {name: EVERY_SEARCH[name] for name in [RANDOM, *CHOSEN]}
HEADER = "| | the whole search, s | to the best loss of random search, s | against all of random search | reached |"


class Search(NamedTuple):
    """seconds from the command to the end of each complete trial, and its loss; wall: to the command's end."""

    ends: list[tuple[float, float]]
    wall: float

    @property
    def best(self) -> float:
        """The smallest loss."""
        return min(loss for _, loss in self.ends)

    def until(self, loss: float) -> float:
        """Seconds until a trial has a loss as small; infinite where none has."""
        return min((seconds for seconds, found in self.ends if found <= loss), default=math.inf)


def main() -> dict[str, dict[str, list[dict[str, float]]]]:
    """Print the medians for each study; the seconds of each search, by study, search and seed."""
    found: dict[str, dict[str, list[dict[str, float]]]] = {}
    for study, path in STUDIES.items():
        print(f"{study}, {TRIALS} trials, medians of {SEEDS} seeds\n\n{HEADER}\n|---|---|---|---|---|")
        found[study] = measured(path)
        for name, searches in found[study].items():
            whole, until, ratio = (
                statistics.median(each[key] for each in searches) for key in ("wall", "until", "ratio")
            )
            reached = sum(math.isfinite(each["until"]) for each in searches)
            print(f"| {name} | {whole:.0f} | {until:.0f} | {ratio:.2f} | {reached} of {SEEDS} |", flush=True)
        print()
    return found


def measured(path: str) -> dict[str, list[dict[str, float]]]:
    """The times of each search at each seed, in turn so that all see the same machine."""
    found: dict[str, list[dict[str, float]]] = {name: [] for name in SEARCHES}
    with tempfile.TemporaryDirectory() as compiled:
        search(path, ["sampler=random"], SEEDS, compiled)  # leaves what it has compiled
        for seed in range(SEEDS):
            of_seed = {name: search(path, fields, seed, compiled) for name, fields in SEARCHES.items()}
            aim, whole = of_seed[RANDOM].best, of_seed[RANDOM].wall
            for name, each in of_seed.items():
                until = each.until(aim)
                found[name].append({"wall": each.wall, "until": until, "ratio": until / whole})
    return found


def search(path: str, fields: list[str], seed: int, compiled: str) -> Search:
    """A launch without a comparison, in a folder that is removed."""
    with tempfile.TemporaryDirectory() as folder:
        ledger = f"sqlite:///{folder}/sweep.db"
        chosen = [*fields, f"seed={seed}", f"budget.trials={TRIALS}", "compare=none", f"storage={ledger}"]
        settings = [part for field in chosen for part in ("--set", field)]
        command = [sys.executable, "-m", "sweep.launch", str(ROOT / path), *settings, "--json"]
        environment = {**os.environ, "PYTHONPATH": str(ROOT), "TF_CPP_MIN_LOG_LEVEL": "3", "SWEEP_CACHE": compiled}
        began = time.time()
        done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)  # noqa: S603
        wall = time.time() - began
        if done.returncode:
            raise RuntimeError(f"{command} failed: {done.stderr[-2000:]}")
        name = json.loads(done.stdout.splitlines()[-1])["study"]
        trials = optuna.load_study(study_name=name, storage=ledger).trials
    ends = [
        (trial.datetime_complete.timestamp() - began, trial.value)
        for trial in trials
        if trial.state is optuna.trial.TrialState.COMPLETE and trial.datetime_complete and trial.value is not None
    ]
    return Search(ends, wall)
