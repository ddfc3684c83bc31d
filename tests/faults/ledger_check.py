"""What must hold after any fault: nothing lost, nothing doubled, nothing left over."""

import json
from collections import Counter
from contextlib import closing
from pathlib import Path
from typing import Any

import optuna
import sqlalchemy as sa
from optuna.trial import FrozenTrial, TrialState

from sweep.comparison.selection import SELECTING_SEEDS
from sweep.core.trials import ERROR_DEPLOYED
from sweep.execution.checkpoint_files import read

Numbers = dict[tuple[str, int], list[dict[str, Any]]]  # epochs by stage and trial

STATES = {"complete": TrialState.COMPLETE, "pruned": TrialState.PRUNED, "failed": TrialState.FAIL}
STATUS = {"complete": "FINISHED", "pruned": "FINISHED", "failed": "FAILED"}


def check(folder: Path, trials: int = 20, *, study: str = "small", storage: str = "", tracking: str = "") -> None:
    """Fail with all that is wrong with a finished study of so many trials."""
    ledger = Ledger(storage or f"sqlite:///{folder}/sweep.db", study)
    wrong = [*_in_search(ledger, trials), *_in_comparison(ledger), *_left_open(ledger)]
    wrong += _in_files(ledger, folder / "artifacts" / study)
    wrong += _in_mlflow(ledger, Mirror(tracking or f"sqlite:///{folder}/mlflow.db", study))
    assert not wrong, "\n".join(wrong)


class Ledger:
    """All that a study's database holds of it."""

    def __init__(self, url: str, study: str = "small") -> None:
        engine = sa.create_engine(url, poolclass=sa.NullPool)
        storage = optuna.storages.RDBStorage(url, engine_kwargs={"poolclass": sa.NullPool})
        self.trials: list[FrozenTrial] = optuna.load_study(study_name=study, storage=storage).trials
        self.outcomes = {trial.number: trial.user_attrs.get("outcome", {}) for trial in self.trials}
        rows = _rows(engine, study, "sweep_comparison_runs")
        self.runs = {row.number: _outcome(row.outcome) for row in rows}
        self.deciding = {
            row.number: row.key
            for row in rows
            if row.seed > SELECTING_SEEDS and self.runs[row.number].get("state") == "complete"
        }
        self.attempts = _rows(engine, study, "sweep_attempts")
        self.leaders = _rows(engine, study, "sweep_leaders")
        self.epochs: Numbers = {}
        for row in _rows(engine, study, "sweep_epochs", "ORDER BY epoch"):
            metrics = json.loads(row.metrics)
            self.epochs.setdefault((row.stage, row.trial), []).append({"epoch": row.epoch, **metrics})

    def picture(self) -> dict[str, Any]:
        """What two studies have in common that were asked the same: all but times, places and attempts."""
        kept = ("state", "value", "epoch", "metrics", "reused_from", "error", "diverged")
        search = {
            trial.number: {
                "parameters": trial.params,
                "asked": {name: trial.user_attrs["trial"][name] for name in ("spec", "label", "arm", "key")},
                "state": trial.state.name,
                "values": trial.values,
                "intermediate values": trial.intermediate_values,
                "rungs": trial.system_attrs,
                "outcome": {name: self.outcomes[trial.number].get(name) for name in kept},
            }
            for trial in self.trials
        }
        runs = {number: {name: outcome.get(name) for name in kept} for number, outcome in self.runs.items()}
        return {"search": search, "runs": runs, "epochs": self.epochs}


def _outcome(told: str | None) -> dict[str, Any]:
    return json.loads(told)["outcome"] if told else {}


def _rows(engine: sa.Engine, study: str, table: str, order: str = "") -> list[Any]:
    if not sa.inspect(engine).has_table(table):
        return []
    return _query(engine, f"SELECT * FROM {table} WHERE study = '{study}' {order}")


def _in_search(ledger: Ledger, trials: int) -> list[str]:
    numbers = [trial.number for trial in ledger.trials]
    wrong = [] if numbers == list(range(trials)) else [f"trials are {numbers}, not {trials}"]
    return wrong + [problem for trial in ledger.trials for problem in _in_trial(ledger, trial)]


def _in_trial(ledger: Ledger, trial: FrozenTrial) -> list[str]:
    name, outcome = f"trial {trial.number}", ledger.outcomes[trial.number]
    if STATES.get(outcome.get("state")) != trial.state:
        return [f"{name}: {trial.state.name} in Optuna, its outcome says {outcome.get('state')}"]
    epochs = ledger.epochs.get(("search", trial.number), [])
    told = trial.intermediate_values
    wrong = _in_epochs(name, epochs)
    if told != {epoch["epoch"]: epoch["validation/loss"] for epoch in epochs}:
        wrong.append(f"{name}: intermediate values {told}, epochs {epochs}")
    return wrong + ([f"{name}: trained, but reused"] if epochs and outcome["reused_from"] is not None else [])


