"""How what a study found is used: texts that are copied from its report, and where MLflow has it."""

import json
import re
import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sweep.config.own_code import own_code
from sweep.config.sections import TRACKING
from sweep.config.study_file import StudyFile
from sweep.core import redact
from sweep.core.model_address import address

PLAIN = re.compile(r"[A-Za-z_]\w*")  # a text that YAML takes as one without quotes,
NOT_TEXT = {"true", "false", "null"}  # but for these words
PACKED = {".gz", ".xz", ".bz2", ".zip", ".zst"}
WEB = ("http:", "https:")


@dataclass(frozen=True)
class Use:
    """What is copied, each text as it is.

    python  loads the deployed model, and forecasts
    shell   does so for a file; where MLflow is no server, a second line shows its pages
    link    of the study's page in MLflow; empty where that is no server
    """

    python: str
    shell: str
    link: str = ""


def use(file: StudyFile, page: str) -> Use:
    """How the deployed model of a study is used.

    page  of the study, from the root of MLflow's pages; empty where it is not known
    """
    config = file.config
    name, tracking = config.name, redact.text(config.tracking)
    lines = [f"{environment(file)}{shlex.join(['sweep', *forecasting(file)])}"]
    if not tracking.startswith(WEB):
        lines.append(f"{environment(file)}{shlex.join(['sweep', 'ui', file.named])}")
    link = f"{tracking.rstrip('/')}/{page}" if tracking.startswith(WEB) else ""
    beside = str(file.origin.path.parent) if own_code(config) else ""
    return Use(python(name, config.tracking, beside), "\n".join(lines), link)


def forecasting(file: StudyFile) -> list[str]:
    """What follows `sweep` where it forecasts with the deployed model of a study."""
    return ["predict", file.named, new_file(file.config.data), "--out", "forecast.csv"]


def environment(file: StudyFile) -> str:
    """What stands before such a command where MLflow is not where the study's file, or its name alone, would say."""
    tracking = file.config.tracking
    said = any(each.startswith("tracking=") for each in file.overrides)
    by_name = file.named == file.config.name and tracking != TRACKING
    can_be_shown = redact.text(tracking) == tracking
    return f"MLFLOW_TRACKING_URI={shlex.quote(tracking)} " if (said or by_name) and can_be_shown else ""


def python(study: str, tracking: str = TRACKING, code: str = "") -> str:
    """Three lines of Python that forecast `rows`; a secret in MLflow's address is left to MLFLOW_TRACKING_URI.

    code: the folder of the module of a cell of the user's own, if the study has one
    """
    usual = tracking == TRACKING or redact.text(tracking) != tracking
    arguments = [address(study), *([] if usual else [tracking])]
    given = ", ".join(json.dumps(each, ensure_ascii=False) for each in arguments)
    given += f", code={json.dumps(code, ensure_ascii=False)}" if code not in ("", ".") else ""
    return f"import sweep\nmodel = sweep.load({given})\nforecast = model.predict(rows)"


def configuration(parameters: Mapping[str, Any]) -> str:
    """The fields as the part `trial` of a study file."""
    return f"trial: {{{', '.join(f'{name}: {_yaml(value)}' for name, value in parameters.items())}}}"


def new_file(data: Any) -> str:
    """The name of a file with new rows: written as the study's data are."""
    ending = Path(str(getattr(data, "path", ""))).suffix
    return f"new{'.csv' if ending in PACKED else ending or '.npz'}"


def _yaml(value: Any) -> str:
    """On one line: JSON is YAML too."""
    if isinstance(value, str) and PLAIN.fullmatch(value) and value.lower() not in NOT_TEXT:
        return value
    return json.dumps(value, ensure_ascii=False)
