"""Renders the program of a trial, and gathers the arrays that it reads; needs no Keras."""

import io
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from jinja2 import Environment, PackageLoader, StrictUndefined

from workers.cells import cell_named, is_own
from workers.data.bent_loss import MOST
from workers.data.dataset import Dataset
from workers.data.embeddings import pieces
from workers.data.quantile_loss import starts
from workers.data.timeline import Timeline
from workers.forecasting.standalone import texts
from workers.objective import Objective
from workers.optimizers import OPTIMIZERS
from workers.plans.equivalence import training
from workers.plans.policies import POLICIES
from workers.plans.seeds import STREAMS
from workers.schedules import SCHEDULES, decay_epochs, is_constant
from workers.signature import optimizer_options
from workers.signature import options as cell_options
from workers.spec import TrialSpec

MEASURED = {"validation/loss": "loss", "validation/rmse": "loss", "validation/accuracy": "accuracy"}  # by objective
RESET = "reset_state() of each layer that has one"
AT_SEQUENCES = f"Call {RESET} before the first row of each sequence, and nowhere else."


@dataclass(frozen=True)
class Training:
    """What is trained: a canonical trial, on which data.

    changes  whether changes are forecast, and no levels
    """

    spec: TrialSpec
    seed: int
    objective: Objective
    dataset: Dataset
    changes: bool = False


def source(trained: Training) -> str:
    """The text of a program of plain Keras and NumPy that trains a trial to the same losses."""
    return _environment().get_template("train.py.jinja").render(_content(trained))


def arrays(raw: Timeline, dataset: Dataset) -> bytes:
    """The .npz file that the program reads; raw: the timeline in its own units, of which the dataset is made."""
    pieces = {"training": dataset.train, "validation": dataset.validation, "test": dataset.test}
    names = {"feature_names": raw.feature_names, "target_names": raw.target_names, "class_names": raw.class_names}
    held: dict[str, Any] = {
        "features": raw.features,
        "targets": raw.targets,
        "scored": raw.scored,
        "starts": raw.starts,
        **{name: np.column_stack([piece.start, piece.stop]) for name, piece in pieces.items()},
        **{name: np.array(each) for name, each in names.items() if each},
    }
    if raw.alphabet:
        held |= {"features": raw.features[:, 0].astype(np.int32), "alphabet": np.array(list(raw.alphabet))}
    if raw.bent:
        slopes, spreads = np.split(raw.own_scales(slice(None)), 2, axis=-1)
        held |= {"levels": raw.levels(slice(None)), "slopes": slopes, "spreads": spreads}
    if raw.groups is not None:
        held |= {"groups": raw.groups, "group_names": np.array(raw.group_names)}
    buffer = io.BytesIO()
    np.savez_compressed(buffer, **held)
    return buffer.getvalue()


def resets_by_hand(spec: TrialSpec, *, whole_lanes: bool) -> str:
    """When the state of a Keras model is reset that carries it: a sentence on a carrying trial, as it is deployed.

    whole_lanes: whether no lane held more than one sequence when it was trained
    """
    if whole_lanes and POLICIES[spec.reset_policy].spans_lanes:
        return AT_SEQUENCES
    template = _environment().get_template(f"resets/{spec.reset_policy}.jinja")
    return str(template.make_module({"spec": spec}).by_hand(RESET)).strip()  # type: ignore[attr-defined]


def kept_epoch(objective: Objective) -> str:
    """Whose weights the program keeps: of the lowest `loss`, the highest `accuracy`, or the `last` epoch's.

    The loss stands for what the program does not compute, such as the loss as deployed.
    """
    return "last" if objective.at == "last" else watched(objective)


def watched(objective: Objective) -> str:
    """What the program computes of the objective: the `loss` or the `accuracy`."""
    return MEASURED.get(objective.metric, "loss")


def _content(trained: Training) -> dict[str, Any]:
    """What the templates ask for."""
    spec, dataset = trained.spec, trained.dataset
    timeline = dataset.timeline
    return {
        **_texts(trained),
        **_of_state(spec, dataset),
        "spec": spec,
        "seed": trained.seed,
        "streams": [(f"FOR_{name.upper()}", STREAMS.index(name)) for name in _streams(spec)],
        "text": bool(timeline.alphabet),
        "classes": timeline.n_classes > 0,
        "sparse": not timeline.scored[dataset.train.timesteps].all(),
        "n_features": dataset.n_features,
        "embeddings": timeline.embeddings,
        "pieces": pieces(timeline.embeddings, dataset.n_features),
        "n_outputs": dataset.n_outputs,
        "n_targets": 1 if timeline.n_classes else timeline.targets.shape[1],
        "n_statistics": 2 if timeline.n_classes else timeline.targets.shape[1] * (2 if timeline.bent else 1),
        "loss": dataset.loss,
        "bent": timeline.bent,
        "logarithms": timeline.transform is not None,
        "most": MOST,
        "weights": timeline.weights,
        "asked": timeline.loss,
        "starts": starts,
        **_cell(spec),
        "recurrent": _recurrent(spec),
        "timesteps": "1" if spec.bidirectional else "WINDOW",
        "compiled": _compiled(spec),
        "optimizer": OPTIMIZERS[spec.optimizer].keras_name,
        "optimizer_options": _optimizer_options(spec),
        **_schedule(spec),
        "keep_best": kept_epoch(trained.objective),
        "watched": watched(trained.objective),
    }


