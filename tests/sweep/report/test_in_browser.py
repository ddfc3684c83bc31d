"""A report in a browser: at every width nothing leaves the page, overlaps or fails, and all can read it."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sweep.comparison.measure import measure_of
from sweep.report.breakdowns import Breakdown
from sweep.report.page import as_html
from sweep.report.stretches import Stretch
from tests.sweep.report.browser import CHROMIUM, View, looked_at, printed
from tests.sweep.report.reports import full_report

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed: apt-get install chromium"),
]
WIDTHS = (400, 800, 1200, 1920)
JUDGED = (400, 1200)  # by axe
VIEWS = {
    f"{width} {scheme}": View(width, dark=scheme == "dark", judged=width in JUDGED)
    for width in WIDTHS
    for scheme in ("light", "dark")
}
FORCED = """
window.addEventListener("load", () => {
  const label = [...document.querySelectorAll("svg text")].find((each) => each.getBoundingClientRect().width);
  const copy = label.cloneNode(true);
  copy.style.fill = "#ccc";
  label.parentNode.append(copy);
  const wide = document.createElement("p");
  wide.textContent = "wide";
  wide.style.width = "3000px";
  wide.style.maxWidth = "none";
  document.querySelector("main").append(wide, new Image());
  console.error("forced");
});
"""

Findings = dict[str, dict[str, Any]]


def page() -> str:
    """With all that a report may have."""
    wave = np.sin(np.arange(144) / 4)[:, None] * 50 + 120
    stretches = [
        Stretch(which, "2024-03-01 05:00:00", wave.tolist(), (wave + 4).tolist(), [20, 80])
        for which in ("worst", "typical", "best")
    ]
    values = {
        name: list(np.linspace(18, 25, 24) + n) for n, name in enumerate(("every_sequence", "stateless", "linear"))
    }
    hours = Breakdown("hour of the day", [str(hour) for hour in range(24)], [30] * 24, values)
    shops = [f"shop number {n}" for n in range(12)]
    groups = Breakdown(
        "group, the 12 of 40 with the largest error",
        shops,
        [30] * 12,
        {name: of[:12] for name, of in values.items()},
        False,
    )
    full, long = full_report(), measure_of("validation/rmse", "rmse", "vehicles/h", squared=True)
    assert full.verdict is not None
    report = replace(full, measure=long, verdict=replace(full.verdict, measure=long))
    return as_html(replace(report, stretches=stretches, targets=["glucose"], breakdowns=[hours, groups]))


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> Findings:
    views = VIEWS | {"forced": View(1200, script=FORCED, judged=True)}
    return looked_at(page(), views, tmp_path_factory.mktemp("pages"))


CHECKS: dict[str, Callable[[dict[str, Any]], Any]] = {
    "nothing fails": lambda view: view["errors"],
    "nothing leaves the page": lambda view: view["outside"],
    "no labels overlap": lambda view: view["overlaps"],
    "no label is faint": lambda view: view["faint"],
    "axe finds nothing": lambda view: view["axe"],
}


@pytest.mark.parametrize("check", list(CHECKS))
def test_at_every_width_light_and_dark(found: Findings, check: str) -> None:
    assert {name: CHECKS[check](found[name]) for name in VIEWS} == {name: [] for name in VIEWS}


@pytest.mark.parametrize("check", list(CHECKS))
def test_what_is_forced_to_be_wrong_is_found(found: Findings, check: str) -> None:
    assert CHECKS[check](found["forced"])


def test_a_box_that_is_too_narrow_says_so_and_on_a_usual_screen_the_numbers_fit(found: Findings) -> None:
    for name, view in found.items():
        assert [box for box in view["boxes"] if box["wide"] != box["hinted"]] == [], name
    assert any(box["wide"] for box in found["400 light"]["boxes"])
    for name in ("1200 light", "1920 light"):
        (numbers,) = [box for box in found[name]["boxes"] if box["name"] == "The numbers"]
        assert not numbers["wide"], name


def test_the_answer_its_pictures_and_how_to_use_it_are_on_the_first_screen(found: Findings) -> None:
    assert found["1200 light"]["foot"] <= 800


def test_it_is_dark_where_the_reader_s_screen_is(found: Findings) -> None:
    assert found["1200 light"]["paper"] == "rgb(255, 255, 255)"
    assert found["1200 dark"]["paper"] != "rgb(255, 255, 255)"


def test_all_can_read_the_report_of_a_study_without_a_comparison_too(tmp_path: Path) -> None:
    views = {"400 dark": View(400, dark=True, judged=True), "1200 light": View(1200, judged=True)}
    found = looked_at(as_html(replace(full_report(), verdict=None)), views, tmp_path)
    wrong = {(name, what): check(view) for name, view in found.items() for what, check in CHECKS.items()}
    assert {key: said for key, said in wrong.items() if said} == {}


def test_it_is_printed_on_few_pages(tmp_path: Path) -> None:
    assert printed(page(), tmp_path) <= 6
