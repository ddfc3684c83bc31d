"""Studies that another version of this program has begun: they are read, reported and mirrored, and never continued."""

import gzip
import json
import secrets
import shutil
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import pytest

from sweep.cli.main import main as sweep
from sweep.config import study_file
from sweep.core.errors import StudyChanged
from sweep.execution.cluster import inspection
from sweep.launch.__main__ import main as launch
from sweep.launch.data import load_data
from sweep.study import Study, StudyReader
from sweep.study.versions import FIRST, OF_RESULTS, PRESENT
from tests.sweep.worlds import NoLease, open_study, run
from workers.spec import TrialSpec
from workers.versions import EVALUATION, KERNEL

pytestmark = pytest.mark.lengthy

LEDGERS = Path(__file__).parent / "earlier_versions"
STUDIES = [path.relative_to(LEDGERS) for path in sorted(LEDGERS.glob("*/*.yaml"))]


@pytest.fixture(params=STUDIES, ids=str)
def earlier(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The name of a study file in the working directory, whose study an earlier version has begun."""
    origin = LEDGERS / request.param
    (tmp_path / "sweep.db").write_bytes(gzip.decompress((origin.parent / "sweep.db.gz").read_bytes()))
    shutil.copy(origin, tmp_path)
    monkeypatch.chdir(tmp_path)
    return str(origin.name)


def content() -> list[str]:
    """The rows of the ledger in the working directory."""
    with closing(sqlite3.connect("sweep.db")) as ledger:
        return [line for line in ledger.iterdump() if line.startswith("INSERT")]


def read(path: str) -> StudyReader:
    file = study_file.load(path)
    return Study.read(file.config, load_data(file))


def report(path: str) -> dict[str, object]:
    assert sweep(["report", path]) == 0
    (written,) = Path("reports").glob("*/report.json")
    content: dict[str, object] = json.loads(written.read_text())
    return content


@pytest.fixture(params=["by an earlier version", "by a later version"])
def of_another_version(request: pytest.FixtureRequest, earlier: str) -> str:
    """The same, or as if a later version had begun it, which has one more version and other fields."""
    if "later" in request.param:
        set_attribute("versions", {**PRESENT, "evaluation": EVALUATION + 1, "design": 4})
        set_attribute("question", {"objective": '{"aim": 3}', "worlds": "[]"})
    return earlier


def set_attribute(name: str, value: object) -> None:
    """Of every study in the ledger."""
    with closing(sqlite3.connect("sweep.db")) as ledger, ledger:
        ledger.execute("DELETE FROM study_user_attributes WHERE key = ?", [name])
        new = "INSERT INTO study_user_attributes (study_id, key, value_json) SELECT study_id, ?, ? FROM studies"
        ledger.execute(new, [name, json.dumps(value)])


def test_a_study_carries_the_version_of_its_fingerprint_its_evaluation_and_its_kernel(tmp_path: Path) -> None:
    with open_study(tmp_path) as study:
        noted = study._storage.get_study_user_attrs(study._study_id)["versions"]
        assert noted == PRESENT == {"fingerprint": 3, "evaluation": EVALUATION, "kernel": KERNEL, "draws": 2}
    with open_study(tmp_path) as continued:
        assert continued.is_of_this_version
        assert continued.notes == ()


def test_a_study_without_versions_is_of_the_first(earlier: str) -> None:
    with read(earlier) as study:
        assert study.versions == FIRST
        assert not study.is_of_this_version


def test_it_is_refused_to_be_continued_and_is_left_as_it_is(of_another_version: str) -> None:
    file = study_file.load(of_another_version)
    before = content()
    with pytest.raises(StudyChanged) as refused:
        Study.open(file.config, load_data(file), NoLease())
    assert refused.value.exit_code == 65
    assert "begun by another version of this program" in str(refused.value)
    assert "cannot be mixed" in str(refused.value)
    assert "Give the study file a new name" in str(refused.value)
    assert "`sweep report` still writes its report" in str(refused.value)
    assert content() == before


@pytest.mark.services
def test_its_launch_ends_with_65_and_says_what_to_do(earlier: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert launch([earlier]) == 65
    assert "Give the study file a new name" in capsys.readouterr().err


def test_its_report_is_written_without_a_verdict_and_says_why(of_another_version: str) -> None:
    before = content()
    written = report(of_another_version)
    assert written["verdict"] is None
    assert "begun by another version of this program" in str(written["notes"])
    assert "begun by another version" in next(Path("reports").glob("*/report.html")).read_text()
    assert content() == before


def test_it_is_read_by_the_objective_it_was_begun_with_whatever_the_default_is_now(earlier: str) -> None:
    text = Path(earlier).read_text()
    Path(earlier).write_text(text.replace("metric: validation/loss", "metric: validation/accuracy, goal: maximize"))
    with read(earlier) as study:
        assert study.objective.metric == "validation/loss"
        assert study.best
        assert study.best.outcome.value == study.best.outcome.metrics["validation/loss"]


def test_another_study_of_its_name_is_refused_to_be_read(earlier: str) -> None:
    Path(earlier).write_text(Path(earlier).read_text().replace("lag: 3", "lag: 4"))
    with pytest.raises(StudyChanged, match=r"data\.lag: was 3"):
        read(earlier)


def test_it_is_listed(earlier: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert sweep(["list", "--json", "--storage", "sqlite:///sweep.db"]) == 0
    found = {study["study"]: study["ledger"]["state"] for study in json.loads(capsys.readouterr().out)}
    assert found == {"lag-copy": "finished", "lag-copy-interrupted": "stopped"}


def test_it_is_mirrored_whole(earlier: str, capsys: pytest.CaptureFixture[str]) -> None:
    with read(earlier) as study:
        trials, runs = len(list(study)), len(list(study.comparison_runs(3).every()))
    assert sweep(["sync", earlier]) == 0
    assert f"{trials} trials, {runs} comparison runs" in capsys.readouterr().out
    assert runs == (9 if "finished" in earlier else 0)


def test_it_is_examined(earlier: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inspection, "MARK", f"MARK_{secrets.token_hex(8)}")  # others leave processes of their own
    assert sweep(["sync", earlier]) == 0
    capsys.readouterr()
    assert sweep(["doctor", earlier]) == 0
    assert "all is well" in capsys.readouterr().out


BEGINNING = (
    *("sampler=random", "compare={seeds: 2}", "budget.trials=24", "space.reset_interval={low: 2, high: 60}"),
    *("trial.batch_size=4", "trial.reset_interval=4", "space.reset_policy=[every_batch, every_n_batches, every_epoch]"),
)


def tried(folder: Path, rule: int, launches: Sequence[int]) -> list[TrialSpec]:
    """What a study tries that was begun by a rule of draws; launches: the budgets of trials, one after the other."""
    folder.mkdir()
    for number, trials in enumerate(launches):
        with open_study(folder, *BEGINNING, f"budget.trials={trials}") as study:
            if number == 0 and rule == 1:  # which wrote no rule
                study._note("versions", OF_RESULTS)
                study._proposer._draws = 1
            run(study)
    with open_study(folder, *BEGINNING) as study:
        assert study.is_of_this_version
        assert study.notes == ()
        assert study.versions == (OF_RESULTS if rule == 1 else PRESENT)
        return [trial.spec for trial, _ in study]


def test_a_study_goes_on_by_the_rule_of_draws_that_it_was_begun_by(tmp_path: Path) -> None:
    first, second = (tried(tmp_path / f"whole {rule}", rule, [24]) for rule in (1, 2))
    assert first != second
    assert tried(tmp_path / "interrupted 1", 1, [5, 13, 24]) == first
    assert tried(tmp_path / "interrupted 2", 2, [5, 13, 24]) == second


def test_a_later_rule_of_draws_is_refused(tmp_path: Path) -> None:
    with open_study(tmp_path) as study:
        study._note("versions", {**PRESENT, "draws": 3})
        run(study)
    with pytest.raises(StudyChanged, match="another version of this program: draws 3, here 2"):
        open_study(tmp_path)
