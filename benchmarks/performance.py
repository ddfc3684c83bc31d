"""docs/performance.md and its numbers: what each benchmark has printed, where and when, and a picture of the sweeps."""

import contextlib
import io
import json
import os
import statistics
import sys
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

import matplotlib as mpl
from matplotlib.figure import Figure
from typing_extensions import override

from benchmarks import machine

PAGE, NUMBERS = machine.ROOT / "docs/performance.md", machine.ROOT / "docs/performance.json"
PICTURE = machine.ROOT / "docs/performance.svg"
Results = Mapping[str, Mapping[str, Any]]


class _Tee(io.StringIO):
    """Keeps what is printed, and prints it."""

    @override
    def write(self, text: str, /) -> int:
        sys.__stdout__.write(text) if sys.__stdout__ else None
        return super().write(text)


def record(name: str, benchmark: Callable[[], Any]) -> None:
    """Run a benchmark, and write what it prints and returns into the page and beside it."""
    load = os.getloadavg()[0]
    with contextlib.redirect_stdout(_Tee()) as printed:
        data = benchmark()
    results = json.loads(NUMBERS.read_text()) if NUMBERS.exists() else {}
    results[name] = {
        "when": datetime.now(UTC).date().isoformat(),
        "machine": machine.described(),
        "code": machine.code(),
        "load": round(load, 1),
        "printed": printed.getvalue().strip(),
        "data": data,
    }
    NUMBERS.write_text(json.dumps(results, indent=1) + "\n")
    results = json.loads(NUMBERS.read_text())  # in which numbers of trials are texts
    PAGE.write_text(page(PAGE.read_text(), results))
    sizes = (results.get("sweeps") or {}).get("data") or {}
    if len(sizes) > 1:
        PICTURE.write_text(picture(sizes))


def page(text: str, results: Results) -> str:
    """The page with each measured part written anew: what lies between `<!-- NAME -->` and `<!-- end of NAME -->`."""
    for name, result in results.items():
        begin, end = f"<!-- {name} -->", f"<!-- end of {name} -->"
        before, found, rest = text.partition(begin)
        _, _, after = rest.partition(end)
        if found:
            text = f"{before}{begin}\n\n{measured(result)}\n\n{end}{after}"
    return text


def measured(result: Mapping[str, Any]) -> str:
    """What was printed, and the conditions."""
    where = f"{result['machine']}; version {result['code']}"
    return f"{result['printed']}\n\n{result['when']}, at a load of {result['load']} before it, on {where}."


def picture(sizes: Mapping[str, Mapping[str, list[float]]]) -> str:
    """Median seconds against trials of each, as SVG; sizes: the seconds of each run, by trials and by who ran them."""
    with mpl.rc_context({"svg.fonttype": "none", "svg.hashsalt": "performance", "axes.spines.top": False}):
        figure = Figure(figsize=(7, 4), layout="constrained")
        axes = figure.subplots()
        trials = sorted(sizes, key=int)
        for name in sizes[trials[0]]:
            at = [int(size) for size in trials if name in sizes[size]]
            axes.plot(at, [statistics.median(sizes[str(size)][name]) for size in at], "o-", label=name)
        axes.set_xlabel("trials")
        axes.set_ylabel("seconds from the command to its end")
        axes.set_xlim(left=0)
        axes.set_ylim(bottom=0)
        axes.legend(frameon=False)
        buffer = io.StringIO()
        figure.savefig(buffer, format="svg", metadata=dict.fromkeys(("Creator", "Date", "Format", "Type")))
    return buffer.getvalue()
