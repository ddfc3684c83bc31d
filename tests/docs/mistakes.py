"""Mistakes that people make, with the message of each: docs/mistakes.md.

`.venv-test/bin/python -m tests.docs.mistakes --write` renews the page.

Every message is that of the command itself, run in a folder with the study file and its table.
"""

import contextlib
import io
import math
import os
import re
import shlex
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from sweep.cli.main import main
from tests.paths import ROOT

PAGE = ROOT / "docs" / "mistakes.md"
DRY = "sweep launch study.yaml --dry-run"
STUDY = """\
name: load
data:
  kind: table
  path: load.csv
  time: time
  inputs: [load, temperature]
  targets: [load]
  horizon: 6
"""
ROWS = 400
HEAD = f"""\
# Mistakes and what is said of them

Each mistake here is one that people make, with the message that comes of it. A message says where (file, line and
column), what is wrong, and what to write instead; below it stands the line, with a mark under the place. On a terminal
it begins with `error:`, in colour unless `NO_COLOR` is set; elsewhere, as in the log of a CI job, it is plain text. All
mistakes of a file are told at once. Passwords in addresses are not shown. The exit code is 65 for a study file and its
data, and 2 for a command line.

The study is this one, and each mistake changes a line of it, or adds lines to its end. Its table lies beside it.

```yaml
{STUDY}```

Where no command is shown, it is `{DRY}`. A test compares this page with what the commands say;
`.venv-test/bin/python -m tests.docs.mistakes --write` renews it.
"""


class Mistake(NamedTuple):
    """What somebody did, and what they typed.

    study    the study file; none where there is none
    command  that is run
    """

    what: str
    typed: str
    study: str | None = STUDY
    command: str = DRY

    @property
    def language(self) -> str:
        """Of what is typed."""
        return "sh" if self.typed == self.command else "yaml"


def added(what: str, lines: str) -> Mistake:
    """Lines at the end of the study file."""
    return Mistake(what, lines, f"{STUDY}{lines}\n")


def changed(what: str, lines: str) -> Mistake:
    """Lines of `data` in place of the one with the same name, or after the others."""
    name = f"  {lines.partition(':')[0].strip()}:"
    kept = STUDY.splitlines()
    at = next((n for n, line in enumerate(kept) if line.startswith(name)), len(kept))
    return Mistake(what, lines, "\n".join([*kept[:at], lines, *kept[at + 1 :]]) + "\n")


def whole(what: str, text: str) -> Mistake:
    """Another study file."""
    return Mistake(what, text.rstrip("\n"), text)


def typed(what: str, command: str, study: str | None = STUDY) -> Mistake:
    """A command line."""
    return Mistake(what, command, study, command)


