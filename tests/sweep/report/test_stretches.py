"""The stretches of the test split of which a report shows the forecasts."""

from dataclasses import replace

import numpy as np
import pytest

from sweep.report.content import Report
from sweep.report.drawings import svgs
from sweep.report.page import as_html
from sweep.report.stretches import TIMESTEPS, Stretch, chosen, from_json, stretch
from tests.sweep.report.reports import full_report
from tests.workers.worlds import classification, regression
from workers.data.dataset import Dataset
from workers.data.group_scale import Figures, GroupScale

SHOWN = Stretch("worst", "2024-03-01 05:00:00", [[1.5], [2.5]], [[1.0], [3.0]], [1])


def losses_of(dataset: Dataset) -> np.ndarray:
    return np.zeros(len(dataset.scored_timesteps(dataset.test)))


def test_they_are_where_the_loss_is_highest_as_usual_and_lowest() -> None:
    dataset = regression((6000,))
    losses = losses_of(dataset)
    losses[TIMESTEPS : 2 * TIMESTEPS], losses[2 * TIMESTEPS : 3 * TIMESTEPS] = 5.0, -1.0
    first = int(dataset.scored_timesteps(dataset.test)[0])
    found = chosen(dataset, losses)
    assert found["worst"] == (first + TIMESTEPS, first + 2 * TIMESTEPS)
    assert found["best"] == (first + 2 * TIMESTEPS, first + 3 * TIMESTEPS)
    assert list(found) == ["worst", "typical", "best"]
    assert found["typical"] not in (found["worst"], found["best"])


def test_none_reaches_from_one_sequence_into_the_next() -> None:
    dataset = regression((60,) * 20)
    spans = chosen(dataset, losses_of(dataset)).values()
    starts = dataset.timeline.starts
    assert spans
    of = [np.searchsorted(starts, [first, stop - 1], side="right") for first, stop in spans]
    assert all(begin == end for begin, end in of)


def test_one_stretch_is_shown_once() -> None:
    dataset = regression((200,))
    assert list(chosen(dataset, losses_of(dataset))) == ["worst"]


def test_classes_and_single_targets_have_none() -> None:
    dataset = classification((200,))
    assert chosen(dataset, losses_of(dataset)) == {}
    short = regression((400,))
    scored = np.arange(400) % 5 == 0
    alone = replace(short, timeline=replace(short.timeline, scored=scored))
    assert chosen(alone, losses_of(alone)) == {}


def test_changes_are_shown_as_levels_where_the_level_is_an_input() -> None:
    given = regression((200,))
    assert given.own_units is not None
    names = ("level", "speed")[: given.own_units.features.shape[1]]
    timeline = replace(given.own_units, of_changes=True, feature_names=names, target_names=names[:1])
    dataset = replace(given, own_units=timeline)
    span = (10, 20)
    found = stretch(dataset, "worst", span, np.zeros((10, 1)), np.zeros(10, bool), None)
    level = timeline.features[10:20, :1]
    assert np.asarray(found.forecast) == pytest.approx(level)
    assert np.asarray(found.measured) == pytest.approx(level + timeline.targets[10:20])
    unknown = replace(dataset, own_units=replace(timeline, target_names=("other",)))
    assert stretch(unknown, "worst", span, np.zeros((10, 1)), np.zeros(10, bool), None).changes


def test_logarithms_and_what_is_in_the_scale_of_a_group_are_shown_as_levels() -> None:
    given, base, spreads = regression((200,)), np.linspace(0, 1, 200)[:, None], np.full((200, 1), 0.5)
    assert given.own_units is not None
    scale = GroupScale({}, Figures(*np.zeros((4, 1))))
    timeline = replace(
        given.own_units, of_changes=True, transform="log1p", base=base, spreads=spreads, group_scale=scale
    )
    dataset = replace(given, own_units=timeline, timeline=replace(given.timeline, transform="log1p"))
    found = stretch(dataset, "best", (10, 20), np.ones((10, 1)), np.zeros(10, bool), None)
    assert np.asarray(found.forecast) == pytest.approx(np.expm1(0.5 + base[10:20]))
    assert np.asarray(found.measured) == pytest.approx(np.expm1(0.5 * timeline.targets[10:20] + base[10:20]))
    assert not found.changes


def test_changes_at_several_horizons_are_shown_as_levels() -> None:
    given = regression((200,))
    assert given.own_units is not None
    base = np.arange(200.0)[:, None]
    timeline = replace(given.own_units, of_changes=True, horizons=(1, 3), base=base)
    found = stretch(replace(given, own_units=timeline), "best", (10, 20), np.ones((10, 1)), np.zeros(10, bool), None)
    assert np.asarray(found.forecast) == pytest.approx(base[10:20] + 1)
    assert not found.changes


def test_of_many_targets_the_first_the_last_and_one_between_are_drawn() -> None:
    values = [[float(number) for number in range(12)]] * 2
    drawing = svgs(
        replace(
            full_report(),
            stretches=[Stretch("worst", "", values, values, [])],
            targets=[f"load+{number}" for number in range(1, 13)],
        )
    )["forecasts"]
    shown = [number for number in range(1, 13) if f">load+{number}<" in str(drawing)]
    assert shown == [1, 7, 12]


def test_quantiles_are_a_line_in_a_band() -> None:
    dataset = regression((200,))
    quantiles = np.tile([3.0, 1.0, 2.0], (10, 1))
    found = stretch(dataset, "worst", (10, 20), quantiles, np.zeros(10, bool), None)
    assert (found.forecast[0], found.band[0][0], found.band[1][0]) == ([2.0], [1.0], [3.0])
    drawing = str(svgs(replace(full_report(), stretches=[found], targets=["load"]))["forecasts"])
    assert "lowest to highest quantile" in drawing


def test_what_is_kept_is_what_is_shown() -> None:
    assert from_json(SHOWN.as_json()) == SHOWN


@pytest.fixture
def shown() -> Report:
    return replace(full_report(), stretches=[SHOWN, replace(SHOWN, which="best", resets=[])], targets=["load"])


def test_the_page_draws_them_before_any_table(shown: Report) -> None:
    page = as_html(shown)
    drawing = str(svgs(shown)["forecasts"])
    assert all(f">{text}</text>" in drawing for text in ("measured", "forecast", "state reset", "load", "(mg/dL)"))
    assert "worst, from 2024-03-01 05:00:00" in drawing
    assert page.index("What was forecast against what was measured") < page.index("<table")


def test_without_them_nothing_is_said_of_them() -> None:
    assert "What was forecast" not in as_html(full_report())
