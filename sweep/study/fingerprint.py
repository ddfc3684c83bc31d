"""The fingerprint of a study: what all its trials have in common. Another fingerprint is another study."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import ValidationError

from sweep.config.sections import StudyConfig
from sweep.core.errors import StudyChanged
from workers.data.code_files import digests_of
from workers.data.dataset import Dataset
from workers.spec import TrialSpec

VERSION = 3  # counts the designs of studies: what trials have in common in one may not be enough in another
SECTIONS = ("objective", "seed", "sampler", "data", "space", "trial")
DIGEST = "contents of the data"
CODE = "code"  # of the cells and models of the user's own, by file
UNSAID = "left out"


def fingerprint(config: StudyConfig, dataset: Dataset) -> dict[str, str]:
    """The sections of the study file that all trials share, as JSON by name, and the digests of data and own code."""
    found = _texts(config) | {DIGEST: dataset.digest}
    code = {name: digest for own in dataset.own_code.values() for name, digest in digests_of(own).items()}
    return found | {CODE: json.dumps(code, sort_keys=True)} if code else found


def check(before: Mapping[str, str], now: Mapping[str, str], config: StudyConfig) -> None:
    """Raises StudyChanged with every difference, line by line."""
    lines = "\n".join(line for name in now for line in _differences(name, before.get(name), now[name]))
    if lines:
        raise StudyChanged(
            f"{config.name!r} is in the ledger already, and asks something else there:\n{lines}\n"
            "Its trials cannot be mixed with new ones. Give the study file a new name, or change these back; what its"
            " launch was given by --set, or in Python as fields, is to be given again."
        )


def begun(before: Mapping[str, str], config: StudyConfig) -> StudyConfig:
    """The config of a study of another version, which may have had other defaults and fewer fields.

    Its objective is the one that its trials were judged by. Raises StudyChanged where other sections differ.
    """
    sections = {name: json.loads(before[name]) for name in SECTIONS if name in before}
    try:
        own = StudyConfig.model_validate_json(json.dumps({"name": config.name, **sections}))
    except ValidationError:  # the present version has no words for it
        return config
    own = config.model_copy(update={name: getattr(own, name) for name in sections})
    check(_texts(own), _texts(config.model_copy(update={"objective": own.objective})), config)
    return own


def _differences(name: str, before: str | None, now: str) -> Iterator[str]:
    """Two lines for each field of a section, as JSON, that differs."""
    if name == DIGEST or before is None:
        yield from _told(name, before, now) if before != now else ()
    else:
        sections = json.loads(before), json.loads(now)
        if name == "trial":
            defaults = TrialSpec().model_dump(mode="json")  # which the texts leave out
            sections = {**defaults, **sections[0]}, {**defaults, **sections[1]}
        yield from _of_fields(name, *sections)


def _of_fields(field: str, before: Any, now: Any) -> Iterator[str]:
    if isinstance(before, dict) and isinstance(now, dict):
        for name in {**before, **now}:
            yield from _of_fields(f"{field}.{name}", before.get(name, UNSAID), now.get(name, UNSAID))
    elif before != now:
        yield from _told(field, _as_json(before), _as_json(now))


def _as_json(value: Any) -> str:
    return UNSAID if value is UNSAID else json.dumps(value, sort_keys=True)


def _told(field: str, before: str | None, now: str) -> Iterator[str]:
    yield f"  {field}: was {before}"
    yield f"  {field}: is  {now}"


def _texts(config: StudyConfig) -> dict[str, str]:
    """The sections as JSON, by name."""
    sections = config.model_dump(
        mode="json", include=set(SECTIONS), exclude={"data": {"units", "metrics"}}
    )  # for people alone
    # A field that a later version adds has the default that does what was done before.
    sections["trial"] = config.trial.model_dump(mode="json", exclude_defaults=True)
    return {name: json.dumps(value, sort_keys=True) for name, value in sections.items()}
