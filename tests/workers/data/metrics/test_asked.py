"""The metrics that a study file asks for: names and functions, found, refused, and with the data that they judge."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from pydantic import TypeAdapter, ValidationError
from ray import cloudpickle

from tests.workers.data.timelines import HALVES, counting
from workers.data.asked_loss import Asked
from workers.data.dataset import Dataset, prepare
from workers.data.losses import CROSS_ENTROPY, SQUARED_ERROR, number_loss
from workers.data.metrics.asked import AskedMetrics, chosen
from workers.data.sources import load
from workers.data.sources.python import Python
from workers.errors import DataError

DATA = """
import numpy as np
def make(n=80):
    values = np.arange(float(n)) % 7
    return {"features": values[:, None], "targets": values[:, None] ** 2}
"""
COST = """
import numpy as np
TWICE = 2
def twice(x): return TWICE * x
def cost(measured, forecast):
    return twice(np.maximum(measured - forecast, 0).mean())
"""


def loaded(folder: Path, code: str, *metrics: str) -> Dataset:
    (folder / "my_data.py").write_text(DATA)
    (folder / "my_metrics.py").write_text(code)
    return load(Python(factory="my_data:make", metrics=metrics), folder)


def refusal(folder: Path, code: str, *metrics: str) -> str:
    with pytest.raises(DataError) as caught:
        loaded(folder, code, *metrics)
    return f"{caught.value.field}: {caught.value.message}".replace(f"{folder}/", "")


def test_baselines_have_what_is_asked_for_on_the_test_split_beside_what_they_had(tmp_path: Path) -> None:
    plain, dataset = loaded(tmp_path, COST), loaded(tmp_path, COST, "mae", "mape", "my_metrics:cost", "rmse")
    assert dataset.reported == ("rmse", "mae", "mape", "cost")
    assert plain.reported == ("rmse",)
    measured = dataset.given.targets[dataset.scored_timesteps(dataset.test)]
    mean = dataset.given.targets[dataset.scored_timesteps(dataset.train)].mean()
    known = {
        "test/mae": np.abs(mean - measured).mean(),
        "test/mape": (np.abs(mean - measured)[measured > 0] / measured[measured > 0]).mean(),
        "test/cost": 2 * np.maximum(measured - mean, 0).mean(),
    }
    assert dataset.test_baselines == {"mean": pytest.approx({**known, **plain.test_baselines["mean"]})}
    assert dataset.baselines == plain.baselines
    zeros = int((measured == 0).sum())
    assert dataset.timeline.notes[-1].startswith(f"mape leaves out {zeros} of {len(measured)} measured values")
    assert (dataset.digest, dataset.test_digest) == (plain.digest, plain.test_digest)


def test_a_function_travels_to_workers_that_have_not_its_file(tmp_path: Path) -> None:
    judging = loaded(tmp_path, COST, "my_metrics:cost").judging
    (tmp_path / "my_metrics.py").unlink()
    travelled = cloudpickle.loads(cloudpickle.dumps(judging))
    forecast = travelled.on.measured - 3
    assert travelled.of(forecast) == {"cost": 6.0}


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("", "my_metrics has no function cost; there is nothing"),
        ("def costs(a, b): return 1", "my_metrics has no function cost; did you mean costs? There is costs"),
        ("def cost(a): return 1", "my_metrics:cost raised TypeError: cost() takes 1 positional argument but 2 were"),
        (
            "def cost(a, b):\n    return a[0, 99]",
            "my_metrics:cost raised IndexError at my_metrics.py:2: index 99 is out of bounds for axis 1 with size 1",
        ),
        ("def cost(a, b): return 'much'", "my_metrics:cost returned str, not a number; it is called with what was"),
    ],
)
def test_a_fault_of_a_function_is_one_message_with_its_place(tmp_path: Path, code: str, message: str) -> None:
    assert refusal(tmp_path, code, "my_metrics:cost").startswith(f"data.metrics: {message}")


def test_a_function_that_cannot_be_found_is_refused(tmp_path: Path) -> None:
    expected = "data.metrics: there is no module nowhere, beside the study file or on the path"
    assert refusal(tmp_path, COST, "nowhere:cost") == expected


def test_a_function_is_not_called_as_another_metric(tmp_path: Path) -> None:
    code = COST.replace("def cost", "def mase")
    assert "is called as another metric, mase; give the function another name" in refusal(
        tmp_path, code, "my_metrics:mase"
    )


def test_what_is_not_a_number_on_these_rows_is_left_out(tmp_path: Path) -> None:
    dataset = loaded(tmp_path, "def cost(a, b): return float('nan')", "my_metrics:cost", "mae")
    assert {"test/mae"} == {*dataset.test_baselines["mean"]} - {"test/loss", "test/rmse", "test/error"}


@pytest.mark.parametrize(
    ("loss", "n_classes", "name", "message"),
    [
        (SQUARED_ERROR, 0, "mapes", "no metric 'mapes' of these targets and their loss; did you mean mape?"),
        (SQUARED_ERROR, 0, "pinball", "no metric 'pinball' of these targets and their loss; there is rmse, mae"),
        (SQUARED_ERROR, 0, "f1", "f1 is a metric of classes, and the targets are numbers; there is rmse, mae"),
        (CROSS_ENTROPY, 3, "mae", "mae is a metric of numbers, and the targets are classes; there is accuracy"),
        (
            number_loss(Asked("quantiles", quantiles=(0.1, 0.9))),
            0,
            "mae",
            "mae: judges one value that is forecast, and data.loss has no quantile 0.5 to be it",
        ),
    ],
)
def test_what_does_not_suit_targets_or_loss_is_refused_with_what_does(
    loss: object, n_classes: int, name: str, message: str
) -> None:
    with pytest.raises(DataError) as caught:
        chosen([name], loss, n_classes, Path())  # type: ignore[arg-type]
    assert caught.value.message.startswith(message)
    assert caught.value.field == "data.metrics"


@pytest.mark.parametrize("wrong", [["mae", "mae"], "mae", [3], ["my metrics:cost"], [""]])
def test_a_list_of_another_form_is_refused(wrong: object) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(AskedMetrics).validate_python(wrong)


def test_of_quantiles_the_median_is_judged() -> None:
    asked = Asked("quantiles", quantiles=(0.1, 0.5, 0.9))
    timeline = replace(counting(60), loss=asked)
    dataset = prepare(timeline, HALVES, chosen(["mae", "pinball"], number_loss(asked), 0, Path()))
    at = dataset.scored_timesteps(dataset.test)
    median = np.median(timeline.targets[dataset.scored_timesteps(dataset.train)])
    assert dataset.reported == ("pinball", "coverage", "width", "mae")
    assert dataset.test_baselines["best_constant"]["test/mae"] == np.abs(timeline.targets[at] - median).mean()
