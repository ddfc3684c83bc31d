"""Which trial is next: first those that the user enqueued, then each arm in turn, until nothing new is left."""

import time
from collections.abc import Collection, Mapping
from typing import Any

from sweep.config import reachable_arms
from sweep.config.sections import StudyConfig
from sweep.config.space import Space, key
from sweep.core.trials import TWIN, Trial, is_twin
from sweep.study import arms
from sweep.study.proposals import Proposer, Turn
from workers.data.timeline import Sequences
from workers.plans.equivalence import canonical
from workers.spec import TrialSpec


class TrialQueue:
    """Asks the proposer for one trial after the other, and notes on each trial what the ledger must have of it."""

    def __init__(self, config: StudyConfig, space: Space, train: Sequences, proposer: Proposer) -> None:
        self._config, self._space, self._train, self._proposer = config, space, train, proposer
        self._distinct = space.distinct(train)
        self._arms = reachable_arms.reachable(space, train)
        if config.compare and config.compare.placebo:
            self._arms = reachable_arms.with_twins(self._arms)
        self._certain: dict[tuple[str, tuple[tuple[str, Any], ...]], bool] = {}  # whether a way always leads there
        self._tried: list[dict[str, Any]] = []  # enqueued configurations of which there is a trial

    def recall(self, attributes: Mapping[str, Any]) -> None:
        """Take over the user attributes of a trial of the ledger: a configuration is enqueued once."""
        if "enqueued" in attributes:
            enqueued = attributes["enqueued"]
            self._tried.append(_entry(TrialSpec(**enqueued["spec"]), enqueued["name"]))

    def next(self, trials: Collection[Trial]) -> Trial | None:
        """The trial after these; None when every distinct configuration and every enqueued one was tried."""
        enqueued = self._next_enqueued()
        if enqueued is not None:
            return self._enqueued_trial(*enqueued)
        if self._exhausted(trials):
            return None
        turn = self._turn(trials)
        number, spec = self._proposer.propose(turn)
        return self._noted(number, spec, "", twin=turn is not None and turn.twin)

    @property
    def holds_enqueued(self) -> bool:
        """Whether a configuration that the user enqueued comes next."""
        return self._next_enqueued() is not None

    def _next_enqueued(self) -> tuple[TrialSpec, str] | None:
        """The first enqueued configuration that has no trial, and its name."""
        for enqueued in self._config.enqueue:
            spec, name = self._space.spec_from(enqueued.parameters), enqueued.name or ""
            if _entry(spec, name) not in self._tried:
                return spec, name
        return None

    def _enqueued_trial(self, spec: TrialSpec, name: str) -> Trial:
        number = self._proposer.enqueue(spec)
        self._tried.append(_entry(spec, name))
        self._proposer.note(number, "enqueued", self._tried[-1])
        return self._noted(number, spec, name)

    def _noted(self, number: int, spec: TrialSpec, label: str, *, twin: bool = False) -> Trial:
        """The trial, once it has the attributes from which `recalled` reads it back."""
        trial = _trial(number, spec, label, self._train, self._config.seed, twin=twin)
        card = {"spec": spec.said, "label": trial.label, "arm": trial.arm, "key": trial.key, "twin": twin}
        self._proposer.note(number, "trial", card)
        self._proposer.note(number, "began", time.time())  # Optuna's own times are local, without a zone
        return trial

    def _exhausted(self, trials: Collection[Trial]) -> bool:
        if self._distinct is None:
            return False
        return len({trial.key for trial in trials if not trial.label}) >= self._distinct

    def _turn(self, trials: Collection[Trial]) -> Turn | None:
        """The turn of the arm that was tried least often; None where arms are not compared."""
        if self._config.sampler.kind == "grid" or self._config.compare is None or len(self._arms) < 2:
            return None
        named, number, fixed = arms.next_in_turn(self._arms, trials)
        arm = named.removesuffix(TWIN)
        way = arm, tuple(fixed.items())
        if way not in self._certain:
            self._certain[way] = reachable_arms.leads_always(self._space, self._train, arm, fixed)
        accepts = None if self._certain[way] else lambda spec: canonical(spec, self._train).arm == arm
        return Turn(number, fixed, accepts, len(self._arms), twin=is_twin(named))


def recalled(number: int, attributes: Mapping[str, Any], train: Sequences, seed: int) -> Trial | None:
    """The trial with these user attributes in the ledger; None if another program has begun it."""
    card = attributes.get("trial")
    if card is None:
        return None
    return _trial(number, TrialSpec(**card["spec"]), card["label"], train, seed, twin=card.get("twin", False))


def _trial(number: int, spec: TrialSpec, label: str, train: Sequences, seed: int, *, twin: bool) -> Trial:
    simplest = canonical(spec, train)
    return Trial(number, spec, simplest, key(simplest), seed, label, twin=twin)


def _entry(spec: TrialSpec, name: str) -> dict[str, Any]:
    """An enqueued configuration, as the ledger holds it."""
    return {"name": name, "spec": spec.said}