WRITTEN = [
    added("A tab where spaces belong", "trial:\n\tunits: 64"),
    added("A line that is indented too far", "trial:\n  units: 64\n    window: 24"),
    added("A line that is indented like no other", "trial:\n    units: 64\n  window: 24"),
    added("No colon", "trial:\n  units 64\n  window: 24"),
    added("No blank after the colon", "seed:1"),
    added("No blank after the colon, in braces", "trial: {units:64}"),
    added("An equals sign", "seed = 1"),
    whole("A second colon in a line", STUDY.replace("name: load", "name: load: 6 h")),
    added("A colon of another keyboard", "seed\uff1a 1\nworkers: {count: 2}"),
    added("A bracket that is not closed", "space:\n  units: [32, 64\n  layers: [1, 2]"),
    added("A bracket that is closed by another", "space:\n  units: [32, 64}"),
    added("No comma in a list of names", "baselines: [persistence, linear boosting]"),
    added("No comma between fields", "trial: {units: 64 window: 24}"),
    changed("A quote that is not closed", '  path: "load.csv'),
    changed("An apostrophe in quotes", "  units: 'driver's minutes'"),
    changed("A path of Windows in double quotes", '  path: "C:\\data\\load.csv"'),
    changed("A text that begins with a star", "  path: *.csv"),
    changed("A text that begins with a per cent sign", "  units: %"),
    changed("A dash in the line of the name", "  inputs: - load"),
    added("Items of a list in different columns", "enqueue:\n  - {units: 32}\n - {units: 64}"),
    added("A field twice", "seed: 1\nworkers: {count: 2}\nseed: 2"),
    added("Marks of a merge", "<<<<<<< HEAD\nseed: 1\n=======\nseed: 2\n>>>>>>> main"),
    added("A second document", "---\nname: another"),
    added("A blank that is none, copied from a web page", "trial:\n\u00a0\u00a0units: 64\n  window: 24"),
    added("A comma before decimals, in braces", "trial: {dropout: 0,2}"),
    added("Another file, by a tag", "trial: !include trial.yaml"),
    added("A merge key", "trial:\n  <<: {units: 64}\n  window: 24"),
    whole("An empty file", ""),
    whole("A file that holds a list", "- name: load\n"),
]
NAMED = [
    added("A name misspelt", "trial:\n  reset_polcy: never"),
    added("A dash for an underscore", "trial:\n  batch-size: 32"),
    added("A name as Java has it", "trial:\n  learningRate: 0.001"),
    added("A section misspelt", "trail:\n  units: 64"),
    added("A field of a trial at the top", "units: 64"),
    added("A field of workers at the top", "workers: {cpus: 1}\ncount: 2"),
    added("A field of the budget at the top", "trials: 48"),
    added("A field of the data in the trial", "trial:\n  window: 24\n  horizon: 12"),
    added("A field of the study in the trial", "trial:\n  seed: 1"),
    changed("A field of a trial in the data", "  window: 24"),
    added("A field of the data in the space", "space:\n  horizon: [1, 6]"),
    added("A name of PyTorch", "trial:\n  hidden_size: 64\n  lr: 0.001"),
    added("A name of Optuna", "n_trials: 48"),
    added("A name of Keras", "objective: {monitor: validation/loss}"),
    changed("A field of another kind of data", "  kind: text"),
    whole("No name", STUDY.replace("name: load\n", "")),
    whole("No data", "name: load\n"),
    whole("No targets", STUDY.replace("  targets: [load]\n", "")),
    whole("A kind of data that there is not", STUDY.replace("kind: table", "kind: csv")),
    added("A part of a range misspelt", "space:\n  units: {min: 32, high: 64}"),
    added("A metric as Keras calls it", "objective: {metric: val_loss}"),
    added("A metric without its split", "objective: {metric: rmse}"),
]
VALUES = [
    added("Yes for true", "trial:\n  stateful: yes"),
    added("A number in quotes", "trial:\n  units: '64'"),
    added("A number with an exponent, in quotes", 'trial:\n  learning_rate: "1e-3"'),
    added("A comma before decimals", "trial:\n  dropout: 0,2"),
    added("A comma between thousands", "budget: {trials: 1,000}"),
    added("A comma between thousands, in its own line", "budget:\n  trials: 1,000"),
    added("A whole number with decimals", "trial:\n  epochs: 20.0"),
    added("Small letters", "trial:\n  cell: lstm"),
    added("A policy that there is not", "trial:\n  reset_policy: every_epochs"),
    added("A sampler that there is not", "sampler: bayesian"),
    added("A number where a section belongs", "workers: 2"),
    added("A duration where a section belongs", "budget: 20m"),
    changed("A name where a list belongs", "  inputs: load"),
    changed("Names without brackets", "  inputs: load, temperature"),
    added("A baseline without brackets", "baselines: persistence"),
    added("A time without its unit", "budget: {time: 20}"),
    changed("A time that is none", "  max_gap: soon"),
    added("A budget of nothing", "budget: {trials: 0}"),
    added("No worker", "workers: {count: 0}"),
    added("A single seed", "compare: {seeds: 1}"),
    added("A margin in per cent", "compare: {margin: 5%}"),
    added("A margin above all", "compare: {margin: 5}"),
    added("None for null", "trial:\n  clip_norm: none"),
    added("No for a section", "compare: no"),
    added("A list where one value belongs", "trial:\n  units: [32, 64]"),
    added("One value where a list belongs", "space:\n  units: 64"),
    added("A range whose ends are swapped", "space:\n  units: {low: 128, high: 16}"),
    added("A logarithmic range from zero", "space:\n  dropout: {low: 0, high: 0.5, log: true}"),
    added("The same choice twice", "space:\n  units: [64, 64]"),
    whole("A name with blanks", STUDY.replace("name: load", "name: load, 6 hours ahead")),
    whole("A name that is a number", STUDY.replace("name: load", "name: 2024")),
    added("A file where an address belongs", "storage: sweep.db"),
    added("A file where MLflow's address belongs", "tracking: mlflow.db"),
    added("A server without its protocol", "tracking: localhost:5000"),
    added("A server of PostgreSQL without its protocol", "storage: localhost:5432"),
    added("A password in an address that is none", "storage: postgresql:/me:secret@host/db"),
    added("An address of a database that is not known", "storage: mysql://host/db"),
    changed("A part where a section belongs", "  split: 0.2"),
    added("No unit at all", "trial:\n  units: 0"),
    added("A dropout of everything", "trial:\n  dropout: 1"),
    added("A goal in other words", "objective: {goal: min}"),
    whole("A file where the data belong", "name: load\ndata: load.csv\n"),
    added("One configuration where a list belongs", "enqueue: {units: 64}"),
    changed("A column by its number", "  inputs: [1, 2]"),
]
TOGETHER = [
    added("An interval without its policy", "trial:\n  reset_interval: 8"),
    added("Shuffled windows with carried state", "trial:\n  stateful: true\n  shuffle: true"),
    added("A policy without state", "trial:\n  stateful: false\n  reset_policy: every_epoch"),
    added("A burn-in as long as the window", "trial: {stateful: false, window: 12, burn_in: 12}"),
    changed("A horizon of zero, with the target among the inputs", "  horizon: 0"),
    changed("A horizon that is negative", "  horizon: -1"),
    whole("A horizon as a duration, without a time", STUDY.replace("  time: time\n", "").replace("6", "6h")),
    whole("A gap without a time", STUDY.replace("  time: time\n", "  max_gap: 2h\n")),
    added("A grid of infinitely many values", "sampler: grid\nspace:\n  dropout: {low: 0.0, high: 0.5}"),
    added("Arms that are decided early, and a placebo", "compare: {placebo: true, stop_when_decided: true}"),
    added("An arm that no trial can be", "deploy: {arm: random}"),
    added("A margin in a unit that is not said", "compare: {margin: 0.5 MW}"),
    added("Both directions with carried state", "trial: {bidirectional: true}"),
    added("Momentum of an optimizer that has none", "trial: {momentum: 0.9}"),
    added("Two databases in one file", "storage: sqlite:///study.db\ntracking: sqlite:///study.db"),
    changed("A group of scales without groups", "  scale: group"),
    added("Two configurations of one name", "enqueue:\n  - {name: a, units: 32}\n  - {name: a, units: 64}"),
    added("Several at once", "budgets: {trials: 48}\ntrial: {units: 0, cell: gru}\nspace: {shuffle: [true]}"),
]
DATA = [
    changed("A file that is not there", "  path: laod.csv"),
    changed("A folder for a file", "  path: ."),
    changed("A pattern that fits no file", "  path: load-*.csv"),
    changed("A column in other letters", "  targets: [Load]"),
    changed("A column that is not there", "  inputs: [load, wind]"),
    changed("A time that is none", "  time: load"),
    changed("A column of text as a time", "  time: shop"),
    changed("A column of text as an input", "  inputs: [load, shop]"),
    changed("Semicolons between cells", "  path: semicolons.csv"),
    changed("Commas before decimals", "  path: decimals.csv\n  separator: ;"),
    changed("Rows out of order", "  path: shuffled.csv"),
    changed("Several series in one table", "  path: shops.csv"),
    changed("Cells that are missing", "  path: missing.csv"),
    changed("Words for missing cells", "  path: words.csv"),
    changed("Nothing left to train on", "  split: {validation: 0.6, test: 0.5}"),
    added("A window longer than the data", "trial: {window: 10000}"),
    changed("An empty file", "  path: empty.csv"),
]
COMMANDS = [
    typed("A command misspelt", "sweep lunch study.yaml"),
    typed("An option misspelt", "sweep launch study.yaml --trial 48"),
    typed("No command", "sweep study.yaml"),
    typed("No study file", "sweep launch --dry-run"),
    typed("A study file that is not there", "sweep launch studdy.yaml --dry-run"),
    typed("A folder for a study file", "sweep launch . --dry-run"),
    typed("A folder that is not there", "sweep launch configs/study.yaml --dry-run", None),
    typed("A table for a study file", "sweep launch load.csv --dry-run"),
    typed("A change without an equals sign", "sweep launch study.yaml --dry-run --set trial.units"),
    typed("A change that is misspelt", "sweep launch study.yaml --dry-run --set trial.unit=64"),
    typed("A change without its section", "sweep launch study.yaml --dry-run --set units=64"),
    typed("A change with a wrong value", "sweep launch study.yaml --dry-run --set trial.cell=lstm"),
    typed("A bracket that is not closed", "sweep launch study.yaml --dry-run --set 'space.units=[32, 64'"),
    typed("No trials", "sweep launch study.yaml --dry-run --trials 0"),
    typed("Trials in words", "sweep launch study.yaml --dry-run --trials many"),
    typed("Workers in words", "sweep launch study.yaml --dry-run --workers all"),
    typed("A form of the log that there is not", "sweep launch study.yaml --log-format xml"),
    typed("A table that is not there", "sweep init laod.csv"),
    typed("A target that is not there", "sweep init load.csv --target Load"),
    typed("A horizon that is none", "sweep init load.csv --horizon tomorrow"),
    typed("A study in a file with another ending", "sweep init load.csv --out study.txt"),
    typed("A study file that is there already", "sweep init load.csv --out study.yaml"),
    typed("Forecasts in a file with another ending", "sweep predict study.yaml new.csv --out forecast.txt"),
    typed("A number that is none", "sweep reproduce study.yaml best"),
    typed("Nothing to look at", "sweep doctor"),
]
PARTS: dict[str, Sequence[Mistake]] = {
    "How the file is written": WRITTEN,
    "Names": NAMED,
    "Values": VALUES,
    "What does not go together": TOGETHER,
    "The data": DATA,
    "The command line": COMMANDS,
}
EVERY = [mistake for part in PARTS.values() for mistake in part]


