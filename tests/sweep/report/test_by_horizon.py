"""Where several horizons are forecast, the report draws and lists the error of each."""

from dataclasses import replace

import pytest

from sweep.report.content import Report
from sweep.report.drawings import svgs
from sweep.report.machine_readable import as_json
from sweep.report.page import as_html
from sweep.study.by_horizon import ByHorizon
from tests.sweep.report.reports import Page, full_report

ERRORS = {"never": [1.5, 2.25], "stateless": [1.75, 3.5], "linear": [2.0, 4.0], "decay": [9.0, 9.5]}
FOUND = ByHorizon(
    measured="rmse, mg/dL",
    names=("glucose+1", "glucose+6"),
    steps=(1, 6),
    validation=ERRORS,
    test={name: [2 * each for each in errors] for name, errors in ERRORS.items()},
    shown=["never", "stateless", "linear"],
)


@pytest.fixture(scope="module")
def report() -> Report:
    return replace(full_report(), by_horizon=FOUND)


def test_the_page_has_a_drawing_and_a_row_for_each_horizon(report: Report) -> None:
    html = as_html(report)
    section = html[html.index("<h2>Horizon by horizon</h2>") :]
    page = Page(section[: section.index("</section>")])
    values = [value for value, _ in page.numbers]
    assert values == [3.0, 3.5, 4.0, 4.5, 7.0, 8.0, 1.5, 1.75, 2.0, 2.25, 3.5, 4.0]
    assert "glucose+6" in page.text
    assert "timesteps ahead" in str(svgs(report)["horizons"])


def test_the_json_has_the_errors_of_all(report: Report) -> None:
    assert as_json(report)["by_horizon"]["test"]["decay"] == [18.0, 19.0]


def test_of_one_horizon_there_is_no_section() -> None:
    plain = full_report()
    assert "Horizon by horizon" not in as_html(plain)
    assert "horizons" not in svgs(plain)
    assert as_json(plain)["by_horizon"] is None
