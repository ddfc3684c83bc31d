"""What limits a verdict, a sentence each."""

from collections.abc import Iterator, Mapping

from sweep.comparison.question import Question
from sweep.comparison.verdict import ArmVerdict, Verdict
from workers.plans.arms import STATELESS

DOUBTED = 0.05  # the p value of a Diebold-Mariano test below which it finds a difference


def notes(verdict: Verdict, question: Question, outliers: Mapping[str, int]) -> tuple[str, ...]:
    """What else a reader must know; outliers: how many runs of each arm err far more or less than its others."""
    return (
        *_notes(verdict, question),
        *_early(verdict, question),
        *(_apart(arm, count) for arm, count in outliers.items() if count),
    )


def _notes(verdict: Verdict, question: Question) -> Iterator[str]:
    reference, *rows = verdict.arms
    yield from (f"{row.arm}: {diverged(row)}." for row in verdict.arms if row.stability < 1)
    yield from (
        f"{arm}: no run came to an end, their machines ended them; nothing is said of it." for arm in question.absent
    )
    yield from (
        f"{row.arm}: {row.seeds_planned - row.seeds} of {row.seeds_planned} runs are missing: their machines ended them"
        " twice each."
        for row in verdict.arms
        if row.seeds < row.seeds_planned
    )
    if question.shortened:
        yield f"The time of the comparison (compare.time) was up: {question.seeds} seeds decide."
    if reference.arm not in STATELESS:
        yield f"No stateless arm was run; the reference is {reference.arm}, the best on validation."
    if not verdict.crossed and rows:
        yield (
            "Each arm has the setting that the search found for it, so a difference may be the setting's and not the"
            " state's; with `compare: {cross: true}` arms meet at common settings."
        )
    if verdict.looks:
        yield (
            f"This is look {verdict.looks + 1} at these data: p values are corrected for those before, and intervals"
            f" hold together at {100 * verdict.level:.4g} %."
        )
    if question.timesteps.groups is not None and not question.timesteps.groups_are_drawn:
        yield (
            "The test data have fewer than ten groups, or some that hold most of the timesteps: what is said holds for"
            " these groups, and perhaps for no other."
        )
    if verdict.origins:
        yield (
            f"Tested at {len(verdict.origins)} origins, each trained on all that lies before its stretch; intervals"
            " count how these differ. What is deployed is of the first, which is the study's own split, and so are the"
            " numbers of single runs."
        )
    yield from (_doubt(row) for row in rows if _is_doubted(row))
    if verdict.placebo:
        yield _of_placebo(verdict.placebo, reference)


def _early(verdict: Verdict, question: Question) -> Iterator[str]:
    """After how many seeds each arm got no more, why, and what that spared."""
    early = [row for row in verdict.arms[1:] if row.seeds_planned < question.seeds]
    if not early:
        return
    decided = ", ".join(f"{row.arm} after {row.seeds_planned}" for row in early if row.decision != "undecided")
    hopeless = ", ".join(f"{row.arm} after {row.seeds_planned}" for row in early if row.decision == "undecided")
    found = [f"decided: {decided}"] if decided else []
    given_up = [f"given up, as all seeds would hardly have decided: {hopeless}"] if hopeless else []
    yield (
        f"Not all of the {question.seeds} seeds were needed (compare.stop_when_decided); {'; '.join(found + given_up)}."
        " Each is compared with the reference's runs with the same seeds."
        f" {verdict.spared} runs were spared; what may err at each step adds up to what one look may."
    )


def _apart(arm: str, count: int) -> str:
    runs = "a run errs" if count == 1 else f"{count} runs err"
    return f"{arm}: {runs} far more or less than its others; from so few seeds nobody knows how often that happens."


def _of_placebo(twin: ArmVerdict, reference: ArmVerdict) -> str:
    found = f"The placebo, {reference.arm} under another name with its own turns of the search, is {twin.decision}"
    if twin.decision in ("better", "worse"):
        return f"{found}: equal arms were told apart, which chance does in one study of twenty at most."
    return f"{found}, as it should be."


def _is_doubted(row: ArmVerdict) -> bool:
    found = row.diebold_mariano is not None and row.diebold_mariano < DOUBTED
    return (row.decision in ("better", "worse") and not found) or (row.decision == "equivalent" and found)


def _doubt(row: ArmVerdict) -> str:
    says = "finds no difference" if row.decision != "equivalent" else "finds a difference, however small"
    return f"{row.arm}: the Diebold-Mariano test of the mean losses {says} (p {row.diebold_mariano:.2g})."


def diverged(row: ArmVerdict) -> str:
    """3 of 10 runs diverged."""
    return f"{row.seeds - row.finished} of {row.seeds} runs diverged"
