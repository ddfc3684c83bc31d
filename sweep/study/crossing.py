"""The cells of a comparison: every arm at the settings of every arm's champion, as configurations to train."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from sweep.comparison.selection import Cell
from sweep.config.space import key
from sweep.core.trials import Trial
from workers.data.timeline import Sequences
from workers.plans.crossing import at_setting, setting


@dataclass(frozen=True)
class Cells:
    """What is compared.

    champions  the best trial of the search, by arm
    settings   the fields that are not about state, by the setting's name: A, B, ...
    own        the name of the setting of each arm's champion
    trials     a canonical trial for each cell, the champions at their own settings first; its number is the champion's
    """

    champions: Mapping[str, Trial]
    settings: Mapping[str, Mapping[str, Any]]
    own: Mapping[str, str]
    trials: Mapping[Cell, Trial]


def cells(champions: Mapping[str, Trial], train: Sequences, *, crossed: bool) -> Cells:
    """The cells of these champions; not crossed, each arm has its own setting only.

    There is no cell where an arm would be another one at a setting.
    """
    settings: dict[str, dict[str, Any]] = {}
    own: dict[str, str] = {}
    for arm, champion in champions.items():
        fields = setting(champion.canonical)
        known = next((name for name, other in settings.items() if other == fields), None)
        own[arm] = known or _name(len(settings))
        settings[own[arm]] = fields
    tuned = {Cell(arm, own[arm]): champion for arm, champion in champions.items()}
    others = dict(_crossed(champions, settings, train)) if crossed else {}
    return Cells(dict(champions), settings, own, tuned | {cell: others[cell] for cell in others if cell not in tuned})


def _crossed(
    champions: Mapping[str, Trial], settings: Mapping[str, Mapping[str, Any]], train: Sequences
) -> Iterator[tuple[Cell, Trial]]:
    for name, fields in settings.items():
        for arm, champion in champions.items():
            moved = at_setting(champion.canonical, fields, train)
            if moved is not None:
                yield Cell(arm, name), replace(champion, spec=moved, canonical=moved, key=key(moved))


def _name(number: int) -> str:
    """A, B, ..., Z, AA, AB, ..."""
    before, last = divmod(number, 26)
    return (_name(before - 1) if before else "") + chr(ord("A") + last)
