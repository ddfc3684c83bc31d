"""What the ledger knows of luck before a comparison is made: how much runs vary, and how often data were looked at."""

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from itertools import combinations

import numpy as np
import sqlalchemy as sa
from numpy.typing import NDArray
from sqlalchemy.engine import Engine

from sweep.comparison.cell_contrast import contrast
from sweep.comparison.cell_runs import CellRuns
from sweep.comparison.known_luck import NOTHING, KnownLuck
from sweep.comparison.luck import Luck
from sweep.comparison.selection import SELECTING_SEEDS, Cell
from sweep.config.sections import Compare, StudyConfig
from sweep.core.errors import StudyUnknown
from sweep.core.trials import ERROR_DEPLOYED
from sweep.study import comparison_runs, fingerprint
from sweep.study.answer import scores_of
from sweep.study.comparison_table import ComparisonTable
from sweep.study.error_on_test import timesteps_of_test
from sweep.study.looks import identity_of, looks_so_far
from sweep.study.optuna_private import models
from sweep.study.reader import StudyReader
from sweep.study.storage import database, tables
from workers.data.dataset import Dataset

MIN_RUNS = 2  # of a configuration, that tell how much they vary

Floats = NDArray[np.floating]


def luck_so_far(config: StudyConfig, settings: Compare, dataset: Dataset) -> KnownLuck:
    """By the study's own comparison runs; without any by those of other studies on the same data.

    The luck is read alone, and no difference: to choose the number of seeds by it makes no result likelier that is not
    true (Wittes & Brittain 1990, The role of internal pilot studies in increasing the efficiency of clinical trials,
    Statistics in Medicine 9).

    Raises ServiceUnavailable where the ledger cannot be read, StudyChanged where the study asks something else there.
    """
    if not database.exists(config.storage):
        return NOTHING
    with database.reading(config.storage) as connection:
        engine = connection.engine
        looks = looks_so_far(engine, dataset.test_digest, dataset.digest_of_earlier_versions)
        try:
            with StudyReader.read(config, dataset) as study:
                runs = study.comparison_runs(settings.seeds)
                noted = study.looks_before(identity_of(config, settings, runs.keys, dataset))
                own = _of_runs(config, runs, dataset)
        except StudyUnknown:
            return _of_errors(_errors_on(engine, dataset.digest))._replace(looks=looks)
    if own.seeds is None:
        own = _of_errors(_errors_on(engine, dataset.digest))
    return own._replace(looks=looks if noted is None else noted, decided=runs.is_shown)


def _of_runs(config: StudyConfig, runs: ComparisonTable, dataset: Dataset) -> KnownLuck:
    """By all cells of a comparison that were run twice or more, those that choose settings too."""
    made = runs.of_cells(range(1, SELECTING_SEEDS + runs.plan.seeds + 1))
    cells = {
        cell: scores_of(own, config.objective, root=dataset.error_is_root).runs
        for cell, own in made.items()
        if len(own) >= MIN_RUNS
    }
    found = _of_errors([cell.finished_errors for cell in cells.values()])
    return found._replace(test_data=_of_test_data(cells, dataset))


def _of_test_data(cells: Mapping[Cell, CellRuns], dataset: Dataset) -> Luck | None:
    """Of two arms at the same setting: the median one; None where no two were run twice."""
    pairs = [(one, other) for one, other in combinations(cells, 2) if one.setting == other.setting]
    data = timesteps_of_test(dataset)
    found = [contrast(cells[one], cells[other], data, 0.0).test_data for one, other in pairs]
    known = sorted((luck for luck in found if 0 < luck.variance() < np.inf), key=Luck.variance)
    return known[len(known) // 2] if known else None


def _of_errors(errors: Iterable[Floats]) -> KnownLuck:
    """By the errors of runs that differ in the seed alone, configuration by configuration."""
    several = [each for each in errors if len(each) >= MIN_RUNS and each.mean() > 0]
    if not several:
        return NOTHING
    freedom = [len(each) - 1 for each in several]
    variances = [each.var(ddof=1) / each.mean() ** 2 for each in several]
    return KnownLuck(seeds=float(np.sqrt(np.average(variances, weights=freedom))), runs=sum(map(len, several)))


def _errors_on(engine: Engine, digest: str) -> Sequence[Floats]:
    """Those on validation of all comparison runs in the ledger that were trained on these data, by configuration."""
    table, note, study = comparison_runs.table, models.StudyUserAttributeModel, models.StudyModel
    if not tables.exists(engine, table):
        return []
    questions = (
        sa.select(study.study_name, note.value_json)
        .join(note, note.study_id == study.study_id)
        .where(note.key == "question")
    )
    errors: dict[str, list[float]] = defaultdict(list)
    with engine.connect() as connection:
        asked = connection.execute(questions).all()
        names = [name for name, question in asked if json.loads(question).get(fingerprint.DIGEST) == digest]
        rows = sa.select(table.c.study, table.c.key, table.c.outcome).where(table.c.study.in_(names))
        for name, key, outcome in connection.execute(rows):
            error = json.loads(outcome)["outcome"]["metrics"].get(ERROR_DEPLOYED) if outcome else None
            if error is not None:
                errors[f"{name} {key.rpartition('-')[0]}"].append(error)
    return [np.array(each) for each in errors.values()]
