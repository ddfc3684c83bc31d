"""Deployed models that were never trained: whatever they are given, they forecast one number."""

import numpy as np
import pandas as pd
from pydantic import TypeAdapter

from tests.workers.worlds import regression
from workers.data.sources import DataConfig
from workers.engine.checkpoint import Checkpoint
from workers.engine.training import Trainer
from workers.forecasting import packing
from workers.forecasting.package import FinishedTrial, MeanError, Package
from workers.spec import TrialSpec

SPEC = TrialSpec(stateful=False, units=2, window=4)
DATASET = regression((200,))
DATA = TypeAdapter(DataConfig).validate_python({"kind": "arrays", "path": "rows.npz"})
ROWS = pd.DataFrame(np.linspace(-1, 1, 12).reshape(6, 2), columns=["input 1", "input 2"])


def package(number: float, test: MeanError | None = None) -> Package:
    """The model that forecasts this number; test: its error on the test split."""
    *others, bias = Trainer(DATASET).initial_weights(SPEC, seed=0)
    scaled = (number - DATASET.scaling.target_mean) / DATASET.scaling.target_scale
    weights = (*(0 * values for values in others), bias * 0 + scaled.astype(np.float32))
    trial = FinishedTrial("glucose", SPEC, DATA, Checkpoint(best=weights).to_bytes(), test=test)
    return packing.packed(trial, DATASET)
