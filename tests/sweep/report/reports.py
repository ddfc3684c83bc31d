"""Reports of made-up studies, and how a test reads a page."""

import re
from dataclasses import replace
from html.parser import HTMLParser
from typing import Any

import numpy as np

from sweep.comparison.diagnosis import Diagnosis
from sweep.comparison.measure import measure_of
from sweep.comparison.smallest_carry import Carry
from sweep.comparison.verdict import Verdict
from sweep.core.trials import ERROR_DEPLOYED, Outcome, Run, Trial
from sweep.report.content import Curves, Positions, Report
from sweep.report.timeline import Span
from sweep.report.use import Use, python
from tests.sweep.comparison.arms import RECORDED, at_one_setting, scores, verdict
from workers.spec import TrialSpec

SETTINGS = {
    "A": {"units": 32, "learning_rate": 0.001, "window": 48, "dropout": 0.0},
    "B": {"units": 64, "learning_rate": 0.00025, "window": 48, "dropout": 0.1},
    "C": {"units": 16, "learning_rate": 0.004, "window": 96, "dropout": 0.0},
}
METRIC = "validation/rmse_deployed"
OWN = {"stateless": "A", "stateless-shuffled": "A", "every_sequence": "B", "every_epoch": "A", "never": "C"}
WORSE = {"A": 0.0, "B": 0.4, "C": 1.5}  # errors are so much higher at these settings


def full_report() -> Report:
    """All there can be."""
    found = crossed(metric="validation/rmse", baselines={"persistence": 23.7})
    named = replace(found.recommendation, parameters=TrialSpec(units=32).parameters)
    found = replace(found, recommendation=named)
    epochs = np.arange(1.0, 6)
    return Report(
        study="glucose",
        study_file="name: glucose\nseed: 1\n",
        metric=METRIC,
        units="mg/dL",
        measure=measure_of("validation/rmse", "rmse", "mg/dL", squared=True),
        verdict=found,
        trials=[searched(number, 19 + number / 7) for number in range(6)],
        curves={name: Curves(epochs, 20 + np.outer(values, 1 / epochs)) for name, values in RECORDED.items()},
        curves_of="validation/rmse",
        use=Use(python("glucose"), "sweep predict glucose.yaml new.csv --out forecast.csv"),
        scores=RECORDED,
        differences=differences(found),
        positions={"stateless": Positions(np.linspace(5, 3, 8)), "never": Positions(np.ones(8), np.linspace(4, 1, 8))},
        diagnoses=[diagnosed(row.arm, n) for n, row in enumerate(found.arms)],
        carries=[Carry(10.0 * n, np.asarray(values), arm=name) for n, (name, values) in enumerate(RECORDED.items())],
        spans=[Span(f"pid {n % 2} on 10.0.0.1", 100.0 + n, 101.5 + n, "search") for n in range(6)],
        facts={"Git commit": "1a2b3c4", "Reproduce": "sweep launch glucose.yaml"},
        notes=["Three rows had no value."],
    )


def crossed(**question: Any) -> Verdict:
    """Each recorded arm at the setting of every arm.

    `never` cannot be run at A, and the selecting runs of `every_epoch` at C were given up after the first, and those of
    `every_sequence` there diverged.
    """
    at_own = {(arm, OWN[arm]): scores(errors) for arm, errors in RECORDED.items()}
    cells = {(arm, name): np.asarray(RECORDED[arm]) + shift for arm in OWN for name, shift in WORSE.items()}
    del cells["never", "A"]
    both = {cell: scores(cells[cell]) for cell in cells if "stateless" in cell or cell[1] == "A"}
    selecting = {cell: scores(errors[:3] + 0.1, first=1) for cell, errors in cells.items()}
    selecting["every_epoch", "C"] = scores([23.0], first=1)
    selecting["every_sequence", "C"] = scores([np.nan] * 3, first=1)
    return replace(verdict(both | at_own, OWN, selecting, **question), settings=SETTINGS)


def uncrossed(*names: str, **question: Any) -> Verdict:
    """Some of the recorded arms, each at the setting that the search found for it."""
    return at_one_setting({name: scores(RECORDED[name]) for name in names}, crossed=False, **question)


def searched(number: int, deployed: float | None = 19.0, state: Any = "complete", **more: Any) -> Run:
    """A trial with this value as deployed; the value that the search was told is another."""
    spec = TrialSpec(stateful=number % 2 == 0, reset_policy="never", learning_rate=1e-4 * (1 + number))
    label = more.pop("label", "")
    metrics = {} if deployed is None else {METRIC: deployed, ERROR_DEPLOYED: deployed}
    told = None if deployed is None else 30 - deployed / 10
    trial = Trial(number, spec, spec, str(number), seed=1, label=label)
    return Run(trial, Outcome(state, told, 3, metrics, **more))


def diagnosed(arm: str, number: int = 0, **others: Any) -> Diagnosis:
    usual = {"validation": 20.0 + number, "used": 9.0, "cold": 10.0, "carried": 8.0 + number, "gap": (number - 2) / 10}
    state = {"horizon": 6.0 + number, "tried": 8.0, "state_norm": 3.25, "saturation": 0.125, "carried_timesteps": 41.5}
    return Diagnosis(arm, **usual | state | {"window": 12} | others)


def differences(found: Verdict) -> dict[str, list[float]]:
    reference = np.asarray(RECORDED[found.reference])
    return {
        row.arm: list((np.asarray(RECORDED[row.arm]) - reference) / reference.mean())
        for row in found.arms[1:]
        if row.arm in RECORDED
    }


class Page(HTMLParser):
    """The elements, and what `data` elements say beside what they mean."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.numbers: list[tuple[float, str]] = []
        self.text = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data
        tag, attributes = self.elements[-1] if self.elements else ("", {})
        if tag == "data" and "value" in attributes:
            self.numbers.append((float(attributes.pop("value") or "nan"), data))


def plots_of(text: str) -> list[str]:
    return re.findall(r"<svg.*?</svg>", text, re.DOTALL)


def plot(text: str, name: str) -> str:
    """The drawing of this name."""
    return next(each for each in plots_of(text) if f'id="{name}-figure_1"' in each)
