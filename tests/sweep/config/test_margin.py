"""`compare.margin`: a part of the reference's error, or an error in the target's units."""

from pathlib import Path

import pytest

from sweep.config.margin import Margin
from tests.sweep.config.study_files import MINIMAL, complaint, study

TABLE = """\
name: glucose
data:
  kind: table
  path: glucose.csv
  inputs: [isig]
  targets: [glucose]
  units: mg/dL
"""


def margin(folder: Path, text: str) -> Margin:
    compare = study(folder, text).config.compare
    assert compare
    return compare.margin


@pytest.mark.parametrize(("written", "value"), [("0", 0.0), ("0.02", 0.02), ("1e-3", 1e-3)])
def test_a_number_is_relative(tmp_path: Path, written: str, value: float) -> None:
    assert margin(tmp_path, f"{MINIMAL}compare: {{margin: {written}}}") == Margin(value)


def test_left_out_it_is_a_hundredth(tmp_path: Path) -> None:
    assert margin(tmp_path, MINIMAL) == Margin(0.01)


@pytest.mark.parametrize(
    ("written", "value"), [("0.5 mg/dL", 0.5), ("0.5mg/dL", 0.5), ("' 5  mg/dL '", 5.0), ("1e1 mg/dL", 10.0)]
)
def test_a_text_with_units_is_in_those_of_the_target(tmp_path: Path, written: str, value: float) -> None:
    assert margin(tmp_path, f"{TABLE}compare: {{margin: {written}}}") == Margin(value, "mg/dL")


def test_units_may_be_of_several_words(tmp_path: Path) -> None:
    text = TABLE.replace("mg/dL", "rented bikes")
    assert margin(tmp_path, f"{text}compare: {{margin: 3 rented bikes}}") == Margin(3.0, "rented bikes")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (("  units: mg/dL\n", ""), "8: compare.margin: is in mg/dL, and the targets' units are not known"),
        (("mg/dL", "mmol/L"), "9: compare.margin: is in mg/dL, and the targets are in mmol/L (data.units)"),
        (("[glucose]", "[glucose, insulin]"), "9: compare.margin: is in mg/dL, but there are 2 targets"),
        (("units", "horizon: 1..6\n  units"), "10: compare.margin: is in mg/dL, but there are 6 horizons"),
    ],
)
def test_units_that_are_not_those_of_the_only_target_are_refused_with_the_line(
    tmp_path: Path, change: tuple[str, str], message: str
) -> None:
    text = TABLE.replace(*change)
    assert complaint(tmp_path, f"{text}compare:\n  margin: 0.5 mg/dL\n").startswith(f"study.yaml:{message}")


def test_a_relative_margin_needs_no_units(tmp_path: Path) -> None:
    text = TABLE.replace("[glucose]", "[glucose, insulin]").replace("  units: mg/dL\n", "")
    assert margin(tmp_path, f"{text}compare: {{margin: 0.02}}") == Margin(0.02)
