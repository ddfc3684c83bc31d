"""Reports of made-up studies, and how a test reads a page."""

import re
from html.parser import HTMLParser
from typing import Any

import numpy as np

from sweep.comparison.diagnosis import Diagnosis
from sweep.comparison.smallest_carry import Carry
from sweep.comparison.verdict import Verdict
from sweep.core.trials import Outcome, Run, Trial
from sweep.report.content import Curves, Positions, Report
from tests.sweep.comparison.arms import RECORDED, recorded, verdict
from workers.spec import TrialSpec


def full_report() -> Report:
    """All there can be but plotly drawings."""
    found = verdict(recorded(), baselines={"persistence": 23.7})
    epochs = np.arange(1.0, 6)
    return Report(
        study="glucose",
        study_file="name: glucose\nseed: 1\n",
        metric="validation/rmse",
        verdict=found,
        trials=[searched(number, 19 + number / 7) for number in range(6)],
        curves={name: Curves(epochs, 20 + np.outer(values, 1 / epochs)) for name, values in RECORDED.items()},
        differences=differences(found),
        positions={"stateless": Positions(np.linspace(5, 3, 8)), "never": Positions(np.ones(8), np.linspace(4, 1, 8))},
        diagnoses=[diagnosed(row.arm, n) for n, row in enumerate(found.arms)],
        carries=[Carry(10.0 * n, np.asarray(values), arm=name) for n, (name, values) in enumerate(RECORDED.items())],
        facts={"Git commit": "1a2b3c4", "Reproduce": "sweep launch glucose.yaml"},
        notes=["Three rows had no value."],
    )


def searched(number: int, value: float | None = 19.0, state: Any = "complete", **more: Any) -> Run:
    spec = TrialSpec(stateful=number % 2 == 0, reset_policy="never", learning_rate=1e-4 * (1 + number))
    label = more.pop("label", "")
    return Run(Trial(number, spec, spec, str(number), seed=1, label=label), Outcome(state, value, 3, {}, **more))


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
