"""Small tables of the kinds that people have, each with what a first study of it has to say."""

import gzip
import io
import json
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray


class Case(NamedTuple):
    """A table.

    name     of its file
    content  makes it
    data     what the section `data` has, by field; None: it has not
    inputs   entries that are among the inputs
    without  columns that are not
    unsure   the fields of which it is said that they may be meant otherwise
    """

    name: str
    content: Callable[[], bytes]
    data: Mapping[str, Any]
    inputs: tuple[Any, ...] = ()
    without: tuple[str, ...] = ()
    unsure: tuple[str, ...] = ()


def _noise(n: int, seed: int = 0) -> NDArray[np.float64]:
    return np.random.default_rng(seed).normal(size=n)


def _wave(n: int, period: int, seed: int = 0) -> NDArray[np.float64]:
    return np.round(100 + 30 * np.sin(np.arange(n) * 2 * np.pi / period) + 5 * _noise(n, seed), 2)


def _walk(n: int, seed: int = 0) -> NDArray[np.float64]:
    return np.round(50 + np.cumsum(_noise(n, seed)), 2)


def _texts(moments: pd.DatetimeIndex, form: str = "%Y-%m-%d %H:%M:%S") -> list[str]:
    return list(moments.strftime(form))


def _csv(frame: pd.DataFrame, **options: Any) -> bytes:
    return str(frame.to_csv(index=False, **options)).encode()


def retail() -> bytes:
    days, shops = pd.date_range("2023-01-01", periods=200), ["north", "south", "west"]
    rows = pd.DataFrame([(day, shop) for day in days for shop in shops], columns=["day", "shop"])
    sales = np.ravel(np.column_stack([_wave(200, 7, seed) for seed in range(3)])).round()
    more = {"sales": sales, "promo": (np.arange(600) % 11 == 0).astype(int), "size": rows["shop"].map(len) * 100}
    region = rows["shop"].map({"north": "coast", "south": "coast", "west": "inland"})
    return _csv(rows.assign(**more, region=region))


def energy() -> bytes:
    hours = pd.date_range("2023-10-01", "2023-12-10", freq="h", tz="UTC").tz_convert("Europe/Berlin")
    return _csv(pd.DataFrame({"time": _texts(hours), "load": _wave(len(hours), 24), "wind": _walk(len(hours))}))


def sensor() -> bytes:
    moments = pd.date_range("2024-03-01", periods=600, freq="5min")
    kept = np.r_[0:200, 260:420, 500:600]
    return _csv(
        pd.DataFrame({"timestamp": _texts(moments[kept]), "pressure": _walk(600)[kept], "flow": _walk(600, 1)[kept]})
    )


def categories() -> bytes:
    days = pd.date_range("2022-01-01", periods=400)
    weather = np.random.default_rng(0).choice(["sun", "rain", "snow"], 400)
    comment = [f"entry {n} of the day" for n in range(400)]
    return _csv(
        pd.DataFrame({"date": _texts(days, "%Y-%m-%d"), "weather": weather, "rides": _wave(400, 7), "comment": comment})
    )


def german() -> bytes:
    moments = pd.date_range("2024-01-01", periods=300, freq="15min")
    power = [f"{1000 * value:,.2f}".translate(str.maketrans(",.", ".,")) for value in _wave(300, 96)]
    rows = zip(
        _texts(moments, "%d.%m.%Y %H:%M"), power, [f"{t:.1f}".replace(".", ",") for t in _walk(300)], strict=True
    )
    return "\n".join(["Zeit;Leistung;Außentemperatur", *(";".join(row) for row in rows)]).encode("windows-1252")


def milliseconds() -> bytes:
    stamps = 1_700_000_000_000 + 60_000 * np.arange(400)
    return _csv(pd.DataFrame({"ts": stamps, "cpu": _walk(400), "memory": _walk(400, 1)}))


def two_times() -> bytes:
    moments = pd.date_range("2024-05-01", periods=300, freq="h")
    arrived = moments.floor("6h") + pd.Timedelta("7h")
    return _csv(pd.DataFrame({"received": _texts(arrived), "measured": _texts(moments), "level": _walk(300)}))


