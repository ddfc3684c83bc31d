"""One launch of a study, from its file to its verdict: picks the parts, and puts them together."""

import argparse
import json
import time
from collections import Counter
from contextlib import ExitStack
from pathlib import Path

from sweep.comparison.verdict import Verdict
from sweep.config import preflight, study_file
from sweep.config.study_file import StudyFile
from sweep.core import log
from sweep.core.errors import CannotWrite, ConfigError, Interrupted, StudyFailed
from sweep.core.exit import INTERRUPTED
from sweep.core.log import logger
from sweep.execution import cluster
from sweep.execution.checkpoints import Checkpoints
from sweep.execution.cluster import Metrics, RayPool
from sweep.execution.protocols import Callback, Ledger
from sweep.execution.retrying_ledger import RetryingLedger
from sweep.execution.scheduler import Effort, Scheduler
from sweep.launch import summary
from sweep.launch.interrupts import Interrupts
from sweep.launch.progress import Progress
from sweep.study import Study
from sweep.study.comparison_runs import ComparisonRuns
from sweep.study.storage import claims
from sweep.study.storage.lease import Lease
from sweep.study.storage.retry import Retry
from sweep.tracking import Recorder, log_model, mirror
from sweep.tracking.mirror import Mirror
from workers.data import sources
from workers.data.dataset import Dataset
from workers.errors import InvalidInput

MIRROR_SECONDS = 20.0  # to wait at the end for MLflow to take something
HURRIED_SECONDS = 3.0  # while it is away, and when somebody wants to stop


def launch(arguments: argparse.Namespace) -> int:
    """Launch what the command line of sweep.launch asks for; returns the exit code. Raises SweepError."""
    began = time.monotonic()
    shorthands = {"budget.trials": arguments.trials, "workers.count": arguments.workers}
    overrides = [*arguments.set, *(f"{name}={value}" for name, value in shorthands.items() if value is not None)]
    file = study_file.load(arguments.config, overrides)
    log.configure(file.config.name, arguments.log_format)
    dataset = load_data(file)
    for warning in preflight.warnings(file.config, dataset):
        logger.warning("note: %s", warning)
    if arguments.dry_run:
        print(preflight.describe(file.config, dataset))
        return 0
    return _Launch(file, dataset, began, as_json=arguments.json).run()


def load_data(file: StudyFile) -> Dataset:
    """The study's data. Raises ConfigError for what is wrong with them, or with the study because of them."""
    try:
        dataset = sources.load(file.config.data, file.origin.path.resolve().parent)
    except InvalidInput as error:
        raise file.problem(error.field or "data", error.message) from error
    wrong = [file.problem(error.field, error.message) for error in preflight.problems(file.config, dataset)]
    if wrong:
        raise ConfigError(*(problem for error in wrong for problem in error.problems))
    return dataset


