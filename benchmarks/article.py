"""The article's programs on six kinds of data: python -m benchmarks.article runs them and writes docs/article.md."""

import hashlib
import json
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path
from typing import Any

from benchmarks.article_page import page
from sweep.config import study_file
from sweep.config.yaml_text import parse
from workers.data import sources
from workers.plans.equivalence import canonical

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "article.md"
RESULTS = ROOT / "docs" / "article.json"
STUDIES = {  # study file: its data
    "configs/article.yaml": "Its own random data",
    "configs/article/lag_copy.yaml": "Copy the bit of 3 steps ago",
    "configs/article/first_bit.yaml": "Remember a sequence's first bit",
    "configs/article/glucose.yaml": "Blood glucose, half an hour ahead",
    "configs/japanese_vowels.yaml": "Which speaker, 640 utterances",
    "configs/hamlet.yaml": "Hamlet, character by character",
}


def main() -> int:
    """Run every study, or continue it; then write docs/article.json, and docs/article.md from it."""
    results: dict[str, Any] = {"versions": {name: version(name) for name in ("tensorflow", "keras")}, "studies": {}}
    for path in STUDIES:
        print(path, file=sys.stderr)
        command = [sys.executable, "-m", "sweep.launch", str(ROOT / path), "--json"]
        done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False)  # noqa: S603  (our own command)
        if done.returncode:
            return done.returncode
        results["studies"][path] = recorded(path, json.loads(done.stdout))
    RESULTS.write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")
    PAGE.write_text(page(PAGE.read_text(encoding="utf-8"), results), encoding="utf-8")
    return 0


def recorded(path: str, outcome: dict[str, Any]) -> dict[str, Any]:
    """What is kept of the object that `--json` prints, and which study it is of."""
    metric = study_file.load(ROOT / path).config.objective.metric.removeprefix("validation/")
    study = {"data": STUDIES[path], "digest": digest(path), "arms": arms(path), "metric": metric}
    return study | {"trials": outcome["trials"], "verdict": outcome["verdict"]}


def digest(path: str) -> str:
    """Of what a study file says, comments aside, and of the data file that it names."""
    said = parse((ROOT / path).read_text(encoding="utf-8")).value
    file = said["data"].get("path")
    content = ((ROOT / path).parent / file).read_bytes() if file else b""
    return hashlib.sha256(json.dumps(said, sort_keys=True).encode() + content).hexdigest()[:16]


def arms(path: str) -> list[str]:
    """What each of the study's programs computes on its data: the arm of its canonical form."""
    file = study_file.load(ROOT / path)
    train = sources.load(file.config.data, (ROOT / path).parent).train
    specs = [file.config.trial.model_copy(update=dict(entry.parameters)) for entry in file.config.enqueue]
    return [canonical(spec, train).arm for spec in specs]


if __name__ == "__main__":
    sys.exit(main())