def _texts(trained: Training) -> dict[str, str]:
    spec, dataset = trained.spec, trained.dataset
    return {
        "title": texts.title(spec),
        "explanation": texts.explanation(spec, texts.forecast(dataset, changes=trained.changes)),
        "about_data": texts.about_data(dataset),
        "about_windows": texts.about_windows(spec),
        "about_lanes": texts.about_lanes(spec),
        "about_model": texts.about_model(spec),
    }


def _of_state(spec: TrialSpec, dataset: Dataset) -> dict[str, Any]:
    """How the policy's state goes on in training, and in validation."""
    policy, timeline = POLICIES[spec.reset_policy], dataset.timeline
    whole_lanes = policy.spans_lanes and training(spec, dataset.train).one_sequence_a_lane
    first = np.zeros(1, np.int64), np.ones(1, bool)
    apart = whole_lanes or not np.any(policy.matched(*first, spec))
    groups = timeline.groups is not None and len(np.unique(timeline.groups)) > 1
    return {
        "policy": policy,
        "first_epoch": policy.first_epoch(spec, spec.epochs),
        "whole_lanes": whole_lanes,
        "sequences_apart": apart,
        "groups": groups,
        "varied": spec.varies_lanes and spec.shortest_window < spec.window,
        "about_validation": texts.about_validation(sequences_apart=apart, groups=groups),
    }


def _streams(spec: TrialSpec) -> list[str]:
    """Those of random numbers that the program uses, in their order."""
    drawn = spec.stateful and POLICIES[spec.reset_policy].drawn
    used = {
        "weights": True,
        "dropout": spec.dropout > 0,
        "recurrent_dropout": spec.recurrent_dropout > 0,
        "shuffle": spec.shuffle,
        "resets": drawn,
        "evaluation": drawn,
        "rotation": spec.stateful and spec.rotate_lanes,
        "jitter": spec.varies_lanes,
    }
    return [name for name in STREAMS if used[name]]


def _cell(spec: TrialSpec) -> dict[str, Any]:
    """Where the class of a cell that Keras lacks comes from, and how many states there are, as the program says it."""
    cell, (module, _, name) = cell_named(spec.cell), spec.cell.partition(":")
    if is_own(spec.cell):
        of_all, places = f"{'LAYERS * ' * (spec.layers > 1)}OF_A_LAYER", "OF_A_LAYER * layer :][:OF_A_LAYER"
    else:
        of_all, module = str(cell.states * spec.layers), ""
        first = "layer" if cell.states == 1 else f"{cell.states} * layer"
        places = f"{first} : {first} + {cell.states}"
    return {
        "written_cell": not (module or cell.keras_name),
        "module": module,
        "class_name": name,
        "cell": _made(spec),
        "n_states": of_all,
        "of_layer": places,
    }


def _recurrent(spec: TrialSpec) -> str:
    """The expression that builds a recurrent layer."""
    cell = cell_named(spec.cell)
    options = "".join(f", {name}={getattr(spec, name)}" for name in cell.options)
    states = f"{_sequences(spec)}{', return_state=True' * spec.stateful}"
    if cell.keras_name:
        arguments = f"UNITS{states}{options}"
        if spec.recurrent_dropout:  # too long for a line then
            arguments = f"\n            {arguments}, recurrent_dropout=RECURRENT_DROPOUT\n        "
        return f"keras.layers.{cell.keras_name}({arguments})"
    return f"keras.layers.RNN({_made(spec)}{states})"


def _made(spec: TrialSpec) -> str:
    """The expression that builds a cell that Keras lacks."""
    options = "".join(f", {name}={value!r}" for name, value in cell_options(spec).items())
    return f"{spec.cell.partition(':')[2] or f'{spec.cell}Cell'}(UNITS{options})"


def _sequences(spec: TrialSpec) -> str:
    """Whether a layer puts out every timestep; the last that reads both ways puts out what it has read in the end."""
    if not spec.bidirectional:
        return ", return_sequences=True"
    return ", return_sequences=layer < LAYERS - 1" if spec.layers > 1 else ""


def _schedule(spec: TrialSpec) -> dict[str, Any]:
    """The schedule of the learning rate, and its numbers by their names in the program."""
    row = SCHEDULES[spec.learning_rate_schedule]
    numbers = {name: getattr(spec, name) for name in row.options}
    if "decay_epochs" in numbers:
        numbers["decay_epochs"] = decay_epochs(spec)
    return {
        "scheduled": not is_constant(spec),
        "decays": bool(numbers),
        "factor": row.written,
        "schedule_numbers": {name.upper(): value for name, value in numbers.items()},
    }


def _optimizer_options(spec: TrialSpec) -> str:
    """The further arguments of the optimizer, each after a comma."""
    own = {name: value for name, value in optimizer_options(spec).items() if value}
    if spec.decay:
        own["weight_decay"] = spec.decay
    return "".join(f", {name}={value}" for name, value in own.items())


def _compiled(spec: TrialSpec) -> str:
    """Why the program is compiled as the trial was; empty where other rounding changes little."""
    if spec.dropout or spec.recurrent_dropout:
        return "for dropout, XLA draws numbers of its own"
    return "" if cell_named(spec.cell).keras_name else "XLA makes a cell of one's own fast, and rounds otherwise"


@cache
def _environment() -> Environment:
    environment = Environment(  # noqa: S701  (a program is no HTML)
        loader=PackageLoader("workers.forecasting.standalone"),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters["wrapped"] = texts.wrapped
    return environment
