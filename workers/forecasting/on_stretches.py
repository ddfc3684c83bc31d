"""What a trained model forecasts of stretches of its own data, as it is deployed."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from workers.data.dataset import Dataset
from workers.engine.checkpoint import Checkpoint
from workers.engine.tensorflow_private import remove_generated_files
from workers.forecasting.feeding import Feeder, Stretch, feeder
from workers.forecasting.network import Network
from workers.forecasting.package import Forecast, Span
from workers.plans.equivalence import training
from workers.spec import TrialSpec


def of_checkpoint(spec: TrialSpec, checkpoint: bytes, dataset: Dataset, spans: Sequence[Span]) -> list[Forecast]:
    """The same, of a trial's best weights."""
    return on_stretches(spec, Checkpoint.from_bytes(checkpoint).best, dataset, spans)


def on_stretches(
    spec: TrialSpec, weights: Sequence[NDArray[Any]], dataset: Dataset, spans: Sequence[Span]
) -> list[Forecast]:
    """The forecasts of each span, of targets that are numbers.

    The state comes from the timesteps of the group before the span. weights: of a trial that was trained on these data.
    """
    shape, embeddings = (dataset.n_features, dataset.n_outputs), dataset.timeline.embeddings
    network = Network(spec, *shape, weights, embeddings, dataset.code_of(spec.network))
    feeding = feeder(network, spec, whole_lanes=training(spec, dataset.train).one_sequence_a_lane)
    found = [_on(span, dataset, feeding, 0 if spec.stateful else spec.window) for span in spans]
    remove_generated_files()
    return found


def _on(span: Span, dataset: Dataset, feeding: Feeder, window: int) -> Forecast:
    """window: the timesteps that a forecast depends on; 0: all of its group before it."""
    first, stop = span
    timeline = dataset.timeline
    begin = timeline.group_start(first)
    if window:
        begin = max(begin, first - window + 1)
    begins = np.isin(np.arange(begin, stop), timeline.starts)
    stretch = Stretch(np.asarray(timeline.features[begin:stop]), begins)
    y = feeding.feed({0: stretch}, {})[0][first - begin :]
    values = np.asarray(dataset.loss.in_own_units(y, dataset.scaling), np.float64)
    return Forecast(values, feeding.resets(stretch)[first - begin :])
