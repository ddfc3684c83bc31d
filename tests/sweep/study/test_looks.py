"""Looks at comparisons: what counts as another one, and that no name and no report changes their number."""

import gzip
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from sweep.cli.main import main as sweep
from sweep.comparison.selection import SELECTING_SEEDS
from sweep.config.study_file import load
from sweep.core.trials import Run
from sweep.execution.fakes import FakeTrainer
from sweep.execution.in_process import InProcessPool
from sweep.execution.scheduler import Scheduler
from sweep.launch.data import load_data
from sweep.launch.looking import Looking
from sweep.study import Study
from sweep.study.comparison_runs import ComparisonRuns
from sweep.study.comparison_table import seed_number
from sweep.study.looks import Identity, identity_of, looks_before, note_look
from sweep.study.storage import database, tables
from sweep.study.storage.optuna_storage import close_storage, open_storage
from tests.sweep.study.test_comparison_runs import COMPARED, confirm
from tests.sweep.worlds import RECORD, STUDY, NoLease, open_study, run, study_file
from workers.data.dataset import Dataset, prepare
from workers.data.splits import Split
from workers.data.timeline import Timeline

FIRST = Identity(("a-1", "b-1"), 0.01, 0.95, "minimize validation/loss", {"by": "arm"})
OTHERS = (
    replace(FIRST, keys=("a-1", "b-1", "a-2", "b-2")),
    replace(FIRST, keys=("c-1", "b-1")),
    replace(FIRST, margin=0.02),
    replace(FIRST, confidence=0.9),
    replace(FIRST, goal="minimize validation/rmse"),
    replace(FIRST, design={"by": "arm", "cross": False}),
)
LEDGER_OF_VERSION_1 = Path(__file__).parent / "earlier_versions" / "1"


def ledger(url: str) -> sa.Engine:
    """A ledger without studies."""
    close_storage(open_storage(url))
    engine = database.connect(url)
    database.create(tables.metadata, engine)
    return engine


@pytest.mark.parametrize("other", OTHERS)
def test_what_belongs_to_the_identity_makes_another_look(url: str, other: Identity) -> None:
    engine = ledger(url)
    assert note_look(engine, "data", FIRST, "study") == 0
    assert note_look(engine, "data", other, "study") == 1
    assert [looks_before(engine, "data", each) for each in (FIRST, other)] == [0, 1]


def test_the_order_of_runs_and_of_the_design_makes_no_other_look(url: str) -> None:
    engine = ledger(url)
    design = {"by": "arm", "cross": True}
    note_look(engine, "data", replace(FIRST, design=design), "study")
    same = replace(FIRST, keys=("b-1", "a-1"), design=dict(reversed(design.items())))
    assert note_look(engine, "data", same, "study") == 0
    assert note_look(engine, "data", OTHERS[0], "study") == 1


def test_a_new_name_is_no_new_start(url: str) -> None:
    engine = ledger(url)
    note_look(engine, "data", FIRST, "study")
    assert note_look(engine, "data", OTHERS[0], "the same again") == 1
    assert note_look(engine, "data", OTHERS[1], "and again") == 2


def test_the_same_comparison_under_another_name_is_the_same_look(url: str) -> None:
    engine = ledger(url)
    assert [note_look(engine, "data", FIRST, name) for name in ("study", "other")] == [0, 0]
    assert note_look(engine, "data", OTHERS[0], "study") == 1


def test_looks_at_other_data_do_not_count(url: str) -> None:
    engine = ledger(url)
    note_look(engine, "data", FIRST, "study")
    assert note_look(engine, "other data", OTHERS[0], "study") == 0


def test_asking_how_many_looks_there_were_adds_none(url: str) -> None:
    engine = ledger(url)
    assert [looks_before(engine, "data", each) for each in OTHERS] == [None] * len(OTHERS)
    assert note_look(engine, "data", FIRST, "study") == 0


def test_of_looks_that_are_noted_at_once_each_has_a_number_of_its_own(url: str) -> None:
    ledger(url).dispose()

    def note(number: int) -> int:
        return note_look(database.connect(url), "data", replace(FIRST, margin=number / 100), f"study {number}")

    with ThreadPoolExecutor(8) as threads:
        assert sorted(threads.map(note, range(8))) == list(range(8))


