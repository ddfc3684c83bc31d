"""The model card, for every kind of data."""

from dataclasses import replace

import pytest

from sweep.core.trials import Outcome, Run, Trial
from sweep.export.card import Subject, card
from sweep.export.judged import Judged
from sweep.tracking import tag_names
from sweep.tracking.fetch import Fetched
from tests.workers.forecasting.worlds import WORLDS, prepared
from workers.data.sources.tabular.inputs.when import Calendar, Part
from workers.forecasting.package import MeanError
from workers.forecasting.recipe import Recipe
from workers.plans.equivalence import canonical
from workers.spec import TestScores, TrialSpec

PARTS: tuple[Part, ...] = ("hour", "weekday")
TAGS = {tag_names.STAGE: "compare", tag_names.TRIAL: "8", tag_names.SEED: "5", tag_names.DATA: "3f2a"}
FETCHED = Fetched({}, "3", TAGS, "ada", 1_790_000_000.0)


def subject(kind: str, fetched: Fetched = FETCHED, judged: Judged | None = None, **fields: object) -> Subject:
    """A model of this kind of data."""
    data, dataset, _ = prepared(kind)
    spec = canonical(TrialSpec.model_validate({"batch_size": 4, "window": 6, **fields}), dataset.train)
    recipe = Recipe.of("walk", spec, data, dataset)
    return Subject("models:/walk/3", recipe, fetched, judged or Judged(reason="none was made"), dataset)


@pytest.mark.parametrize("kind", list(WORLDS))
def test_a_card_names_what_is_forecast_and_has_nothing_empty(kind: str) -> None:
    text = card(subject(kind))
    recipe = subject(kind).recipe
    assert text.startswith("# The model of walk\n")
    assert all(f"{name}" in text for name in (*recipe.target_names, *recipe.input_names))
    assert [word for word in ("None", "nan", "| |\n|---|---|\n\n") if word in text] == []
    assert [line for line in text.splitlines() if line != line.rstrip()] == []


def test_the_card_of_a_model_that_reads_both_ways_names_no_streaming_network() -> None:
    text = card(subject("level", stateful=False, bidirectional=True))
    assert "`stateless-bidirectional`: no state carried, windows read both ways." in text
    assert "`batch.keras` is the bare network" in text
    assert "streaming.keras" not in text


def test_a_card_says_who_trained_it_and_when() -> None:
    assert "Logged 2026-09-2" in card(subject("level"))
    assert "by ada; comparison run 8, seed 5." in card(subject("level"))


def test_changes_are_to_be_added_to_what_is_now() -> None:
    assert "how much level will have changed: add the present value" in card(subject("change"))


def test_of_logarithms_and_of_groups_in_their_own_scale_it_says_what_the_bare_network_gives() -> None:
    assert "| learnt | log of the targets |" in card(subject("logarithms"))
    assert "- Outputs: sold, in their own units." in card(subject("logarithms"))
    assert "by which factor 1 + the present value of returned+1" in card(subject("changes of logarithms"))
    text = card(subject("logarithms by group"))
    assert "| scaled | each group by its own mean and deviation |" in text
    assert (
        "(by group): less the mean of the group, and divided by its deviation; means and deviations are `group_s"
        in text
    )
    assert "- Outputs: the change of the log1p of sold[0.1], returned[0.1]" in text


def test_who_feeds_the_bare_network_is_told_what_a_row_is_and_what_the_step_is() -> None:
    assert "float64; a row is the mean of 10min, up to and with its end." in card(subject("resampled"))
    assert "| resampled | to a row every 10min |" in card(subject("resampled"))
    told = (
        "level, step (min), speed, in this order and in their own units, shape (batch, rows, 3), float64; step (min) is"
    )
    assert f"{told} the time since the row before of the sequence, 0 at its first." in card(subject("step"))


def test_who_feeds_the_bare_network_is_told_how_the_calendar_is_made() -> None:
    told = (
        "hour sin, hour cos, weekday sin, weekday cos are the sine and cosine of 2 pi hour / 24 and 2 pi weekday / 7"
        " (Monday is 0) of the row's time"
    )
    assert told in card(subject("calendar"))


