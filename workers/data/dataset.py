"""What workers train on: the scaled timeline, its splits, and the baselines that a model must beat."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from workers.data import digests
from workers.data.baselines import baseline_forecasts, baseline_scores, baseline_statistics, constants
from workers.data.code_files import NO_CODE, Code
from workers.data.embeddings import pieces
from workers.data.layout import Layout, layout_of
from workers.data.loss_row import Loss
from workers.data.losses import loss_of, refuse_unsuited
from workers.data.metrics.judging import Judging
from workers.data.metrics.row import Row, judged, naive_errors
from workers.data.of_each_target import error_names
from workers.data.remarks import refuse, remarks
from workers.data.scaling import Scaling
from workers.data.splits import PARTS, Parts, Split, cut, everything, rolling
from workers.data.timeline import Integers, Sequences, Timeline


@dataclass(frozen=True)
class Dataset:
    """The data as training needs them.

    timeline        scaled, in single precision
    baselines       by name, the metrics of each on the validation split, such as `validation/loss`, and its
                    `validation/error`
    test_baselines  the same on the test split, such as `test/loss`
    test_forecasts  by name, (n_scored, n_statistics) those of each baseline's loss at each scored timestep of the test
                    split
    constants       by the name of a baseline of numbers, what it has of the training part; see `constants`
    judging         the metrics that the study file asks for, and the rows of the test split; none where there are none
    naive_errors    (n_targets,) by which such metrics scale errors; see the function of that name
    own_units       the timeline as its source gave it, to know and to scale the data by; none on workers
    later_origins   the parts of the origins after the first, where a comparison has several; see `with_origins`
    own_code        the code of each cell and model of the user's own that trials can have, by its import path
    """

    timeline: Timeline
    train: Sequences
    validation: Sequences
    test: Sequences
    scaling: Scaling
    baselines: Mapping[str, Mapping[str, float]]
    test_baselines: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    test_forecasts: Mapping[str, NDArray[np.float64]] = field(default_factory=dict)
    constants: Mapping[str, NDArray[np.float64]] = field(default_factory=dict)
    judging: Judging | None = None
    naive_errors: tuple[float, ...] = ()
    own_units: Timeline | None = None
    later_origins: tuple[Parts, ...] = ()
    own_code: Mapping[str, Code] = field(default_factory=dict)

    def at_origin(self, number: int) -> "Dataset":
        """The data as they are split at an origin, from 1: the first is the split of the study itself.

        They are scaled as ever, by the study's training part, which lies before every stretch: so the errors of all
        origins are in one unit, and no later row is in any of them.
        """
        return self if number == 1 else replace(self, **self.later_origins[number - 2]._asdict(), later_origins=())

    def places_of_origins(self) -> list[Integers]:
        """Of each origin, (n,) which of the scored timesteps of the test split lie in its stretch."""
        scored, later = self.scored_timesteps(self.test), [each.test for each in self.later_origins]
        places = [np.searchsorted(scored, self.scored_timesteps(test)) for test in later]
        return [np.setdiff1d(np.arange(len(scored)), np.concatenate([*places, np.zeros(0, int)])), *places]

    @property
    def digest(self) -> str:
        """A hash that changes with any number, unit or name of the data, and with any border of a split."""
        return digests.of_data(self.given, self.scaling, (self.train, self.validation, self.test))

    @property
    def digest_of_earlier_versions(self) -> str:
        """The hash by which earlier versions knew the same data."""
        return digests.of_earlier_versions(self.given, (self.train, self.validation, self.test))

    @property
    def test_digest(self) -> str:
        """A hash of the test targets alone: inputs, other splits, earlier timesteps and units change nothing."""
        return digests.of_targets(self.timeline.targets[self.scored_timesteps(self.test)], self._gaps)

    @property
    def given(self) -> Timeline:
        """The timeline as its source gave it; workers have none."""
        if self.own_units is None:
            raise ValueError("workers have the scaled data alone")
        return self.own_units

    @property
    def for_workers(self) -> "Dataset":
        """Without the numbers in their own units, which only a launcher needs."""
        return replace(self, own_units=None)

    @property
    def _gaps(self) -> Integers:
        """(n_scored,) timesteps since the one before in its piece of the test split; 0 for the first of a piece."""
        gaps = np.diff(self.scored_timesteps(self.test), prepend=0)
        gaps[self.layout(self.test).starts] = 0
        return gaps

    @property
    def test_times_digest(self) -> str:
        """A hash of which scored timesteps of the test split are at the same time, and in which order."""
        clock = self.layout(self.test).clock
        return "" if clock is None else digests.hashed(np.unique(clock, return_inverse=True)[1])

    def scored_timesteps(self, split: Sequences) -> Integers:
        """(n_scored,) the timesteps of a split that have a target that counts, in order."""
        return _scored(self.timeline, split)

    def layout(self, split: Sequences) -> Layout:
        """In which pieces, of which groups, and when the scored timesteps of a split lie."""
        return layout_of(self.timeline, split)

    def code_of(self, network: str) -> Code:
        """The code of what a network is made of, of which there is none unless it is the user's own."""
        return self.own_code.get(network, NO_CODE)

    @property
    def nbytes(self) -> int:
        """The bytes of the arrays that workers are sent."""
        return self.timeline.features.nbytes + self.timeline.answers(slice(None)).nbytes

    @property
    def n_features(self) -> int:
        """Inputs of a model at a timestep: the columns, or of text the characters, one of which is 1."""
        return len(self.timeline.alphabet) or int(self.timeline.features.shape[1])

    @property
    def n_looked_up(self) -> int:
        """The same once categories are looked up, which is what a network's layers read."""
        parts = pieces(self.timeline.embeddings, self.n_features)
        return sum(each.size or each.end - each.begin for each in parts)

    @property
    def n_outputs(self) -> int:
        """Outputs of a model at a timestep: those that the loss has of the targets, or the classes."""
        classes = self.timeline.n_classes
        return classes or self.loss.n_outputs(int(self.timeline.targets.shape[1]))

    @property
    def target_names(self) -> tuple[str, ...]:
        """Those of the data, or else `target`, or `target 1` and so on."""
        count = 1 if self.timeline.n_classes else int(self.timeline.targets.shape[1])
        return self.timeline.target_names or (numbered("target", count) if count > 1 else ("target",))

    def error_names(self, split: str, *, deployed: bool) -> list[str]:
        """(n_targets,) what the error of each target is called among metrics; see the function of that name."""
        return error_names(self.loss, self.target_names, split, deployed=deployed)

    @property
    def loss(self) -> Loss:
        """What training minimizes and models are compared by."""
        return loss_of(self.timeline)

    @property
    def metrics(self) -> tuple[str, ...]:
        """The names of the metrics that are reported beside the loss."""
        return tuple(self.loss.metrics)

    @property
    def reported(self) -> tuple[str, ...]:
        """These, and those that the study file asks for: of each arm and baseline on the test split."""
        return (*self.metrics, *(self.judging.rows if self.judging else ()))

    @property
    def objectives(self) -> tuple[str, ...]:
        """Those of them that a study can be judged by."""
        return tuple(name for name, metric in self.loss.metrics.items() if metric.objective)

    def baseline_losses(self, metric: str) -> dict[str, NDArray[np.floating]]:
        """By name, (n_scored,) of each baseline what decides at each scored timestep of the test split; see TestScores.

        metric: the objective
        """
        return {name: self.loss.deciding(each, self.scaling, metric) for name, each in self.test_forecasts.items()}

    def baseline_errors(self, metric: str) -> dict[str, float]:
        """By name, the error of each baseline on the test split, as models' `test/error_deployed`.

        metric: the objective
        """
        return {name: self.loss.error(float(losses.mean())) for name, losses in self.baseline_losses(metric).items()}


