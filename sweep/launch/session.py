"""One launch of a study, from its file to its verdict.

What is imported here is what is needed before the cluster begins; the rest is imported while it starts.
"""

import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future, wait

from sweep.config.sections import StudyConfig
from sweep.config.turns import compared_arms
from sweep.core.background import in_background
from sweep.core.log import Format, logger
from sweep.launch import data
from sweep.launch.beginning import begun
from workers.data.dataset import Dataset

FORESEEING_SECONDS = 10.0
LOOK_SECONDS = 0.05


def run(path: str, overrides: Sequence[str], log_format: Format, *, as_json: bool) -> int:
    """Launch a study and print what came of it; returns the exit code. Raises SweepError."""
    began = time.monotonic()
    file = data.load_file(path, overrides, log_format)
    with begun(file.config.workers) as cluster:
        dataset = data.load_checked_data(file)
        from sweep.launch import stages  # noqa: PLC0415
        from sweep.launch.services import opened  # noqa: PLC0415

        foreseen = in_background(lambda: _foreseen(file.config, dataset), "foresight")
        with opened(file, dataset, cluster) as services:
            _say(foreseen, services.stopping)
            return stages.run(services, began, as_json=as_json)


def _foreseen(config: StudyConfig, dataset: Dataset) -> str:
    if not compared_arms(config, dataset):
        return ""
    from sweep.launch import foresight  # noqa: PLC0415  (SciPy, which the launch would wait for)

    return foresight.note(config, dataset)


def _say(foreseen: "Future[str]", stopping: Callable[[], bool]) -> None:
    """What the comparison cannot decide; nothing where that is not known: what is wrong then, others say.

    It is not waited for where a ledger does not answer, or somebody wants to stop.
    """
    until = time.monotonic() + FORESEEING_SECONDS
    while not (stopping() or wait([foreseen], LOOK_SECONDS).done or time.monotonic() > until):
        pass
    if foreseen.done() and foreseen.exception() is None and (note := foreseen.result()):
        logger.warning("note: %s", note)
