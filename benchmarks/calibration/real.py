"""Whole studies with the real trainer, in this process: small models on small data."""

import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy.engine import Engine

from sweep.comparison.verdict import Verdict
from sweep.config.sections import Compare, StudyConfig
from sweep.execution.in_process import InProcessPool
from sweep.execution.scheduler import Scheduler
from sweep.study import Study
from sweep.study.answer import answer
from workers.data import sources

SPLIT = {"validation": 0.2, "test": 0.3}


@dataclass(frozen=True)
class World:
    """A kind of data and how much is tried on it.

    data      of the study file, without its seed
    policies  of the arms that carry
    trials    of the search
    seeds     that decide
    """

    data: Mapping[str, Any]
    policies: tuple[str, ...] = ("every_epoch",)
    trials: int = 9
    seeds: int = 10
    trial: Mapping[str, Any] = field(default_factory=dict)

    def config(self, folder: Path, seed: int, data: int) -> StudyConfig:
        """The study file, as it were; `data`: the seed of the data."""
        generated = self.data["kind"] == "python"
        drawn = {"arguments": {**self.data["arguments"], "seed": data}} if generated else {"seed": data}
        return StudyConfig.model_validate(
            {
                "name": "calibration",
                "seed": seed,
                "storage": f"sqlite:///{folder}/sweep.db",
                "sampler": {"kind": "tpe", "n_startup_trials": 6},
                "budget": {"trials": self.trials},
                "data": {**self.data, **drawn, "split": SPLIT},
                "trial": {"cell": "GRU", "units": 8, "batch_size": 8, "window": 12, "epochs": 6, **self.trial},
                "space": {
                    "stateful": [True, False],
                    "shuffle": [True, False],
                    "reset_policy": list(self.policies),
                    "learning_rate": {"low": 3e-3, "high": 3e-2, "log": True},
                },
                "compare": {"seeds": self.seeds, "placebo": True},
            }
        )


class Alone:
    """Write access to a ledger that nobody else knows."""

    def check_commits(self, engine: Engine) -> None:
        """Permit each commit."""


def verdict(world: World, seed: int, data: int) -> Verdict:
    """The verdict of a whole study with this study seed, on the data of that seed."""
    from workers.engine.training import Trainer  # noqa: PLC0415 (made-up studies do without TensorFlow)

    with tempfile.TemporaryDirectory() as folder:
        config = world.config(Path(folder), seed, data)
        dataset, settings = sources.load(config.data, Path(folder)), config.compare or Compare()
        trainer = Trainer(dataset, config.objective)
        study = Study.open(config, dataset, Alone())
        try:
            Scheduler(study, InProcessPool([trainer]), study.objective).run()
            runs = study.comparison_runs(settings.seeds)
            Scheduler(runs, InProcessPool([trainer]), study.objective).run()
            found = answer(config, settings, runs, dataset, looks=0)
        finally:
            study.close()
    if found is None:
        raise ValueError(f"study {seed} on {world.data} came to no verdict")
    return found