def prepare(
    timeline: Timeline, split: Split, metrics: Mapping[str, Row] | None = None, season: int | None = None
) -> Dataset:
    """Cut the timeline into splits, scale it by its training part and score the baselines.

    metrics: that are asked for beside those of the loss; season: in timesteps, for those that scale errors by it.

    Raises DataError when a split has no scored timestep, and for numbers that no loss could be computed of.
    """
    refuse_unsuited(timeline)
    train, validation, test = cut(timeline, split)
    loss = loss_of(timeline)
    scaling = Scaling.of(timeline, train, loss.scale)
    parts = dict(zip(PARTS, (train, validation, test), strict=True))
    refuse(timeline, scaling, parts)
    scaled = replace(
        scaling.scaled(timeline),
        notes=(*timeline.notes, *remarks(timeline, Scaling.of(timeline, train), parts)),
        base=None,
        spreads=None,
    )
    known = _scored(timeline, train)
    held_back = [baseline_statistics(timeline, scaling, known, _scored(timeline, part)) for part in (validation, test)]
    of_validation, of_test = (
        {
            baseline: {f"{name}/{metric}": value for metric, value in baseline_scores(timeline, each, scaling).items()}
            for baseline, each in statistics.items()
        }
        for name, statistics in zip(("validation", "test"), held_back, strict=True)
    )
    found = of_validation, of_test, held_back[1], constants(timeline, known)
    dataset = Dataset(scaled, train, validation, test, scaling, *found, own_units=timeline)
    return _judged(dataset, metrics, season) if metrics else dataset


