"""A cell, a loss with its metric, a forecast and a baseline are added by one row each; everything else follows."""

import ast
import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pytest

from tests.paths import ROOT
from tests.workers.engine.training_helpers import train
from tests.workers.worlds import regression
from workers.baselines.learned import LEARNED, Learned, applicable, with_learned
from workers.baselines.material import Forecast, Material
from workers.cells import CELLS
from workers.data import baselines, losses
from workers.data.baselines import Baseline
from workers.data.dataset import Dataset, prepare
from workers.data.loss_row import Loss, Metric
from workers.data.metrics.asked import chosen
from workers.data.metrics.classes import CLASSES
from workers.data.metrics.numbers import NUMBERS
from workers.data.metrics.row import Row
from workers.data.sources.table import Table
from workers.data.splits import Split
from workers.engine.training import Trainer
from workers.forecasting.standalone import program
from workers.forecasting.standalone.program import Training
from workers.objective import Objective
from workers.optimizers import OPTIMIZERS, Optimizer
from workers.schedules import SCHEDULES, Schedule
from workers.spec import TrialSpec, metric_names

SMALL = TrialSpec(units=3, window=5, batch_size=2, epochs=1)


@dataclass
class Additions:
    """Adds rows to tables, and remembers to which."""

    patch: pytest.MonkeyPatch
    touched: list[str] = field(default_factory=list)

    def row(self, table: Any, name: str, row: object) -> None:
        self.patch.setitem(table, name, row)
        self.touched.append(name)

    def first(self, module: Any, name: str, row: object) -> None:
        self.patch.setattr(module, name, (row, *getattr(module, name)))
        self.touched.append(name)


@pytest.fixture
def add(monkeypatch: pytest.MonkeyPatch) -> Iterator[Additions]:
    additions = Additions(monkeypatch)
    yield additions
    print(f"places touched: {len(additions.touched)} ({', '.join(additions.touched)})")  # noqa: T201 (for the reader)
    assert len(additions.touched) == 1


def prepared(dataset: Dataset) -> Dataset:
    """The same data, prepared anew from their own units."""
    scaling, timeline = dataset.scaling, dataset.timeline
    features = timeline.features * scaling.feature_scale + scaling.feature_mean
    targets = timeline.targets * scaling.target_scale + scaling.target_mean
    return prepare(replace(timeline, features=features, targets=targets), Split())


@pytest.mark.lengthy
def test_a_loss_and_its_metric_are_one_row(add: Additions) -> None:
    absolute_error = Loss(
        applies=lambda timeline: not timeline.n_classes,
        n_statistics=lambda n_outputs: n_outputs,
        statistics=lambda ops, y, targets: ops.abs(y - targets),
        reduce=lambda ops, statistics: ops.mean(statistics, axis=-1),
        measures=lambda statistics, scaling: {"loss": (statistics * scaling.target_scale).mean(axis=-1)},
        metrics={"thousandths": Metric("loss", of_mean=lambda mean: 1000 * mean)},
    )
    add.first(losses, "LOSSES", absolute_error)
    dataset = prepared(regression((60,)))
    assert "validation/thousandths" in metric_names(dataset.metrics)
    objective = Objective("validation/thousandths")
    (report,), segment = train(Trainer(dataset, objective), SMALL)
    assert report.metrics["train/thousandths"] == 1000 * report.metrics["train/loss"]
    test = Trainer(dataset, objective).train(SMALL, 0, segment.checkpoint, test=True).test
    assert test is not None
    assert test.losses.mean() == pytest.approx(test.metrics["test/error_deployed"], rel=1e-5)
    scale = float(dataset.scaling.target_scale[0])
    assert scale * test.losses.mean() == pytest.approx(test.metrics["test/loss_deployed"], rel=1e-5)
    assert set(dataset.baselines["mean"]) == {"validation/loss", "validation/thousandths", "validation/error"}


def test_a_baseline_is_one_row(add: Additions) -> None:
    def zero(timeline: Any, _known: Any) -> Any:
        return lambda at: np.zeros(timeline.targets[at].shape)

    add.row(baselines.BASELINES, "zero", Baseline(lambda timeline: not timeline.n_classes, zero))
    dataset = prepared(regression((60,)))
    loss = dataset.baselines["zero"]["validation/loss"]
    assert dataset.baselines["zero"]["validation/rmse"] == loss**0.5
    assert set(dataset.test_baselines["zero"]) == {"test/loss", "test/rmse", "test/error"}


def test_a_naive_forecast_is_one_row(add: Additions, tmp_path: Any) -> None:
    add.row(baselines.NAIVE_FORECASTS, "nothing", lambda present: np.zeros_like(present.now))
    (tmp_path / "data.csv").write_text("x\n" + "".join(f"{i}\n" for i in range(20)))
    timeline = Table(path="data.csv", inputs=("x",), targets=("x",), horizon=1).load(tmp_path)
    assert list(timeline.forecasts) == ["persistence", "nothing"]
    assert prepare(timeline, Split()).baselines["nothing"]["validation/loss"] > 0


