"""What a visit found, for people and for programs."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from sweep.core.wording import counted
from sweep.doctor.case import Finding

FINE, NEWS, WRONG = "[+]", "[.]", "[x]"


@dataclass(frozen=True)
class Line:
    """A check, and what it found; the promise is said when that is nothing."""

    place: str
    promise: str
    findings: Sequence[Finding]


@dataclass(frozen=True)
class Diagnosis:
    """Every check that was made.

    study     its name; None of what was looked at without one
    repair    the command that repairs what can be
    well      what is said when nothing is wrong
    repaired  what was wrong before and is no more
    """

    study: str | None
    lines: Sequence[Line]
    repair: str = ""
    well: str = "all is well"
    repaired: Sequence[Finding] = ()

    @property
    def wrong(self) -> list[Finding]:
        """What is wrong now."""
        return [finding for line in self.lines for finding in line.findings if finding.wrong]

    def as_text(self) -> str:
        """Grouped by place, one line a finding, and one sentence at the end."""
        return "\n".join([*filter(None, [self.study]), *self._told(), *self._repairs(), "", self.sentence])

    def as_json(self) -> dict[str, Any]:
        """One object."""
        findings = [_as_json(line.place, finding) for line in self.lines for finding in line.findings]
        repaired = [finding.what for finding in self.repaired]
        told = {"study": self.study, "well": not self.wrong, "sentence": self.sentence}
        return {**told, "findings": findings, "repaired": repaired}

    @property
    def sentence(self) -> str:
        """What to make of it."""
        wrong, mendable = len(self.wrong), sum(finding.can_be_mended for finding in self.wrong)
        if not wrong:
            return self.well
        found = f"{counted(wrong, 'thing')} {'is' if wrong == 1 else 'are'} wrong"
        if not mendable:
            return f"{found}, and cannot be repaired from here: each line above says what to do"
        what = "it" if wrong == mendable == 1 else "them" if wrong == mendable else f"{mendable} of them"
        return f"{found}; `{self.repair}` would repair {what}"

    def _told(self) -> Iterator[str]:
        for place, lines in groupby(self.lines, lambda line: line.place):
            yield place
            for line in lines:
                yield from (text for finding in line.findings for text in _lines(finding))
                if not line.findings:
                    yield f"  {FINE} {line.promise}"

    def _repairs(self) -> Iterator[str]:
        if self.repaired:
            yield "repaired"
            yield from (f"  {FINE} {finding.what}" for finding in self.repaired)


def _lines(finding: Finding) -> Iterator[str]:
    if not finding.wrong:
        yield f"  {NEWS} {finding.what}" + (f": {finding.why}" if finding.why else "")
        return
    yield f"  {WRONG} {finding.what}: {finding.why}"
    yield f"      {'--repair: ' if finding.can_be_mended else ''}{finding.remedy}"


def _as_json(place: str, finding: Finding) -> dict[str, Any]:
    told = {"place": place, "wrong": finding.wrong, "what": finding.what, "why": finding.why}
    return {**told, "remedy": finding.remedy, "repairable": finding.can_be_mended}