def _judged(dataset: Dataset, metrics: Mapping[str, Row], season: int | None) -> Dataset:
    """With the metrics of the baselines on the test split, and what it takes to have those of models."""
    timeline, loss = dataset.given, dataset.loss
    naive, at = naive_errors(timeline, dataset.train, season), _scored(timeline, dataset.test)
    dataset = replace(dataset, naive_errors=tuple(naive.tolist()))
    if not len(at):
        return dataset
    added = (None if each is None else each[at].astype(np.float64) for each in (timeline.base, timeline.spreads))
    judging = Judging(metrics, judged(timeline, at, naive, "the test split"), *added)
    of_test = {name: dict(row) for name, row in dataset.test_baselines.items()}
    for name, forecast in baseline_forecasts(timeline, _scored(timeline, dataset.train)).items():
        found = forecast(at) if timeline.n_classes else judging.of_numbers(forecast(at), loss)
        of_test[name] |= {f"test/{metric}": value for metric, value in judging.of(found).items()}
    noted = replace(dataset.timeline, notes=(*dataset.timeline.notes, *judging.remarks))
    return replace(dataset, timeline=noted, test_baselines=of_test, judging=judging)


def with_origins(dataset: Dataset, split: Split, count: int) -> Dataset:
    """The same data with `count` origins; see workers.data.splits.rolling, which says what is raised."""
    return replace(dataset, later_origins=rolling(dataset.given, split, count) if count > 1 else ())


def for_refit(dataset: Dataset) -> Dataset:
    """The same data, all of which are the training part, by which they are scaled anew; none is left for a test.

    The validation part stays what it was, so that each epoch can report something: a model has seen it in training.
    """
    timeline = dataset.given
    train = everything(timeline)
    scaling = Scaling.of(timeline, train, loss_of(timeline).scale)
    nothing = replace(train, start=train.start[:0], stop=train.stop[:0], reach=train.reach[:0])
    return replace(
        dataset,
        timeline=scaling.scaled(timeline),
        train=train,
        test=nothing,
        later_origins=(),
        scaling=scaling,
        test_baselines={},
        test_forecasts={},
        judging=None,
        constants=constants(timeline, _scored(timeline, train)),
    )


def numbered(noun: str, count: int) -> tuple[str, ...]:
    """`noun 1`, `noun 2` and so on."""
    return tuple(f"{noun} {number}" for number in range(1, count + 1))


def _scored(timeline: Timeline, split: Sequences) -> Integers:
    timesteps = split.timesteps
    return timesteps[timeline.scored[timesteps]]
