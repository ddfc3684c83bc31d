"""How long state must be carried: the shortest carry that is about as good as the best."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from sweep.comparison.selection import Cell, Selection
from sweep.config.space import key
from sweep.core.trials import Trial
from workers.data.timeline import Sequences
from workers.plans.arms import STATELESS
from workers.plans.equivalence import canonical
from workers.plans.policies import interval, interval_policy


@dataclass(frozen=True)
class Carry:
    """The runs of one way of carrying.

    carried_timesteps  the mean age of the state at the beginning of a window
    scores             (n_seeds,) the error on the validation split, as deployed; NaN where a run diverged
    interval           batches between two resets; None for a policy that does not count them
    arm                the arm's name
    """

    carried_timesteps: float
    scores: NDArray[np.floating]
    interval: int | None = None
    arm: str = interval_policy().name


def smallest_carry(carries: Sequence[Carry]) -> Carry | None:
    """The interval of fewest carried timesteps that is `sufficient`; None where none is.

    The best mean may be that of a policy without an interval.
    """
    enough = [carry for carry in sufficient(carries) if carry.interval is not None]
    return min(enough, key=lambda carry: (carry.carried_timesteps, carry.interval), default=None)


def sufficient(carries: Sequence[Carry]) -> list[Carry]:
    """The carries whose mean is within one standard error of the best's, the best first.

    The standard error is that of the best over its seeds. Carries with fewer than two seeds or with a diverged run are
    left out.

    Source: the one-standard-error rule of Breiman, Friedman, Olshen & Stone 1984, Classification and regression trees.
    """
    steady = [carry for carry in carries if len(carry.scores) > 1 and np.isfinite(carry.scores).all()]
    if not steady:
        return []
    steady.sort(key=lambda carry: carry.scores.mean())
    best = steady[0].scores
    limit = best.mean() + best.std(ddof=1) / np.sqrt(len(best))
    return [carry for carry in steady if carry.scores.mean() <= limit]


def carrying_base(cells: Mapping[Cell, Trial], chosen: Selection) -> Trial | None:
    """A trial that carries state at the reference's setting, or at its own where it has no cell there.

    It is that of the policy that resets at intervals or, without one, of the first arm that carries; None without one.
    """
    carrying = [arm for arm in chosen.settings if arm not in STATELESS]
    if not carrying:
        return None
    arm = interval_policy().name if interval_policy().name in carrying else carrying[0]
    at_references, _ = chosen.at_references(arm)
    return cells.get(at_references, cells[chosen.tuned(arm)])


def ladder(base: Trial | None, intervals: Sequence[int], train: Sequences) -> list[Trial]:
    """One configuration as a trial for each of these intervals in batches, with nothing else changed.

    An interval as long as the epoch is left out, as another policy's trial.
    """
    if base is None:
        return []
    policy = interval_policy()
    asked = [{"reset_policy": policy.name, policy.interval_field: batches} for batches in sorted(set(intervals))]
    forms = [canonical(base.canonical.model_copy(update=fields), train) for fields in asked]
    return [replace(base, canonical=form, spec=form, key=key(form)) for form in forms if interval(form)]
