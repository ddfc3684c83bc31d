"""One contrast: how much an arm differs from the reference, with one interval and one p value that count all luck."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
from scipy import stats

from sweep.comparison.interval import UNBOUNDED, Interval
from sweep.comparison.luck import NO_LUCK, Luck, total_freedom
from sweep.comparison.probabilities import Probabilities

ROUNDING = 1e-12  # of an error; equal errors differ by so little
BELIEF_STEPS = 1000
MIN_FINISHED = 3  # runs of either, for a t test where others diverged


class Stability(NamedTuple):
    """How many runs diverged, of how many."""

    diverged: int
    runs: int

    @property
    def finished(self) -> int:
        """How many did not diverge."""
        return self.runs - self.diverged

    @property
    def part(self) -> float:
        """The part that diverged."""
        return self.diverged / self.runs


@dataclass(frozen=True)
class Contrast:
    """The errors of an arm beside those of the reference, and the luck in them.

    arm, reference   the mean errors of the runs that finished, as parts of `scale`; NaN where none did
    scale            (n_settings,) what they are parts of: max(|error of the reference|, floor), or 1 where that is zero
    has_fixed_scale  the floor is the larger, or references of several settings have different signs: the reference's
                     luck then is in the difference, but not in the scale
    arm_seeds, reference_seeds, test_data, settings
                     the luck, as parts of the scale's square; that of settings is zero where none are averaged
    origins          all of it together by what origins differ in, where there are several
    arm_stability, reference_stability
                     how many runs diverged
    diebold_mariano  p value of the Diebold-Mariano test of the mean losses: a note, since it knows nothing of seeds

    Seeds are not paired: Welch's t test, to which the luck of the test data is added as a further part, and that of
    settings where several are averaged. Of several origins there is a second t test, by what they differ in, and both
    have to find a difference: the larger p value counts, and the wider interval. So it errs no oftener than either.

    Where runs of either diverged there is no mean error, and the difference is infinite, or not a number where runs of
    both diverged. Then there are two tests, Fisher's exact test of the counts and the t test of the runs that finished.
    Where they do not point to different sides the smaller p value counts, twice; else Fisher's.

    Source: Welch 1947, The generalization of 'Student's' problem when several different population variances are
    involved, Biometrika 34; Satterthwaite 1946, An approximate distribution of estimates of variance components,
    Biometrics Bulletin 2; Fisher 1935, The logic of inductive inference, Journal of the Royal Statistical Society 98.
    """

    arm: float
    reference: float
    scale: tuple[float, ...]
    has_fixed_scale: bool
    arm_seeds: Luck
    reference_seeds: Luck
    test_data: Luck
    settings: Luck
    arm_stability: Stability
    reference_stability: Stability
    diebold_mariano: float
    origins: Luck = NO_LUCK

    @property
    def parts(self) -> tuple[Luck, ...]:
        """The parts of luck, independent of each other."""
        return self.arm_seeds, self.reference_seeds, self.test_data, self.settings

    @cached_property
    def _ways(self) -> list[tuple[Luck, ...]]:
        """The parts of each of the tests, the one with the wider intervals last."""
        if not self.origins.variance() > 0:
            return [self.parts]
        ways = [self.parts, (self.origins,)]
        return sorted(ways, key=lambda way: float(stats.t.ppf(0.975, _freedom(way)) ** 2 * _variance(way)))

    @property
    def is_by_origins(self) -> bool:
        """Whether what origins differ in says less surely than seeds, test data and settings what the difference is."""
        return self._ways[-1] == (self.origins,)

    @cached_property
    def variance(self) -> float:
        """Of the relative difference; infinite where a part is not known, as that of a single seed."""
        return _variance(self.parts)

    @cached_property
    def freedom(self) -> float:
        """Of the variance: those of Welch's test for both cells' seeds, and with the other parts by Satterthwaite."""
        return _freedom(self.parts)

    @property
    def stable(self) -> bool:
        """Whether no run of either diverged."""
        return self.arm_stability.diverged == self.reference_stability.diverged == 0

    @cached_property
    def difference(self) -> float:
        """(arm - reference) / max(|reference|, floor): negative where the arm is better."""
        arm, reference = self.arm_stability.diverged > 0, self.reference_stability.diverged > 0
        if arm or reference:
            return np.nan if arm and reference else np.inf if arm else -np.inf
        if self.reference == 0 and not self.has_fixed_scale and self._distance != 0:
            return float(np.copysign(np.inf, self._distance))
        return self._distance

    @cached_property
    def finished_difference(self) -> float:
        """The difference of the runs that finished; NaN where none did."""
        return self.difference if self.stable else self._distance

    @cached_property
    def side(self) -> int:
        """1 where the arm is worse, -1 where it is better: diverges oftener or seldomer, or as often and errs so."""
        return self._side_of_divergence or _sign(self.finished_difference)

    @property
    def _side_of_divergence(self) -> int:
        return _sign(self.arm_stability.part - self.reference_stability.part)

    @cached_property
    def p(self) -> float:
        """Of the two-sided test of no difference.

        Where no run diverged it is below 1 - confidence exactly where the interval excludes zero.
        """
        if self.stable:
            return self._p_of_finished
        enough = min(cell.finished for cell in (self.arm_stability, self.reference_stability)) >= MIN_FINISHED
        if not enough or self._side_of_divergence * self.finished_difference < 0:
            return self.p_of_divergence
        return min(1.0, 2 * self.p_of_divergence, 2 * self._p_of_finished)

    @cached_property
    def p_of_divergence(self) -> float:
        """Of Fisher's exact test that runs of both diverge equally often."""
        cells = self.arm_stability, self.reference_stability
        return float(stats.fisher_exact([(cell.diverged, cell.finished) for cell in cells]).pvalue)

    @property
    def _p_of_finished(self) -> float:
        return max(float(2 * stats.t.sf(abs(self._surplus(0.0, way)), _freedom(way))) for way in self._ways)

    def interval(self, confidence: float) -> Interval:
        """Of the relative difference, by Fieller's theorem: the differences that the t test does not reject.

        It is infinite on the side of an arm whose runs diverged, and on both where a part of the luck is not known. The
        other end then is that of the runs that finished. Where the reference cannot be told from zero it is infinite on
        both sides too, or on that away from zero where the difference is certain. What the theorem has beside that is
        for a reference of the other sign, and left out: errors are not negative.

        Source: Fieller 1954, Some problems in interval estimation, Journal of the Royal Statistical Society B 16.
        """
        found = [self._of_finished(confidence, way) for way in self._ways]
        low, high = min(each.low for each in found), max(each.high for each in found)
        return Interval(
            -np.inf if self.reference_stability.diverged else low, np.inf if self.arm_stability.diverged else high
        )

    def probabilities(self, margin: float) -> Probabilities:
        """That the difference is below -margin, within it, or above: Student's t as the posterior.

        Where runs diverged, what is better is the lower probability to diverge, from a uniform prior.

        Source: Benavoli, Corani, Demsar & Zaffalon 2017, Time for a change: a tutorial for comparing multiple
        classifiers through Bayesian analysis, Journal of Machine Learning Research 18.
        """
        if not self.stable:
            worse = _more_often(self.arm_stability, self.reference_stability)
            return Probabilities(1 - worse, 0.0, worse)
        way = self._ways[-1]
        better = float(stats.t.sf(self._surplus(-margin, way), _freedom(way)))
        worse = min(float(stats.t.cdf(self._surplus(margin, way), _freedom(way))), 1 - better)
        return Probabilities(better, max(1 - better - worse, 0.0), worse)

    @cached_property
    def _distance(self) -> float:
        """Arm - reference of the runs that finished; NaN where none did."""
        distance = self.arm - self.reference
        return 0.0 if abs(distance) <= ROUNDING * max(abs(self.arm), abs(self.reference)) else distance

    @property
    def _unit(self) -> float:
        """What a relative difference of 1 is."""
        return 1.0 if self.has_fixed_scale else abs(self.reference)

    def _surplus(self, difference: float, way: Sequence[Luck]) -> float:
        """By how many standard errors the observed difference is larger than another one.

        way: the parts of the luck
        """
        surplus = self._distance - difference * self._unit
        ratio = 1.0 if self.has_fixed_scale else 1 + np.sign(self.reference) * difference
        variance = sum(part.variance(ratio) for part in way) if np.isfinite(_variance(way)) else np.inf
        if variance == 0:
            return float(np.copysign(np.inf, surplus)) if surplus else 0.0
        return float(surplus / np.sqrt(variance))

    def _of_finished(self, confidence: float, way: Sequence[Luck]) -> Interval:
        """The solutions r of (distance - r unit)^2 <= t^2 var(distance - r unit)."""
        variance = _variance(way)
        if not np.isfinite(variance) or self._unit == 0:
            return UNBOUNDED if self._distance or not np.isfinite(variance) else Interval(0.0, 0.0)
        c = float(stats.t.ppf((1 + confidence) / 2, _freedom(way))) ** 2
        top, bottom = self._distance, self._unit
        covariance, v_bottom = 0.0, 0.0
        if not self.has_fixed_scale:
            v_bottom = sum(part.reference for part in way)
            covariance = float(np.sign(self.reference)) * (sum(part.both for part in way) - v_bottom)
        a, b, rest = bottom**2 - c * v_bottom, top * bottom - c * covariance, top**2 - c * variance
        half = np.sqrt(max(b**2 - a * rest, 0.0))
        if a <= 0:
            if rest <= 0:
                return UNBOUNDED
            nearest = float(rest / (b + np.copysign(half, top)))
            return Interval(nearest, np.inf) if top > 0 else Interval(-np.inf, nearest)
        return Interval(float((b - half) / a), float((b + half) / a))


def _variance(way: Sequence[Luck]) -> float:
    return sum(part.variance() for part in way)


def _freedom(way: Sequence[Luck]) -> float:
    return total_freedom([(part.variance(), part.freedom) for part in way])


def _sign(value: float) -> int:
    """1 above zero, -1 below, 0 where it is zero or not a number."""
    return int(value > 0) - int(value < 0)


def _more_often(one: Stability, other: Stability) -> float:
    """The probability that runs of one diverge more often than those of the other."""
    beliefs = [stats.beta(cell.diverged + 1, cell.runs - cell.diverged + 1) for cell in (one, other)]
    steps = (np.arange(BELIEF_STEPS) + 0.5) / BELIEF_STEPS
    return float(beliefs[0].sf(beliefs[1].ppf(steps)).mean())
