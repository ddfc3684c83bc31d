"""The program of plain Keras and NumPy trains what the engine trains, and nothing of this project is in it."""

import ast
import json
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

import keras
import pytest

from tests.workers.forecasting.worlds import ARMS, WORLDS, prepared
from tests.workers.own_cells import KEEPER
from workers.cells import CELLS
from workers.data.timeline import Timeline
from workers.forecasting.standalone import program
from workers.forecasting.standalone.program import Training
from workers.objective import Objective
from workers.optimizers import OPTIMIZERS
from workers.plans.equivalence import canonical
from workers.plans.policies import POLICIES
from workers.schedules import SCHEDULES
from workers.spec import TrialSpec

SEED = 7
SIZES: dict[str, Any] = {"units": 5, "window": 6, "batch_size": 4, "epochs": 3, "learning_rate": 0.02}
OURS = ("sweep", "workers")
# Runs programs one after the other in one process, since starting TensorFlow takes longer than any of them.
RUNNER = f"""
import contextlib, io, json, runpy, sys, traceback
for line in sys.stdin:
    said = io.StringIO()
    with contextlib.redirect_stdout(said):
        try:
            runpy.run_path(line.strip(), run_name="__main__")
        except Exception:
            traceback.print_exc(file=said)
    ours = [name for name in sys.modules if name.partition(".")[0] in {OURS}]
    print(json.dumps([said.getvalue(), ours]), flush=True)
"""


class Ran(NamedTuple):
    """What a program printed, and which modules of ours its process has."""

    said: str
    ours: list[str]


class Case(NamedTuple):
    """A trial on one of the worlds' data."""

    kind: str
    fields: dict[str, Any]

    @property
    def spec(self) -> TrialSpec:
        return canonical(TrialSpec(**SIZES | self.fields), prepared(self.kind).dataset.train)

    @property
    def training(self) -> Training:
        return Training(self.spec, SEED, Objective(), prepared(self.kind).dataset)


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[Path], Ran]]:
    """Runs a program in a process that knows nothing of this checkout."""
    errors = tmp_path_factory.mktemp("plain") / "errors.txt"
    with (
        errors.open("w") as stderr,
        subprocess.Popen(
            [sys.executable, "-I", "-c", RUNNER],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=stderr,
            text=True,
            cwd=errors.parent,
        ) as process,
    ):
        assert process.stdin
        assert process.stdout
        read, write = process.stdout, process.stdin

        def ran(path: Path) -> Ran:
            write.write(f"{path}\n")
            write.flush()
            return Ran(*json.loads(read.readline()))

        yield ran
        write.close()


@cache
def raw(kind: str) -> Timeline:
    """A world's data in their own units."""
    with TemporaryDirectory() as folder:
        WORLDS[kind].write(Path(folder))
        timeline: Timeline = prepared(kind).data.load(Path(folder))
    return timeline


def written(case: Case, folder: Path) -> Path:
    """The program of a case, beside its data."""
    path = folder / "train.py"
    path.write_text(program.source(case.training), encoding="utf-8")
    (folder / "data.npz").write_bytes(program.arrays(raw(case.kind), prepared(case.kind).dataset))
    return path


def losses(said: str) -> list[list[float]]:
    """(epochs, 2) of what a program printed."""
    words = [line.split() for line in said.splitlines() if line.startswith("epoch")]
    return [[float(line[line.index(name) + 1]) for name in ("train/loss", "validation/loss")] for line in words]


