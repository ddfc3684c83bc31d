"""What a first study tries: windows, batches, the ways to treat state that differ on these data, and how often."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from sweep.config.turns import FEW
from sweep.init.forecast import Forecast
from workers.data.dataset import Dataset
from workers.data.looking.memory import falls_below
from workers.data.looking.said import Said
from workers.plans import windows
from workers.plans.equivalence import canonical
from workers.plans.policies import POLICIES
from workers.plans.policy_row import Policy
from workers.spec import TrialSpec

REMEMBERED = 0.3  # the autocorrelation, down to which a window reaches back
WINDOWS = (4, 8, 12, 16, 24, 32, 48)  # timesteps
USUAL = 12
WINDOWS_A_SEQUENCE = 2  # at least, in the median: within one there is nothing to carry
FEW_WINDOWS = 16  # of the training part, at least
BATCHES = (1, 2, 4, 8, 16, 32, 64)
LONG_LANES = 12  # steps of an epoch, at least, over which state can be carried
UPDATES = 3_000  # of the weights, in a trial
FEWEST_EPOCHS, MOST_EPOCHS = 10, 40
LONGEST_INTERVAL = 32  # batches from reset to reset
LEARNING_RATES = {"low": 0.001, "high": 0.01, "log": True}
STATELESS_ARMS = 2  # with windows in order, and shuffled
SEEDS = 5


@dataclass(frozen=True)
class Search:
    """The sections about trials: the fields of each, and why.

    others  the policies that are not tried, with why
    """

    budget: Mapping[str, Said]
    trial: Mapping[str, Said]
    space: Mapping[str, Said]
    compare: Mapping[str, Said]
    others: Mapping[str, str]


def search(wanted: Forecast, dataset: Dataset) -> Search:
    """What to try on these data."""
    window = _window(wanted, dataset)
    count = len(windows.windows(dataset.train, window.value))
    batches = _batches(count)
    most, least = (-(-count // size) for size in (batches[0], batches[-1]))
    epochs = int(np.clip(5 * round(UPDATES / most / 5), FEWEST_EPOCHS, MOST_EPOCHS))
    tried, others = _policies(dataset, {"window": window.value, "epochs": epochs}, batches)
    trial = {"window": window, "epochs": Said(epochs, f"of up to {most:,} steps each")}
    space: dict[str, Said] = {}
    _choice(trial, space, "stateful", [True, False] if tried else [False], "whether state is carried")
    _choice(trial, space, "reset_policy", tried, "when carried state is set to zero")
    for name in dict.fromkeys(POLICIES[each].interval_field for each in tried if POLICIES[each].interval_field):
        longest = max(3, min(LONGEST_INTERVAL, most // 2))
        space[name] = Said({"low": 2, "high": longest, "log": True}, "batches from reset to reset")
    space["shuffle"] = Said([True, False], "of windows, where no state is carried")
    _choice(trial, space, "batch_size", batches, f"windows side by side: at least {least} steps an epoch")
    space["learning_rate"] = Said(LEARNING_RATES)
    arms = len(tried) + STATELESS_ARMS
    budget = {"trials": Said(FEW * arms, f"{FEW} for each of {arms} ways to treat state")}
    compare = {"seeds": Said(SEEDS, "runs of each way after the search; 10, the default, decide more")}
    return Search(budget, trial, space, compare, others)


def _choice(
    trial: dict[str, Said], space: dict[str, Said], name: str, values: Sequence[str | int | bool], why: str
) -> None:
    """Several values are searched, one is given."""
    if len(values) > 1:
        space[name] = Said(list(values), why)
    elif values:
        trial[name] = Said(values[0], why)


def _window(wanted: Forecast, dataset: Dataset) -> Said:
    """A season where that is short, else as far back as the target remembers; and short enough for many windows."""
    lengths = dataset.train.lengths
    longest = max(1, int(np.median(lengths)) // (1 if len(lengths) == 1 else WINDOWS_A_SEQUENCE))
    most = max(1, min(longest, int(lengths.sum()) // FEW_WINDOWS))
    season, back = wanted.season, falls_below(wanted.correlation, REMEMBERED)
    if season and WINDOWS[1] <= season.rows <= min(most, WINDOWS[-1]):
        return Said(season.rows, f"timesteps: {season.called}")
    wished = next((length for length in WINDOWS if length >= back), WINDOWS[-1]) if len(wanted.correlation) else USUAL
    rows = min(max(wished, WINDOWS[1]), most)
    if rows < wished:
        few = "few windows" if most < longest else "no state to carry within a sequence"
        return Said(rows, f"timesteps: longer ones would leave {few}")
    far = f"{back:,} rows" if back < len(wanted.correlation) - 1 else "longer than a window can be"
    return Said(rows, f"timesteps: the target remembers {far}" if len(wanted.correlation) else "timesteps")


def _batches(count: int) -> list[int]:
    """The largest two sizes with which an epoch has long lanes; the smallest where none has."""
    fitting = [size for size in BATCHES if count >= LONG_LANES * size]
    return fitting[-2:] or [BATCHES[0]]


def _policies(dataset: Dataset, given: Mapping[str, int], batches: Sequence[int]) -> tuple[list[str], dict[str, str]]:
    """The policies that carry state by a fixed rule, each in a way of its own on these data; and why not the others."""
    tried, others = [], {}
    for name, policy in POLICIES.items():
        if policy.drawn or policy.between_epochs or not set(policy.fields) <= {policy.interval_field}:
            others[name] = policy.meaning
        elif same := _same(policy, dataset, given, batches):
            others[name] = f"the same as {same} here"
        else:
            tried.append(name)
    return tried, others


def _same(policy: Policy, dataset: Dataset, given: Mapping[str, int], batches: Sequence[int]) -> str:
    """The arm that it is on these data; empty where it is one of its own."""
    own = {policy.interval_field: 2} if policy.interval_field else {}
    specs = [
        TrialSpec.model_validate({**given, **own, "reset_policy": policy.name, "batch_size": size}) for size in batches
    ]
    arms = {canonical(spec, dataset.train).arm for spec in specs}
    return "" if policy.name in arms else ", ".join(sorted(arms))
