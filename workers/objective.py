"""The objective of a study: which values are better, and which epoch counts."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import ClassVar, Literal, TypeVar

from pydantic import ConfigDict

from workers.data.loss_row import CARRIED, DEPLOYED
from workers.spec import EpochReport

Item = TypeVar("Item")
EPOCHS_TRAINED = "epochs_trained"  # a metric of the end of trials that may stop before their last epoch


@dataclass(frozen=True)
class Objective:
    """What a trial is judged by: a metric of its epochs, at the best of them or at the last.

    Whether smaller or larger values are better is known here and nowhere else.
    """

    __pydantic_config__: ClassVar = ConfigDict(extra="forbid")  # not strict, which would take no mapping

    metric: str = "validation/loss"
    goal: Literal["minimize", "maximize"] = "minimize"
    at: Literal["best", "last"] = "best"

    @property
    def sign(self) -> int:
        """1 if smaller values are better, -1 if larger ones are: sign * value is the smaller, the better."""
        return 1 if self.goal == "minimize" else -1

    @property
    def as_deployed(self) -> bool:
        """Whether each epoch has to be scored as the model is deployed."""
        return self.metric.endswith(DEPLOYED)

    @property
    def of_carried_state(self) -> bool:
        """Whether it is of state that is carried on, which a trial that reads windows both ways has not."""
        return self.metric == CARRIED

    def deployed(self, split: str) -> str:
        """The name of its metric as models are deployed, on a split: `test/loss_deployed`."""
        last = self.metric.rpartition("/")[2]
        plain = "loss" if last in ("loss_cold", "loss_carried") else last.removesuffix(DEPLOYED)
        return f"{split}/{plain}{DEPLOYED}"

    def better(self, value: float, than: float, by: float = 0.0) -> bool:
        """Whether `value` improves on `than` by more than `by`; a NaN never does."""
        return self.sign * value + by < self.sign * than

    def best(self, items: Iterable[Item], key: Callable[[Item], float]) -> Item | None:
        """The item with the best value, the first of equals; None of no items. `key`: the value of an item."""
        return min(items, key=lambda item: self.sign * key(item), default=None)

    def select(self, reports: "list[EpochReport]") -> "EpochReport":
        """The epoch whose value is the trial's; the first of equals. Raises ValueError when there is none."""
        chosen = reports[-1] if self.at == "last" and reports else self.best(reports, lambda r: r.metrics[self.metric])
        if chosen is None:
            raise ValueError("a trial without epochs has no value")
        return chosen


def scored_once(metric: str, objective: str, *, stateful: bool) -> bool:
    """Whether a trial's metric is of its end (Segment.final), and not of each epoch too.

    What a stateless model comes to with its state carried on is one of these: nothing trains it to forget, so that each
    score can take the whole past.
    """
    if metric in ("validation/error_deployed", "validation/passes", EPOCHS_TRAINED) or f"{DEPLOYED}/" in metric:
        return True  # the last of one target
    if metric == CARRIED:
        return not stateful and objective != CARRIED
    return metric.endswith(DEPLOYED) and not objective.endswith(DEPLOYED)