CHOICE = [
    Case("panel", ARMS["every_n_batches"] | {"dropout": 0.2, "recurrent_dropout": 0.2}),
    Case("text", ARMS["every_sequence"]),
    Case("labels at the end", ARMS["bidirectional"]),
]
# Normalising enlarges rounding: in two layers another flag of XLA alone changes a loss by 1e-3 after two epochs.
LAYERS = {"LayerNormLSTM": 1}
OF_CELLS = [
    Case("long sequences", ARMS["random"] | {"cell": cell, "layers": LAYERS.get(cell, 2), "learning_rate": 0.005})
    for cell in CELLS
]
OF_ARMS = [Case(kind, arm) for kind in ("long sequences", "panel", "gaps") for arm in ARMS.values()]
OF_DATA = [Case(kind, ARMS["never"]) for kind in WORLDS]
OF_BOTH_WAYS = [Case(kind, ARMS["bidirectional"]) for kind in ("quantiles of logarithms", "logarithms by group")]
OF_LANES = [
    Case("long sequences", ARMS[arm] | lanes)
    for arm in ("every_n_batches", "every_sequence", "never", "decay")
    for lanes in ({"rotate_lanes": True}, {"window_jitter": 0.5}, {"rotate_lanes": True, "window_jitter": 0.5})
]
OPTIONS: list[dict[str, Any]] = [
    {"cell": "GRU", "reset_after": False},
    {"dropout": 0.3, "layers": 2},
    {"dropout": 0.3, "layers": 2, **ARMS["shuffled"]},
    {"recurrent_dropout": 0.3, "cell": "GRU", "layers": 2, **ARMS["burn-in"]},
    {"recurrent_dropout": 0.3, "cell": "GRU", "reset_after": False},
    {"recurrent_dropout": 0.3, "dropout": 0.2, "cell": "GRU", "layers": 2, **ARMS["bidirectional"]},
    {"recurrent_dropout": 0.3, "dropout": 0.2, **ARMS["bidirectional"], "shuffle": True},
    *({"cell": cell, **ARMS["bidirectional"], "learning_rate": 0.002, "epochs": 1} for cell in CELLS),
    {"recurrent_dropout": 0.3, "cell": "SimpleRNN", **ARMS["shuffled"]},
    {"optimizer": "rmsprop", "clip_norm": None},
    {"optimizer": "sgd", "clip_norm": 0.1},
    {"optimizer": "sgd", "momentum": 0.8, "nesterov": True, "weight_decay": 0.1},
    *({"optimizer": name} for name in OPTIMIZERS if name not in ("adam", "rmsprop", "sgd", "lion")),
    {"optimizer": "lion", "learning_rate": 0.001},
    *({"learning_rate_schedule": name, "decay_epochs": 2.0} for name in SCHEDULES if name != "constant"),
    {"learning_rate_schedule": "cosine", "warmup_epochs": 0.5, "decay_floor": 0.1, **ARMS["burn-in"]},
    {"warmup_epochs": 1.5, "window_jitter": 0.5},
    {**ARMS["random"], "carry_start": 0.5, "epochs": 4},
    {"patience": 1, "epochs": 12, "learning_rate": 0.2},
    {"patience": 2, "min_delta": 0.05, "epochs": 12, "learning_rate": 0.2, **ARMS["shuffled"]},
    {"batch_size": 1, **ARMS["every_epoch"]},
    {"batch_size": 97, **ARMS["never"]},
]
OF_OPTIONS = [
    *(Case("long sequences", fields) for fields in OPTIONS),
    Case("labels at the end", ARMS["shuffled"] | {"class_weight": "balanced"}),
    Case("labels at the end", ARMS["bidirectional"] | {"layers": 2}),
]
OF_OWN_CELLS = [  # tests/sweep/export/test_own_cell.py runs one, beside its module
    Case("panel", {"cell": KEEPER, "cell_part": 0.5, **arm, **layers})
    for arm in (ARMS["every_n_batches"], ARMS["bidirectional"], ARMS["shuffled"])
    for layers in ({}, {"layers": 2})
]
CASES = [*CHOICE, *OF_CELLS, *OF_ARMS, *OF_DATA, *OF_BOTH_WAYS, *OF_LANES, *OF_OPTIONS]


def named(case: Case) -> str:
    return f"{case.kind}: {', '.join(map(str, case.fields.values()))}"


