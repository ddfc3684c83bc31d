"""Tables in the dialects in which people have them, made small, each beside a loader written by hand for it."""

import bz2
import csv
import io
import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import pytest

from workers.data.sources.table import Table

Row = tuple[float, ...]  # seconds since 1970, and the inputs
DAY = timedelta(days=1)


class Dialect(NamedTuple):
    """Files by their names, the study file's section for them, and the rows that a loader of its own makes of them."""

    files: dict[str, bytes]
    fields: dict[str, Any]
    loaded: Callable[[dict[str, bytes]], Iterator[Row]]


def at(text: str, form: str, zone: str = "UTC") -> float:
    """Seconds since 1970 of a text in this form, on the clocks of a zone."""
    return datetime.strptime(text, form).replace(tzinfo=ZoneInfo(zone)).timestamp()


def cells(content: bytes, encoding: str = "utf-8", skip: int = 1, **how: Any) -> Iterator[list[str]]:
    """The rows of a CSV file below its first lines."""
    yield from list(csv.reader(io.StringIO(content.decode(encoding), newline=""), **how))[skip:]


METER = """Zeitstempel;Zähler;Verbrauch (kWh);Status\r
26.02.2024 23:00;DE0001;1.234,50;gemessen\r
26.02.2024 23:15;DE0001;1.235,75;gemessen\r
26.02.2024 23:30;DE0001;999,00;ersetzt\r
""".encode("windows-1252")


def meter(files: dict[str, bytes]) -> Iterator[Row]:
    for when, _, value, _ in cells(files["meter.csv"], "windows-1252", delimiter=";"):
        yield at(when, "%d.%m.%Y %H:%M", "Europe/Berlin"), float(value.replace(".", "").replace(",", "."))


RETAIL = b"""Store,Date,Weekly_Sales,IsHoliday
1,2/5/2010,"24,924.50",FALSE
1,2/12/2010,"46,039.49",TRUE
1,2/19/2010,"41,595.55",FALSE
2,2/5/2010,"35,034.06",FALSE
2,2/12/2010,"60,483.70",TRUE
2,2/19/2010,"58,221.52",FALSE
"""


def retail(files: dict[str, bytes]) -> Iterator[Row]:
    for _, when, sales, holiday in cells(files["retail.csv"]):
        yield at(when, "%m/%d/%Y"), float(sales.replace(",", "")), float(holiday == "TRUE")


LOG = b"""# logger 7, firmware 2.1
# columns: unix ms, volt, state
t,volt,pump
1700000000000,12.5,true
1700000001000,12.25,false
# restarted
1700000002000,12.75,true
"""


def log(files: dict[str, bytes]) -> Iterator[Row]:
    for line in files["log.csv"].decode().splitlines():
        if not line.startswith(("#", "t,")):
            when, volt, pump = line.split(",")
            yield int(when) / 1000, float(volt), float(pump == "true")


SPACED = b"""% time   flow  level
0.0  1.5 10
0.5 2.5   11
1.0   3.5 12
"""


def spaced(files: dict[str, bytes]) -> Iterator[Row]:
    for line in files["run.dat"].decode().splitlines()[1:]:
        when, flow, level = line.split()
        yield float(when), float(flow), float(level)


INSTRUMENT = b"""Instrument:\tXR-420\t\r
Serial:\t17\t\r
\r
Date\tTime\tTemp\tCond\t\r
\t\tdeg C\tmS/cm\t\r
2023/06/01\t00:00:00\t11.25\t42.5\t\r
2023/06/01\t12:00:00\t11.5\t42.25\t\r
2023/06/01\t24:00:00\t11.75\tnil\t\r
"""


def instrument(files: dict[str, bytes]) -> Iterator[Row]:
    known = 0.0
    for date, clock, temperature, conductivity, _ in cells(files["xr.tsv"], skip=5, delimiter="\t"):
        hours = int(clock[:2])
        known = known if conductivity == "nil" else float(conductivity)
        yield at(date, "%Y/%m/%d") + 3600 * hours, float(temperature), known


SENSOR = (
    b'{"ts": "2024-05-01T10:00:00Z", "id": "a", "payload": {"temp": 21.5, "rh": "40"}}\n'
    b'{"ts": "2024-05-01T10:01:00Z", "id": "a", "payload": {"temp": null, "rh": "41"}}\n'
    b"\n"
    b'{"ts": "2024-05-01T10:02:00Z", "id": "a", "payload": {"temp": 22}}\n'
)