@given(st.lists(st.tuples(st.sampled_from((FIRST, *OTHERS)), st.sampled_from("ab"), st.sampled_from("xyz"))))
def test_in_any_order_a_look_has_the_number_of_different_ones_before_it(
    looks: Sequence[tuple[Identity, str, str]],
) -> None:
    engine = sa.create_engine("sqlite://", poolclass=sa.StaticPool)
    tables.metadata.create_all(engine)
    with engine.begin() as connection:
        connection.execute(sa.text("CREATE TABLE study_user_attributes (study_id, key, value_json)"))
    order: dict[str, list[str]] = {"a": [], "b": []}
    for identity, data, study in looks:
        if identity.digest not in order[data]:
            order[data].append(identity.digest)
        assert note_look(engine, data, identity, study) == order[data].index(identity.digest)
    for data, noted in order.items():
        for identity in (FIRST, *OTHERS):
            before = noted.index(identity.digest) if identity.digest in noted else None
            assert looks_before(engine, data, identity) == before


@pytest.mark.parametrize(
    ("change", "looks"),
    [
        ("compare.seeds=3", 1),
        ("compare.margin=0.02", 1),
        ("compare.confidence=0.9", 1),
        ("objective.metric=validation/loss_cold", 1),
        ("seed=2", 1),
        ("compare.time=20m", 1),
        ("compare.stop_when_decided=true", 1),
        ("compare.stop_when_decided=false", 0),
        ("compare.intervals=[2, 4]", 0),
        ("budget.time=20m", 0),
    ],
)
def test_what_changes_in_the_study_file_is_another_look_only_if_the_answer_may_change(
    tmp_path: Path, change: str, looks: int
) -> None:
    engine = ledger(f"sqlite:///{tmp_path}/looks.db")
    numbers = []
    for overrides in ([], [change]):
        config = load(study_file(tmp_path), ["compare={seeds: 2}", *overrides]).config
        assert config.compare
        keys = [f"a-{seed}" for seed in range(config.compare.seeds)]
        identity = identity_of(config, config.compare, keys, RECORD)
        numbers.append(note_look(engine, "data", identity, config.name))
    assert numbers == [0, looks]


COMPARED_STUDY = STUDY.replace("compare: none", "compare: {seeds: SEEDS}").replace("length: 4000", "length: 400")


@contextmanager
def compared(folder: Path, seeds: int) -> Iterator[tuple[Study, Identity]]:
    """A study of which so many seeds were compared, and the identity of that comparison."""
    file = load(study_file(folder, COMPARED_STUDY.replace("SEEDS", str(seeds))))
    dataset = load_data(file)
    with Study.open(file.config, dataset, NoLease()) as study:
        run(study)
        runs = confirm(study, seeds)
        assert file.config.compare
        yield study, identity_of(file.config, file.config.compare, runs.keys, dataset)


def reported() -> str:
    """The page that `sweep report` writes."""
    assert sweep(["report", "study.yaml"]) == 0
    return Path("reports/small/report.html").read_text()


