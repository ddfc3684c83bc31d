"""What a launch does once its services are open: search, comparison, report."""

import json
import time
from collections import Counter
from concurrent.futures import Future, wait
from dataclasses import replace
from typing import NamedTuple

from sweep.comparison.measure import in_table
from sweep.comparison.selection import most_runs
from sweep.config.sections import Compare
from sweep.core.background import in_background
from sweep.core.errors import CannotWrite, Interrupted, StudyFailed
from sweep.core.guard import INTERRUPTED
from sweep.core.log import logger
from sweep.core.patience import said_if_slow
from sweep.core.terminal import put, say
from sweep.core.wording import counted
from sweep.execution.protocols import Callback, Ledger
from sweep.execution.retrying_ledger import RetryingLedger
from sweep.execution.scheduler import Effort, Scheduler
from sweep.launch import closing, deploying, summary
from sweep.launch.looking import Looking
from sweep.launch.preparing import Preparation
from sweep.launch.progress import Progress
from sweep.launch.result import Result, Spent, State, counts
from sweep.launch.services import Services
from sweep.study import kept
from sweep.study.by_horizon import by_horizon
from sweep.study.comparison_runs import ComparisonRuns
from sweep.study.looks import identity_of
from sweep.study.metrics_by_arm import metrics_by_arm, metrics_of_baselines
from sweep.tracking.mirror import Mirror
from workers.data.dataset import Dataset

LOOK_SECONDS = 0.05


class _Stage(NamedTuple):
    """The search or the comparison, once it has ended: what the workers spent, and why it was given up, if it was."""

    effort: Effort
    failure: StudyFailed | None = None


def run(services: Services, began: float, *, as_json: bool) -> int:
    """Launch the study and print what came of it; returns the exit code. Raises SweepError.

    began  when the launch did, by time.monotonic
    """
    try:
        return _run(services, began, as_json=as_json)
    except (CannotWrite, Interrupted):  # MLflow may still show it as stopped
        closing.close_early(services.recorder)
        raise


def _run(services: Services, began: float, *, as_json: bool) -> int:
    search = _search(services)
    skipped = search.failure or services.stopping()
    learning = None if skipped else in_background(lambda: _with_baselines(services), "baselines")
    comparison, runs = (_Stage(Effort()), None) if skipped else _compare(services)
    services = _knowing(services, learning)
    state: State = "failed" if search.failure else "stopped" if services.stopping() else "finished"
    spent = _spent(services, began, search.effort, comparison.effort)
    verdict, page = closing.report(services, runs) if state == "finished" else (None, None)
    deployed = deploying.choose(services, runs, verdict) if state == "finished" else None
    services.retry(lambda: kept.check(services.study, runs.every() if runs else ()))
    model = closing.mirror_the_end(services, state, deployed, verdict)
    links = closing.links(services, page)
    metrics = metrics_by_arm(runs.of_arms(), services.dataset) if verdict and runs else {}
    metrics |= metrics_of_baselines(services.dataset) if verdict else {}
    baselines = services.dataset.baselines
    horizons = by_horizon(services.study, runs, verdict, services.dataset)
    result = Result(
        services.study, state, baselines, verdict, spent, links, services.measure, deployed, model, metrics, horizons
    )
    put(f"{json.dumps(result.as_json())}\n") if as_json else say(summary.as_text(result))
    if search.failure:
        raise search.failure
    return INTERRUPTED if services.stopping() else 0


def _with_baselines(services: Services) -> Dataset:
    from sweep.study.baselines import with_baselines  # noqa: PLC0415  (which imports scikit-learn)

    return with_baselines(services.config, services.dataset)


def _knowing(services: Services, learning: "Future[Dataset] | None") -> Services:
    """The services with the scores of the baselines, unless somebody wants to stop before they are there."""
    if learning is None:
        return services
    with said_if_slow("fitting the baselines"):
        while not services.stopping():
            if wait([learning], LOOK_SECONDS).done:
                return replace(services, dataset=learning.result())
    return services


