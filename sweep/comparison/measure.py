"""How values of the objective are shown to people: squared errors by their roots, which are in the target's units."""

import math
from dataclasses import dataclass

SMALLEST, LARGEST = -4, 12  # powers of ten between which a number is written out
WORDS = {"accuracy": "error rate", "bits_per_character": "bits per character"}


@dataclass(frozen=True)
class Measure:
    """What is shown in the place of an objective's value, by every surface. Its fields are in the JSON object.

    name     of what is shown: rmse, mae, accuracy, loss
    is_root  whether it is the root of the objective's value
    units    of the targets, where it is in them; empty where it is not, or they are unknown
    is_error whether the name says by itself that it measures errors, as rmse and mae do
    error    what a difference is one of: the error, the error rate, the loss
    """

    name: str = "loss"
    is_root: bool = False
    units: str = ""
    is_error: bool = False
    error: str = "loss"

    def value(self, objective: float) -> float:
        """What is shown for this value of the objective."""
        return math.sqrt(objective) if self.is_root and objective >= 0 else objective

    def deviation(self, mean: float, deviation: float) -> float:
        """The deviation of what is shown, to first order, from the mean and the deviation of the objective."""
        return deviation / (2 * math.sqrt(mean)) if self.is_root and mean > 0 else deviation

    @property
    def after_number(self) -> str:
        """` vehicles/h rmse`: what follows a number in a sentence; nothing where it would say nothing."""
        return "".join(f" {word}" for word in (self.units, self.name if self.is_error else "") if word)

    def said(self, objective: float) -> str:
        """`rmse 656.2 vehicles/h`: the name and what is shown for this value of the objective."""
        return f"{self.name} {in_table(self.value(objective))}{f' {self.units}' if self.units else ''}"

    @property
    def heading(self) -> str:
        """`rmse, vehicles/h`: above a column."""
        return f"{self.name}, {self.units}" if self.units else self.name


THE_LOSS = Measure()


def measure_of(metric: str, called: str, units: str, *, squared: bool) -> Measure:
    """How an objective is shown.

    metric   the objective
    called   what the loss of targets that are numbers is called: rmse, mae; empty for others
    units    of what is shown; empty where unknown
    squared  whether the loss is a squared error, whose root is shown
    """
    own = metric.rpartition("/")[2].removesuffix("_deployed")
    name = called or ("rmse" if squared else own)
    is_error = bool(called) or squared
    error = "error" if is_error or own == "rmse" else WORDS.get(own, own.partition("_")[0])
    return Measure(name, squared and "rmse" not in metric, units, is_error, error)


def texts(*values: float) -> list[str]:
    """The numbers with three digits, or as many more as it takes to tell them apart, and never as powers of ten."""
    finite = [value for value in values if math.isfinite(value)]
    for digits in range(3, 7):
        shown = [f"{float(f'{value:.{digits}g}'):.12g}" for value in finite]  # 2860, not 2.86e+03
        if len(set(shown)) == len(set(finite)):
            break
    found = iter(shown)
    return [next(found) if math.isfinite(value) else "no result" for value in values]


def in_table(value: float) -> str:
    """The number with four digits, and no power of ten unless tiny or huge: 751.2, 17.30, 2860, 1.235e-05."""
    if not math.isfinite(value):
        return "no result"
    rounded = float(f"{value:.4g}")
    exponent = math.floor(math.log10(abs(rounded))) if rounded else 3
    return f"{rounded:.{max(0, 3 - exponent)}f}" if SMALLEST <= exponent < LARGEST else f"{rounded:.3e}"
