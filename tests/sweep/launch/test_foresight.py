"""What a comparison can find is said before anything is trained, with what is assumed."""

import json
from concurrent.futures import Future
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sweep.comparison.known_luck import NOTHING, KnownLuck
from sweep.comparison.luck import Luck
from sweep.comparison.smallest_difference import Design, Spread, smallest_difference
from sweep.config.sections import StudyConfig
from sweep.core.log import logger
from sweep.launch import session
from sweep.launch.data import load_study
from sweep.launch.dry_run import described
from sweep.launch.foresight import SEEDS, Foresight, between, foreseen, note, percents
from tests.workers.worlds import regression
from workers.data.dataset import Dataset

SPACE = {"stateful": [True, False], "learning_rate": {"low": 1e-4, "high": 1e-2, "log": True}}
DATA = regression((2000,))
KNOWN = KnownLuck(seeds=0.01, test_data=Luck(0.005**2, 0.0, 0.0, 20.0), runs=26)


def study(folder: Path = Path("nowhere"), **fields: Any) -> StudyConfig:
    given = {
        "name": "foreseen",
        "data": {"kind": "task", "name": "random_labels"},
        "storage": f"sqlite:///{folder}/x.db",
    }
    return StudyConfig.model_validate({**given, "trial": {"reset_policy": "every_epoch"}, "space": SPACE, **fields})


def seen(known: KnownLuck = NOTHING, dataset: Dataset = DATA, **fields: Any) -> Foresight:
    found = foreseen(study(**fields), dataset, known)
    assert found
    return found


def test_with_the_luck_of_earlier_runs_it_is_one_figure_and_that_of_the_comparison() -> None:
    design, spread = Design(10, 0.75 * 0.05, 0.01), Spread(0.01, 0.005**2, 20.0)
    found = seen(KNOWN)
    assert found.smallest == pytest.approx((smallest_difference(design, spread),) * 2)
    assert "as 26 earlier runs did" in found.assumed


def test_few_origins_find_less_where_they_differ_by_no_more_than_other_luck() -> None:
    """Half of the time they seem to differ by more, and few of them tell little."""
    smallest = [seen(KNOWN, compare={"origins": origins}).smallest[0] for origins in (1, 3, 20)]
    assert smallest[1] > smallest[2]
    assert smallest[1] > smallest[0]
    assert "origins differ by no more" in seen(KNOWN, compare={"origins": 3}).assumed


def test_without_runs_it_is_two_figures_by_the_range_that_is_assumed() -> None:
    low, high = seen().smallest
    assert low < high
    assert f"errors vary by {percents(*SEEDS)} over seeds; the first runs will tell" in seen().assumed


def test_the_baseline_tells_by_how_few_timesteps_a_difference_is_known() -> None:
    """Where losses come in waves, as many timesteps tell less."""
    rng = np.random.default_rng(0)
    waves = np.repeat(rng.exponential(size=20), 20)[:, None]
    plain = rng.permutation(waves)
    name, losses = next(iter(DATA.test_forecasts.items()))
    of_waves, of_plain = (
        replace(DATA, test_forecasts={name: np.resize(each, losses.shape)}) for each in (waves, plain)
    )
    assert seen(dataset=of_waves).smallest[0] > 1.5 * seen(dataset=of_plain).smallest[0]


@pytest.mark.parametrize(
    ("fields", "smaller"),
    [
        ({"compare": {"seeds": 20}}, True),
        ({"compare": {"cross": False}}, True),
        ({"compare": {"confidence": 0.99}}, False),
        ({"compare": {"stop_when_decided": True}}, False),
        ({"enqueue": [{"stateful": True, "reset_policy": "never"}]}, False),  # a further arm
    ],
)
def test_the_design_of_the_comparison_counts(fields: dict[str, Any], smaller: bool) -> None:
    assert (seen(KNOWN, **fields).smallest[0] < seen(KNOWN).smallest[0]) == smaller


def test_a_later_look_finds_less() -> None:
    later = seen(KNOWN._replace(looks=1))
    assert later.smallest[0] > seen(KNOWN).smallest[0]
    assert later.assumed.endswith("; 1 other comparison looked at these test data before")


