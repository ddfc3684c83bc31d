"""A comparison that stops when it is decided: which arms need more seeds, from the runs that there are."""

from collections.abc import Collection

from sweep.config.sections import Compare, StudyConfig
from sweep.study.answer import question_of, undecided
from sweep.study.comparison_table import ComparisonTable
from workers.data.dataset import Dataset


class DecidedArms:
    """Asks the comparison's own rule at each step, and remembers what it said of the same runs."""

    def __init__(self, config: StudyConfig, settings: Compare, dataset: Dataset) -> None:
        self._config, self._settings, self._dataset = config, settings, dataset
        self._said: dict[tuple[int, int, int], Collection[str]] = {}

    def undecided(self, runs: ComparisonTable, seeds: int, looks: int) -> Collection[str]:
        """See sweep.study.comparison_table.Interim."""
        of_runs = seeds, looks, runs.ended
        if of_runs not in self._said:
            question = question_of(self._config, self._settings, self._dataset, looks)
            self._said[of_runs] = undecided(self._settings, runs, self._dataset, question, seeds)
        return self._said[of_runs]
