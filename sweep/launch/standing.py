"""How far a study is, from its ledger alone, whoever runs it and wherever."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any, NamedTuple

from sweep.config.study_file import StudyFile
from sweep.core.trials import Run, State, Trial
from sweep.core.wording import counted, duration
from sweep.core.wrapped import wrapped
from sweep.study import StudyReader
from sweep.study.comparison_runs import ComparisonReader
from sweep.study.measured import measure
from sweep.study.overview import Overview, ended_in_words, overview
from workers.data.dataset import Dataset


class Training(NamedTuple):
    """A trial under way, and how many of its epochs are recorded."""

    name: str
    stage: str
    epochs: int
    of: int


@dataclass(frozen=True)
class Standing:
    """How far a study is.

    state     running, interrupted, finished, stopped or failed
    led       by whom, and for how long, in words; empty where nobody leads it
    search    how many trials there are in each state
    budget    the largest number of trials; none where it is not known
    made      runs of the comparison
    needed    how many of them are known to be needed; what they come to may ask for others
    best      the best trial so far and what is shown of its objective; empty where there is none
    verdict   the answer; empty while there is none
    """

    study: str
    state: str
    led: str
    search: dict[State, int]
    budget: int | None
    made: int
    needed: int
    training: Sequence[Training]
    best: str
    verdict: str

    def as_text(self) -> str:
        """A line for each thing, at most 80 characters wide where words allow it."""
        state = f"{self.state}, {self.led}" if self.led else self.state
        lines = [f"{self.study}: {state}", f"  search      {ended_in_words(self.search, self.budget, ' trials')}"]
        if self.needed:
            lines.append(f"  comparison  {self.made} of {counted(self.needed, 'run')}")
        if self.best:
            lines.append(f"  best        {self.best}")
        lines += [f"  training    {each.name}, epoch {each.epochs + 1} of {each.of}" for each in self.training]
        return "\n".join([*lines, *([wrapped(self.verdict)] if self.verdict else [])])

    def as_json(self) -> dict[str, Any]:
        """The fields as plain numbers and texts; an empty text is null."""
        fields = {name: None if value == "" else value for name, value in asdict(self).items()}
        return {**fields, "training": [each._asdict() for each in self.training]}


def standing(file: StudyFile, dataset: Dataset) -> Standing:
    """How far the study of a file is. Raises StudyUnknown, StudyChanged, ServiceUnavailable."""
    config = file.config
    with StudyReader.read(config, dataset) as study:
        found = next(each for each in overview(config.storage) if each.study == config.name)
        runs = study.comparison_runs(config.compare.seeds) if config.compare else None
        compares = runs is not None and found.runs > 0
        is_led = bool(found.leader and found.leader.leads)
        return Standing(
            study=config.name,
            state=found.state,
            led=_led(found),
            search=dict(Counter(outcome.state for _, outcome in study)),
            budget=found.budget,
            made=len(runs) - runs.missing if runs is not None and compares else 0,
            needed=len(runs) if runs is not None and compares else 0,
            training=[*_training(study, runs)] if is_led else [],
            best=_best(study, dataset),
            verdict=_verdict(file, study, runs, dataset) if found.state == "finished" else "",
        )


def _led(found: Overview) -> str:
    if found.leader is None:
        return ""
    if not found.leader.leads:
        return f"its last launcher, {found.leader}, is gone: the same command goes on"
    return f"led by {found.leader} for {duration(found.leader.seconds)}"


def _training(study: StudyReader, runs: ComparisonReader | None) -> Iterator[Training]:
    for trial, outcome in study:
        if outcome.state == "running":
            yield _under_way(trial, len(study.recorded(trial)))
    for trial, outcome in runs.every() if runs else ():
        if outcome.state == "running":
            yield _under_way(trial, len(runs.recorded(trial)) if runs else 0)


def _under_way(trial: Trial, epochs: int) -> Training:
    return Training(trial.name, trial.stage, min(epochs, trial.canonical.epochs - 1), trial.canonical.epochs)


def _best(study: StudyReader, dataset: Dataset) -> str:
    best: Run | None = study.best
    value = best.outcome.as_deployed(study.objective) if best else None
    if best is None or value is None:
        return ""
    return f"trial {best.trial.name}: {measure(study.config, dataset).said(value)} on validation"


def _verdict(file: StudyFile, study: StudyReader, runs: ComparisonReader | None, dataset: Dataset) -> str:
    from sweep.report.write import verdict_of  # noqa: PLC0415  (with SciPy, Matplotlib and Jinja)
    from sweep.study.baselines import with_baselines  # noqa: PLC0415  (with scikit-learn)

    if runs is None or runs.missing:
        return ""
    verdict = verdict_of(study, runs, with_baselines(file.config, dataset))
    return verdict.sentence if verdict else ""
