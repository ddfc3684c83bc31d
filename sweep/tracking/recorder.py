"""Mirrors a study in MLflow, from a queue that is filled as the study goes on. This file imports no MLflow."""

import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from sweep.comparison.verdict import Verdict
from sweep.config.addresses import absolute
from sweep.core import redact
from sweep.core.log import logger
from sweep.core.trials import Outcome, Trial
from sweep.study.deployment import Deployment
from sweep.tracking.card import STUDY, StudyCard, identity
from sweep.tracking.outbox import NOT_LEADING, Away, Outbox
from workers.spec import EpochReport

if TYPE_CHECKING:
    from sweep.tracking.writer import StudyWriter

NO_SCORES: Mapping[str, Sequence[float]] = {}
FIRST_EPOCHS_SECONDS = 60.0  # until what waits for the first epochs is sent without them


class Recorder:
    """Writes into MLflow what the ledger holds already; every write may be repeated and changes nothing then.

    Only `open` waits for MLflow. A thread sends the other writes in their order, however long MLflow is away; it also
    imports MLflow. `at`: seconds since 1970; now if left out.

    card      what MLflow is told of the study
    outbox    the writes that wait, and what went wrong with the last one
    may_send  whether this launcher may write
    """

    def __init__(
        self,
        tracking_uri: str,
        study: StudyCard,
        may_send: Callable[[], bool] = lambda: True,
        *,
        after_first_epochs: bool = False,
    ) -> None:
        """Nothing is sent yet.

        may_send            returns whether this launcher may write; the thread asks it before each request that does
        after_first_epochs  whether the thread leaves the processors to the workers until they have shown an epoch
        """
        self.tracking_uri = absolute(tracking_uri)
        self.card, self.may_send = study, may_send
        self._writer: StudyWriter | None = None
        wait = FIRST_EPOCHS_SECONDS if after_first_epochs else 0.0
        self.outbox = Outbox(on_away=self._say_that_it_is_away, on_back=self._say_that_it_is_back, wait=wait)

    def open(self, began: float | None = None) -> None:
        """Find or create the experiment and the study's run.

        Raises ServiceUnavailable, with the address and advice, when MLflow does not answer.
        """
        self._made_writer().open_now(began or time.time(), self.shown_address)

    def open_later(self, began: float | None = None) -> None:
        """Let the thread open it, for a study that has begun before: it never fails because MLflow is away."""
        at = began or time.time()
        self._later(lambda writer: writer.open(at))

    @property
    def shown_address(self) -> str:
        """MLflow's address without a password."""
        return redact.text(self.tracking_uri)

    @property
    def experiment_id(self) -> str:
        """The id of the study's experiment; empty until MLflow has answered."""
        return self._writer.runs.experiment_id if self._writer else ""

    @property
    def page(self) -> str:
        """The link to the study's trials, the best first, from the root of MLflow's pages; empty until it answers."""
        if not self.experiment_id:
            return ""
        from sweep.tracking import view  # noqa: PLC0415  (which imports MLflow)

        return view.link(self.experiment_id)

    @property
    def study_run_id(self) -> str | None:
        """The id of the study's own run; None until MLflow has answered."""
        return self._writer.runs.id_of(STUDY) if self._writer else None

    def await_study_run(self, patience: float, stopping: Callable[[], bool] = lambda: False) -> str:
        """The id of the study's own run; waits as the outbox does. Raises LookupError if it does not come."""
        self.outbox.wait_for(lambda: self.study_run_id is not None, patience, stopping)
        if self.study_run_id is None:
            raise LookupError(f"MLflow was not reached: {self.outbox.last_error or 'it has not answered yet'}")
        return self.study_run_id

    @property
    def created(self) -> int:
        """How many runs MLflow lacked."""
        return self._writer.runs.created if self._writer else 0

    def run_id(self, trial: Trial) -> str | None:
        """The id of a trial's run; None while it has none."""
        return self._writer.runs.id_of(identity(trial)) if self._writer else None

    def on_trial_start(self, trial: Trial, at: float | None = None) -> None:
        """Show a trial as running. It comes before the trial's epochs and its end."""
        since = at or time.time()
        self._later(lambda writer: writer.start(trial, since))

    def on_epochs_end(self, trial: Trial, reports: Sequence[EpochReport]) -> None:
        """Add the metrics of finished epochs."""
        self._later(lambda writer: writer.add(trial, reports))
        self.outbox.begin()

    def on_trial_end(self, trial: Trial, outcome: Outcome, at: float | None = None) -> None:
        """Show how a trial ended."""
        ended = at or time.time()
        self._later(lambda writer: writer.end(trial, outcome, ended))
        self.outbox.begin()

    def whole(
        self, trial: Trial, outcome: Outcome, epochs: Callable[[], Sequence[EpochReport]], began: float, ended: float
    ) -> None:
        """Make a trial's run, or add what it lacks. A trial that has not ended is shown as stopped.

        epochs  reads the epochs when they are sent, so that waiting writes take no memory
        """
        self._later(lambda writer: writer.whole(trial, outcome, epochs, began, ended))

    def best(
        self,
        trial: Trial,
        outcome: Outcome,
        deployed: Deployment | None = None,
        verdict: Verdict | None = None,
        scores: Mapping[str, Sequence[float]] = NO_SCORES,
        improvements: Sequence[tuple[int, float]] = (),
    ) -> None:
        """Say in the study's run what was found, which run is deployed, and which trial of the search is the best.

        And in a run for each arm what its runs came to; scores: of each, the objective on the test split.
        improvements: the number and the value of each trial that was the best of those up to it.
        """
        self._later(lambda writer: writer.best(trial, outcome, deployed, verdict, scores, improvements))

    def artifact(self, path: Path, folder: str | None = None) -> None:
        """Put a file into a folder of the study's run, in place of one of the same name."""
        self._later(lambda writer: writer.artifact(path, folder))

    def finished(self, state: str, at: float | None = None) -> None:
        """Close the study's run (finished, stopped or failed), and the runs of unfinished trials."""
        ended = at or time.time()
        self._later(lambda writer: writer.finish(state, ended))

    def close(self, timeout: float) -> int:
        """Send what can be sent in `timeout` seconds; returns how many writes were not sent."""
        return self.outbox.close(timeout)

    def _later(self, write: Callable[["StudyWriter"], None]) -> None:
        """Let the thread write."""
        self.outbox.put(lambda: self._attempt(write))

    def _attempt(self, write: Callable[["StudyWriter"], None]) -> None:
        if not self.may_send():
            raise Away(NOT_LEADING)
        self._made_writer().attempt(write)

    def _made_writer(self) -> "StudyWriter":
        if self._writer is None:
            from sweep.tracking.writer import StudyWriter  # noqa: PLC0415  (MLflow takes a second to import)

            self._writer = StudyWriter(self.tracking_uri, self.card, self.may_send)
        return self._writer

    def _say_that_it_is_away(self, reason: str) -> None:
        _say(
            f"warning: MLflow at {self.shown_address} cannot be used: {reason}\n"
            "nothing waits for it: what it lacks is sent as soon as it is back"
        )

    def _say_that_it_is_back(self) -> None:
        _say(f"MLflow at {self.shown_address} is back")


def _say(text: str) -> None:
    """Log for the user, if stderr is still open."""
    with suppress(OSError, ValueError):
        logger.warning("%s", text)
