"""What all trials of a study have in common: another question is another study."""

import json
from collections.abc import Mapping

from sweep.config.study_file import StudyConfig
from sweep.core.errors import StudyChanged
from workers.data.dataset import Dataset


def question(config: StudyConfig, dataset: Dataset) -> dict[str, str]:
    """What all trials of a study have in common, in words that can be compared."""
    asked = config.model_dump(mode="json", include={"objective", "seed", "sampler", "data", "space"})
    # Fields that a later version adds do what was done before they were there.
    asked["trial"] = config.trial.model_dump(mode="json", exclude_defaults=True)
    told = {name: json.dumps(value, sort_keys=True) for name, value in asked.items()}
    return told | {"contents of the data": dataset.digest}


def check(before: Mapping[str, str], now: Mapping[str, str], config: StudyConfig) -> None:
    """Raises StudyChanged with every difference, line by line."""
    changed = [name for name in now if before.get(name) != now[name]]
    if changed:
        lines = "\n".join(f"  {name}: was {before.get(name)}\n  {name}: is  {now[name]}" for name in changed)
        raise StudyChanged(
            f"{config.name!r} is in the ledger already, and asks something else there:\n{lines}\n"
            "Its trials cannot be mixed with new ones. Give the study file a new name, or change these back."
        )
