"""AutoGRU or AutoLSTM of NeuralForecast, as its documentation has it: python neuralforecast_auto.py FOLDER.

Searched with Optuna from the space that the class gives by default, with the other inputs of the series beside it;
then one fit on training and validation, and forecasts from every row of the test part by `cross_validation`, with
`step_size=1` and without fitting again. It runs in an environment of its own and knows nothing of this project.
"""

import json
import sys
from importlib.metadata import version
from pathlib import Path
from typing import Any

import optuna
import pandas as pd
import torch
from neuralforecast import NeuralForecast
from neuralforecast.auto import AutoGRU, AutoLSTM, OptunaOptions
from neuralforecast.losses.pytorch import MSE

CLASSES = {"AutoGRU": AutoGRU, "AutoLSTM": AutoLSTM}
MOST_TRIALS = 1_000  # the time ends the search
FITS = 4  # that the time should hold at least: the largest networks of the space would take an hour on two cores
QUIET = {"logger": False, "enable_progress_bar": False, "enable_model_summary": False}  # of Lightning's trainer
VERSIONS = ("neuralforecast", "torch", "pytorch-lightning", "optuna")


def main(folder: Path) -> None:
    """Forecast the series in the folder, and write what cross_validation returns there."""
    task = json.loads((folder / "task.json").read_text())
    model = automatic(task)
    forecaster = NeuralForecast(models=[model], freq=1)
    found = forecaster.cross_validation(
        pd.read_parquet(folder / "series.parquet"),
        n_windows=None,
        val_size=task["validation"],
        test_size=task["test"],
        step_size=1,
    )
    found.to_parquet(folder / "found.parquet")
    study = forecaster.models[0].results
    complete = study.get_trials(states=[optuna.trial.TrialState.COMPLETE])
    best = {name: value for name, value in study.best_trial.params.items() if isinstance(value, int | float | str)}
    chosen = {"parameters": best, "versions": ", ".join(f"{name} {version(name)}" for name in VERSIONS)}
    print(json.dumps({"trials": len(complete), "cut": len(study.trials) - len(complete), **chosen}))


def automatic(task: dict[str, Any]) -> Any:
    """The model, which is trained and chosen by the squared error at the horizon alone, as that is what is asked.

    Lightning stops a fit at its part of the time; one that has no validation by then (100 steps) is a failed trial.
    """
    kind, horizon = CLASSES[task["model"]], task["horizon"]
    default = kind.get_default_config(h=horizon, backend="optuna")
    limit = {"max_time": {"seconds": max(task["seconds"] // FITS, 1)}}
    beside = {"hist_exog_list": task["past"] or None, "futr_exog_list": task["ahead"] or None}
    last = torch.zeros(horizon)
    last[-1] = 1
    return kind(
        h=horizon,
        loss=MSE(horizon_weight=last),
        config=lambda trial: {**default(trial), **beside, **limit, **QUIET},
        search_alg=optuna.samplers.TPESampler(seed=task["seed"]),
        backend="optuna",
        num_samples=MOST_TRIALS,
        time_budget=task["seconds"],
        optuna_options=OptunaOptions(study_kwargs={"catch": (KeyError,)}),
    )


if __name__ == "__main__":
    main(Path(sys.argv[1]))
