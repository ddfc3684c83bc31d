"""The benchmark of the launcher runs whole studies, and says what one of their trials takes."""

from benchmarks.launcher import CASES, measure


def test_it_measures_the_first_and_the_last_trials_of_a_study() -> None:
    pace = measure(CASES[0]._replace(trials=20))
    assert pace.first > 0
    assert pace.last > 0
