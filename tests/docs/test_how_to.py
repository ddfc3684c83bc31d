"""The programs of docs/how-to/ do what is said of them."""

import json
import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from ruamel.yaml import YAML

import sweep
from sweep.cli.main import main
from sweep.core.errors import LedBySomeoneElse
from tests.docs.pages import DOCS, blocks

HOW_TO = DOCS / "how-to"
NOTIFY = '#!/bin/sh\nprintf "%s\\n" "$1"\n'
SWEEP = '#!/bin/sh\necho "$ANSWER"\nexit "$CODE"\n'


def test_a_wide_table_becomes_a_panel_whose_series_are_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    wave = 100 + 20 * np.sin(2 * np.pi * np.arange(120) / 7)
    days = pd.date_range("2026-01-01", periods=120).strftime("%Y-%m-%d")
    wide = pd.DataFrame({"day": days, "north": wave, "south": 3 * wave + 1, "west": wave[::-1].copy()}).round(1)
    wide.to_csv("wide.csv", index=False)
    (turn,) = blocks(HOW_TO / "panel.md", "python")
    exec(turn, {})
    assert main(["init", "sales.csv", "--target", "sales", "--out", "study.yaml"]) == 0
    data = YAML(typ="safe").load(Path("study.yaml"))["data"]
    assert (data["group"], data["time"], data["targets"]) == ("shop", "day", ["sales"])


@pytest.mark.parametrize(
    ("code", "answer", "told"),
    [
        (0, {"verdict": {"sentence": "Carry state."}}, "Carry state."),
        (0, {"verdict": None}, "finished"),
        (130, {}, "stopped; the same command goes on"),
        (75, {}, "another launcher leads this study"),
        (70, {}, "ended with exit code 70"),
    ],
)
def test_a_shell_tells_how_a_study_ended(tmp_path: Path, code: int, answer: dict[str, Any], told: str) -> None:
    for name, text in (("notify", NOTIFY), ("sweep", SWEEP)):
        (tmp_path / name).write_text(text)
        (tmp_path / name).chmod(0o755)
    (tmp_path / "python").symlink_to(sys.executable)
    (program,) = blocks(HOW_TO / "message.md", "bash")
    variables = {"PATH": f"{tmp_path}:{os.environ['PATH']}", "CODE": str(code), "ANSWER": json.dumps(answer)}
    said = subprocess.run(
        ["bash", "-c", program], cwd=tmp_path, env=os.environ | variables, capture_output=True, text=True, check=True
    )
    assert said.stdout == f"study.yaml: {told}\n"


class Ended:
    """A study that ends in one of three ways."""

    name = "load"

    def __init__(self, verdict: object, error: Exception | None = None) -> None:
        self.verdict, self.error = verdict, error

    def run(self) -> "Ended":
        if self.error:
            raise self.error
        return self


@pytest.mark.parametrize(
    ("study", "told"),
    [
        (Ended(SimpleNamespace(sentence="Carry state.")), "load: Carry state."),
        (Ended(None), "load: finished"),
        (Ended(None, LedBySomeoneElse("pid 3 leads it")), "load: ended with exit code 75: pid 3 leads it"),
    ],
    ids=["verdict", "none", "error"],
)
def test_python_tells_how_a_study_ended(study: Ended, told: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sweep, "open", lambda _: study)
    (program,) = blocks(HOW_TO / "message.md", "python")
    said: list[str] = []
    exec(program, {"notify": said.append})
    assert said == [told]


@pytest.mark.parametrize(("arm", "ends"), [("every_sequence", False), ("stateless", True)])
def test_a_job_fails_where_another_arm_is_recommended(
    arm: str, ends: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("result.json").write_text(json.dumps({"verdict": {"recommendation": {"arm": arm}}}))
    (program,) = blocks(HOW_TO / "ci.md", "python")
    if not ends:
        exec(program, {})
        return
    with pytest.raises(SystemExit, match="stateless"):
        exec(program, {})


def test_the_workflow_runs_the_commands_of_the_page() -> None:
    (workflow,) = blocks(HOW_TO / "ci.md", "yml")
    steps = YAML(typ="safe").load(workflow)["jobs"]["study"]["steps"]
    commands = [command.strip().replace(" --workers 1", "") for command in blocks(HOW_TO / "ci.md", "sh")]
    assert [step["run"] for step in steps if "run" in step][1:] == commands