def no_time() -> bytes:
    return _csv(pd.DataFrame({"x": _walk(250), "y": _wave(250, 12)}))


def labels() -> bytes:
    utterance = np.repeat(np.arange(1, 41), 12)
    speaker = (utterance - 1) % 4 + 1
    noise = np.stack([_noise(480, seed) for seed in range(2)])
    return _csv(
        pd.DataFrame({"utterance": utterance, "c1": noise[0] + speaker, "c2": noise[1], "speaker_label": speaker})
    )


def constants() -> bytes:
    moments = pd.date_range("2024-01-01", periods=240, freq="h")
    more = {"station": "A17", "version": 2, "empty": np.nan, "value": _walk(240)}
    return _csv(pd.DataFrame({"row": np.arange(240), "when": _texts(moments), **more}))


def packed() -> bytes:
    return gzip.compress(no_time())


def workbook() -> bytes:
    moments = pd.date_range("2024-01-01", periods=120, freq="h")
    frame = pd.DataFrame({"Time": moments, "Power": _wave(120, 24), "Temperature": _walk(120)})
    units = pd.DataFrame({"Time": [None], "Power": ["kW"], "Temperature": ["celsius"]})
    with io.BytesIO() as stream:
        with pd.ExcelWriter(stream, engine="openpyxl") as book:
            pd.DataFrame({"about": []}).to_excel(book, sheet_name="About", index=False)
            whole = pd.concat([units.astype(object), frame.astype(object)])
            whole.to_excel(book, sheet_name="Values", index=False, startrow=2)
            book.sheets["Values"].cell(1, 1, "Plant 7")
        return stream.getvalue()


def lines_of_json() -> bytes:
    moments = pd.date_range("2024-01-01", periods=200, freq="min", tz="UTC")
    rows = zip(_texts(moments, "%Y-%m-%dT%H:%M:%SZ"), _walk(200), strict=True)
    return "\n".join(json.dumps({"at": {"utc": at}, "sensor": {"value": value}}) for at, value in rows).encode()


def parquet() -> bytes:
    moments = pd.date_range("2024-01-01", periods=300, freq="h")
    return bytes(pd.DataFrame({"when": moments, "price": _walk(300), "open": _noise(300) > 0}).to_parquet(index=False))


def date_and_hour() -> bytes:
    moments = pd.date_range("2024-01-01", periods=480, freq="h")
    return _csv(
        pd.DataFrame({"date": _texts(moments, "%Y-%m-%d"), "hour": moments.hour, "count": _wave(480, 24).round()})
    )


def months() -> bytes:
    moments = pd.date_range("1990-01-01", periods=240, freq="MS")
    passengers = _wave(240, 12) + np.arange(240)
    return _csv(pd.DataFrame({"year": moments.year, "month": moments.month, "passengers": passengers}))


def events() -> bytes:
    seconds = np.cumsum(np.random.default_rng(0).exponential(40, 800)).round(1)
    moments = pd.Timestamp("2024-01-01") + pd.to_timedelta(seconds, unit="s")
    return _csv(
        pd.DataFrame({"time": _texts(pd.DatetimeIndex(moments), "%Y-%m-%dT%H:%M:%S.%f"), "heart_rate": _walk(800)})
    )


def lacking() -> bytes:
    moments = pd.date_range("2024-01-01", periods=300, freq="h")
    ozone, humidity = pd.Series(_walk(300)).astype(object), pd.Series(_wave(300, 24))
    ozone[20:26], ozone[100], humidity[40:50] = "NA", np.nan, -999
    return _csv(pd.DataFrame({"date": _texts(moments), "ozone": ozone, "humidity": humidity}))


def newest_first() -> bytes:
    moments = pd.date_range("2024-01-01", periods=260, freq="D")[::-1]
    return _csv(pd.DataFrame({"Date": _texts(moments, "%b %d, %Y"), "Close": _walk(260)}))


