"""How long a column remembers, and after how many rows it repeats."""

import numpy as np
import pytest

from workers.data.looking.memory import autocorrelation, falls_below, season

HOUR, DAY = 3600.0, 86400.0


def wave(period: int, n: int = 600) -> np.ndarray:
    return np.sin(np.arange(n) * 2 * np.pi / period) + 0.3 * np.random.default_rng(0).normal(size=n)


def test_the_autocorrelation_of_what_alternates_alternates() -> None:
    assert autocorrelation([np.array([1.0, -1.0] * 30)])[:5] == pytest.approx([1, -1, 1, -1, 1])


def test_sequences_are_never_joined() -> None:
    apart = [np.array([1.0, -1.0] * 10), 100 + np.array([1.0, -1.0] * 10)]
    assert autocorrelation(apart)[1] == pytest.approx(-1)


def test_missing_values_and_a_constant_column_are_borne() -> None:
    gaps = np.where(np.arange(600) % 7 == 0, np.nan, wave(24))
    assert season(autocorrelation([gaps]), HOUR) == season(autocorrelation([gaps]), HOUR)
    assert len(autocorrelation([np.full(50, 3.0)])) == 0
    assert len(autocorrelation([np.full(50, np.nan)])) == 0


@pytest.mark.parametrize(
    ("period", "step", "rows", "called"),
    [
        (24, HOUR, 24, "a day"),
        (7, DAY, 7, "a week"),
        (12, 30.44 * DAY, 12, "a year"),
        (96, HOUR / 4, 96, "a day"),
        (17, None, 17, "17 rows"),
    ],
)
def test_a_season_is_found(period: int, step: float | None, rows: int, called: str) -> None:
    found = season(autocorrelation([wave(period)], detrended=True), step)
    assert found is not None
    assert (found.rows, found.called) == (rows, called)
    assert found.strength > 0.5


@pytest.mark.parametrize(
    "values", [np.random.default_rng(0).normal(size=600), wave(17)], ids=["noise", "no calendar's"]
)
def test_what_does_not_repeat_with_the_calendar_has_no_season(values: np.ndarray) -> None:
    assert season(autocorrelation([values], detrended=True), HOUR) is None


def test_a_trend_hides_no_season() -> None:
    rising = wave(24) + np.arange(600.0)
    found = season(autocorrelation([rising], detrended=True), HOUR)
    assert found is not None
    assert found.rows == 24


def test_where_it_falls_below_a_level() -> None:
    assert falls_below(np.array([1.0, 0.7, 0.4, 0.6]), 0.5) == 2
    assert falls_below(np.array([1.0, 0.9]), 0.5) == 1
    assert falls_below(np.zeros(0), 0.5) == 0