def _search(services: Services) -> _Stage:
    """Try configurations until the budget is used up, or somebody wants to stop."""
    study, config = services.study, services.config
    before = counts(study)
    del before["running"]  # which will end yet
    with Progress(
        config, services.measure, lambda: config.budget.trials, before, study.best, _naive(services)
    ) as progress:
        search = _schedule(services, study, Mirror(study, services.recorder), progress, Preparation())
    if search.failure or study.best or services.stopping():
        return search
    failure = StudyFailed("no trial completed; `sweep.state` and the notes of the runs in MLflow say why")
    return _Stage(search.effort, failure)


def _naive(services: Services) -> str:
    """The best forecast without a network that is known while the search goes on; empty where none is."""
    objective, measure = services.config.objective, services.measure
    known = {
        name: found[objective.metric] for name, found in services.dataset.baselines.items() if objective.metric in found
    }
    if not known:
        return ""
    best = min(known, key=lambda name: objective.sign * known[name])
    return f"{best}, no network: {in_table(measure.value(known[best]))}"


def _compare(services: Services) -> tuple[_Stage, ComparisonRuns | None]:
    """Train the best of each arm afresh with common seeds, and score them on the test split.

    The runs are None where nothing can be compared, or nothing is to be.
    """
    settings = services.config.compare
    if settings is None:
        return _Stage(Effort()), None
    runs = services.retry(lambda: services.study.comparison_runs(settings.seeds))
    services.checkpoints.tidy("compare", [*runs.unfinished(), *deploying.candidates(runs)])
    if len(runs.arms) < 2 or not len(services.dataset.test):
        logger.warning("no comparison: it takes two arms with a complete trial each, and a test split")
        return _Stage(Effort()), None
    logger.info("%s", _announced(runs, settings))
    looking = Looking(runs, lambda: services.retry(lambda: _look(services, settings, runs)))
    before = Counter({"complete": len(runs) - runs.missing})
    with Progress(services.config, services.measure, lambda: len(runs), before) as progress:
        comparison = _schedule(services, runs, looking, Mirror(runs, services.recorder), progress)
    if runs.missing:
        logger.warning("no verdict yet: %s", comparison.failure or f"{runs.missing} runs are missing")
    return comparison, runs


def _look(services: Services, settings: Compare, runs: ComparisonRuns) -> None:
    """Note that this comparison's runs are looked at."""
    runs.looks = services.study.look(identity_of(services.config, settings, runs.keys, services.dataset))


def _announced(runs: ComparisonRuns, settings: Compare) -> str:
    """How many runs come: what the first come to decides how many follow."""
    cells, seeds, origins = runs.plan.cells, settings.seeds, settings.origins
    several, beside, crossed = len(cells.settings), len(settings.intervals), runs.plan.crossed
    most = most_runs(len(cells.champions), several, seeds, crossed=crossed, beside=beside, origins=origins)
    at = f" at {origins} origins" if origins > 1 else ""
    fewer = ", fewer for arms that are decided before" if settings.stop_when_decided else ""
    what = f"{counted(len(runs.arms), 'arm')} at {counted(several, 'setting')}"
    return f"comparing {what}, {seeds} seeds that decide{at}: {most} runs at most{fewer}"


def _schedule(services: Services, ledger: Ledger, *callbacks: Callback) -> _Stage:
    """Keep the workers busy until the ledger has nothing more to ask."""
    scheduler = Scheduler(
        RetryingLedger(ledger, services.retry),
        services.pool,
        services.config.objective,
        [*callbacks, *services.metrics],
        checkpoints=services.checkpoints,
        stopping=services.stopping,
        hang_seconds=services.config.workers.timeout,
    )
    try:
        scheduler.run()
    except StudyFailed as failure:
        return _Stage(scheduler.effort, failure)
    return _Stage(scheduler.effort)


def _spent(services: Services, began: float, *efforts: Effort) -> Spent:
    wall, evaluating = time.monotonic() - began, sum(effort.evaluating for effort in efforts)
    return Spent(
        wall=wall,
        places=services.pool.mean_width * wall,
        ready=services.pool.warm_seconds,
        compiling=sum(effort.compiling for effort in efforts),
        training=sum(effort.training for effort in efforts) - evaluating,
        evaluating=evaluating,
    )
