"""How people are shown the values by which a study judges."""

from sweep.comparison.measure import Measure, measure_of
from sweep.config.sections import StudyConfig
from workers.data.dataset import Dataset


def measure(config: StudyConfig, dataset: Dataset, metric: str = "") -> Measure:
    """How the study's objective, or another metric, is shown."""
    loss = dataset.loss
    units = (config.units or "") if loss.in_units or not loss.called else ""
    return measure_of(metric or config.objective.metric, loss.called, units, squared=loss.root)