def test_a_space_of_state_alone_has_one_setting_and_takes_one_win() -> None:
    assert seen(KNOWN, space={"stateful": [True, False]}).smallest[0] < seen(KNOWN).smallest[0]


def test_a_margin_in_units_is_a_part_of_the_naive_forecasts_error() -> None:
    found = seen(KNOWN)
    assert found.unit == min(row["test/rmse"] for row in DATA.test_baselines.values())
    config = study(compare={"margin": "0.5 mmHg"})
    in_units = foreseen(config, DATA, KNOWN)
    assert in_units
    assert in_units.margin == pytest.approx(0.5 / found.unit)


def test_where_nothing_is_compared_nothing_is_said(tmp_path: Path) -> None:
    for config in (study(tmp_path, compare=None), study(tmp_path, space={})):
        assert foreseen(config, DATA, NOTHING) is None
        assert note(config, DATA) == ""


def test_a_launch_says_in_one_line_what_it_cannot_decide_and_else_nothing(tmp_path: Path) -> None:
    said = note(study(tmp_path, compare={"margin": 0.001}), DATA)
    assert said.startswith("the comparison will hardly decide; it finds a difference of ")
    assert "one as large as the margin, 0.1 %, would rather stay undecided, and so would equal arms: " in said
    assert "\n" not in said
    assert note(study(tmp_path, compare={"margin": 0.3}), DATA) == ""
    assert note(study(tmp_path, compare={"margin": 0}), DATA) == ""


@pytest.mark.parametrize(
    ("spread", "said"),
    [
        (0.01, " seeds might do"),
        (0.00001, "no number of seeds helps, but more test data may"),
    ],
)
def test_it_says_what_would_help(spread: float, said: str) -> None:
    luck = Luck(1e-9 if spread == 0.01 else 0.02**2, 0.0, 0.0, 30.0)
    found = foreseen(study(), DATA, KnownLuck(seeds=spread, test_data=luck, runs=9))
    assert found
    assert found.tells == (False, False)
    assert (found.enough is not None) == ("might" in said)


def test_what_goes_wrong_in_foreseeing_is_nothing_to_say(monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[str] = []
    monkeypatch.setattr(logger, "warning", lambda form, note: said.append(form % note))
    broken, empty, full = Future[str](), Future[str](), Future[str]()
    broken.set_exception(ValueError("no ledger"))
    empty.set_result("")
    full.set_result("what it cannot")
    for each in (broken, empty, full):
        session._say(each, lambda: False)
    assert said == ["note: what it cannot"]


def test_a_launch_that_is_to_stop_or_whose_ledger_does_not_answer_waits_for_no_foresight(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    said: list[str] = []
    monkeypatch.setattr(logger, "warning", lambda *words: said.append(str(words)))
    session._say(Future[str](), lambda: True)
    monkeypatch.setattr(session, "FORESEEING_SECONDS", 0.1)
    session._say(Future[str](), lambda: False)
    assert said == []


def test_the_dry_run_says_it_to_people_and_programs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("study.yaml").write_text(
        "name: small\nbudget: {trials: 6}\n"
        "data: {kind: task, name: lag_copy, lag: 3, length: 4000, seed: 0}\n"
        "space: {stateful: [true, false], shuffle: [true, false], units: [8, 16, 32, 64, 128]}\n"
    )
    load_study("study.yaml", (), "text")
    assert "6 trials over 3 arms are 2 configurations each: too few" in capsys.readouterr().err
    lines = described("study.yaml", (), "text").splitlines()
    assert "searched  6 trials over 3 arms are 2 configurations each" in lines
    finds = next(line for line in lines if line.startswith("finds"))
    assert " % of the error in 80 % of such studies; " in finds
    assert any(line.startswith("assuming  errors vary by 0.5 to 3 % over seeds") for line in lines)
    assert json.loads(described("study.yaml", (), "text", as_json=True))["finds"] == finds.removeprefix("finds     ")


def test_numbers_are_shown_with_two_digits_and_once_where_they_look_the_same() -> None:
    assert between(1.234, 1.239) == "1.2"
    assert between(1.234, 15.6) == "1.2 to 16"
    assert between(104.4) == "104"
    assert between(52.0, np.inf) == "52 to more"
    assert percents(0.005, 0.03) == "0.5 to 3 %"
