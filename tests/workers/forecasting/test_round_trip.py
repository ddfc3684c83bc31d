"""The round trip: forecasting the whole raw file and scoring the rows of the test split gives the run's test score."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from tests.cases import shown
from tests.workers.forecasting.worlds import ARMS, ARRAYS, SCALES, TABLES, TEXT, World, trained
from workers.forecasting.forecaster import Forecaster

pytestmark = pytest.mark.filterwarnings("ignore:.* leaves what training saw", "ignore:.* is no category")


def score(world: World, forecast: pd.DataFrame, dataset: Any) -> float:
    """The mean loss of forecasts of the test split's rows, from nothing but the rows and where the split begins."""
    data = world.data
    frame = evenly(world.rows, forecast, data) if "resample" in data else together(world.rows, forecast, data)
    group = frame["town"] if "town" in frame else pd.Series("", index=frame.index)
    horizon = dataset.timeline.horizon
    gap = (
        pd.Timedelta(data["max_gap"]).ceil(data.get("resample", "1s")) if "max_gap" in data else pd.Timedelta("10000D")
    )
    test = set(np.round(1000 * dataset.timeline.clock[dataset.scored_timesteps(dataset.test)]).astype(int))
    of_test_groups = {dataset.timeline.group_names[g] for g in groups_of(dataset)} if "town" in frame else {""}
    losses = []
    for name, rows_of in frame.groupby(group, sort=False):
        part = rows_of.sort_values("clock", kind="stable")
        if data.get("missing") == {"fill": "drop"}:
            columns = [one if isinstance(one, str) else one.get("column") for one in data["inputs"]]
            part = part.dropna(subset=list(filter(None, columns)))
        for _, one in part.groupby([part["stretch"], (part["clock"].diff() > gap).cumsum()]):
            truth = later(one, data, horizon)
            counts = one["clock"].map(lambda at: round(1000 * at.timestamp())).isin(test) & (name in of_test_groups)
            counts &= truth.notna().all(axis=1)
            if data.get("score") == "sequence_end":
                counts &= one.index == one.index[len(one) - 1 - horizon]
            losses.append(losses_of(one, truth, data["targets"], classes=dataset.timeline.n_classes > 0)[counts])
    return float(np.mean(np.concatenate(losses)))


def later(rows: pd.DataFrame, data: dict[str, Any], horizon: int) -> pd.DataFrame:
    """What the targets of a sequence came to: so many rows later, or so many intervals, some of which were dropped."""
    if "resample" not in data:
        return pd.concat([rows[target].shift(-horizon) for target in data["targets"]], axis=1)
    ahead = rows["clock"] + horizon * pd.Timedelta(data["resample"])
    found = rows.set_index("clock")[data["targets"]].reindex(ahead)
    return found.set_axis(rows.index)


def together(rows: pd.DataFrame, forecast: pd.DataFrame, data: dict[str, Any]) -> pd.DataFrame:
    """Each row with its forecast."""
    frame = rows.assign(**{f"forecast {name}": forecast[name] for name in data["targets"]}).reset_index(drop=True)
    frame = pd.concat([frame, forecast.filter(like="probability_").reset_index(drop=True)], axis=1)
    return frame.assign(clock=pd.to_datetime(frame["when"]), stretch=0)


def evenly(rows: pd.DataFrame, forecast: pd.DataFrame, data: dict[str, Any]) -> pd.DataFrame:
    """Each interval with its forecast, resampled by pandas."""
    keys = [name for name in ("town",) if name in rows]
    rows = rows.assign(clock=pd.to_datetime(rows["when"]), all=0)
    parts = []
    for _, own in rows.groupby(keys or "all"):
        pause = own["clock"].diff() > pd.Timedelta(data.get("max_gap", "10000D"))
        for stretch, piece in own.groupby(pause.cumsum()):
            intervals = piece.set_index("clock").resample(data["resample"], label="right", closed="right")
            columns = {name: intervals[name].mean() for name in ("level", "speed", "rain")}
            columns |= {"way": intervals["way"].last()} if "way" in rows else {}
            part = pd.DataFrame({**columns, "stretch": stretch, **{key: piece[key].iloc[0] for key in keys}})
            parts.append(part[part.index <= own["clock"].max()])
    told = forecast.rename(columns={"when": "clock", **{name: f"forecast {name}" for name in data["targets"]}})
    return pd.concat(parts).reset_index().merge(told, on=["clock", *keys], how="left")


def losses_of(rows: pd.DataFrame, truth: pd.DataFrame, targets: list[str], *, classes: bool) -> Any:
    """Of each row, the negative logarithm of the probability of its class, or the squared error."""
    if classes:
        odds = [row.get(f"probability_{row[targets[0]]}", np.nan) for _, row in rows.iterrows()]
        return -np.log(np.array(odds))
    forecasts = rows[[f"forecast {target}" for target in targets]].to_numpy()
    return ((truth.to_numpy() - forecasts) ** 2).mean(axis=1)


