"""A second loader, with the csv module and NumPy alone, reads twenty tables as the product does.

They are from inside the packages that studies need, or made up here; tests/README.md lists them.
"""

import gzip
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from tests.paths import ROOT
from tests.workers.data.sources.tables import table
from tests.workers.data.sources.tabular.second_loader import Case, by, packaged, read

PLOTLY, SKLEARN, MATPLOTLIB = "package_data/datasets", "datasets/data", "mpl-data/sample_data"
DAY = by("%Y-%m-%d")


def plotly(name: str) -> bytes:
    return packaged("plotly", f"{PLOTLY}/{name}.csv.gz")


def sklearn(name: str) -> bytes:
    return packaged("sklearn", f"{SKLEARN}/{name}.csv")


def made(header: str, rows: list[list[str]], separator: str = ",") -> bytes:
    return "\n".join([header, *(separator.join(row) for row in rows)]).encode()


WALK = np.round(np.cumsum(np.random.default_rng(0).normal(size=500)) * 1000, 2)
HOURS = [datetime(2023, 10, 20, tzinfo=UTC) + timedelta(hours=hour) for hour in range(500)]
LOCAL = [hour.astimezone(ZoneInfo("America/New_York")) for hour in HOURS]
EXCEL = datetime(1899, 12, 30, tzinfo=UTC)
SELF = {"inputs": ["x"], "targets": ["x"]}


def german(value: float) -> str:
    return f"{value:,.2f}".translate(str.maketrans(",.", ".,"))


CASES = {
    "plotly stocks": Case(plotly("stocks"), {"time": "date", "inputs": ["GOOG", "AAPL"], "targets": ["GOOG"]}, DAY),
    "plotly gapminder": Case(
        plotly("gapminder"), {"group": "country", "inputs": ["lifeExp", "pop"], "targets": ["lifeExp"], "horizon": 2}
    ),
    "plotly iris": Case(plotly("iris"), {"inputs": ["sepal_length", "petal_width"], "targets": ["species"]}),
    "plotly iris, integers": Case(
        plotly("iris"), {"inputs": ["petal_length"], "targets": ["species_id"], "classes": True}
    ),
    "plotly tips": Case(plotly("tips"), {"inputs": ["total_bill", "tip", "size"], "targets": ["day"]}),
    "plotly election": Case(plotly("election"), {"inputs": ["Coderre", "total"], "targets": ["winner"]}),
    "plotly carshare": Case(plotly("carshare"), {"inputs": ["centroid_lat", "peak_hour"], "targets": ["car_hours"]}),
    "plotly experiment": Case(plotly("experiment"), {"inputs": ["experiment_1"], "targets": ["experiment_3"]}),
    "plotly medals": Case(plotly("medals"), {"inputs": ["gold", "silver"], "targets": ["bronze"]}),
    "plotly wind": Case(plotly("wind"), {"group": "direction", "inputs": ["frequency"], "targets": ["frequency"]}),
    "sklearn iris": Case(sklearn("iris"), {"inputs": ["150", "4"], "targets": ["virginica"]}),
    "sklearn physiological": Case(
        sklearn("linnerud_physiological"), {"separator": " ", "inputs": ["Weight", "Waist"], "targets": ["Pulse"]}
    ),
    "sklearn exercise": Case(
        sklearn("linnerud_exercise"), {"separator": " ", "inputs": ["Chins", "Situps"], "targets": ["Jumps"]}
    ),
    "matplotlib Stocks": Case(
        packaged("matplotlib", f"{MATPLOTLIB}/Stocks.csv"),
        {"header": 2, "time": "Date", "inputs": ["IBM", "DELL"], "targets": ["IBM"], "missing": {"fill": "drop"}},
        DAY,
    ),
    "matplotlib msft": Case(
        packaged("matplotlib", f"{MATPLOTLIB}/msft.csv"),
        {"time": "Date", "order": "sort", "inputs": ["Open", "Volume"], "targets": ["Adj. Close*"]},
        by("%d-%b-%y"),
    ),
    "sea temperature": Case(
        gzip.decompress((ROOT / "configs/data/sea_surface_temperature.csv.gz").read_bytes()),
        {"inputs": ["temperature (celsius)"], "targets": ["temperature (celsius)"], "horizon": 12},
    ),
    "German, of Windows": Case(
        made(
            "Zeit;x;Qualit\u00e4t",
            [[f"{t:%d.%m.%Y %H:%M}", german(v), "gut"] for t, v in zip(HOURS, WALK, strict=True)],
            ";",
        )
        .decode()
        .encode("windows-1252"),
        {**SELF, "separator": ";", "decimal": ",", "thousands": ".", "encoding": "windows-1252", "time": "Zeit"},
        by("%d.%m.%Y %H:%M"),
    ),
    "milliseconds, newest first": Case(
        made("t,x", [[f"{t.timestamp() * 1000:.0f}", f"{v}"] for t, v in zip(HOURS, WALK, strict=True)][::-1]),
        {**SELF, "time": "t", "order": "sort"},
        lambda cell: int(cell) / 1000,
    ),
    "days of Excel": Case(
        made("t,x", [[f"{(t - EXCEL) / timedelta(days=1):.10f}", f"{v}"] for t, v in zip(HOURS, WALK, strict=True)]),
        {**SELF, "time": "t"},
        lambda cell: (float(cell) - 25569) * 86400,
    ),
    "local time": Case(
        made("t,x", [[f"{t:%m/%d/%Y %I:%M %p}", f"{v}"] for t, v in zip(LOCAL, WALK, strict=True) if t.fold == 0]),
        {**SELF, "time": {"column": "t", "zone": "America/New_York", "format": "%m/%d/%Y %I:%M %p"}},
        by("%m/%d/%Y %I:%M %p", "America/New_York"),
    ),
    "sensors 7 and 007, with units": Case(
        made(
            "id,x,ok", [["", "kW", ""], *([["7", "007"][n % 2], f"{v}", str(n % 3 == 0)] for n, v in enumerate(WALK))]
        ),
        {"group": "id", "units_row": True, "inputs": ["x", "ok"], "targets": ["x"]},
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_a_second_loader_agrees(name: str) -> None:
    case = CASES[name]
    found, anew = table(case.content, **case.fields), read(case)
    assert found.features.tolist() == anew.features.tolist()
    scored = found.targets[found.scored].ravel()
    assert scored.tolist() == anew.targets.astype(scored.dtype).tolist()
    assert found.starts.tolist() == anew.starts
    if anew.clock is not None:
        assert found.clock is not None
        np.testing.assert_allclose(found.clock, anew.clock, rtol=0, atol=1e-3)
