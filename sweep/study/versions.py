"""The versions by which a study was begun: what another version has found is read, and never continued."""

from collections.abc import Mapping
from typing import Any

from sweep.core.errors import StudyChanged
from sweep.study import fingerprint
from workers.versions import EVALUATION, KERNEL

ATTRIBUTE = "versions"  # of a study in the ledger

Versions = Mapping[str, int]

PRESENT: Versions = {"fingerprint": fingerprint.VERSION, "evaluation": EVALUATION, "kernel": KERNEL}
FIRST: Versions = dict.fromkeys(PRESENT, 1)  # which studies did not carry yet


def versions_of(attributes: Mapping[str, Any]) -> Versions:
    """The versions of a study by its user attributes; those of a study that has none yet are the present ones."""
    if "question" not in attributes:
        return PRESENT
    versions: Versions = attributes.get(ATTRIBUTE, FIRST)
    return versions


def check(attributes: Mapping[str, Any], study: str) -> None:
    """Raises StudyChanged for a study of another version, and says what to do."""
    refuse(versions_of(attributes), study)


def refuse(versions: Versions, study: str) -> None:
    """The same of these versions."""
    if versions != PRESENT:
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
    names = dict.fromkeys([*PRESENT, *versions])
    pairs = {name: (versions.get(name, "unknown"), PRESENT.get(name, "unknown")) for name in names}
    return ", ".join(f"{name} {then}, here {now}" for name, (then, now) in pairs.items() if then != now)