def test_of_two_calendars_each_is_told() -> None:
    known = subject("calendar")
    assert "; weekday=Monday, weekday=Tuesday and so on: 1 in rows whose weekday is that, else 0" in card(known)
    assert "weekday=Monday 0 to 1" not in card(known)
    both = known.recipe.data.model_copy(update={"inputs": ("level", *(Calendar(calendar=(part,)) for part in PARTS))})
    text = card(replace(known, recipe=replace(known.recipe, data=both)))
    assert "hour sin, hour cos are the sine and cosine of 2 pi hour / 24 of the row's time" in text
    assert (
        "weekday sin, weekday cos are the sine and cosine of 2 pi weekday / 7 (Monday is 0) of the row's time" in text
    )


def test_who_feeds_the_bare_network_is_told_what_categories_are_and_which_training_had() -> None:
    text = card(subject("categories"))
    assert "; sky=blue, sky=grey, sky=red: 1 in rows in which sky is that, else 0;" in text
    assert "- Training saw 3 kinds of sky (blue, grey, red); of others all its inputs are 0." in text
    assert "sky=blue 0 to 1" not in text


def test_who_feeds_the_bare_network_is_told_how_far_inputs_look_back() -> None:
    text = card(subject("lags"))
    lags = "level (1 before), level (24 before): level so many rows before in the sequence, or in its first row"
    assert (
        f"; {lags} where it has fewer; level (mean of 9): of level in the last 9 rows of the sequence up to now" in text
    )


def test_who_feeds_the_bare_network_is_told_what_is_known_ahead() -> None:
    text = card(subject("known ahead in a panel"))
    assert "rain (ahead): rain in the row that is forecast" in text
    assert "sky=red (ahead): 1 in rows in which sky is that in the row that is forecast, else 0" in text


def test_a_cell_that_keras_lacks_is_to_be_imported() -> None:
    assert "after `import workers.models.layers`" in card(subject("level", cell="MinGRU"))
    assert "import workers.models.layers" not in card(subject("level"))


def scored_at_each(metrics: dict[str, float]) -> Judged:
    """A run with these scores."""
    spec = TrialSpec()
    outcome = Outcome("complete", metrics=metrics, test=TestScores(metrics, losses=[], positions={}))  # type: ignore[arg-type]
    return Judged("Carry state.", run=Run(Trial(8, spec, spec, "key", 5), outcome))


def scored() -> Judged:
    """A run with a squared error of 4 on the test split."""
    spec = TrialSpec()
    test = TestScores({"test/loss_deployed": 4.0, "test/rmse_deployed": 2.0}, losses=[], positions={})  # type: ignore[arg-type]
    outcome = Outcome("complete", metrics={"validation/loss_deployed": 3.0, "validation/loss": 9.0}, test=test)
    return Judged("Carry state.", run=Run(Trial(8, spec, spec, "key", 5), outcome))


def test_scores_stand_in_a_table_as_deployed_with_an_interval() -> None:
    known = subject("level", judged=scored())
    half = MeanError("validation/loss", 1.0, variance=(0.75 / 1.959964) ** 2, freedom=1e9)
    text = card(replace(known, recipe=replace(known.recipe, test=half)))
    assert "| the model |  | 3 | 2 | 4 |" in text
    assert "rmse on other test data of the kind: 1 to 2.646 (95% interval" in text
    assert "The comparison: Carry state." in text


def test_the_error_at_each_of_several_horizons_stands_in_a_table() -> None:
    metrics = {
        f"{part}/rmse_deployed/level_{steps}": 0.5 * steps for part in ("validation", "test") for steps in (1, 3)
    }
    text = card(replace(subject("horizons"), judged=scored_at_each(metrics)))
    assert "It forecasts level+1, level+3 from level, rain (1 ahead), rain (3 ahead), 1 and 3 rows ahead." in text
    assert "| | validation rmse | test rmse | test rmse of persistence | test rmse of seasonal |" in text
    assert "| level+3 | 1.5 | 1.5 | " in text
    assert "rain (3 ahead): rain in the row that is 3 rows ahead" in text


def test_without_an_interval_none_is_claimed() -> None:
    assert "on other test data" not in card(subject("level", judged=scored()))


def test_a_refit_model_s_scores_are_said_to_be_another_model_s() -> None:
    refit = FETCHED._replace(tags={**TAGS, tag_names.REFIT: "true"})
    text = card(subject("level", refit, scored()))
    assert "it has no score of its own" in text
    assert "| the model before its refit |" in text
