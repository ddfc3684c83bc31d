"""The fingerprint of a study: what all its trials have in common. Another fingerprint is another study."""

import json
from collections.abc import Mapping

from sweep.config.sections import StudyConfig
from sweep.core.errors import StudyChanged
from workers.data.dataset import Dataset


def fingerprint(config: StudyConfig, dataset: Dataset) -> dict[str, str]:
    """The sections of the study file that all trials share, as JSON by name, and the digest of the data."""
    sections = config.model_dump(mode="json", include={"objective", "seed", "sampler", "data", "space"})
    # A field that a later version adds has the default that does what was done before.
    sections["trial"] = config.trial.model_dump(mode="json", exclude_defaults=True)
    texts = {name: json.dumps(value, sort_keys=True) for name, value in sections.items()}
    return texts | {"contents of the data": dataset.digest}


def check(before: Mapping[str, str], now: Mapping[str, str], config: StudyConfig) -> None:
    """Raises StudyChanged with every difference, line by line."""
    changed = [name for name in now if before.get(name) != now[name]]
    if changed:
        lines = "\n".join(f"  {name}: was {before.get(name)}\n  {name}: is  {now[name]}" for name in changed)
        raise StudyChanged(
            f"{config.name!r} is in the ledger already, and asks something else there:\n{lines}\n"
            "Its trials cannot be mixed with new ones. Give the study file a new name, or change these back."
        )
