"""The benchmark of GPUs says where there is none, and no figure that takes too long costs the others."""

import time

import pytest

from benchmarks import gpu

pytestmark = pytest.mark.lengthy

NONE = "-1"


def test_without_a_gpu_it_says_that_nothing_is_measured(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv(gpu.VISIBLE, NONE)
    assert gpu.main() == {}
    assert capfd.readouterr().out == "Unmeasured: TensorFlow sees no GPU on this machine.\n"


@pytest.mark.slow
def test_a_figure_that_takes_too_long_is_left_out_and_the_next_one_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    with gpu.Device(NONE) as device:
        assert device.ask(abs, -1) == 1
        with monkeypatch.context() as patched:
            patched.setattr(gpu, "LIMIT", 0.1)
            assert device.ask(time.sleep, 600) is None
        assert device.ask(abs, -2) == 2


def test_what_tensorflow_refuses_is_left_out_and_said(capfd: pytest.CaptureFixture[str]) -> None:
    with gpu.Device(NONE) as device:
        assert device.ask(int, "x") is None
    assert "invalid literal" in capfd.readouterr().err


def test_a_difference_of_losses_is_a_part_of_them() -> None:
    assert gpu.apart_by([1.0, 2.0], [1.0, 2.5]) == pytest.approx(0.2)
    assert gpu.apart_by([1.0], [1.0]) == 0
