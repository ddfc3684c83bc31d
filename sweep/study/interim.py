"""A comparison that stops when it is decided: which arms need more seeds, from the runs that there are."""

from collections.abc import Collection

from sweep.config.sections import Compare, StudyConfig
from sweep.study.answer import question_of, undecided
from sweep.study.comparison_table import ComparisonTable
from workers.data.dataset import Dataset


class DecidedArms:
    """Asks the comparison's own rule once at each step: what is run later changes nothing of what was said before."""

    def __init__(self, config: StudyConfig, settings: Compare, dataset: Dataset) -> None:
        self._config, self._settings, self._dataset = config, settings, dataset
        self._said: dict[tuple[int, int], Collection[str]] = {}

    def undecided(self, runs: ComparisonTable, seeds: int, looks: int) -> Collection[str]:
        """See sweep.study.comparison_table.Interim."""
        asked = seeds, looks
        if asked not in self._said:
            question = question_of(self._config, self._settings, self._dataset, looks)
            self._said[asked] = undecided(self._settings, runs, self._dataset, question, seeds)
        return self._said[asked]