class _Launch:
    """One launch of a study: its services, opened in order and closed whatever happens."""

    def __init__(self, file: StudyFile, dataset: Dataset, began: float, *, as_json: bool) -> None:
        self._file, self._config, self._dataset = file, file.config, dataset
        self._began, self._as_json = began, as_json
        self._interrupts, self._effort = Interrupts(), Effort()
        self._lease = Lease(self._config.storage, self._config.name)
        card = mirror.card(file, dataset)
        self._recorder = Recorder(self._config.tracking, card, may_send=lambda: self._lease.holds)
        self._retry = Retry(lambda: self._interrupts.asked)
        self._closing = ExitStack()

    def run(self) -> int:
        """Run to the end; returns the exit code."""
        self._retry(self._lease.acquire)
        try:
            cluster.connect(self._config.workers, self._dataset.nbytes)
            self._interrupts.install()
            self._join()
            self._metrics = self._cluster_metrics()
            self._open()
            return self._work()
        except Exception:
            self._lease.check()  # who was replaced stumbles over what the successor has done
            raise
        finally:
            cluster.disconnect()
            self._lease.release()
            self._closing.close()

    def _join(self) -> None:
        """Have workers, as many as other studies on the same cluster leave."""
        share = self._retry(lambda: claims.join(self._lease, cluster.shared_cluster()))
        wanted = self._config.objective, self._config.workers
        self._pool = RayPool(self._dataset, *wanted, share, stopping=lambda: self._interrupts.asked)

    def _cluster_metrics(self) -> list[Callback]:
        """What puts the study's figures among those of a cluster that others look after."""
        if cluster.shared_cluster() is None:
            return []
        levels = {
            "sweep_workers": lambda: self._pool.width,
            "sweep_mlflow_unsent": lambda: self._recorder.outbox.waiting,
        }
        return [Metrics(self._config.name, levels)]

    def _open(self) -> None:
        """Open the ledger and its mirror, and take up what an earlier launch has left."""
        self._study = self._retry(lambda: Study(self._config, self._dataset, guard=self._lease.guard))
        self._closing.callback(self._study.close)
        self._checkpoints = Checkpoints(self._config.name, self._config.objective, lambda: self._lease.holds)
        self._checkpoints.tidy("search", self._study.unfinished(), self._study.best)
        self._recorder.open(wait=not self._study.begun, began=self._study.began)
        self._catch_up()

    def _catch_up(self) -> None:
        """Tell the mirror again what an earlier launch may not have come to tell; repeating changes nothing."""
        runs = self._retry(lambda: self._study.comparison_runs(seeds=0))
        self._retry(lambda: mirror.replay(self._study, self._study, self._recorder))
        self._retry(lambda: mirror.replay(runs.every(), runs, self._recorder))

    def _work(self) -> int:
        try:
            return self._run_and_tell()
        except (CannotWrite, Interrupted):  # MLflow may still be told
            self._recorder.finished("stopped")
            self._recorder.close(HURRIED_SECONDS)
            raise

    def _run_and_tell(self) -> int:
        failure = self._search()
        runs = None if failure or self._interrupts.asked else self._compare()
        state: summary.State = "failed" if failure else "stopped" if self._interrupts.asked else "finished"
        session = self._measure(state)
        verdict, page = self._report(runs) if state == "finished" else (None, None)
        self._mirror_the_end(state)
        self._print(session, verdict, page)
        if failure:
            raise failure
        return INTERRUPTED if self._interrupts.asked else 0

    def _search(self) -> StudyFailed | None:
        """Why the search came to nothing, if it did."""
        counts = summary.counts(self._study)
        del counts["running"]  # which will end yet
        with Progress(self._config, self._config.budget.trials, counts, self._study.best) as progress:
            failure = self._schedule(self._study, Mirror(self._study, self._recorder), progress)
        if failure is None and self._study.best is None and not self._interrupts.asked:
            return StudyFailed("no trial completed; `sweep.state` and the notes of the runs in MLflow say why")
        return failure

    def _compare(self) -> ComparisonRuns | None:
        """Train the best of each arm afresh with common seeds, and score them on the test split."""
        settings = self._config.compare
        if settings is None:
            return None
        runs = self._retry(lambda: self._study.comparison_runs(settings.seeds))
        self._checkpoints.tidy("compare", runs.unfinished())
        if len(runs.arms) < 2 or not len(self._dataset.test):
            logger.warning("no comparison: it takes two arms with a complete trial each, and a test split")
            return None
        logger.info("comparing %d arms, %d seeds each: %d runs", len(runs.arms), settings.seeds, runs.missing)
        done = Counter({"complete": len(runs) - runs.missing})
        with Progress(self._config, len(runs), done) as progress:
            failure = self._schedule(runs, Mirror(runs, self._recorder), progress)
        if runs.missing:
            logger.warning("no verdict yet: %s", failure or f"{runs.missing} runs are missing")
        return runs

    def _report(self, runs: ComparisonRuns | None) -> tuple[Verdict | None, Path | None]:
        """Decide, write the report and mirror it; a disk that is full costs the report, not the study."""
        from sweep.report import write  # noqa: PLC0415  (its statistics and drawings take seconds to import)

        try:
            verdict, files = self._retry(lambda: write.write(self._file, self._study, runs, self._dataset))
        except OSError as error:
            logger.warning(f"warning: the report was not written: {error}")
            return write.verdict_of(self._study, runs, self._dataset), None
        for path in files:
            self._recorder.artifact(path, "report")
        return verdict, files[0]

    def _schedule(self, ledger: Ledger, *callbacks: Callback) -> StudyFailed | None:
        """Keep the workers busy until the ledger has nothing more to ask; why that was given up, if it was."""
        scheduler = Scheduler(
            RetryingLedger(ledger, self._retry),
            self._pool,
            self._config.objective,
            [*callbacks, *self._metrics],
            checkpoints=self._checkpoints,
            stopping=lambda: self._interrupts.asked,
            hang_seconds=self._config.workers.timeout,
        )
        try:
            scheduler.run()
        except StudyFailed as failure:
            return failure
        finally:
            self._effort.training += scheduler.effort.training
            self._effort.compiling += scheduler.effort.compiling
        return None

    def _measure(self, state: summary.State) -> summary.Session:
        effort = self._effort
        wall = time.monotonic() - self._began
        return summary.Session(
            state=state,
            wall_seconds=wall,
            training_seconds=effort.training,
            efficiency=effort.training / max(self._pool.mean_width * wall, 1e-9),
            efficiency_warm=effort.training / max(self._pool.warm_seconds - effort.compiling, 1e-9),
        )

    def _mirror_the_end(self, state: summary.State) -> None:
        self._retry(lambda: self._study.end(state))
        if self._study.best:
            self._recorder.best(*self._study.best)
            if state == "finished":
                self._log_model()
        self._recorder.finished(state, self._study.ended[1] if self._study.ended else None)
        self._recorder.outbox.drain(self._mirror_seconds, lambda: self._interrupts.asked)
        unsent = self._recorder.close(HURRIED_SECONDS)
        if unsent:
            lacks = f"MLflow lacks {unsent} writes: {self._recorder.outbox.last_error}"
            logger.warning(f"warning: {lacks}\n`sweep sync {self._file.origin.path}` sends them")

    @property
    def _mirror_seconds(self) -> float:
        """To wait for MLflow: not long while it is away, or when somebody wants to stop."""
        hurried = self._interrupts.asked or self._recorder.outbox.failures
        return HURRIED_SECONDS if hurried else MIRROR_SECONDS

    def _log_model(self) -> None:
        """Log the best trial's model in the study's run; a tracking server that is away costs only that."""
        trial, _ = self._study.best or (None, None)
        kept = self._checkpoints.load(trial) if trial else None
        if trial is None or kept is None:
            logger.warning("warning: the best model was not logged: its weights are not on this machine")
            return
        try:
            run_id = self._recorder.await_study_run(self._mirror_seconds)
            keras_file = self._pool.export(trial.canonical, kept[1])
            example = self._dataset.example(trial.spec.window)
            self._pool.call(log_model, self._recorder.tracking_uri, run_id, keras_file, example)
        except Exception as error:  # noqa: BLE001  (whatever it is, the study's results are safe)
            logger.warning(f"warning: the best model was not logged: {error}")

    def _print(self, session: summary.Session, verdict: Verdict | None, page: Path | None) -> None:
        best = self._study.best
        mirror = summary.Mirror(
            self._recorder.tracking_uri,
            self._recorder.experiment_id,
            self._recorder.page,
            self._recorder.run_id(best[0]) if best else None,
            page,
        )
        if self._as_json:
            print(json.dumps(summary.as_json(self._study, self._dataset.baselines, session, mirror, verdict)))
        else:
            print(summary.as_text(self._study, self._dataset.baselines, session, mirror, verdict))
