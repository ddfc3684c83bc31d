"""The results of all checks, as text and as JSON."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from sweep.core.wording import counted
from sweep.doctor.checks import Finding

FINE, NOTE, WRONG = "[+]", "[.]", "[x]"


@dataclass(frozen=True)
class CheckResult:
    """What one check found. `promise`: what is printed when that is nothing."""

    place: str
    promise: str
    findings: Sequence[Finding]


@dataclass(frozen=True)
class Diagnosis:
    """The results of all checks that were run.

    study     the study's name; None where the checks were of no study
    repair    the command that repairs what is repairable
    well      the last sentence when nothing is wrong
    repaired  what was wrong before, and is not any more
    """

    study: str | None
    results: Sequence[CheckResult]
    repair: str = ""
    well: str = "all is well"
    repaired: Sequence[Finding] = ()

    @property
    def wrong(self) -> list[Finding]:
        """The findings that are wrong."""
        return [finding for result in self.results for finding in result.findings if finding.wrong]

    def as_text(self) -> str:
        """The findings by place, one line each, and the sentence at the end."""
        heading = [self.study] if self.study else []
        return "\n".join([*heading, *self._result_lines(), *self._repaired_lines(), "", self.sentence])

    def as_json(self) -> dict[str, Any]:
        """One object, for `json.dumps`."""
        return {
            "study": self.study,
            "well": not self.wrong,
            "sentence": self.sentence,
            "findings": [_as_json(result.place, each) for result in self.results for each in result.findings],
            "repaired": [finding.what for finding in self.repaired],
        }

    @property
    def sentence(self) -> str:
        """How many findings are wrong, and how they are repaired."""
        wrong, repairable = len(self.wrong), sum(finding.repairable for finding in self.wrong)
        if not wrong:
            return self.well
        found = f"{counted(wrong, 'thing')} {'is' if wrong == 1 else 'are'} wrong"
        if not repairable:
            return f"{found}, and cannot be repaired from here: each line above says what to do"
        what = "it" if wrong == repairable == 1 else "them" if wrong == repairable else f"{repairable} of them"
        return f"{found}; `{self.repair}` would repair {what}"

    def _result_lines(self) -> Iterator[str]:
        for place, results in groupby(self.results, lambda result: result.place):
            yield place
            for result in results:
                yield from (line for finding in result.findings for line in _lines(finding))
                if not result.findings:
                    yield f"  {FINE} {result.promise}"

    def _repaired_lines(self) -> Iterator[str]:
        if self.repaired:
            yield "repaired"
            yield from (f"  {FINE} {finding.what}" for finding in self.repaired)


def _lines(finding: Finding) -> Iterator[str]:
    if not finding.wrong:
        yield f"  {NOTE} {finding.what}" + (f": {finding.why}" if finding.why else "")
        return
    yield f"  {WRONG} {finding.what}: {finding.why}"
    yield f"      {'--repair: ' if finding.repairable else ''}{finding.remedy}"


def _as_json(place: str, finding: Finding) -> dict[str, Any]:
    return {
        "place": place,
        "wrong": finding.wrong,
        "what": finding.what,
        "why": finding.why,
        "remedy": finding.remedy,
        "repairable": finding.repairable,
    }
