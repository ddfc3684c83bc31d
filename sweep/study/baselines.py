"""The baselines of a study: which it asks for, and the scores of those that learn."""

from dataclasses import replace

from sweep.config.preflight import values
from sweep.config.sections import StudyConfig
from sweep.core.log import logger
from workers.baselines.learned import LEARNED, with_learned
from workers.data.dataset import Dataset


def with_baselines(config: StudyConfig, dataset: Dataset) -> Dataset:
    """The data with the scores of the baselines that the study file asks for, and of no others.

    Those that learn look as far back as the longest window of a trial. One that cannot be fitted costs a warning.
    """
    window = max(values(config, "window"))
    for name in LEARNED:
        if name in config.baselines:
            try:
                dataset = with_learned(dataset, [name], window)
            except (ArithmeticError, MemoryError, ValueError) as error:
                logger.warning("warning: the baseline %s could not be fitted: %s", name, error)
    of_validation, of_test = (
        {name: row for name, row in rows.items() if name in config.baselines}
        for rows in (dataset.baselines, dataset.test_baselines)
    )
    return replace(dataset, baselines=of_validation, test_baselines=of_test)
