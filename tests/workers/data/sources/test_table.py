"""What a table becomes: inputs, targets ahead of them, naive forecasts, classes."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.workers.data.sources.tables import TWO_GROUPS, table
from workers.data.shift import shifted
from workers.data.sources.table import Table


def test_inputs_and_targets_are_the_named_columns_in_their_order() -> None:
    timeline = table("a,b,c,d\n1,2,3,4\n5,6,7,8\n", inputs=["c", "a"], targets=["d", "b"])
    assert timeline.features.tolist() == [[3, 1], [7, 5]]
    assert timeline.targets.tolist() == [[4, 2], [8, 6]]
    assert (timeline.feature_names, timeline.target_names) == (("c", "a"), ("d", "b"))


def test_the_target_is_the_value_so_many_rows_ahead_and_the_last_rows_are_not_scored() -> None:
    timeline = table("x,y\n1,10\n2,20\n3,30\n4,40\n", horizon=2)
    assert timeline.targets[timeline.scored].tolist() == [[30], [40]]
    assert timeline.scored.tolist() == [True, True, False, False]


def test_the_target_is_never_taken_from_another_group() -> None:
    timeline = table(TWO_GROUPS, group="g", horizon=1)
    assert timeline.targets[timeline.scored].ravel().tolist() == [20, 30, 50]
    assert timeline.starts.tolist() == [0, 3]


def test_a_column_that_is_input_and_target_is_forecast_one_step_ahead_unless_told_otherwise() -> None:
    assert table("x\n1\n2\n3\n", targets=["x"]).horizon == 1


def test_a_column_that_is_only_a_target_belongs_to_its_row_unless_told_otherwise() -> None:
    assert table("x,y\n1,2\n3,4\n").horizon == 0


def test_rows_of_different_groups_may_be_mixed_in_the_file() -> None:
    timeline = table("g,x,y\na,1,1\nb,5,5\na,2,2\nb,6,6\n", group="g")
    assert (timeline.features.ravel().tolist(), timeline.starts.tolist()) == ([1, 2, 5, 6], [0, 2])


def test_a_table_without_groups_is_one_record() -> None:
    assert table("x,y\n1,2\n3,4\n").record


def test_each_sequence_has_the_group_of_its_rows() -> None:
    timeline = table("g,x,y\nb,1,1\na,5,5\nb,2,2\na,6,6\nc,7,7\n", group="g")
    assert timeline.groups is not None
    assert (timeline.starts.tolist(), timeline.groups.tolist()) == ([0, 2, 4], [0, 1, 2])


def test_a_group_that_a_pause_parts_has_several_sequences() -> None:
    rows = "g,t,x,y\na,0,1,1\na,1,2,2\na,90,3,3\nb,0,4,4\nb,1,5,5\n"
    timeline = table(rows, group="g", time="t", max_gap="10s")
    assert timeline.groups is not None
    assert (timeline.starts.tolist(), timeline.groups.tolist()) == ([0, 2, 3], [0, 0, 1])


def test_rows_that_are_left_out_change_no_group() -> None:
    timeline = table("g,x,y\na,,1\nb,2,2\nb,,3\nc,4,4\n", group="g", missing={"fill": "drop"})
    assert timeline.groups is not None
    assert (timeline.starts.tolist(), timeline.groups.tolist()) == ([0, 1], [1, 2])


def test_a_table_without_groups_has_none() -> None:
    assert table("x,y\n1,2\n3,4\n").groups is None


def test_a_table_with_groups_is_no_record() -> None:
    assert not table(TWO_GROUPS, group="g").record


def test_the_clock_counts_seconds_in_utc() -> None:
    timeline = table("t,x,y\n1970-01-01T02:00:00+02:00,1,1\n1970-01-01T00:00:10Z,2,2\n", time="t")
    assert timeline.clock is not None
    assert timeline.clock.tolist() == [0, 10]


def test_to_learn_the_change_the_target_is_the_difference_from_now() -> None:
    timeline = table("x\n1\n3\n7\n", targets=["x"], predict="change")
    assert timeline.targets[timeline.scored].ravel().tolist() == [2, 4]


def test_persistence_says_that_the_last_value_will_hold() -> None:
    timeline = table("x,y\n0,1\n0,\n0,3\n0,4\n", horizon=1, missing={"fill": "forward"})
    assert timeline.forecasts["persistence"].ravel().tolist() == [1, 1, 3, 4]


def test_persistence_of_a_change_is_zero() -> None:
    timeline = table("x\n1\n3\n7\n", targets=["x"], predict="change")
    assert not timeline.forecasts["persistence"].any()


def test_the_seasonal_forecast_is_the_value_one_season_before_the_moment_forecast() -> None:
    timeline = table("x\n" + "\n".join(map(str, range(10))), targets=["x"], horizon=2, season=5)
    moments = np.arange(10) + 2
    assert timeline.forecasts["seasonal"].ravel()[3:].tolist() == (moments - 5)[3:].tolist()


def test_the_seasonal_forecast_goes_back_as_many_seasons_as_it_takes_to_be_known() -> None:
    timeline = table("x\n" + "\n".join(map(str, range(10))), targets=["x"], horizon=4, season=3)
    assert timeline.forecasts["seasonal"].ravel()[2:].tolist() == list(range(8))  # 4 - 2 * 3 = two rows ago


def test_the_seasonal_forecast_is_persistence_where_the_sequence_is_too_young() -> None:
    timeline = table("x\n" + "\n".join(map(str, range(10))), targets=["x"], season=5)
    assert timeline.forecasts["seasonal"].ravel()[:5].tolist() == [0, 1, 2, 3, 0]


def test_a_target_of_the_same_row_has_no_naive_forecast() -> None:
    assert table("x,y\n1,2\n3,4\n").forecasts == {}


def test_scored_at_sequence_ends_only_the_last_row_with_a_target_counts() -> None:
    text = TWO_GROUPS
    assert table(text, group="g", score="sequence_end").scored.tolist() == [False, False, True, False, True]
    assert table(text, group="g", score="sequence_end", horizon=1).scored.tolist() == [False, True, False, True, False]


def test_scored_at_sequence_ends_sequences_are_not_cut_unless_asked() -> None:
    fields = {"path": "x", "inputs": ["x"], "targets": ["y"], "score": "sequence_end"}
    assert Table.model_validate(fields).split.by == "sequence"
    assert Table.model_validate({**fields, "split": {"by": "time"}}).split.by == "time"


def test_integers_are_a_regression() -> None:
    timeline = table("x,y\n1,2\n3,4\n")
    assert (timeline.n_classes, timeline.targets.dtype) == (0, np.dtype(np.float64))


def test_text_is_classes_in_sorted_order() -> None:
    timeline = table("x,y\n1,pear\n2,apple\n3,pear\n")
    assert (timeline.n_classes, timeline.targets.tolist()) == (2, [1, 0, 1])
    assert timeline.notes == ("y holds 2 classes: apple, pear",)


def test_true_and_false_are_classes() -> None:
    assert table("x,y\n1,True\n2,False\n3,True\n").targets.tolist() == [1, 0, 1]


def test_a_class_may_be_forecast_too() -> None:
    timeline = table("x,y\n1,a\n2,b\n3,b\n", horizon=1)
    assert timeline.targets[timeline.scored].tolist() == [1, 1]


def test_a_row_whose_class_is_missing_is_not_scored() -> None:
    assert table("x,y\n1,a\n2,\n3,a\n4,b\n", missing={"fill": "forward"}).scored.tolist() == [True, False, True, True]


def test_true_and_false_among_the_inputs_are_one_and_zero() -> None:
    assert table("x,y\nTrue,1\nFalse,2\n").features.ravel().tolist() == [1, 0]


@settings(deadline=None)
@given(st.lists(st.integers(1, 8), min_size=1, max_size=6), st.integers(-10, 10))
def test_on_a_grid_with_holes_shifted_values_are_those_so_many_places_later(lengths: list[int], steps: int) -> None:
    sequence = np.repeat(np.arange(len(lengths)), lengths)
    at = np.cumsum(np.random.default_rng(sum(lengths)).integers(1, 4, len(sequence))) - 7
    moved = shifted(np.arange(len(at), dtype=float)[:, None], sequence, steps, at).ravel()
    for i, place in enumerate(at):
        there = np.flatnonzero((at == place + steps) & (sequence == sequence[i]))
        np.testing.assert_equal(moved[i], there[0] if len(there) else np.nan)


@settings(deadline=None)
@given(st.lists(st.integers(1, 8), min_size=1, max_size=6), st.integers(-10, 10))
def test_shifted_values_stay_within_their_sequence(lengths: list[int], steps: int) -> None:
    sequence = np.repeat(np.arange(len(lengths)), lengths)
    n = len(sequence)
    moved = shifted(np.arange(n, dtype=float)[:, None], sequence, steps).ravel()
    for i in range(n):
        inside = 0 <= i + steps < n and sequence[i + steps] == sequence[i]
        np.testing.assert_equal(moved[i], i + steps if inside else np.nan)