@pytest.mark.lengthy
def test_a_metric_is_one_row(add: Additions) -> None:
    add.row(NUMBERS, "largest", Row(lambda rows, forecast: float(np.abs(forecast - rows.measured).max())))
    plain = prepared(regression((60,)))
    rows = chosen(["largest"], plain.loss, 0, ROOT)
    dataset = prepare(plain.given, Split(), rows)
    assert dataset.test_baselines["mean"]["test/largest"] > dataset.test_baselines["mean"]["test/rmse"]
    _, segment = train(Trainer(dataset), SMALL)
    test = Trainer(dataset).train(SMALL, 0, segment.checkpoint, test=True).test
    assert test is not None
    assert test.metrics["test/largest_deployed"] > test.metrics["test/rmse_deployed"]


def test_a_baseline_that_learns_is_one_row(add: Additions) -> None:
    def zero(material: Material) -> Forecast:
        return lambda at: np.zeros((len(at), material.n_targets))

    add.row(LEARNED, "zero", Learned(lambda timeline: not timeline.n_classes, zero))
    dataset = prepared(regression((60,)))
    found = with_learned(dataset, ["zero"], 3)
    targets = dataset.timeline.targets[dataset.scored_timesteps(dataset.validation)]
    assert found.baselines["zero"]["validation/error"] == pytest.approx(float(np.square(targets).mean()) ** 0.5)
    assert applicable(dataset) == ["mean", *(name for name in LEARNED if name in ("linear", "boosting", "zero"))]


@pytest.mark.lengthy
def test_an_optimizer_is_one_row(add: Additions) -> None:
    add.row(OPTIMIZERS, "adadelta", Optimizer("Adadelta"))
    spec = SMALL.model_copy(update={"optimizer": "adadelta", "weight_decay": 0.1})
    dataset = prepared(regression((60,)))
    (report,), _ = train(Trainer(dataset), spec)
    assert np.isfinite(report.metrics["validation/loss"])
    assert "optimizers.Adadelta(" in program.source(Training(spec, 0, Objective(), dataset))


@pytest.mark.lengthy
def test_a_schedule_is_one_row(add: Additions) -> None:
    add.row(
        SCHEDULES, "square", Schedule(lambda part, trial: 1 / (1 + part**2), "1 / (1 + part**2)", ("decay_epochs",))
    )
    dataset = prepared(regression((60,)))
    spec = SMALL.model_copy(update={"learning_rate_schedule": "square"})
    (report,), _ = train(Trainer(dataset), spec)
    assert 0 < report.metrics["learning_rate"] < spec.learning_rate
    assert "LEARNING_RATE * (1 / (1 + part**2))" in program.source(Training(spec, 0, Objective(), dataset))


@pytest.mark.lengthy
def test_a_cell_is_one_row() -> None:
    command = [sys.executable, "-m", "tests.workers.added_cell"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    result = json.loads(done.stdout)
    print(f"places touched: {result['touched']} (CELLS)")  # noqa: T201 (for the reader)
    assert result["touched"] == 1
    assert np.isfinite(result["losses"]["validation/loss"])
    assert result["exported"] > 0


def words(path: Any) -> set[str]:
    """The texts in a program that are one word."""
    nodes = ast.walk(ast.parse(path.read_text(encoding="utf-8")))
    return {node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str)}


@pytest.mark.parametrize(
    ("names", "may"),
    [
        (set(CELLS), {"workers/cells.py", "workers/spec.py"}),  # the default of a study file, and reset_after's rule
        ({*baselines.BASELINES, *baselines.NAIVE_FORECASTS} - {"mean"}, {"workers/data/baselines.py"}),
        (set(OPTIMIZERS) - {"adam"}, {"workers/optimizers.py"}),  # which is the default of a study file
        (set(SCHEDULES) - {"constant", "linear", "step"}, {"workers/schedules.py"}),  # words of other kinds too
        (set(LEARNED) - set(SCHEDULES), {"workers/baselines/learned.py"}),
        (set(NUMBERS) - {"mae", "rmse", "bias"}, {"workers/data/metrics/numbers.py"}),  # words of other kinds too
        (set(CLASSES) - {"accuracy"}, {"workers/data/metrics/classes.py"}),  # which losses have too
    ],
    ids=["cells", "baselines", "optimizers", "schedules", "baselines that learn", "of numbers", "of classes"],
)
def test_nothing_else_knows_a_row_by_its_name(names: set[str], may: set[str]) -> None:
    files = [*(ROOT / "sweep").rglob("*.py"), *(ROOT / "workers").rglob("*.py")]
    know = {str(path.relative_to(ROOT)) for path in files if words(path) & names}
    assert know <= may
