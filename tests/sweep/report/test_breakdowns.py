"""Where errors lie: by time of day, by group, and by how far into a sequence a row is."""

from dataclasses import replace

import numpy as np
import pytest

from sweep.comparison.measure import measure_of
from sweep.report.breakdowns import FEWEST_ROWS, MAX_GROUPS, Breakdown, Line, breakdowns
from sweep.report.drawings import svgs
from sweep.report.machine_readable import as_json
from sweep.report.page import as_html
from tests.sweep.report.reports import full_report
from tests.workers.worlds import classification, regression
from workers.data.dataset import Dataset
from workers.objective import Objective

RMSE = measure_of("validation/loss", "rmse", "mg/dL", squared=True)
HOUR = 3600.0


def found(dataset: Dataset, losses: np.ndarray, zone: str | None = None) -> dict[str, Breakdown]:
    """Of one arm whose squared errors are nine times as large in the targets' units."""
    line = Line(losses, 9 * float(losses.mean()))
    return {each.by: each for each in breakdowns(dataset, {"never": line}, Objective(), RMSE, zone)}


def losses_of(dataset: Dataset) -> np.ndarray:
    return np.ones(len(dataset.scored_timesteps(dataset.test)))


def hourly(days: int) -> Dataset:
    """Hourly rows from midnight on."""
    dataset = regression((24 * days,))
    clock = np.arange(24.0 * days) * HOUR
    return replace(dataset, timeline=replace(dataset.timeline, clock=clock, time_reading="dates"))


def test_by_time_of_day_in_the_target_s_units_and_on_the_clocks_of_the_zone() -> None:
    dataset = hourly(600)
    losses, scored = losses_of(dataset), dataset.scored_timesteps(dataset.test)
    losses[scored % 24 == 5] = 4.0
    by_hour = found(dataset, losses)["hour of the day"]
    assert list(by_hour.places) == [str(hour) for hour in range(24)]
    assert by_hour.values["never"] == pytest.approx([6.0 if hour == 5 else 3.0 for hour in range(24)])
    assert sum(by_hour.rows) == len(scored)
    there = found(dataset, losses, "Asia/Tokyo")["hour of the day"]
    assert int(np.argmax(there.values["never"])) == 14


def test_without_dates_or_with_few_rows_nothing_is_said_of_the_time_of_day() -> None:
    counted = hourly(600)
    counted = replace(counted, timeline=replace(counted.timeline, time_reading="h"))
    for dataset in (counted, hourly(10), regression((4000,))):
        assert found(dataset, losses_of(dataset)) == {}


def test_by_group_the_worst_first_and_of_many_the_worst_alone() -> None:
    lengths, names = (400,) * 15, tuple(f"shop {n}" for n in range(15))
    dataset = regression(lengths, by="time")
    timeline = replace(dataset.timeline, groups=np.arange(15), group_names=names)
    dataset = replace(dataset, timeline=timeline)
    losses = losses_of(dataset)
    third = dataset.layout(dataset.test)
    losses[third.starts[3] : third.starts[4]] = 4.0
    (by, groups), *_ = found(dataset, losses).items()
    assert by == f"group, the {MAX_GROUPS} of 15 with the largest error"
    assert len(groups.places) == MAX_GROUPS
    assert groups.places[0] == "shop 3"
    assert groups.values["never"][:2] == pytest.approx([6.0, 3.0])
    assert not groups.ordered


def test_by_how_far_into_the_sequence() -> None:
    dataset = regression((80,) * 80, by="sequence")
    scored, starts = dataset.scored_timesteps(dataset.test), dataset.timeline.starts
    into = scored - starts[np.searchsorted(starts, scored, side="right") - 1]
    losses = np.where(into < 10, 4.0, 1.0)
    parts = found(dataset, losses)["timesteps into the sequence"]
    assert parts.places[0].startswith("1–")
    assert parts.values["never"][0] == pytest.approx(6.0)
    assert parts.values["never"][-1] == pytest.approx(3.0)
    assert min(parts.rows) >= FEWEST_ROWS


def test_of_classes_it_is_the_part_that_is_right() -> None:
    dataset = classification((80,) * 80, by="sequence")
    objective, shown = (
        Objective("validation/accuracy", "maximize"),
        measure_of("validation/accuracy", "", "", squared=False),
    )
    misses = np.zeros(len(dataset.scored_timesteps(dataset.test)))
    misses[::2] = 1.0
    (parts,) = breakdowns(dataset, {"never": Line(misses, 0.7)}, objective, shown, None)
    assert parts.values["never"] == pytest.approx([0.5] * len(parts.places), abs=0.1)


def test_the_page_draws_them_in_the_colours_of_the_arms_with_baselines() -> None:
    values = {"every_epoch": [1.0, 2.0], "persistence": [3.0, 2.5]}
    parts = [
        Breakdown("hour of the day", ["0", "1"], [50, 60], values),
        Breakdown("group", ["a", "b"], [50, 60], values),
    ]
    report = replace(full_report(), breakdowns=parts)
    drawing, page = str(svgs(report)["where"]), as_html(report)
    assert all(f">{text}</text>" in drawing for text in ("every_epoch", "persistence, no network", "hour of the day"))
    assert "Where the errors lie" in page
    assert "Where the errors lie" not in as_html(full_report())
    assert as_json(report)["breakdowns"][0]["rows"] == [50, 60]