def sensor(files: dict[str, bytes]) -> Iterator[Row]:
    known = [0.0, 0.0]
    for line in files["sensor.jsonl"].splitlines():
        if line:
            record = json.loads(line)
            given = [record["payload"].get(name) for name in ("temp", "rh")]
            known = [old if new is None else float(new) for old, new in zip(known, given, strict=True)]
            yield datetime.fromisoformat(record["ts"]).timestamp(), *known


WEATHER = bz2.compress(b"""STN,YYYYMMDD,HH,T,P
240,20240228,23,91,10012
240,20240228,24,88,10013
240,20240229,1,,10015
""")


def weather(files: dict[str, bytes]) -> Iterator[Row]:
    for _, day, hour, temperature, pressure in cells(bz2.decompress(files["knmi.csv.bz2"])):
        if temperature:
            yield at(day, "%Y%m%d") + 3600 * int(hour), float(temperature), float(pressure)


EXPORTED = "Datum\tWärme\n30.01.2024\t-1,5\n31.01.2024\t0,25\n01.02.2024\t12,0\n".encode("utf-16")


def exported(files: dict[str, bytes]) -> Iterator[Row]:
    for when, value in cells(files["export.txt"], "utf-16", delimiter="\t"):
        yield at(when, "%d.%m.%Y"), float(value.replace(",", "."))


SWISS = "Monat;Umsatz;Kurs\n2023-11;1'234'567.50;0.95\n2023-12;2’345’678;0.94\n2024-01;998.25;0.9425\n".encode()


def swiss(files: dict[str, bytes]) -> Iterator[Row]:
    for when, value, price in cells(files["umsatz.csv"], delimiter=";"):
        yield at(when, "%Y-%m"), float(value.replace("'", "").replace("’", "")), float(price)


AIR = b"""Date;Time;CO(GT);T;;
10/03/2004;18.00.00;2,6;13,6;;
10/03/2004;19.00.00;-200;13,3;;
10/03/2004;20.00.00;2,2;11,9;;
"""


def air(files: dict[str, bytes]) -> Iterator[Row]:
    known = 0.0
    for date, clock, carbon, temperature, *_ in cells(files["AirQualityUCI.csv"], delimiter=";"):
        known = known if carbon == "-200" else float(carbon.replace(",", "."))
        when = at(f"{date} {clock}", "%d/%m/%Y %H.%M.%S", "Europe/Rome")
        yield when, known, float(temperature.replace(",", "."))


BEIJING = b"""No,year,month,day,hour,pm2.5,TEMP,cbwd
1,2010,1,1,0,NA,-11,NW
2,2010,1,1,1,129,-12,NW
3,2010,1,1,2,148,-11,cv
"""


def beijing(files: dict[str, bytes]) -> Iterator[Row]:
    for _, year, month, day, hour, dust, temperature, _ in cells(files["prsa.csv"]):
        if dust != "NA":
            when = datetime(int(year), int(month), int(day), int(hour), tzinfo=UTC)
            yield when.timestamp(), float(dust), float(temperature)


MONTHS = {
    "2023-12.csv": b"when,load\n2023-12-31 22:00,5\n2023-12-31 23:00,6.5\n",
    "2024-01.csv": b"load,when\n7,2024-01-01 00:00\n8.25,2024-01-01 01:00\n",
    "readme.csv": b"nothing\n",
}


def months(files: dict[str, bytes]) -> Iterator[Row]:
    for name in ("2023-12.csv", "2024-01.csv"):
        for row in csv.DictReader(files[name].decode().splitlines()):
            yield at(row["when"], "%Y-%m-%d %H:%M"), float(row["load"])


BIKES = b"""instant,dteday,hr,cnt
1,2011-01-01,0,16
2,2011-01-01,1,40
3,2011-01-01,3,32
"""


def bikes(files: dict[str, bytes]) -> Iterator[Row]:
    for _, day, hour, count in cells(files["hour.csv"]):
        yield at(f"{day} {hour}", "%Y-%m-%d %H"), float(count)


TRADES = b"""date,time,price,size
20240105,93000,187.15,100
20240105,93001,187.5,200
20240105,160000,181.25,50
"""


def trades(files: dict[str, bytes]) -> Iterator[Row]:
    for day, clock, price, size in cells(files["trades.csv"]):
        yield at(f"{day}{int(clock):06}", "%Y%m%d%H%M%S"), float(price), float(size)


