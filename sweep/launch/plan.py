"""What would run, arm by arm: configurations, trials, steps of an epoch, how far state reaches, and what is merged."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import product
from typing import Any, NamedTuple

import numpy as np

from sweep.config import preflight, turns
from sweep.config.reachable_arms import arms_of, merged
from sweep.config.sections import StudyConfig
from sweep.config.space import Range, Space
from sweep.config.study_file import StudyFile
from sweep.core.trials import is_twin
from sweep.launch.dry_run import what_would_run
from workers.data.dataset import Dataset
from workers.plans import windows
from workers.plans.epochs import cut_at, training_plan
from workers.plans.equivalence import canonical
from workers.plans.policies import POLICIES
from workers.spec import TrialSpec

MOST = 0.995  # of the combinations, from which on one says always


class Arm(NamedTuple):
    """What an arm would be; of two figures the first is the least over batch sizes and windows, and the other the most.

    configurations  how many differ; None: infinitely many, or too many to count
    trials          how many it gets if the whole budget is used
    steps           of an epoch
    carried         timesteps that a window sees through the state that it begins with, in the median
    """

    name: str
    configurations: int | None
    trials: int
    steps: tuple[int, int]
    carried: tuple[int, int]


class Plan(NamedTuple):
    """What would run.

    rows      what a dry run says, by name
    arms      those that have a trial
    merged    a sentence each of what is asked for and computes the same as something else
    warnings  what works, but is probably not meant
    """

    rows: Mapping[str, str]
    arms: Sequence[Arm]
    merged: Sequence[str]
    warnings: Sequence[str]

    def as_json(self) -> dict[str, Any]:
        """The same for programs."""
        arms = [each._asdict() for each in self.arms]
        return {**self.rows, "arms": arms, "merged": [*self.merged], "warnings": [*self.warnings]}


def plan(file: StudyFile, dataset: Dataset) -> Plan:
    """What would run. Raises as a dry run."""
    config = file.config
    return Plan(
        what_would_run(file, dataset),
        list(_arms(config, dataset)),
        [*_merged(config, dataset), *_merged_first(config, dataset)],
        preflight.warnings(config, dataset),
    )


def _arms(config: StudyConfig, dataset: Dataset) -> Iterator[Arm]:
    space = Space(config.trial, config.space)
    counts = space.distinct_of_arms(dataset.train)
    ways = arms_of(config, dataset.train)
    for name, trials in turns.trials_of_arms(config, dataset.train).items():
        if is_twin(name):
            continue
        count = None if counts is None else counts.get(name, 0)
        example = _example(config, dataset, name, ways.get(name, ()))
        steps, carried = zip(*_facts(config, dataset, example, name), strict=True)
        yield Arm(name, count, trials, (min(steps), max(steps)), (min(carried), max(carried)))


def _example(config: StudyConfig, dataset: Dataset, arm: str, ways: Sequence[Mapping[str, Any]]) -> TrialSpec:
    """A trial of the arm: by the first way to it, or the first enqueued one."""
    space = Space(config.trial, config.space)
    if ways:
        return space.spec_from(ways[0])
    enqueued = (space.spec_from(entry.parameters) for entry in config.enqueue)
    return next(spec for spec in enqueued if canonical(spec, dataset.train).arm == arm)


def _facts(config: StudyConfig, dataset: Dataset, example: TrialSpec, arm: str) -> Iterator[tuple[int, int]]:
    """Steps of an epoch and timesteps carried, for the least and the largest batch size, window and own numbers."""
    own = POLICIES[example.reset_policy].fields if example.stateful else ()
    varied = {name: _ends(config, name) for name in ("batch_size", "window", *own) if name in config.space}
    for values in product(*varied.values()):
        update = dict(zip(varied, values, strict=True))
        spec = canonical(example.model_copy(update=update), dataset.train)
        if spec.arm == arm or len(varied) == 0:
            train = cut_at(spec, dataset.train, dataset.timeline.scored)
            last = training_plan(spec, train, spec.epochs - 1, config.seed)
            cut = len(train.timesteps) if spec.bidirectional else len(windows.windows(train, spec.window))
            yield -(-cut // spec.batch_size), int(np.median(last.ages[last.end > 0]))


def _ends(config: StudyConfig, name: str) -> tuple[float, ...]:
    """The least and the largest number that a field of the space can have."""
    entry = config.space[name]
    return (entry.low, entry.high) if isinstance(entry, Range) else (min(entry), max(entry))


def _merged(config: StudyConfig, dataset: Dataset) -> Iterator[str]:
    """What the space asks for and computes the same as something else."""
    for (asked, found), part in merged(Space(config.trial, config.space), dataset.train).items():
        how_often = "always" if part > MOST else f"in {part:.0%} of its combinations"
        yield f"{asked} computes the same as {found} {how_often}: trained once"


def _merged_first(config: StudyConfig, dataset: Dataset) -> Iterator[str]:
    """The same of what is enqueued."""
    space = Space(config.trial, config.space)
    for number, entry in enumerate(config.enqueue):
        spec = space.spec_from(entry.parameters)
        found = canonical(spec, dataset.train).arm
        if spec.arm != found:
            yield f"enqueued {entry.name or number} ({spec.arm}) computes the same as {found}"
