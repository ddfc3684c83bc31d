"""Whether a model's error on new rows is larger than on the test split, and the sentence that says so."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from sweep.comparison.interval import Interval
from sweep.comparison.mean_error import interval, mean_error, p_of_equal, p_of_zero
from sweep.comparison.scored_timesteps import ScoredTimesteps
from workers.forecasting.package import MeanError

if TYPE_CHECKING:
    from workers.forecasting.scoring import Scores

LEVEL = 0.95
DEPLOYED = "_deployed"  # ends the names of a run's scores

Decision = Literal["larger", "smaller", "no difference", "unknown"]


@dataclass(frozen=True)
class Comparison:
    """The error on new rows beside another one.

    against   "test", or the name of a forecast without a model on the same rows; empty: nothing to compare with
    value     of the metric in which they are compared, on new rows; interval: at 95 %, none where nothing can be said
    other     of the same metric, of what it is compared with; other_interval: at 95 %, none where it is not known
    p         two-sided, of equal errors; none where it is not known
    decision  whether the error is larger than the other by more than luck explains
    """

    against: str
    metric: str
    value: float
    interval: Interval | None
    other: float | None
    other_interval: Interval | None
    p: float | None
    decision: Decision

    @property
    def change(self) -> float | None:
        """Of the metric, as a part of the other one."""
        return None if not self.other else self.value / self.other - 1

    def as_json(self) -> dict[str, Any]:
        """The fields as plain numbers and texts."""
        return {
            "against": self.against or None,
            "metric": self.metric,
            "value": self.value,
            "interval": self.interval and [*self.interval],
            "other": self.other,
            "other_interval": self.other_interval and [*self.other_interval],
            "level": LEVEL,
            "change": self.change,
            "p": self.p,
            "decision": self.decision,
        }


def compared(scores: "Scores", test: MeanError | None, known: Mapping[str, float]) -> Comparison:
    """The error on new rows against that on the test split; of a model without one against a forecast without a model.

    test: the error there with its luck; known: the run's scores by MLflow's names. Either may be lacking.
    """
    rows = ScoredTimesteps.of(scores.layout, len(scores.losses))
    own = mean_error(scores.losses, rows, scores.metric)
    value, lies = scores.shown(float(scores.losses.mean())), own and _shown(own, scores)
    if test is not None:
        p = None if own is None else p_of_equal(own, test)
        larger = float(scores.losses.mean()) > test.mean
        lay = _shown(test, scores)
        return Comparison("test", scores.metric, value, lies, scores.shown(test.mean), lay, p, _decision(p, larger))
    earlier = known.get(f"test/{scores.metric}{DEPLOYED}")
    if earlier is not None:
        return Comparison("test", scores.metric, value, lies, earlier, None, None, "unknown")
    name, naive = next(iter(scores.naive.items()), ("", None))
    if naive is None:
        return Comparison("", scores.metric, value, lies, None, None, None, "unknown")
    difference = mean_error(scores.losses - naive, rows, scores.metric)
    p = None if difference is None else p_of_zero(difference)
    larger = float(scores.losses.mean()) > float(naive.mean())
    return Comparison(
        name, scores.metric, value, lies, scores.shown(float(naive.mean())), None, p, _decision(p, larger)
    )


def sentence(found: Comparison, rows: int) -> str:
    """What somebody needs to know, who asks whether to train again; rows: that were scored."""
    among = f"On {rows:,} new row{'' if rows == 1 else 's'}"
    own = f"{among} {found.metric} is {found.value:.4g}{_between(found.interval, with_level=True)}"
    if found.interval is None:
        return f"{own}: too few rows to say more{_other(found)}."
    if not found.against:
        return f"{own}; the model has no test score to compare that with."
    return f"{own}; {_against(found)}: {_difference(found)}"


def _against(found: Comparison) -> str:
    if found.against == "test":
        level_is_said = found.interval is not None
        lay = _between(found.other_interval, with_level=not level_is_said)
        return f"on the test split it was {found.other:.4g}{lay}"
    return f"the model has no test score; of {found.against} it is {found.other:.4g} on the same rows"


def _difference(found: Comparison) -> str:
    size = "" if found.change is None else f"{abs(found.change):.1%} {'larger' if found.change > 0 else 'smaller'}, "
    size = size.replace("%", " %")
    if found.p is None:
        return f"{size}and how much of that is luck is not known, as the model was made by an earlier version."
    p = f" (p {found.p:.2g})"
    if found.decision == "no difference":
        return f"{size}no more than luck explains{p}."
    advice = " Train it again with these rows." if found.decision == "larger" else ""
    return f"{size}more than luck explains{p}.{advice}"


def _other(found: Comparison) -> str:
    return f"; {_against(found)}" if found.against else ""


def _between(lies: Interval | None, *, with_level: bool = False) -> str:
    if lies is None:
        return ""
    return f" ({f'{LEVEL:.0%} interval '.replace('%', ' %') if with_level else ''}{lies.low:.4g} to {lies.high:.4g})"


def _shown(error: MeanError, scores: "Scores") -> Interval:
    """The interval of the metric."""
    return Interval(*sorted(scores.shown(edge) for edge in interval(error, LEVEL)))


def _decision(p: float | None, larger: bool) -> Decision:
    if p is None:
        return "unknown"
    if p > 1 - LEVEL:
        return "no difference"
    return "larger" if larger else "smaller"
