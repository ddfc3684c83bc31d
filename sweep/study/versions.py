"""The versions by which a study was begun: what another version has found is read, and never continued.

But for how configurations are drawn: that changes no result, so that a study goes on by the rule by which it was begun.
"""

from collections.abc import Mapping
from typing import Any

from sweep.core.errors import StudyChanged
from sweep.study import fingerprint
from workers.versions import EVALUATION, KERNEL

ATTRIBUTE = "versions"  # of a study in the ledger

Versions = Mapping[str, int]

DRAWS = 2  # counts the rules by which configurations are drawn: sweep.study.proposals
OF_RESULTS: Versions = {"fingerprint": fingerprint.VERSION, "evaluation": EVALUATION, "kernel": KERNEL}
PRESENT: Versions = {**OF_RESULTS, "draws": DRAWS}
FIRST: Versions = dict.fromkeys(OF_RESULTS, 1)  # which studies did not carry yet


def versions_of(attributes: Mapping[str, Any]) -> Versions:
    """The versions of a study by its user attributes; those of a study that has none yet are the present ones."""
    if "question" not in attributes:
        return PRESENT
    versions: Versions = attributes.get(ATTRIBUTE, FIRST)
    return versions


def are_continued(versions: Versions) -> bool:
    """Whether the present version goes on with a study of these versions, and decides its comparison."""
    return 1 <= draws(versions) <= DRAWS and {**versions, "draws": DRAWS} == PRESENT


def draws(versions: Versions) -> int:
    """The rule by which the configurations of a study of these versions are drawn: the first where none is noted."""
    return versions.get("draws", 1)


def check(attributes: Mapping[str, Any], study: str) -> None:
    """Raises StudyChanged for a study of another version, and says what to do."""
    refuse(versions_of(attributes), study)


def refuse(versions: Versions, study: str) -> None:
    """The same of these versions."""
    if not are_continued(versions):
        raise StudyChanged(
            f"{study!r} was begun by another version of this program: {described(versions)}.\n"
            "It trained, scored or compared by other rules, so that its results cannot be mixed with new ones.\n"
            "Give the study file a new name to begin anew, or continue with the version that began it;"
            " `sweep report` still writes its report."
        )


def note(versions: Versions) -> str:
    """What a report says of a study of another version, a sentence."""
    return (
        f"This study was begun by another version of this program ({described(versions)}), by whose rules its trials"
        " were scored: its comparison is not decided here."
    )


def described(versions: Versions) -> str:
    """Where these versions differ from the present ones."""
    then_all = {"draws": draws(versions), **versions}
    names = dict.fromkeys([*PRESENT, *versions])
    pairs = {name: (then_all.get(name, "unknown"), PRESENT.get(name, "unknown")) for name in names}
    return ", ".join(f"{name} {then}, here {now}" for name, (then, now) in pairs.items() if then != now)
