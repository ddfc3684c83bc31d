"""The sentences of a program: what its docstrings and comments say of data, windows, lanes and state."""

import textwrap

from workers.data.dataset import Dataset
from workers.plans.arms import arm_named
from workers.spec import TrialSpec
from workers.wording import counted, listed

WIDTH = 116


def wrapped(text: str, indent: str = "") -> str:
    """The text in lines of a program, each of which begins with the indent."""
    return textwrap.fill(text, WIDTH, initial_indent=indent, subsequent_indent=indent, break_long_words=False)


def title(spec: TrialSpec) -> str:
    """The first line of the program."""
    layers = f", {spec.layers} layers" if spec.layers > 1 else ""
    return f"Trains a recurrent network ({spec.cell}{layers}): {arm_named(spec.arm).meaning}."


def explanation(spec: TrialSpec, what: str) -> str:
    """How state is treated, in a paragraph; what: is forecast."""
    return f"It learns to forecast {what}. {_carried(spec) if spec.stateful else _uncarried(spec)}"


def forecast(dataset: Dataset, *, changes: bool) -> str:
    """What is forecast; changes: rather than levels."""
    timeline = dataset.timeline
    names = listed(timeline.target_names) if timeline.target_names else "the targets"
    change = "the change of " if changes else ""
    steps = [f"{one:,}" for one in timeline.horizons[:-1]] + [counted(timeline.horizon, "timestep")]
    ahead = f", {' and '.join(steps)} ahead" if timeline.horizon and not timeline.alphabet else ""
    return f"{change}{names}{ahead}"


def about_data(dataset: Dataset) -> str:
    """What the file holds."""
    line = "The data: everything lies on one line of time, sequence after sequence."
    if dataset.timeline.alphabet:
        return f"{line} Features and targets are numbers of characters, by their place in the file's alphabet."
    timeline, units = dataset.timeline, "in their own units"
    if timeline.group_scale is not None:
        units = "those of each group less their mean in its training part, by their deviation"
    logs = f" Of targets the logarithm is meant ({timeline.transform})." if timeline.transform else ""
    return f"{line} Features and targets are {units}, and a target stands where it is forecast from.{logs}"


def about_windows(spec: TrialSpec) -> str:
    """How sequences are cut."""
    if spec.bidirectional:
        return (
            "Each timestep that counts has a window that ends with it, and is the only one in it that is forecast: what"
            " is read backwards has seen what comes after any other."
        )
    if spec.burn_in:
        return "Windows overlap, since the first timesteps of each only warm the state up."
    if spec.varies_lanes and spec.shortest_window < spec.window:
        return "In training windows have random lengths, so that they begin elsewhere in each epoch."
    return "Windows do not overlap. The last one of a piece is padded, so that nothing is dropped."


def about_lanes(spec: TrialSpec) -> str:
    """How windows are laid in training."""
    if spec.shuffle:
        return "The windows are shuffled anew in each epoch; nothing is carried from one to another."
    if spec.bidirectional:
        return (
            "The windows are cut into as many runs as a batch has rows, each of which a row reads in order; nothing is"
            " carried from one to another."
        )
    if not spec.stateful:
        return (
            "The windows are read as a model would read them that carries its state: cut into as many runs as a batch"
            " has rows, each of which a row reads in order. But nothing is carried from one to another."
        )
    return (
        "The windows are cut into as many runs as there are lanes, so that at each step every lane goes on exactly"
        " where it stopped. Consecutive windows as the rows of one batch would hand each row a stranger's state."
    )


def about_validation(*, sequences_apart: bool, groups: bool) -> str:
    """How the model is fed what it is scored on."""
    if sequences_apart:
        return "The model is fed each sequence from its own beginning, all of them side by side."
    lanes = ", each group on a lane of its own" if groups else ""
    return f"The model is fed everything from the beginning, one sequence after the other{lanes}."


def about_model(spec: TrialSpec) -> str:
    """What is special about it."""
    if spec.stateful:
        return "The model: its states go in and come out, so that it is plain to see what is carried, and when."
    if spec.bidirectional:
        return "The model: it reads each row both ways, from zero states, and puts out what it has read in the end."
    return "The model: its state is zero at the beginning of each row."


def _carried(spec: TrialSpec) -> str:
    return (
        "State is carried from one window to the next, so that a forecast can depend on more than a window. For that,"
        f" windows are read in {counted(spec.batch_size, 'lane')} side by side: row i of a batch goes on where row i of"
        " the batch before stopped. Carried state is a number and no part of the graph, so the gradient goes back no"
        " further than a window."
    )


def _uncarried(spec: TrialSpec) -> str:
    warm_up = f" The first {counted(spec.burn_in, 'timestep')} of a window only warm it up." if spec.burn_in else ""
    ways = " Each layer reads a window both ways; its last timestep alone is forecast." if spec.bidirectional else ""
    return f"The state is zero at the beginning of each window: nothing is carried from one to another.{warm_up}{ways}"
