"""`scale: group`: each group by the mean and the deviation of its own training rows, and scores in own units."""

from typing import Any

import numpy as np
import pandas as pd
import pytest
from pydantic import ValidationError

from tests.workers.data.sources.tables import table
from workers.data.dataset import prepare
from workers.data.group_scale import GroupScale
from workers.data.sources.table import Table
from workers.data.splits import Split

SPLIT: dict[str, Any] = {"validation": 0.2, "test": 0.2, "by": "time"}
SAID: dict[str, Any] = {
    "inputs": ["sales", {"column": "size", "static": True}, {"column": "shop", "as": "category"}],
    "targets": ["sales"],
    "group": "shop",
    "split": SPLIT,
}
DRAWS = np.random.default_rng(1)
SALES = pd.DataFrame(
    {
        "shop": np.repeat(["a", "b"], 50),
        "size": np.repeat([1, 9], 50),
        "sales": np.concatenate([DRAWS.normal(10, 2, 50), DRAWS.normal(5000, 700, 50)]),
    }
)


def loaded(**fields: Any) -> Any:
    return table(SALES.to_csv(index=False), **SAID | fields)


def test_each_group_has_mean_0_and_deviation_1_in_its_own_training_part_and_what_tells_groups_apart_is_left() -> None:
    timeline = loaded(scale="group")
    train = prepare(timeline, Split(**SPLIT)).train.timesteps
    for group in (train[train < 50], train[train >= 50]):
        scored = group[timeline.scored[group]]
        for values in (timeline.features[group, 0], timeline.targets[scored, 0]):
            assert values.mean() == pytest.approx(0, abs=1e-9)
            assert values.std() == pytest.approx(1)
    assert timeline.feature_names == ("sales (by group)", "size", "shop=a", "shop=b")
    assert timeline.features[:, 1:] == pytest.approx(loaded().features[:, 1:])
    assert "2 groups are each scaled by their own mean and deviation in training" in timeline.notes


@pytest.mark.parametrize(
    "fields",
    [{}, {"transform": "log", "predict": "change"}, {"loss": {"quantiles": [0.1, 0.9]}, "horizon": [1, 2]}],
    ids=str,
)
def test_what_is_known_and_naive_forecasts_are_the_same_levels_as_without(fields: dict[str, Any]) -> None:
    own, plain = loaded(scale="group", **fields), loaded(**{**fields, "transform": None, "predict": "level"})
    at = np.flatnonzero(own.scored)
    assert own.levels(at) == pytest.approx(plain.levels(at))
    if "loss" not in fields:  # whose forecasts without a network have errors spread in the scale of each group
        scores = [prepare(each, Split(**SPLIT)).test_baselines["persistence"]["test/rmse"] for each in (own, plain)]
        assert scores[0] == pytest.approx(scores[1])


def test_a_group_without_training_rows_has_the_figures_of_all() -> None:
    young = pd.concat([SALES, SALES[:10].assign(shop="c")])
    timeline = table(
        young.to_csv(index=False),
        **SAID | {"scale": "group", "split": {"validation": 0.3, "test": 0.3, "by": "sequence"}},
    )
    scale = timeline.group_scale
    assert isinstance(scale, GroupScale)
    assert len(scale.groups) == 1
    assert "2 without rows in training by those of all groups" in timeline.notes[-1]
    again = GroupScale.from_json(scale.as_json())
    assert again.of(["nobody"]).target_mean[0].tolist() == scale.others.target_mean.tolist()


def test_it_needs_groups_and_a_loss_that_may_be_below_0() -> None:
    with pytest.raises(ValidationError, match="name their column in group"):
        Table.model_validate({"path": "x.csv", "inputs": ["x"], "targets": ["y"], "scale": "group"})
    with pytest.raises(ValidationError, match="group brings values below 0, and loss: poisson is for counts"):
        Table.model_validate({"path": "x.csv", **SAID, "scale": "group", "loss": "poisson"})


def test_a_study_file_without_it_is_kept_as_before() -> None:
    for said in ({}, {"scale": "global"}):
        kept = Table.model_validate({"path": "x.csv", "inputs": ["x"], "targets": ["y"], **said})
        assert "scale" not in kept.model_dump(mode="json")
