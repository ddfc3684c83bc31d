"""The Diebold-Mariano test, a note beside a contrast."""

import numpy as np
import pytest
from scipy import stats

from sweep.comparison.diebold_mariano import diebold_mariano
from tests.sweep.comparison.cells import remembering


def test_of_differences_without_memory_p_is_about_that_of_the_t_test() -> None:
    values = 0.05 + np.random.default_rng(0).normal(size=3000)
    assert diebold_mariano(values) == pytest.approx(stats.ttest_1samp(values, 0).pvalue, rel=0.3)


def test_p_is_that_of_the_statistic_as_it_is_printed() -> None:
    """Of 8 differences, with the weights 1, 2/3 and 1/3 for 3 steps."""
    values = np.array([1.0, 2.0, 0.5, -0.5, 1.5, 3.0, 2.5, 0.0])
    centred = values - values.mean()
    own, first, second = (float((centred[lag:] * centred[: 8 - lag]).sum()) / 8 for lag in range(3))
    variance = (own + 2 * (2 / 3 * first + 1 / 3 * second)) / 8
    correction = (8 + 1 - 6 + 3 * 2 / 8) / 8
    t = values.mean() / np.sqrt(variance) * np.sqrt(correction)
    assert diebold_mariano(values) == pytest.approx(2 * stats.t.sf(t, 7))


@pytest.mark.parametrize("memory", [0.0, 0.5])
def test_equally_accurate_models_are_told_apart_hardly_oftener_than_promised(memory: float) -> None:
    series = remembering(memory, 2000, 500, rng=np.random.default_rng(0))
    assert np.mean([diebold_mariano(one) < 0.05 for one in series]) < 0.08


def test_what_all_groups_suffer_at_a_time_counts_once() -> None:
    rng = np.random.default_rng(0)
    shock = rng.normal(size=200)
    time = np.tile(np.arange(200), 50)
    assert diebold_mariano(np.tile(shock, 50), time) == pytest.approx(diebold_mariano(shock))
    assert diebold_mariano(np.tile(shock, 50)) != pytest.approx(diebold_mariano(shock), rel=0.1)


def test_equal_losses_are_equal_and_a_constant_difference_is_certain() -> None:
    assert diebold_mariano(np.zeros(50)) == 1
    assert diebold_mariano(np.ones(50)) == 0
    assert diebold_mariano(np.ones(1)) == 1