def test_a_report_decides_nothing_that_no_launch_has_looked_at(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    with compared(tmp_path, 2) as (study, identity):
        study.look(FIRST)
        assert "launch the study to decide" in reported()
        assert study.looks_before(identity) is None
        assert study.look(identity) == 1
        assert "This is look 2" in reported()
        assert study.look(OTHERS[0]) == 2
    capsys.readouterr()


@pytest.mark.lengthy
def test_a_report_of_fewer_seeds_than_were_looked_at_decides_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Else each of many reports, with other seeds each, would be a chance to find something."""
    monkeypatch.chdir(tmp_path)
    with compared(tmp_path, 3) as (study, identity):
        study.look(identity)
    assert "launch the study to decide" not in reported()
    study_file(tmp_path, COMPARED_STUDY.replace("SEEDS", "2"))
    assert "launch the study to decide" in reported()
    capsys.readouterr()


def test_a_look_is_noted_once_and_from_the_first_result_of_a_run_that_decides(tmp_path: Path) -> None:
    noted: list[int] = []
    with open_study(tmp_path, *COMPARED) as study:
        run(study)
        runs = study.comparison_runs(2)
        looking = Looking(runs, lambda: noted.append(len(decided(runs))))
        Scheduler(runs, InProcessPool([FakeTrainer()]), study.objective, [looking]).run()
        assert noted == [1]
        Looking(runs, lambda: noted.append(len(decided(runs))))
        assert noted == [1, len(decided(runs))]
        Looking(study.comparison_runs(6), lambda: noted.append(0))
    assert noted[2:] == [0]


def decided(runs: ComparisonRuns) -> list[Run]:
    return [run for run in runs if seed_number(run.trial) > SELECTING_SEEDS]


def record(*, targets: float = 1.0, constant: bool = False, first: int = 0, validation: float = 0.2) -> Dataset:
    """One record of 1000 timesteps, of which the last fifth tests, told in some way."""
    values = np.random.default_rng(0).normal(20.0, 5.0, size=(1000, 1)).astype(np.float32)[first:]
    features = np.hstack([values, np.ones_like(values)]) if constant else values
    told = (values * np.float32(targets) + np.float32(targets)).astype(np.float32)
    timeline = Timeline(features, told, np.zeros(1, np.int64), np.ones(len(values), np.bool_), record=True)
    return prepare(timeline, Split(validation=validation, test=200 / len(values), by="time"))


@pytest.mark.parametrize("change", [{"targets": 1.8}, {"constant": True}, {"first": 1}, {"validation": 0.199}])
def test_other_inputs_units_early_rows_and_validation_are_the_same_test_data(change: Any) -> None:
    same, other = record(), record(**change)
    assert same.digest != other.digest
    assert same.test_digest == other.test_digest


def test_other_test_targets_are_other_data() -> None:
    values = record().timeline
    changed = replace(values, targets=np.flip(values.targets).copy())
    shorter = replace(values, scored=np.arange(1000) != 900)
    digests = {prepare(each, Split(validation=0.2, test=0.2, by="time")).test_digest for each in (changed, shorter)}
    assert len({*digests, record().test_digest}) == 3


def test_the_same_runs_drawn_over_another_clock_are_another_comparison(tmp_path: Path) -> None:
    config = load(study_file(tmp_path), ["compare={seeds: 2}"]).config
    assert config.compare
    told = [replace(record().timeline, clock=clock) for clock in (None, np.arange(1000.0), np.arange(1000.0) // 8)]
    data = [prepare(each, Split(validation=0.2, test=0.2, by="time")) for each in told]
    assert len({identity_of(config, config.compare, ["a-1"], each).digest for each in data}) == 3
    assert len({each.test_digest for each in data}) == 1


def test_more_trials_that_change_a_champion_make_another_look(tmp_path: Path) -> None:
    with open_study(tmp_path, *COMPARED) as study:
        run(study)
        settings = study.config.compare
        assert settings
        before = study.comparison_runs(2).keys
        assert study.look(identity_of(study.config, settings, before, RECORD)) == 0
    with open_study(tmp_path, *COMPARED, "budget.trials=60") as study:
        run(study)
        after = study.comparison_runs(2).keys
        assert set(after) != set(before)
        assert study.look(identity_of(study.config, settings, after, RECORD)) == 1


def test_looks_that_the_first_version_has_noted_count_for_a_new_study_on_the_same_data(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("sweep.db").write_bytes(gzip.decompress((LEDGER_OF_VERSION_1 / "sweep.db.gz").read_bytes()))
    file = load(LEDGER_OF_VERSION_1 / "finished.yaml", ["name=again"])
    dataset = load_data(file)
    engine = database.connect("sqlite:///sweep.db")
    with Study.open(file.config, dataset, NoLease()) as study:
        assert [study.look(each) for each in (FIRST, OTHERS[0], FIRST)] == [1, 2, 1]
    assert looks_before(engine, RECORD.test_digest, FIRST) is None


def test_looks_that_an_earlier_version_counted_by_all_the_data_count(url: str) -> None:
    engine = ledger(url)
    note_look(engine, "all the data", FIRST, "study")
    assert [note_look(engine, "test data", each, "study", earlier="all the data") for each in OTHERS[:2]] == [1, 2]
