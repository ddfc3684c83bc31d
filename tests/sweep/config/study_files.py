"""Study files that tests begin with, and what comes of loading one."""

from pathlib import Path

import pytest

from sweep.config.study_file import StudyFile, load
from sweep.core.errors import ConfigError

DATA = "data: {kind: task, name: random_labels}\n"
MINIMAL = f"name: study\n{DATA}"
FULL = """\
name: glucose
objective: {metric: validation/loss, goal: minimize, at: last}
budget: {trials: 48, time: 20m}
seed: 1
sampler: {kind: tpe, n_startup_trials: 5}
pruner: median
workers: {count: 2, cpus: 1, gpus: 0.5}
storage: postgresql+psycopg://database/sweep
tracking: http://mlflow:5000
data:
  kind: table
  path: glucose.csv
  inputs: [isig, glucose]
  targets: [glucose]
  missing: {values: [nil], fill: forward}
  split: {validation: 0.2, test: 0.1, by: time}
trial: &trial
  units: 64
  window: 24
space:
  stateful: [true, false]
  reset_policy: [every_epoch, every_n_batches]
  reset_interval: {low: 2, high: 32, log: true}
  shuffle: [true, false]
  dropout: {low: 0, high: 0.5, step: 0.1}
  learning_rate: {low: 1e-4, high: 1e-2, log: true}
enqueue:
  - {name: keras-default, stateful: false, shuffle: true}
  - *trial
compare: {by: arm, seeds: 12, margin: 0.02, confidence: 0.9}
baselines: [persistence, boosting]
deploy: {arm: every_epoch, refit: true}
publish: {rows: false}
"""


def study(folder: Path, text: str, *overrides: str) -> StudyFile:
    path = folder / "study.yaml"
    path.write_text(text, encoding="utf-8")
    return load(path, overrides)


def complaint(folder: Path, text: str, *overrides: str) -> str:
    with pytest.raises(ConfigError) as error:
        study(folder, text, *overrides)
    return str(error.value).replace(f"{folder}/", "")