def day_or_month() -> bytes:
    days = pd.to_datetime([f"2024-{month:02}-{day:02}" for month in range(1, 11) for day in range(1, 11)])
    return _csv(pd.DataFrame({"day": _texts(days, "%d/%m/%Y"), "visits": _walk(100)}))


def quarter_hours() -> bytes:
    moments = pd.date_range("2024-10-20", "2024-11-12", freq="15min", tz="UTC").tz_convert("America/New_York")
    return _csv(pd.DataFrame({"local_time": _texts(moments), "demand": _wave(len(moments), 96)}))


def logger() -> bytes:
    moments = pd.date_range("2024-06-01", periods=200, freq="10min")
    rows = [f"{at}\t{value}" for at, value in zip(_texts(moments), _walk(200), strict=True)]
    return "\n".join(["Logger 12", "firmware 3.1", "", "when\tdepth", "\tm", *rows]).encode()


def commented() -> bytes:
    rows = [f"{at}|{value}" for at, value in zip(range(200), _walk(200), strict=True)]
    return "\n".join(["# made by hand", "# 2024", "t|height", *rows]).encode()


def truths() -> bytes:
    moments, running = pd.date_range("2024-01-01", periods=240, freq="h"), _wave(240, 24) > 100
    return _csv(pd.DataFrame({"when": _texts(moments), "load": _wave(240, 24, 1), "target": running}))


def wide() -> bytes:
    columns = {f"sensor {n}": _walk(200, n) for n in range(40)}
    return _csv(pd.DataFrame({"when": _texts(pd.date_range("2024-01-01", periods=200, freq="h")), **columns}))


def interleaved() -> bytes:
    parts = []
    for number, name in enumerate(["left", "middle", "right"]):
        moments = pd.date_range("2024-01-01", periods=150, freq="10min") + pd.Timedelta(
            f"{number * number + number}min"
        )
        parts.append(pd.DataFrame({"time": moments, "sensor": name, "value": _walk(150, number)}))
    return _csv(pd.concat(parts).sort_values("time"))


def business_days() -> bytes:
    days = pd.bdate_range("2023-01-02", periods=300)
    return _csv(
        pd.DataFrame(
            {"Date": _texts(days, "%m/%d/%Y"), "Open": _walk(300), "Close": _walk(300, 1), "Volume": _wave(300, 5)}
        )
    )


def strange_names() -> bytes:
    columns = {"yes": _walk(200), "1": _walk(200, 1), "load, kW: total": _walk(200, 2), "Straße #3 'a'": _walk(200, 3)}
    return _csv(pd.DataFrame({"Date/Time": _texts(pd.date_range("2024-01-01", periods=200, freq="h")), **columns}))