QUOTED = b"""'time','note','pressure'
'2024-01-01 00:00','opened, by "Al"','1.5'
'2024-01-02 00:00','closed','2.5'
'2024-01-03 00:00','it''s open','3.5'
"""


def quoted(files: dict[str, bytes]) -> Iterator[Row]:
    for when, _, pressure in cells(files["valve.csv"], quotechar="'"):
        yield at(when, "%Y-%m-%d %H:%M"), float(pressure)


FRENCH = "Année;Mois;Production\n2023;11;12\u202f345,5\n2023;12;9 876,25\n2024;1;n.d.\n2024;2;10\u00a0000\n".encode()


def french(files: dict[str, bytes]) -> Iterator[Row]:
    for year, month, value in cells(files["production.csv"], delimiter=";"):
        if value != "n.d.":
            plain = "".join(sign for sign in value if sign.isdigit() or sign == ",").replace(",", ".")
            yield datetime(int(year), int(month), 1, tzinfo=UTC).timestamp(), float(plain)


TIDE = b"""\xef\xbb\xbf"Date Time","Water Level","Sigma"
"2024-01-01 00:00",-0.125,0.001
"2024-01-01 00:06",-999,0.002
"2024-01-01 00:12",0.25,0.001
"""


def tide(files: dict[str, bytes]) -> Iterator[Row]:
    for when, level, sigma in cells(files["tide.csv"], "utf-8-sig"):
        if float(level) != -999:
            yield at(when, "%Y-%m-%d %H:%M"), float(level), float(sigma)


PLANT: list[list[Any]] = [
    ["Plant 7", None, None],
    ["Day", "Clock", "Power"],
    [None, None, "kW"],
    [datetime(2024, 3, 1), datetime(2024, 3, 1, 23, 45).time(), 1.5],  # noqa: DTZ001  (a workbook knows no zones)
    [datetime(2024, 3, 2), datetime(2024, 3, 1, 0, 0).time(), "2,25"],  # noqa: DTZ001
]


def workbook(rows: list[list[Any]]) -> bytes:
    if find_spec("openpyxl") is None:
        return b""
    from openpyxl import Workbook  # noqa: PLC0415  (an extra)

    book = Workbook()
    sheet = book.create_sheet("Data", 0)
    for row in rows:
        sheet.append(row)
    book.save(stream := io.BytesIO())
    return stream.getvalue()


def plant(files: dict[str, bytes]) -> Iterator[Row]:
    from openpyxl import load_workbook  # noqa: PLC0415  (an extra)

    sheet = load_workbook(io.BytesIO(files["plant.xlsx"]))["Data"]
    for day, clock, power in list(sheet.iter_rows(values_only=True))[3:]:
        when = datetime.combine(day, clock, tzinfo=UTC)
        yield when.timestamp(), float(str(power).replace(",", "."))


