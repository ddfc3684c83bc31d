"""The rule: what is said of an arm, from its contrasts with the reference as tuned and at common settings."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sweep.comparison.contrast import Contrast
from sweep.comparison.holm import holm
from sweep.comparison.verdict import Decision, Obstacle


@dataclass(frozen=True)
class Evidence:
    """What is known of an arm against the reference.

    tuned          each at its own setting
    at_own         at the arm's setting, and `at_references` at the reference's; None where not both were run there. One
                   then stands for the other, and without either nothing is shown. Where nothing was crossed each is
                   `tuned`
    others         at other settings that both were run at
    """

    tuned: Contrast
    at_own: Contrast | None
    at_references: Contrast | None
    others: Sequence[Contrast] = ()

    @property
    def p_better(self) -> float:
        """Of no difference, against the arm being better as tuned and at its own setting; 1 where it is not."""
        return _largest_p((self.tuned, self.at_own or self.at_references), sign=-1)

    @property
    def p_worse(self) -> float:
        """Of no difference, against the reference being better as tuned and at its own setting; 1 where it is not."""
        return _largest_p((self.tuned, self.at_references or self.at_own), sign=1)

    def opposed(self, sign: int, alpha: float) -> bool:
        """Whether some other common setting shows the other sign, significantly for so many settings."""
        known = [each for each in (self.at_own, self.at_references, *self.others) if each is not None]
        return any(each.side * sign < 0 and each.p * len(known) < alpha for each in known)


@dataclass(frozen=True)
class Rule:
    """The numbers of the rule.

    margin         the difference that does not matter
    alpha          what this look may spend
    look           what this look may spend, of which alpha may be a step's part: for what stands in a decision's way
    level_of_each  the confidence of each arm's interval
    least_runs     with fewer of either, nothing is decided
    """

    margin: float
    alpha: float
    level_of_each: float
    least_runs: int = 0
    look: float | None = None

    def decide(self, evidence: Evidence, p: float) -> tuple[Decision, Obstacle | None]:
        """What is said of an arm, and what stands in the way where nothing is; p: adjusted for all arms.

        better      no run of the arm diverged, p is below alpha, the arm's error is lower by the margin or more as
                    tuned, and the interval of that excludes zero
        worse       the same the other way round; an arm with diverged runs can be
        equivalent  no run diverged and the interval lies within the margin
        undecided   else, and where another common setting shows the other sign significantly

        Where runs diverged the lower error may be that of the runs that finished, and no interval is asked for.
        """
        tuned = evidence.tuned
        if min(tuned.arm_stability.runs, tuned.reference_stability.runs) < self.least_runs:
            return "undecided", "seeds"
        interval = tuned.interval(self.level_of_each)
        if tuned.stable and interval.within(self.margin):
            return "equivalent", None
        side = interval.side if tuned.stable else tuned.side
        if p < self.alpha and side:
            return self._found(evidence, side)
        return "undecided", self._obstacle(evidence, side)

    def _found(self, evidence: Evidence, side: int) -> tuple[Decision, Obstacle | None]:
        if side < 0 and evidence.tuned.arm_stability.diverged:
            return "undecided", "diverged runs"
        if evidence.opposed(side, self.alpha if self.look is None else self.look):
            return "undecided", "setting"
        if self._is_small(evidence.tuned):
            return "undecided", "margin"
        return ("better" if side < 0 else "worse"), None

    def _is_small(self, tuned: Contrast) -> bool:
        """Whether the difference is within the margin, and not shown by the numbers of diverged runs alone."""
        if not tuned.stable and 2 * tuned.p_of_divergence < 1 - self.level_of_each:
            return False
        return not abs(tuned.finished_difference) >= self.margin

    def _obstacle(self, evidence: Evidence, side: int) -> Obstacle:
        if not evidence.tuned.stable:
            return "diverged runs"
        return "setting" if side and evidence.tuned.p < self.alpha else "seeds"


def adjusted(evidence: Mapping[str, Evidence], beside: Sequence[float] = ()) -> dict[str, float]:
    """By arm the p value of the rule, adjusted for their number; beside: p values of other arms, which count too.

    An arm's own is the smaller of `p_better` and `p_worse`. Each is the larger of two p values, so that the arm has to
    win twice (intersection-union test); as they are two-sided, the smaller of the two needs no further factor.

    Source: Berger 1982, Multiparameter hypothesis testing and acceptance sampling, Technometrics 24; Holm 1979.
    """
    own = [min(each.p_better, each.p_worse) for each in evidence.values()]
    return dict(zip(evidence, holm([*own, *beside]), strict=False))  # those beside are last


def _largest_p(contrasts: tuple[Contrast, Contrast | None], sign: int) -> float:
    return max(each.p if each is not None and each.side * sign > 0 else 1.0 for each in contrasts)
