"""What stays at the foot of a terminal, at every width."""

import io
import time

import pytest
from rich.cells import cell_len
from rich.console import Console

from sweep.launch.footer import Progressing, UnderWay, footer, seconds_left

BEGAN = 1000.0
LONG = "a name that is longer than any line of a terminal with eighty columns could ever be, [bold] and \x1b[31m red"


def progressing(**others: object) -> Progressing:
    trials = [
        UnderWay("7 GRU every_epoch b16", 9, 16, "rmse 690.1 vehicles/h"),
        UnderWay(LONG, 0, 16, ""),
    ]
    given = {"stage": "searching", "done": 5, "since": 4, "total": 9, "began": BEGAN, "under_way": trials}
    return Progressing(**given | others)  # type: ignore[arg-type]


def shown(now: Progressing, width: int, *, colour: bool = True) -> list[str]:
    console = Console(file=io.StringIO(), width=width, force_terminal=True, no_color=not colour, legacy_windows=False)
    with console.capture() as said:
        console.print(footer(now))
    plain = Console(file=io.StringIO(), width=width, no_color=True)
    with plain.capture() as words:
        plain.print(footer(now))
    assert all(cell_len(line) <= width for line in words.get().splitlines()), "a line is longer than the terminal"
    assert ("\x1b[31m" in said.get()) is False, "what a name holds steers the terminal"
    return words.get().splitlines()


def test_no_line_is_so_long_that_a_narrower_terminal_would_break_it_and_nothing_is_lost_by_that() -> None:
    best = "3 GRU every_epoch b16, rmse 656.2 vehicles/h"
    lines = shown(progressing(best=best, beside="seasonal, no network: 646.1, measured as the best is"), 200)
    assert max(map(len, lines)) <= 80
    assert lines[-2:] == [f"best: {best}", "      seasonal, no network: 646.1, measured as the best is"]


@pytest.mark.parametrize("width", [80, 200, 40])
def test_it_fits_any_terminal_and_says_how_far_it_is(width: int) -> None:
    lines = shown(
        progressing(best="3 GRU every_epoch b16, rmse 656.2 vehicles/h", beside="seasonal, no network: 646"), width
    )
    assert len(lines) == 4
    assert lines[0].startswith("searching")
    assert "5 of 9" in lines[0]
    assert lines[-1].startswith("best: 3 GRU every_epoch b16")


def test_from_20_columns_on_it_has_as_many_lines_as_where_there_is_room() -> None:
    trials = [*progressing().under_way, UnderWay("見" * 90, 3, 16, "rmse 690.1 vehicles/h")]
    now = progressing(under_way=trials, best="3 GRU b16, rmse 656.2", arms={"never": "rmse 656 " * 9})
    for width in range(20, 121):
        first, *lines, best = shown(now, width)
        assert (len(lines), first[:9], best[:11]) == (4, "searching", "best: 3 GRU"), width
        assert "5 of 9" in first, width


def test_at_80_columns_each_trial_under_way_has_its_epoch_and_one_without_is_compiling() -> None:
    _, first, second, *_ = shown(progressing(), 80)
    assert "epoch 9 of 16" in first
    assert "compiling" in second
    assert "rmse 690.1" in first


def test_of_hundreds_of_trials_a_few_have_a_line() -> None:
    many = [UnderWay(f"{n} GRU never b16", 1, 16, "") for n in range(500)]
    lines = shown(progressing(under_way=many), 80)
    assert len(lines) == 10
    assert lines[-1] == "  and 492 more"


def test_it_never_says_eight_of_five() -> None:
    assert "8 of 8" in shown(progressing(done=8, total=5), 80)[0]


def test_a_comparison_has_a_line_for_each_arm() -> None:
    arms = {"never": "rmse 656 ± 4.1 on validation, 7 runs"}
    assert "  never: rmse 656 ± 4.1 on validation, 7 runs" in shown(progressing(stage="comparing", arms=arms), 80)


def test_the_time_left_is_that_of_the_rest_if_it_is_like_what_was_done() -> None:
    half = [UnderWay("a", 8, 16, "")]
    now = progressing(done=5, since=4, total=10, under_way=half)
    assert seconds_left(now, BEGAN + 45) == pytest.approx(45 / 4.5 * 4.5)
    assert seconds_left(progressing(since=0), BEGAN + 45) is None
    assert seconds_left(progressing(done=12, total=10), BEGAN + 45) == 0


def test_the_time_left_is_said() -> None:
    began = time.monotonic() - 60
    (first, *_) = shown(progressing(began=began, under_way=[], done=5, since=5, total=20), 80)
    assert "1:00, about 3 min left" in first