def _in_comparison(ledger: Ledger) -> list[str]:
    wrong = [f"run {number}: no outcome" for number, outcome in ledger.runs.items() if not outcome]
    if sorted(ledger.runs) != list(range(len(ledger.runs))):
        wrong.append(f"comparison runs are {sorted(ledger.runs)}")
    for number in ledger.runs:
        wrong += _in_epochs(f"run {number}", ledger.epochs.get(("compare", number), []))
    return wrong


def _in_epochs(name: str, epochs: list[dict[str, Any]]) -> list[str]:
    steps = [epoch["epoch"] for epoch in epochs]
    return [] if steps == list(range(len(steps))) else [f"{name}: epochs {steps}"]


def _left_open(ledger: Ledger) -> list[str]:
    attempts = [f"{row.stage} {row.trial}: attempt {row.attempt} is open" for row in ledger.attempts if not row.ended]
    return attempts + [f"a lease is held: {row}" for row in ledger.leaders]


def _in_files(ledger: Ledger, folder: Path) -> list[str]:
    """Only the weights of the best trial and of the deployed run are of use, and they are whole.

    Which run of the comparison is deployed is the verdict's to say: here it is a complete one whose seed decides.
    """
    complete = [trial for trial in ledger.trials if trial.state == TrialState.COMPLETE]
    best = min(complete, key=lambda trial: ledger.outcomes[trial.number]["metrics"][ERROR_DEPLOYED])
    keys = {f"search-{best.number}.checkpoint": best.user_attrs["trial"]["key"]}
    files = {path.name: path for path in folder.iterdir()}
    may_be_deployed = {f"compare-{number}.checkpoint": key for number, key in ledger.deciding.items()}
    deployed = [name for name in files if name in may_be_deployed]
    if len(deployed) != bool(may_be_deployed) or files.keys() - deployed != keys.keys():
        return [f"kept are {sorted(files)}, to be kept were {sorted(keys)} and one of {sorted(may_be_deployed)}"]
    keys |= {name: may_be_deployed[name] for name in deployed}
    return [f"{name} is not whole" for name, key in keys.items() if not read(files[name], key)]


def _in_mlflow(ledger: Ledger, mirror: "Mirror") -> list[str]:
    expected = {("search", str(n)): STATUS[outcome["state"]] for n, outcome in ledger.outcomes.items()}
    expected |= {("compare", str(n)): STATUS[outcome["state"]] for n, outcome in ledger.runs.items() if outcome}
    expected[("study", "")] = "FINISHED"
    wrong = [f"MLflow has {times} runs of {which}" for which, times in mirror.times.items() if times > 1]
    if mirror.statuses != expected:
        wrong.append(f"MLflow, only there or here: {set(mirror.statuses.items()) ^ set(expected.items())}")
    for (stage, number), epochs in ledger.epochs.items():
        mine = mirror.points.get((stage, str(number)), [])
        theirs = [(name, epoch["epoch"], epoch[name]) for epoch in epochs for name in epoch if name != "epoch"]
        outcome = (ledger.outcomes if stage == "search" else ledger.runs)[number]
        as_deployed = {name: value for name, value in outcome.get("metrics", {}).items() if name not in epochs[0]}
        theirs += [(name, outcome["epoch"], value) for name, value in as_deployed.items()]
        if sorted(mine) != sorted(theirs):
            wrong.append(f"MLflow's points of {stage} {number}: {sorted(mine)} are not {sorted(theirs)}")
    return wrong


class Mirror:
    """What the tables of MLflow hold of a study."""

    def __init__(self, url: str, study: str = "small") -> None:
        engine = sa.create_engine(url, poolclass=sa.NullPool)
        every = _query(engine, _RUNS.format(study=study))
        self.times = Counter((row.stage, row.trial or row.arm or "") for row in every)
        runs = [row for row in every if row.stage != "arm"]  # which only a verdict has
        self.statuses = {(row.stage, row.trial or ""): row.status for row in runs}
        self.points: dict[tuple[str, str], list[tuple[str, int, float]]] = {}
        ids = {row.run_uuid: (row.stage, row.trial or "") for row in runs}
        for row in _query(engine, "SELECT run_uuid, key, step, value FROM metrics WHERE key <> 'objective'"):
            if row.run_uuid in ids and not row.key.startswith("test/"):
                self.points.setdefault(ids[row.run_uuid], []).append((row.key, row.step, row.value))


_RUNS = """SELECT r.run_uuid, r.status, stage.value AS stage, trial.value AS trial, arm.value AS arm FROM runs r
    JOIN experiments e ON e.experiment_id = r.experiment_id AND e.name = '{study}'
    LEFT JOIN tags stage ON stage.run_uuid = r.run_uuid AND stage.key = 'sweep.stage'
    LEFT JOIN tags trial ON trial.run_uuid = r.run_uuid AND trial.key = 'sweep.trial'
    LEFT JOIN tags arm ON arm.run_uuid = r.run_uuid AND arm.key = 'sweep.arm'
    WHERE r.lifecycle_stage = 'active'"""


def _query(engine: sa.Engine, query: str) -> list[Any]:
    with closing(engine.connect()) as connection:
        return list(connection.execute(sa.text(query)).all())