def described_twice() -> bytes:
    """Each sixth hour has a second row, with the same numbers and another description of the weather."""
    hours, n = pd.date_range("2024-01-01", periods=480, freq="h"), 480
    kinds = np.array(["clear", "clouds", "rain", "mist"])[(np.arange(n) // 5) % 4]
    once = pd.DataFrame({"when": _texts(hours), "weather": kinds, "traffic": _wave(n, 24), "temp": _walk(n)})
    again = once[::6].assign(weather=np.array(["haze", "snow"])[np.arange(80) % 2])
    return _csv(pd.concat([once, again]).sort_values("when", kind="stable"))


CASES: Mapping[str, Case] = {
    "hours that are described twice": Case(
        "described.csv",
        described_twice,
        {"time": "when", "group": None, "targets": ["traffic"], "season": 24},
        ("temp", {"calendar": ["hour", "weekday"]}),
        ("weather",),
    ),
    "a panel of shops": Case(
        "sales.csv",
        retail,
        {"time": "day", "group": "shop", "targets": ["sales"], "season": 7},
        ({"column": "region", "as": "category", "static": True}, {"column": "size", "static": True}),
        unsure=("data.inputs",),
    ),
    "hours through the end of summer time": Case(
        "energy.csv",
        energy,
        {"time": {"column": "time", "zone": "Europe/Berlin"}, "targets": ["load"], "season": 24, "order": None},
        ({"calendar": ["hour", "weekday"]},),
        unsure=("data.time",),
    ),
    "a sensor with pauses": Case("sensor.csv", sensor, {"max_gap": "15min", "targets": ["flow"]}),
    "texts that are categories, and comments": Case(
        "rides.csv",
        categories,
        {"targets": ["rides"], "season": 7},
        ({"column": "weather", "as": "category"},),
        ("comment",),
    ),
    "semicolons and decimal commas": Case(
        "messwerte.csv",
        german,
        {"separator": ";", "decimal": ",", "thousands": ".", "encoding": "windows-1252", "time": "Zeit"},
        ("Außentemperatur",),
        unsure=("data.encoding",),
    ),
    "milliseconds since 1970": Case("cpu.csv", milliseconds, {"time": "ts", "targets": ["memory"]}),
    "two columns of times": Case("tide.csv", two_times, {"time": "measured", "targets": ["level"]}, (), ("received",)),
    "no column of times": Case("xy.csv", no_time, {"time": None, "targets": ["y"], "season": 12}, ("x",)),
    "whole numbers that are classes": Case(
        "speakers.csv",
        labels,
        {"group": "utterance", "targets": ["speaker_label"], "classes": True, "score": "sequence_end", "horizon": None},
        ("c1", "c2"),
        unsure=("data.classes",),
    ),
    "columns that tell nothing": Case(
        "plant.csv", constants, {"targets": ["value"], "time": "when"}, (), ("row", "station", "version", "empty")
    ),
    "packed by gzip": Case("xy.csv.gz", packed, {"path": "xy.csv.gz", "targets": ["y"]}),
    "a workbook with a title and units": Case(
        "plant.xlsx",
        workbook,
        {"sheet": "Values", "header": 3, "units_row": True, "units": "kW", "targets": ["Power"], "time": "Time"},
    ),
    "lines of JSON": Case("log.jsonl", lines_of_json, {"time": "at.utc", "targets": ["sensor.value"]}),
    "Parquet": Case("prices.parquet", parquet, {"time": "when", "targets": ["price"]}, ("open",)),
    "a date and an hour": Case("counts.csv", date_and_hour, {"time": {"date": "date", "hour": "hour"}, "season": 24}),
    "years and months": Case(
        "air.csv", months, {"time": {"year": "year", "month": "month"}, "season": 12, "max_gap": None, "resample": None}
    ),
    "events that come when they like": Case(
        "pulse.csv", events, {"resample": "1min", "missing": {"fill": "forward"}}, unsure=("data.resample",)
    ),
    "words and numbers that mean missing": Case(
        "air.csv", lacking, {"missing": {"values": [-999, "NA"], "fill": "forward"}}, unsure=("data.missing",)
    ),
    "the newest row first": Case("stock.csv", newest_first, {"time": "Date", "order": "sort", "targets": ["Close"]}),
    "days that may be months": Case(
        "visits.csv", day_or_month, {"time": {"column": "day", "format": "%d/%m/%Y"}}, unsure=("data.time",)
    ),
    "quarters of an hour that come twice": Case(
        "demand.csv",
        quarter_hours,
        {"time": {"column": "local_time", "zone": "America/New_York"}, "season": 96},
        unsure=("data.time",),
    ),
    "a logger's head and units": Case(
        "depth.txt", logger, {"separator": "\t", "header": 4, "units_row": True, "units": "m", "targets": ["depth"]}
    ),
    "comments before the names": Case("height.csv", commented, {"separator": "|", "comment": "#", "time": "t"}),
    "true and false": Case("state.csv", truths, {"targets": ["target"], "classes": None, "horizon": None}, ("load",)),
    "forty columns": Case("wide.csv", wide, {"targets": ["sensor 39"]}),
    "sensors that take turns": Case(
        "turns.csv", interleaved, {"group": "sensor", "time": "time", "targets": ["value"]}
    ),
    "business days": Case(
        "shares.csv", business_days, {"time": "Date", "max_gap": None, "resample": None, "targets": ["Close"]}
    ),
    "strange names": Case("strange.csv", strange_names, {"time": "Date/Time"}, ("yes", "1", "Straße #3 'a'")),
}
