"""Studies side by side: what each has found, and which figures may be held against one another.

Nothing is computed here: each figure is one of a study's own recommendation.
"""

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sweep.comparison.measure import in_table
from sweep.core.text_table import fitted_lines
from sweep.core.wording import listed
from sweep.core.wrapped import wrapped
from sweep.study.finding import Finding
from sweep.study.overview import ENDS, Overview, ended_in_words

HEADINGS = ("study", "recommended", "error", "difference", "interval", "verdict", "baseline", "trials", "runs", "data")
WITHOUT = ("study", "state", "trials", "runs", "no figures since")
UNTESTED = "Each difference is from the study's own reference; no difference between studies is tested."
NO_COMPARISON = "it compares nothing, so that nothing was scored on a test split"
NOT_KEPT = "no launch of this version has finished it: launch it again, which trains nothing, or give its study file"


@dataclass(frozen=True)
class Shown:
    """A study that is asked for.

    finding  what it found; None where it has not finished, or nothing is kept of it
    """

    overview: Overview
    finding: Finding | None

    @property
    def study(self) -> str:
        """Its name."""
        return self.overview.study

    @property
    def lacks(self) -> str:
        """Why it has no figures; empty where it has."""
        if self.overview.state != "finished":
            return f"it is {self.overview.state}"
        if self.finding is None:
            return NOT_KEPT
        return "" if self.finding.verdict and self.finding.test else NO_COMPARISON


def groups(studies: Iterable[Shown]) -> list[list[Shown]]:
    """The studies that have figures, those that may be held against one another together, in the given order."""
    found: list[list[Shown]] = []
    for study in studies:
        if study.lacks:
            continue
        same = next((group for group in found if not _differences([group[0], study])), None)
        if same is None:
            found.append([study])
        else:
            same.append(study)
    return found


def note(studies: Iterable[Shown]) -> str:
    """Whether all figures may be held against one another, in a line; empty where there are not two."""
    found = groups(studies)
    if sum(map(len, found)) < 2:
        return ""
    if len(found) == 1:
        return UNTESTED
    firsts = [group[0] for group in found]
    return f"Not comparable, and so shown apart: the studies differ in {' and '.join(_differences(firsts))}."


def as_text(studies: Sequence[Shown]) -> str:
    """Each group's studies in a table, then those without figures."""
    lines: list[str] = [wrapped(said) for said in [note(studies)] if said]
    for group in groups(studies):
        lines += ["", wrapped(_heading(group[0])), *_table(group)]
    without = [study for study in studies if study.lacks]
    if without:
        lines += ["", *fitted_lines(WITHOUT, [[*_counts(study), study.lacks] for study in without])]
    return "\n".join(lines).removeprefix("\n")


def as_json(studies: Sequence[Shown]) -> dict[str, Any]:
    """The studies, which of them may be held against one another, and the line that says so."""
    found = groups(studies)
    return {
        "studies": [_plain(study) for study in studies],
        "groups": [[study.study for study in group] for group in found],
        "comparable": len(found) == 1,
        "note": note(studies),
    }


def _plain(study: Shown) -> dict[str, Any]:
    overview, finding = study.overview, study.finding
    counts = {"state": overview.state, "trials": sum(overview.trials.values()), "runs": overview.runs}
    plain = finding.as_json() if finding and not study.lacks else None
    return {"study": study.study, **counts, "finding": plain, "lacks": study.lacks or None}


def _differences(studies: Sequence[Shown]) -> list[str]:
    """In what the figures of studies that have some are not comparable."""
    found = [study.finding for study in studies if study.finding]
    tests, first = [each.test for each in found if each.test], found[0].measure
    return [
        *(["test rows or targets"] if any(not tests[0].same_as(each) for each in tests) else []),
        *(["units"] if any(each.measure.units != first.units for each in found) else []),
        *(["what is measured"] if any(each.measure.name != first.name for each in found) else []),
    ]


def _heading(study: Shown) -> str:
    """Of a group: on which rows the errors were made."""
    finding = study.finding
    if finding is None or finding.test is None:
        return ""
    rows = f"{finding.test.timesteps:,} test rows of {listed(finding.targets)}"
    return f"{rows}, digest {finding.test.digest}; errors are {finding.measure.heading}"


def _table(group: Sequence[Shown]) -> list[str]:
    """A row for each study; a column that has nothing to say is left out."""
    measured = group[0].finding.measure.heading if group[0].finding else "error"
    headings = [measured if heading == "error" else heading for heading in HEADINGS]
    rows = [[*_row(study)] for study in group]
    shown = [column for column in range(len(HEADINGS)) if any(row[column] for row in rows)]
    return fitted_lines([headings[column] for column in shown], [[row[column] for column in shown] for row in rows])


def _row(study: Shown) -> Iterator[str]:
    finding = study.finding
    if finding is None or finding.verdict is None:
        return
    named, reference = finding.verdict["recommendation"], finding.verdict["reference"]
    is_reference = named["arm"] == reference
    yield study.study
    yield " at ".join(filter(None, (named["arm"], named["setting"])))
    yield _number(named["score"])
    yield "" if is_reference else f"{named['difference']:+.2%} from {reference} {_number(named['reference_score'])}"
    yield "" if is_reference else _bounds(named["interval"])
    yield "nothing better" if is_reference else finding.verdict["decision"]
    yield _baseline(named)
    yield str(sum(study.overview.trials.get(state, 0) for state in ENDS))
    yield str(study.overview.runs or "")
    yield finding.data


def _baseline(named: dict[str, Any]) -> str:
    name = named["baseline"]
    if not name:
        return ""
    known = "beaten" if name in named["beats"] else "beats it" if name in named["beaten_by"] else "undecided"
    return f"{name} {_number(named['baseline_score'])}, {known}"


def _counts(study: Shown) -> list[str]:
    overview = study.overview
    return [study.study, overview.state, ended_in_words(overview.trials, overview.budget), str(overview.runs or "")]


def _number(value: float | None) -> str:
    return in_table(math.nan if value is None else value)


def _bounds(interval: Sequence[float | None] | None) -> str:
    low, high = interval or (None, None)
    if low is not None and high is not None:
        return f"{low:+.2%} to {high:+.2%}"
    return f"from {low:+.2%}" if low is not None else f"up to {high:+.2%}" if high is not None else "without limits"