@pytest.mark.sampled(8)
@pytest.mark.parametrize(
    "case",
    [pytest.param(case, id=named(case)) for case in CHOICE]
    + [pytest.param(case, id=named(case), marks=pytest.mark.slow) for case in CASES[len(CHOICE) :]],
)
@pytest.mark.lengthy
def test_it_loses_what_the_trial_lost_in_each_epoch(case: Case, run: Callable[[Path], Ran], tmp_path: Path) -> None:
    said, ours = run(written(case, tmp_path))
    segment = prepared(case.kind).trainer.train(case.spec, SEED, None, 1e9)
    trial = [[report.metrics["train/loss"], report.metrics["validation/loss"]] for report in segment.reports]
    assert losses(said) == [pytest.approx(epoch, rel=1e-4) for epoch in trial], said
    assert ours == []
    assert (tmp_path / "model.keras").is_file()


@pytest.mark.parametrize("case", [pytest.param(case, id=named(case)) for case in [*CASES, *OF_OWN_CELLS]])
def test_no_word_of_this_project_is_in_it(case: Case) -> None:
    text = program.source(case.training)
    assert [word for word in OURS if word in text.lower()] == []


@pytest.mark.parametrize("case", [pytest.param(case, id=named(case)) for case in [*CASES, *OF_OWN_CELLS]])
def test_it_reads_as_code_that_is_kept_tidy(case: Case) -> None:
    lines = program.source(case.training).splitlines()
    assert max(map(len, lines)) <= 120
    assert len(lines) <= 320
    assert [line for line in lines if line != line.rstrip()] == []


@pytest.mark.parametrize("policy", list(POLICIES))
def test_every_policy_that_carries_state_has_its_resets_written_out(policy: str) -> None:
    case = Case("long sequences", {"reset_policy": policy})
    tree = ast.parse(program.source(case.training))
    resets = [node for node in tree.body if isinstance(node, ast.FunctionDef) and node.name == "resets"]
    assert ["return keep" in ast.unparse(node) for node in resets] == [True] * case.training.spec.stateful


@pytest.mark.parametrize("cell", list(CELLS))
def test_every_cell_is_one_of_keras_or_written_out(cell: str) -> None:
    text = program.source(Case("level", {"cell": cell}).training)
    assert f"keras.layers.{cell}(" in text or f"class {cell}Cell(" in text


@pytest.mark.parametrize("cell", list(CELLS))
def test_every_layer_gets_all_states_of_its_cell(cell: str) -> None:
    text = program.source(Case("level", ARMS["every_epoch"] | {"cell": cell, "layers": 2}).training)
    [places] = re.findall(r"initial_state=states\[(.*?)\]", text)
    begin, end = places.split(" : ")
    n = CELLS[cell].states
    for layer in range(2):
        assert (eval(begin, {"layer": layer}), eval(end, {"layer": layer})) == (n * layer, n * layer + n)


@pytest.mark.parametrize("optimizer", list(OPTIMIZERS))
def test_every_optimizer_is_written_as_keras_has_it(optimizer: str) -> None:
    text = program.source(Case("level", {"optimizer": optimizer, "momentum": 0.5, "weight_decay": 0.25}).training)
    [line] = [line for line in text.splitlines() if line.startswith("optimizer = ")]
    call = next(node for node in ast.walk(ast.parse(line)) if isinstance(node, ast.Call))
    numbers = {str(each.arg): each.value.value for each in call.keywords if isinstance(each.value, ast.Constant)}
    made = getattr(keras.optimizers, call.func.attr)(0.1, **numbers)  # type: ignore[attr-defined]
    assert made.weight_decay == 0.25
    assert getattr(made, "momentum", None) in (None, 0.5)


@pytest.mark.parametrize(
    ("objective", "kept"),
    [
        (Objective(), "if loss < best"),
        (Objective("validation/accuracy", "maximize"), "if accuracy > best"),
        (Objective(at="last"), "the last epoch's"),
    ],
)
@pytest.mark.lengthy
def test_it_keeps_the_epoch_that_the_trial_kept(objective: Objective, kept: str) -> None:
    dataset = prepared("numbered classes").dataset
    assert kept in program.source(Training(canonical(TrialSpec(**SIZES), dataset.train), SEED, objective, dataset))
