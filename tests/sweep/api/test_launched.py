"""A launch from Python: what it says is passed on, how it ends is raised, and Ctrl-C is handed on once."""

import json
import re
import signal
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from sweep.api import launched
from sweep.core.errors import CannotWrite, ConfigError, LedBySomeoneElse, ServiceUnavailable, SweepError, Unforeseen
from tests.paths import ROOT
from tests.sweep.launch.test_launch import STUDY

PRETENDED = """#!{python}
import json, signal, sys, time
{body}
"""
Pretend = Callable[[str], None]


@pytest.fixture
def pretend(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Pretend:
    """Have a program with this body in the place of Python's own."""

    def program(body: str) -> None:
        path = tmp_path / "python"
        path.write_text(PRETENDED.format(python=sys.executable, body=body))
        path.chmod(0o755)
        monkeypatch.setattr(sys, "executable", str(path))

    return program


def test_the_command_line_is_that_of_the_shell(pretend: Pretend) -> None:
    pretend("print(json.dumps(sys.argv[1:]))")
    found = launched.launch(Path("a b.yaml"), ["budget.trials=3", 'name="x"'])
    said = '-m sweep.launch|a b.yaml|--set|budget.trials=3|--set|name="x"|--json'
    assert "|".join(found) == said.replace("-m ", "-m|")


def test_what_a_launch_says_is_passed_on_while_it_runs(pretend: Pretend, capsys: pytest.CaptureFixture[str]) -> None:
    pretend("print('searching', file=sys.stderr); print(json.dumps({'study': 'small'}))")
    assert launched.launch(Path("study.yaml"), []) == {"study": "small"}
    assert capsys.readouterr() == ("", "searching\n")


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        (1, SweepError),
        (65, ConfigError),
        (69, ServiceUnavailable),
        (70, Unforeseen),
        (74, CannotWrite),
        (75, LedBySomeoneElse),
        (-9, SweepError),
    ],
)
def test_the_exit_code_is_raised_with_the_last_words(code: int, kind: type[SweepError], pretend: Pretend) -> None:
    end = f"sys.exit({code})" if code > 0 else "import os; os.kill(os.getpid(), 9)"
    pretend(f"print('what is wrong', file=sys.stderr, flush=True); {end}")
    with pytest.raises(kind, match=rf"exit code {code}; its last words:\nwhat is wrong"):
        launched.launch(Path("study.yaml"), [])


def test_an_interrupt_is_handed_on_once_and_raised_when_the_launch_has_stopped(
    pretend: Pretend, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pretend(
        "asked = []\n"
        "signal.signal(signal.SIGINT, lambda *_: asked.append(True))\n"
        "print('ready', file=sys.stderr, flush=True)\n"
        "while not asked: time.sleep(0.01)\n"
        f"open({str(tmp_path / 'stopped')!r}, 'w').write('in order')\n"
        "sys.exit(130)"
    )

    def interrupt() -> None:
        while not ready.is_set():
            time.sleep(0.01)
        signal.pthread_kill(threading.get_ident(), signal.SIGINT)  # which wakes no other thread from what it waits for

    ready = threading.Event()
    thread = threading.Thread(target=interrupt)
    thread.start()
    monkeypatch.setattr(sys, "stderr", _Heard(ready))
    with pytest.raises(KeyboardInterrupt):
        launched.launch(Path("study.yaml"), [])
    thread.join()
    assert (tmp_path / "stopped").read_text() == "in order"


class _Heard:
    """A stderr that tells when something is said."""

    def __init__(self, event: threading.Event) -> None:
        self._event = event

    def write(self, text: str) -> int:
        self._event.set()
        return len(text)

    def flush(self) -> None:
        """Nothing is kept."""


def test_the_page_runs_as_it_is_pasted_and_tells_what_the_commands_tell(
    real_services: None,
    no_tracking_uri: None,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("study.yaml").write_text(STUDY)
    page = (ROOT / "docs" / "python.md").read_text(encoding="utf-8")
    names: dict[str, Any] = {"rows": pd.DataFrame({"bit": [0, 1, 1]})}
    for block in re.findall(r"```python\n(.*?)```", page, re.DOTALL):
        exec(block, names)
    printed = capfd.readouterr()
    assert "comparing" in printed.err
    study, table, verdict = names["study"], names["trials"], names["verdict"]
    reported = json.loads(Path("reports/copy/report.json").read_text())
    assert verdict.as_json() == reported["verdict"]
    assert verdict.sentence in printed.out
    assert verdict.sentence in study._repr_html_()
    assert set(table["stage"]) == {"search", "compare"}
    values = [trial["value"] for trial in reported["trials"] if trial["value"] is not None]
    assert list(table[table["stage"] == "search"]["value"].dropna()) == values
    assert len(names["forecast"]) == 3