def groups_of(dataset: Any) -> set[int]:
    sequence = np.searchsorted(dataset.timeline.starts, dataset.test.start, side="right") - 1
    return set(dataset.timeline.groups[sequence].tolist())


@pytest.mark.sampled(12)
@pytest.mark.parametrize("arm", shown([*ARMS]))
@pytest.mark.parametrize("kind", shown([*TABLES], 3))
def test_forecasting_the_whole_file_gives_the_test_score(kind: str, arm: str) -> None:
    world = TABLES[kind]
    forecaster, dataset, test = trained(kind, arm)
    found = score(world, forecaster.predict(world.rows), dataset)
    assert found == pytest.approx(test.metrics["test/loss_deployed"], rel=1e-5)


@pytest.mark.lengthy
def test_of_resampled_rows_each_forecast_is_as_far_ahead_although_intervals_were_dropped() -> None:
    forecast = trained("resampled changes", "every_sequence").forecaster.predict(TABLES["resampled changes"].rows)
    between = forecast["when"].diff().dropna().unique()
    assert len(between) > 1
    assert set(forecast["forecast_for"] - forecast["when"]) == {pd.Timedelta("20min")}


@pytest.mark.parametrize("kind", shown([*SCALES]))
@pytest.mark.lengthy
def test_numbers_that_single_precision_cannot_hold_are_forecast_as_they_were_scored(kind: str, tmp_path: Path) -> None:
    world = SCALES[kind]
    forecaster, dataset, test = trained(kind, "every_sequence")
    assert 0.1 < test.metrics["test/rmse_deployed"] / dataset.scaling.target_scale[0] < 10
    forecaster.save(tmp_path)
    found = score(world, Forecaster.load(tmp_path).predict(world.rows), dataset)
    assert found == pytest.approx(test.metrics["test/loss_deployed"], rel=1e-5, abs=0)


@pytest.mark.sampled(8)
@pytest.mark.parametrize("arm", shown([*ARMS]))
@pytest.mark.parametrize("kind", shown([*ARRAYS]))
def test_forecasting_all_arrays_gives_the_test_score(kind: str, arm: str) -> None:
    world = ARRAYS[kind]
    forecaster, dataset, test = trained(kind, arm)
    forecast = forecaster.predict(world.asked)
    at = dataset.scored_timesteps(dataset.test)
    targets = world.rows["targets"]
    if dataset.timeline.n_classes:
        odds = forecast.filter(like="probability_").to_numpy()
        losses = -np.log(odds[np.arange(len(odds)), targets])
    else:
        losses = ((forecast[list(forecaster.recipe.target_names)].to_numpy() - targets) ** 2).mean(axis=1)
    assert losses[at].mean() == pytest.approx(test.metrics["test/loss_deployed"], rel=1e-5)


@pytest.mark.lengthy
@pytest.mark.parametrize("name", ["new.npz", "new.csv", "new.parquet", "new.csv.gz"])
@pytest.mark.parametrize("kind", shown(["long sequences", "one record"]))
def test_every_form_of_file_of_numbers_gives_the_same_forecasts(kind: str, name: str, tmp_path: Path) -> None:
    forecaster, world = trained(kind, "never").forecaster, ARRAYS[kind]
    if name.endswith("npz"):
        np.savez(tmp_path / name, **world.rows)
    elif name.endswith("parquet"):
        world.asked.to_parquet(tmp_path / name)
    else:
        world.asked.to_csv(tmp_path / name, index=False)
    names = list(forecaster.recipe.target_names)
    expected = forecaster.predict(world.asked)[names].to_numpy()
    assert forecaster.predict(tmp_path / name)[names].to_numpy() == pytest.approx(expected, rel=1e-5, abs=1e-6)


@pytest.mark.parametrize("arm", shown([*ARMS]))
def test_forecasting_a_text_gives_the_test_score(arm: str) -> None:
    forecaster, dataset, test = trained("text", arm)
    documents = TEXT.split("\f")
    forecast = forecaster.predict(documents)
    follows = forecast["character"].shift(-1).fillna("a")
    odds = np.array(
        [row[f"probability_{next_one}"] for (_, row), next_one in zip(forecast.iterrows(), follows, strict=True)]
    )
    losses = -np.log(odds[dataset.scored_timesteps(dataset.test)])
    assert losses.mean() == pytest.approx(test.metrics["test/loss_deployed"], rel=1e-5)
    best = forecast.filter(like="probability_").idxmax(axis=1).str.removeprefix("probability_")
    assert (forecast["next character"] == best).all()
