"""Cells of the user's own: what their code is, and whether they are cells, which is tried in a process of its own."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from sweep.config.own_cells import arguments, own_cells
from sweep.config.preflight import values
from sweep.config.study_file import StudyFile
from sweep.core.errors import ConfigError
from sweep.core.patience import said_if_slow
from workers.data import cell_code
from workers.data.cell_code import Code

PROGRAM = "workers.engine.check_own_cells"
SECONDS = 600.0  # that may pass until an answer comes; TensorFlow takes 5 to 20


def read(file: StudyFile) -> dict[str, Code]:
    """The code of each by its import path. Raises DataError where there is none."""
    folder = file.origin.path.resolve().parent
    return {cell: cell_code.read(cell, folder, field) for cell, field in own_cells(file.config).items()}


def check(file: StudyFile, cells: Mapping[str, Code]) -> None:
    """Raises ConfigError with what is wrong with each, as the first trial with it would find."""
    if not cells:
        return
    units = min(values(file.config, "units"))
    with said_if_slow("checking the cells of your own"):
        problems = found(cells, units, arguments(file.config))
    fields = own_cells(file.config)
    wrong = [file.problem(fields[cell], problem) for cell, problem in problems.items()]
    if wrong:
        raise ConfigError(*(text for error in wrong for text in error.problems))


def found(cells: Mapping[str, Code], units: int, beside: Sequence[Mapping[str, Any]] = ({},)) -> dict[str, str]:
    """What is wrong with each that is no cell, made of so many units, and of each of these arguments beside."""
    asked = json.dumps(
        {"units": units, "arguments": list(beside), "cells": {cell: dict(code) for cell, code in cells.items()}}
    )
    path = os.pathsep.join(entry or str(Path.cwd()) for entry in sys.path)
    environment = {**os.environ, "PYTHONPATH": path, "CUDA_VISIBLE_DEVICES": "-1"}
    try:
        done = subprocess.run(  # noqa: S603  (this program)
            [sys.executable, "-P", "-m", PROGRAM],
            input=asked.encode(),
            stdout=subprocess.PIPE,
            env=environment,
            timeout=SECONDS,
            check=False,
        )
        problems: dict[str, str] = json.loads(done.stdout)
    except subprocess.TimeoutExpired:
        return dict.fromkeys(cells, f"gave no answer in {SECONDS:g} s while it was tried")
    except json.JSONDecodeError:
        return dict.fromkeys(cells, f"ended the process that tried it, with exit code {done.returncode}")
    return problems