def prepare(folder: Path) -> None:
    """Put the tables into the folder."""
    rows = [_row(i) for i in range(ROWS)]
    head = "time,load,temperature,shop"
    tables = {
        "load.csv": [head, *rows],
        "semicolons.csv": [line.replace(",", ";") for line in (head, *rows)],
        "decimals.csv": [line.replace(",", ";").replace(".", ",") for line in (head, *rows)],
        "shuffled.csv": [head, *rows[:100], *rows[150:200], *rows[100:150], *rows[200:]],
        "shops.csv": [head, *rows, *(row.replace("north", "south") for row in rows)],
        "missing.csv": [head, *rows[:10], f"{rows[10].split(',')[0]},,9.0,north", *rows[11:]],
        "words.csv": [head, *rows[:10], f"{rows[10].split(',')[0]},sensor off,9.0,north", *rows[11:]],
        "empty.csv": [],
    }
    for name, lines in tables.items():
        (folder / name).write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")


def _row(i: int) -> str:
    """An hour of the table."""
    load = 500 + 200 * math.sin(i * math.pi / 12) + 7 * (i % 5)
    return f"2024-01-{1 + i // 24:02} {i % 24:02}:00,{load:.1f},{9 + 5 * math.sin(i / 40):.1f},north"


def said(mistake: Mistake, folder: Path) -> tuple[int, str]:
    """The exit code of a mistake and its message; folder: a prepared one, which is the working directory."""
    study = folder / "study.yaml"
    study.unlink(missing_ok=True)
    if mistake.study is not None:
        study.write_text(mistake.study, encoding="utf-8")
    stderr = io.StringIO()
    with contextlib.redirect_stderr(stderr), contextlib.redirect_stdout(io.StringIO()):
        code = main(shlex.split(mistake.command)[1:])
    told = stderr.getvalue().replace(f"{folder}/", "").replace(f"{folder}:", ".:")
    lines = re.sub(r"`\S+/sweep ", "`sweep ", told).splitlines()  # the command's path, where PATH has it not
    return code, "\n".join(line.rstrip() for line in lines)


def page(folder: Path) -> str:
    """The whole page; folder: a prepared one, which is the working directory."""
    return "\n".join([HEAD, *_sections(folder)])


def _sections(folder: Path) -> Iterator[str]:
    for title, mistakes in PARTS.items():
        yield f"## {title}\n"
        for mistake in mistakes:
            yield f"### {mistake.what}\n\n```{mistake.language}\n{mistake.typed}\n```\n"
            yield f"```text\n{said(mistake, folder)[1]}\n```\n"


def _written() -> str:
    before = Path.cwd()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name).resolve()
        os.chdir(folder)
        try:
            prepare(folder)
            return page(folder)
        finally:
            os.chdir(before)


if __name__ == "__main__":
    text = _written()
    if "--write" in sys.argv:
        PAGE.write_text(text, encoding="utf-8")
    else:
        sys.stdout.write(text)
