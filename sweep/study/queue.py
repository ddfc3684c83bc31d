"""What is tried next: first what was enqueued, then each arm in its turn, until nothing new is left."""

import time
from collections.abc import Collection, Mapping
from typing import Any

from sweep.config.space import Space, key
from sweep.config.study_file import StudyConfig
from sweep.core.trials import Trial
from sweep.study import arms
from sweep.study.proposals import Advisor
from workers.data.timeline import Sequences
from workers.plans.equivalence import canonical
from workers.spec import TrialSpec


class Agenda:
    """Asks the advisor for one trial after the other, and writes on each what the ledger must know of it."""

    def __init__(self, config: StudyConfig, space: Space, train: Sequences, advisor: Advisor) -> None:
        self._config, self._space, self._train, self._advisor = config, space, train, advisor
        self._distinct = space.distinct(train)
        self._arms = arms.reachable(space, train)
        self._given: list[dict[str, Any]] = []  # what was enqueued and has been tried

    def recall(self, number: int, attributes: Mapping[str, Any]) -> Trial | None:
        """A trial of the ledger; None of one that this program has not written."""
        card, given = attributes.get("trial"), attributes.get("enqueued")
        if given:
            self._given.append(_entry(TrialSpec(**given["spec"]), given["name"]))
        return self._trial(number, TrialSpec(**card["spec"]), card["label"]) if card else None

    def next(self, tried: Collection[Trial]) -> Trial | None:
        """The next trial; None when every distinct configuration has been tried, and all that was enqueued."""
        given = self._next_given()
        if given is None and self._exhausted(tried):
            return None
        spec, label = given or (None, "")
        number, spec = self._advisor.propose(self._turn(tried) if spec is None else None, spec)
        trial = self._trial(number, spec, label)
        if given:
            self._given.append(_entry(spec, label))
            self._advisor.note(number, "enqueued", self._given[-1])
        card = {"spec": dict(spec), "label": trial.label, "arm": trial.arm, "key": trial.key}
        self._advisor.note(number, "trial", card)
        self._advisor.note(number, "began", time.time())  # Optuna's own times are local, without a zone
        return trial

    def _next_given(self) -> tuple[TrialSpec, str] | None:
        """The first enqueued configuration that has not been tried, and its name."""
        for enqueued in self._config.enqueue:
            spec, name = self._space.spec_from(enqueued.parameters), enqueued.name or ""
            if _entry(spec, name) not in self._given:
                return spec, name
        return None

    def _exhausted(self, tried: Collection[Trial]) -> bool:
        known = {trial.key for trial in tried if not trial.label}
        return self._distinct is not None and len(known) >= self._distinct

    def _turn(self, tried: Collection[Trial]) -> arms.Fixed | None:
        """The choices of the arm that is to be tried next, where arms are compared."""
        if self._config.sampler.kind == "grid" or self._config.compare is None or len(self._arms) < 2:
            return None
        return arms.next_in_turn(self._arms, tried)

    def _trial(self, number: int, spec: TrialSpec, label: str) -> Trial:
        form = canonical(spec, self._train)
        return Trial(number, spec, form, key(form), self._config.seed, label)


def _entry(spec: TrialSpec, name: str) -> dict[str, Any]:
    """An enqueued configuration, as the ledger holds it."""
    return {"name": name, "spec": dict(spec)}
