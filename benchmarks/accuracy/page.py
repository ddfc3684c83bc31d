"""The measured part of docs/accuracy.md, from what docs/accuracy.json holds."""

import statistics
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from benchmarks.accuracy.forecasts import THIS
from benchmarks.accuracy.series import SERIES
from benchmarks.machine import ROOT
from workers.wording import counted

PAGE, NUMBERS = ROOT / "docs" / "accuracy.md", ROOT / "docs" / "accuracy.json"
BEGIN, END = "<!-- measured: what follows is written by make accuracy -->", "<!-- end of what was measured -->"
HEADING = ("", "rmse", "against this", "95 % interval", "mae", "seconds")
Results = Mapping[str, Mapping[str, Any]]


def page(text: str, results: Results) -> str:
    """The page with its measured part written anew."""
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    pieces = "\n\n".join(_measured(results)) if results else "Nothing was measured."
    return f"{before}{BEGIN}\n\n{pieces}\n\n{END}{after}"


def _measured(results: Results) -> Iterator[str]:
    yield "### Where it loses, and where it wins"
    yield "\n".join(verdict(name, results[name]) for name in SERIES if name in results)
    for name in SERIES:
        if name in results:
            yield from section(name, results[name])
        else:
            yield f"### {SERIES[name].title}"
            yield f"Not measured: {SERIES[name].lacking}." if SERIES[name].lacking else "Not measured."


def verdict(name: str, result: Mapping[str, Any]) -> str:
    """A line that says which of the others are better, worse, and not told apart."""
    others = [each for each in result["forecasts"] if each != THIS]
    groups: dict[str, list[str]] = {"loses to": [], "is not told apart from": [], "beats": []}
    for each in sorted(others, key=lambda other: float(result["forecasts"][other]["difference"])):
        groups[decided(result["forecasts"][each])].append(
            f"{each} ({_percent(result['forecasts'][each]['difference'])})"
        )
    said = "; ".join(f"{what} {', '.join(those)}" for what, those in groups.items() if those)
    return f"- {SERIES[name].title}: it {said}."


def decided(row: Mapping[str, Any]) -> str:
    """How the product fares against another, by the interval of the difference."""
    if row["low"] is None or row["low"] <= 0 <= row["high"]:
        return "is not told apart from"
    return "beats" if row["low"] > 0 else "loses to"


def section(name: str, result: Mapping[str, Any]) -> Iterator[str]:
    """The part of one table."""
    series = SERIES[name]
    yield f"### {series.title}"
    known = f"; known ahead: {', '.join(result['known_ahead'])}" if result["known_ahead"] else ""
    units = f", in {series.units}" if series.units else ""
    ahead = f"`{series.target}`, {counted(series.horizon, 'row')} ahead{units}"
    rows_of = f"{result['test_rows']:,} test rows of {result['rows']:,}"
    yield f"{ahead}: {rows_of}, {counted(result['inputs'], 'input')}{known}."
    rows = sorted(result["forecasts"].items(), key=lambda pair: statistics.median(pair[1]["rmse"]))
    yield _table(HEADING, (_row(each, numbers) for each, numbers in rows))
    if series.least is not None:
        yield f"No forecast can have an rmse below {series.least:g} but by luck: that is the deviation of the noise."
    if result["lacking"]:
        yield f"Left out: {'; '.join(result['lacking'])}."
    yield _models(result)
    yield _conditions(result)


def _row(name: str, numbers: Mapping[str, Any]) -> list[str]:
    """Medians over the runs, with the least and the greatest where there are several."""
    own = name == THIS
    between = "" if own or numbers["low"] is None else f"{_percent(numbers['low'])} to {_percent(numbers['high'])}"
    seconds = _spread(numbers["seconds"], "0f") if max(numbers["seconds"]) > 0 else ""
    label = f"**{name}**" if own else name
    difference = "" if own else _percent(numbers["difference"])
    return [label, _spread(numbers["rmse"], "4g"), difference, between, _spread(numbers["mae"], "4g"), seconds]


def _spread(values: list[float], form: str) -> str:
    middle = statistics.median(values)
    if len(values) == 1:
        return f"{middle:.{form}}"
    return f"{middle:.{form}} ({min(values):.{form}} to {max(values):.{form}})"


def _models(result: Mapping[str, Any]) -> str:
    """What was trained, a sentence each."""
    lines = []
    for name, numbers in result["forecasts"].items():
        for said in numbers["said"]:
            if not said:
                continue
            arm = f" `{said['arm']}`," if "arm" in said else ""
            cut = f" and {said['cut']} that took too long" if said.get("cut") else ""
            lines.append(f"- {name}: {said['trials']} trials{cut};{arm} {_fields(said['parameters'])}.")
    return "\n".join(["What was chosen:", *lines])


def _fields(parameters: Mapping[str, Any]) -> str:
    return ", ".join(f"{name} {_value(value)}" for name, value in parameters.items())


def _value(value: object) -> str:
    return f"{value:.3g}" if isinstance(value, float) else str(value)


def _conditions(result: Mapping[str, Any]) -> str:
    runs = counted(len(result["forecasts"][THIS]["rmse"]), "run")
    versions = {
        said["versions"] for each in result["forecasts"].values() for said in each["said"] if "versions" in said
    }
    peers = f" NeuralForecast with {'; '.join(sorted(versions))}." if versions else ""
    return (
        f"{result['when']}, {runs}, {result['seconds']} seconds for a study and for each"
        f" model of NeuralForecast, at a load of {result['load']} before it, on {result['machine']}; version"
        f" {result['code']}.{peers}"
    )


def _percent(part: float) -> str:
    return f"{100 * part:+.1f} %"


def _table(heading: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    names = list(heading)
    return "\n".join(f"| {' | '.join(cells)} |" for cells in (names, ["---"] * len(names), *rows))
