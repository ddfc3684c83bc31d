"""The tables of docs/calibration.md: counts of studies, each with its binomial interval."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from scipy.stats import binomtest

from benchmarks.calibration import plan
from benchmarks.calibration.conditions import Condition, digest
from benchmarks.calibration.summary import FOUND
from workers.plans.arms import STATELESS

NOT_RUN = "not run"
CARRIES = "every_epoch"  # the arm whose effect is looked for


@dataclass(frozen=True)
class Counts:
    """The counts of docs/calibration.json, by the names of conditions; see benchmarks.calibration.summary."""

    rows: Mapping[str, Mapping[str, Any]]

    def of(self, condition: Condition) -> Mapping[str, Any] | None:
        """Those of a condition as it is now; None where it was not run."""
        row = self.rows.get(condition.name)
        return row if row and row["digest"] == digest(condition) else None

    def studies(self, condition: Condition) -> int:
        """How many were run of it."""
        row = self.of(condition)
        return row["studies"] if row else 0

    def told_apart(self, *conditions: Condition) -> str:
        """In how many studies of these any arm was called better or worse."""
        rows = [row for condition in conditions if (row := self.of(condition))]
        return share(sum(row["told_apart"] for row in rows), sum(row["studies"] for row in rows))

    def trained(self, condition: Condition) -> str:
        """What part of the runs was made of those that a comparison without steps makes."""
        row = self.of(condition)
        return f"{row['trained']:.0%}" if row else NOT_RUN

    def said(self, condition: Condition, arm: str, *decisions: str) -> str:
        """In how many studies one of these was said of an arm."""
        row = self.of(condition)
        return _said(row["decisions"].get(arm, {}), row["studies"], decisions) if row else NOT_RUN

    def placebo(self, condition: Condition, *decisions: str) -> str:
        """In how many studies one of these was said of the reference's twin."""
        row = self.of(condition)
        return _said(row["placebo"], row["studies"], decisions) if row else NOT_RUN


def share(count: int, total: int) -> str:
    """A count with its part of the total, and the interval of Clopper and Pearson (1934) at 95 %."""
    if not total:
        return NOT_RUN
    low, high = binomtest(count, total).proportion_ci(0.95, method="exact")
    return f"{count} of {total}: {count / total:.1%} ({low:.1%} to {high:.1%})"


def sections(counts: Counts) -> Iterator[str]:
    """Each part of the calibration, with its heading."""
    for heading, lines in SECTIONS.items():
        yield f"### {heading}"
        yield from lines(counts)


def _equal(counts: Counts) -> Iterator[str]:
    yield "Studies in which any arm was called better or worse. All arms are equal, so that each of these is an error."
    heading = ("arms", "luck", "crossed, as it is by default", "`cross: false`: champions compared")
    rows = [("4", luck, *(counts.told_apart(plan.equal(luck, crossed=how)) for how in (True, False))) for luck in LUCKS]
    four = [[plan.equal(luck, crossed=how) for luck in LUCKS] for how in (True, False)]
    seven = (counts.told_apart(plan.equal(BOTH, crossed=how, seven=True)) for how in (True, False))
    yield _table(heading, [*rows, ("4", "all four", *(counts.told_apart(*each) for each in four)), ("7", BOTH, *seven)])


def _power(counts: Counts) -> Iterator[str]:
    yield (
        f"Studies in which `{CARRIES}` was called better, by how much lower its error is at every setting. At 0 % each"
        " of these is an error."
    )
    heading = ("seeds", "trials", *(f"{size:.0%}" for size in plan.SIZES))
    rows = [
        (*map(str, how), *(counts.said(plan.power(size, *how), CARRIES, "better") for size in plan.SIZES))
        for how in plan.grid()
    ]
    yield _table(heading, rows)


def _interaction(counts: Counts) -> Iterator[str]:
    yield (
        "Studies in which any arm was called better or worse, where the arms are equal on average over all settings,"
        " and differ from setting to setting by this standard deviation. At the settings that a study compares they do"
        " differ, so that not each of these is an error about those settings; it would be one about state in general."
    )
    rows = [(f"{size:.0%}", counts.told_apart(plan.interaction(size))) for size in plan.INTERACTIONS]
    yield _table(("arm by setting", "told apart"), rows)


def _equivalence(counts: Counts) -> Iterator[str]:
    yield "Studies in which an arm was called equivalent whose error is larger by so many margins. Each is an error."
    rows = [
        (
            f"{times:g} margins",
            *(counts.said(plan.equivalence(times), CARRIES, said) for said in ("equivalent", "worse")),
        )
        for times in plan.TIMES
    ]
    yield _table(("true difference", "falsely equivalent", "found to be worse"), rows)


def _in_steps(counts: Counts) -> Iterator[str]:
    yield (
        "Of comparisons with `stop_when_decided`: the runs that were made, those that choose settings included, of all;"
        f" and the studies in which any arm was told apart, or `{CARRIES}` called better where it is, with and without."
        " The worlds are the same."
    )
    rows = []
    for name, without in plan.stopped().items():
        ways = plan.in_steps(without), without
        told = [counts.said(way, CARRIES, "better") if without.effect else counts.told_apart(way) for way in ways]
        rows.append((name, counts.trained(ways[0]), *told))
    yield _table(("made up", "runs made", "told apart, in steps", "told apart, all seeds"), rows)


def _placebo(counts: Counts) -> Iterator[str]:
    yield (
        "What was said of the reference's twin, and, beside it, of the arm that carries. Each study has data of its"
        " own. The twin is equal, so that better and worse are errors; the arm that carries may differ, except on"
        " random labels."
    )
    rows = []
    for kind, world in plan.WORLDS.items():
        condition = plan.placebo(kind)
        arm = world.policies[0]
        carries = (counts.said(condition, arm, decision) for decision in FOUND)
        rows.append((kind, counts.placebo(condition, *FOUND), f"`{arm}`", *carries))
    yield _table(("data", "twin better or worse", "arm that carries", "better", "worse"), rows)


def _seeds(counts: Counts) -> Iterator[str]:
    yield "How often each arm was called what, on one data set under study seeds 0, 1, 2 and so on."
    heading = ("data", "arm", "studies", *DECISIONS)
    yield _table(heading, [row for kind in plan.ONE_DATA_SET for row in _by_arm(counts, kind)])


def _by_arm(counts: Counts, kind: str) -> Iterator[Sequence[str]]:
    row = counts.of(plan.study_seeds(kind))
    if row is None:
        yield (kind, "", NOT_RUN, *[""] * len(DECISIONS))
        return
    for arm, decisions in sorted(row["decisions"].items(), key=lambda each: each[0] not in STATELESS):
        yield (kind, f"`{arm}`", str(row["studies"]), *(str(decisions.get(each, 0)) for each in DECISIONS))


def _said(counts: Mapping[str, int], studies: int, decisions: Sequence[str]) -> str:
    return share(sum(counts.get(decision, 0) for decision in decisions), studies)


def _table(heading: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    return "\n".join(f"| {' | '.join(cells)} |" for cells in (heading, ["---"] * len(heading), *rows))


LUCKS = tuple(plan.LUCKS)
BOTH = "seeds and test data alike"
DECISIONS = ("reference", "better", "worse", "equivalent", "undecided")
SECTIONS = {
    "Equal arms, made up": _equal,
    "Effects, made up": _power,
    "Arms that differ by setting, made up": _interaction,
    "Equivalence, made up": _equivalence,
    "Comparisons that stop when they are decided, made up": _in_steps,
    "A twin of the reference, trained": _placebo,
    "One data set under ten study seeds, trained": _seeds,
}
