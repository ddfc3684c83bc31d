"""The article's three programs with a network of the user's own: a study of them comes to what can be known."""

from pathlib import Path

import pytest

from sweep.config.study_file import load
from sweep.launch import session
from sweep.launch.data import load_data
from sweep.study import Study
from tests.sweep.conftest import no_tracking_uri
from tests.sweep.export.conftest import Pool, launching

__all__ = ["no_tracking_uri"]

pytestmark = [pytest.mark.tensorflow, pytest.mark.slow, pytest.mark.lengthy]
MODULE = """
import keras


def build(n_features, n_outputs, units=32):
    return keras.Sequential(
        [
            keras.Input((None, n_features)),
            keras.layers.LSTM(units, return_sequences=True),
            keras.layers.Dense(n_outputs),
        ]
    )
"""
STUDY = """
name: article
objective: {metric: validation/accuracy, goal: maximize, at: last}
budget: {trials: 4}
data:
  kind: task
  name: first_bit
  sequence_length: 20
  length: 20000
  seed: 0
  split: {validation: 0.2, test: 0.2}
trial: {model: 'my_models:build', batch_size: 32, window: 5, epochs: 12, learning_rate: 0.01}
enqueue:
  - {name: 1-stateless, stateful: false, shuffle: false}
  - {name: 2-reset-every-batch, stateful: true, reset_policy: every_batch}
  - {name: 3-reset-every-epoch, stateful: true, reset_policy: every_epoch}
  - {name: or-every-sequence, stateful: true, reset_policy: every_sequence}
compare: none
"""


def test_forgetting_at_each_batch_loses_the_first_bit_and_at_each_sequence_keeps_it(
    tmp_path: Path, empty_database: bytes
) -> None:
    """Per batch only the first of four windows holds the bit: 1/2 + 5 / (2 * 20) = 0.625; per sequence all do: 1."""
    Pool.trainers.clear()
    with launching(tmp_path, empty_database):
        Path("my_models.py").write_text(MODULE)
        Path("study.yaml").write_text(STUDY)
        assert session.run("study.yaml", (), "text", as_json=True) == 0
        file = load("study.yaml")
        with Study.read(file.config, load_data(file)) as study:
            accuracy = {run.trial.label: run.outcome.value for run in study}
    per_batch, per_sequence = accuracy["1-stateless"], accuracy["or-every-sequence"]
    assert per_batch == accuracy["2-reset-every-batch"] == pytest.approx(0.625, abs=0.03)
    assert per_sequence == pytest.approx(1, abs=0.02)
    assert accuracy["3-reset-every-epoch"] != per_sequence