FORWARD = {"fill": "forward"}
DIALECTS = {
    "electricity meter": Dialect(
        {"meter.csv": METER},
        {
            "path": "meter.csv",
            "separator": ";",
            "decimal": ",",
            "thousands": ".",
            "encoding": "windows-1252",
            "time": {"column": "Zeitstempel", "zone": "Europe/Berlin"},
            "inputs": ["Verbrauch (kWh)"],
        },
        meter,
    ),
    "retail": Dialect(
        {"retail.csv": RETAIL},
        {
            "path": "retail.csv",
            "thousands": ",",
            "time": "Date",
            "group": "Store",
            "inputs": ["Weekly_Sales", "IsHoliday"],
        },
        retail,
    ),
    "log with comments": Dialect(
        {"log.csv": LOG}, {"path": "log.csv", "comment": "#", "time": "t", "inputs": ["volt", "pump"]}, log
    ),
    "columns of a simulation": Dialect(
        {"run.dat": SPACED},
        {
            "path": "run.dat",
            "separator": " ",
            "comment": "%",
            "header": 1,
            "time": {"column": "time", "unit": "s"},
            "inputs": ["flow", "level"],
        },
        spaced,
    ),
    "instrument": Dialect(
        {"xr.tsv": INSTRUMENT},
        {
            "path": "xr.tsv",
            "separator": "\t",
            "header": 4,
            "units_row": True,
            "time": {"date": "Date", "time": "Time"},
            "inputs": ["Temp", "Cond"],
            "missing": {**FORWARD, "values": ["nil"]},
        },
        instrument,
    ),
    "sensor in JSON": Dialect(
        {"sensor.jsonl": SENSOR},
        {"path": "sensor.jsonl", "time": "ts", "inputs": ["payload.temp", "payload.rh"], "missing": FORWARD},
        sensor,
    ),
    "weather, packed, hours 1 to 24": Dialect(
        {"knmi.csv.bz2": WEATHER},
        {
            "path": "knmi.csv.bz2",
            "time": {"date": "YYYYMMDD", "hour": "HH"},
            "inputs": ["T", "P"],
            "missing": {"fill": "drop"},
        },
        weather,
    ),
    "export in UTF-16": Dialect(
        {"export.txt": EXPORTED},
        {
            "path": "export.txt",
            "separator": "\t",
            "decimal": ",",
            "encoding": "utf-16",
            "time": "Datum",
            "inputs": ["Wärme"],
        },
        exported,
    ),
    "Swiss": Dialect(
        {"umsatz.csv": SWISS},
        {"path": "umsatz.csv", "separator": ";", "thousands": "'", "time": "Monat", "inputs": ["Umsatz", "Kurs"]},
        swiss,
    ),
    "air quality, UCI": Dialect(
        {"AirQualityUCI.csv": AIR},
        {
            "path": "AirQualityUCI.csv",
            "separator": ";",
            "decimal": ",",
            "time": {"date": "Date", "time": "Time", "format": "%d/%m/%Y %H.%M.%S", "zone": "Europe/Rome"},
            "inputs": ["CO(GT)", "T"],
            "missing": {**FORWARD, "values": [-200]},
        },
        air,
    ),
    "air quality, Beijing": Dialect(
        {"prsa.csv": BEIJING},
        {
            "path": "prsa.csv",
            "time": {"year": "year", "month": "month", "day": "day", "hour": "hour"},
            "inputs": ["pm2.5", "TEMP"],
            "missing": {"values": ["NA"], "fill": "drop"},
        },
        beijing,
    ),
    "a file a month": Dialect(MONTHS, {"path": "20*.csv", "time": "when", "inputs": ["load"]}, months),
    "bike sharing": Dialect(
        {"hour.csv": BIKES}, {"path": "hour.csv", "time": {"date": "dteday", "hour": "hr"}, "inputs": ["cnt"]}, bikes
    ),
    "trades": Dialect(
        {"trades.csv": TRADES},
        {"path": "trades.csv", "time": {"date": "date", "time": "time"}, "inputs": ["price", "size"]},
        trades,
    ),
    "apostrophes as quotation marks": Dialect(
        {"valve.csv": QUOTED}, {"path": "valve.csv", "quote": "'", "time": "time", "inputs": ["pressure"]}, quoted
    ),
    "French, by month": Dialect(
        {"production.csv": FRENCH},
        {
            "path": "production.csv",
            "separator": ";",
            "decimal": ",",
            "thousands": " ",
            "time": {"year": "Année", "month": "Mois"},
            "inputs": ["Production"],
            "missing": {"values": ["n.d."], "fill": "drop"},
        },
        french,
    ),
    "tide gauge": Dialect(
        {"tide.csv": TIDE},
        {
            "path": "tide.csv",
            "time": "Date Time",
            "inputs": ["Water Level", "Sigma"],
            "missing": {"values": [-999], "fill": "drop"},
        },
        tide,
    ),
    "workbook of a plant": Dialect(
        {"plant.xlsx": workbook(PLANT)},
        {
            "path": "plant.xlsx",
            "sheet": "Data",
            "header": 2,
            "units_row": True,
            "decimal": ",",
            "time": {"date": "Day", "time": "Clock"},
            "inputs": ["Power"],
        },
        plant,
    ),
}


@pytest.mark.parametrize("name", DIALECTS)
def test_a_table_as_people_have_it_comes_to_the_numbers_of_a_loader_of_its_own(name: str, tmp_path: Path) -> None:
    dialect = DIALECTS[name]
    if dialect.files == {"plant.xlsx": b""}:
        pytest.skip("openpyxl is an extra")
    for file, content in dialect.files.items():
        (tmp_path / file).write_bytes(content)
    section = {**dialect.fields, "targets": dialect.fields["inputs"][:1]}
    found = Table.model_validate(section).load(tmp_path)
    expected = list(dialect.loaded(dialect.files))
    assert found.clock is not None
    assert len(expected) >= 2
    assert found.clock.tolist() == [when for when, *_ in expected]
    assert found.features.tolist() == [list(values) for _, *values in expected]
