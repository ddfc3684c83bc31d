"""Cells and models of the user's own: what their code is, and whether they are such, tried in a process of its own."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from sweep.config import own_code
from sweep.config.preflight import values
from sweep.config.study_file import StudyFile
from sweep.core.errors import ConfigError
from sweep.core.patience import said_if_slow
from workers.data import code_files
from workers.data.code_files import Code
from workers.data.dataset import Dataset

PROGRAM = "workers.engine.check_own_code"
SECONDS = 600.0  # that may pass until an answer comes; TensorFlow takes 5 to 20


@dataclass(frozen=True)
class Wanted:
    """Code that is to be tried.

    code          of all, by import path
    models        the import paths of those that are models; the others are cells
    units         of which a cell is made
    sizes         that a model is told: inputs and outputs of a timestep
    classes       whether the outputs are logits of classes
    of_cells      arguments of cells beside their units: of all but the first the constructor alone is tried
    of_models     the same of models, beside their sizes
    """

    code: Mapping[str, Code]
    models: Sequence[str] = ()
    units: int = 8
    sizes: tuple[int, int] = (3, 1)
    classes: bool = False
    of_cells: Sequence[Mapping[str, Any]] = ({},)
    of_models: Sequence[Mapping[str, Any]] = ({},)


def read(file: StudyFile) -> dict[str, Code]:
    """The code of each by its import path. Raises DataError where there is none."""
    folder = file.origin.path.resolve().parent
    return {path: code_files.read(path, folder, field) for path, field in own_code.own_code(file.config).items()}


def check(file: StudyFile, dataset: Dataset) -> None:
    """Raises ConfigError with what is wrong with each, as the first trial with it would find."""
    if not dataset.own_code:
        return
    config = file.config
    models = list(own_code.own_models(config))
    wanted = Wanted(
        dataset.own_code,
        models,
        units=min(values(config, "units")),
        sizes=(dataset.n_looked_up, dataset.n_outputs),
        classes=dataset.timeline.n_classes > 0,
        of_cells=own_code.arguments(config, own_code.CELL),
        of_models=own_code.arguments(config, own_code.MODEL),
    )
    with said_if_slow(f"checking the {'models' if models else 'cells'} of your own"):
        problems = found(wanted)
    fields = own_code.own_code(config)
    wrong = [file.problem(fields[path], problem) for path, problem in problems.items()]
    if wrong:
        raise ConfigError(*(text for error in wrong for text in error.problems))


def found(wanted: Wanted) -> dict[str, str]:
    """What is wrong with each that is no cell, or no model whose state can be carried, by its import path."""
    asked = asdict(wanted) | {"code": {path: dict(files) for path, files in wanted.code.items()}}
    path = os.pathsep.join(entry or str(Path.cwd()) for entry in sys.path)
    environment = {**os.environ, "PYTHONPATH": path, "CUDA_VISIBLE_DEVICES": "-1"}
    try:
        done = subprocess.run(  # noqa: S603  (this program)
            [sys.executable, "-P", "-m", PROGRAM],
            input=json.dumps(asked).encode(),
            stdout=subprocess.PIPE,
            env=environment,
            timeout=SECONDS,
            check=False,
        )
        problems: dict[str, str] = json.loads(done.stdout)
    except subprocess.TimeoutExpired:
        return dict.fromkeys(wanted.code, f"gave no answer in {SECONDS:g} s while it was tried")
    except json.JSONDecodeError:
        return dict.fromkeys(wanted.code, f"ended the process that tried it, with exit code {done.returncode}")
    return problems
