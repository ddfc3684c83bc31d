"""`sweep compare`: what several studies have found, side by side."""

import json
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

import click

from sweep.cli.ledger import storage_option, the_ledger
from sweep.cli.study_named import NamedStudy, named
from sweep.core.commands import examples
from sweep.core.errors import StudyUnknown
from sweep.core.terminal import put, say

if TYPE_CHECKING:
    from sweep.cli.side_by_side import Shown
    from sweep.config.study_file import StudyFile
    from sweep.study.finding import Finding
    from sweep.study.overview import Overview


@click.command(
    epilog=examples(
        "sweep compare configs/glucose.yaml configs/study.yaml",
        "sweep compare glucose traffic-6h --storage sqlite:///sweep.db --json",
    )
)
@click.argument("studies", nargs=-1, required=True, metavar="STUDY STUDY...")
@storage_option
@click.option("--json", "as_json", is_flag=True, help="print one JSON object on stdout and nothing else")
def compare(studies: Sequence[str], storage: str | None, *, as_json: bool) -> int:
    """Show what several studies have found, side by side.

    STUDY is a study file, or the name of a study in the ledger: sweep compare gru.yaml lstm-6h. Each study's figures
    are those of its own recommendation, on its test split. Studies whose test rows, targets or units differ are shown
    apart.
    """
    if len(studies) < 2:
        raise click.UsageError("give two studies or more: study files, or names of studies in the ledger")
    from sweep.cli import side_by_side  # noqa: PLC0415  (these take a second to import)

    found = [_shown(each, url) for each, url in _asked(studies, storage)]
    put(f"{json.dumps(side_by_side.as_json(found))}\n") if as_json else say(side_by_side.as_text(found))
    return 0


def _asked(studies: Sequence[str], storage: str | None) -> Iterable[tuple[NamedStudy, str]]:
    """Each study once, and the address of its ledger."""
    from sweep.config.addresses import sqlite_file  # noqa: PLC0415

    found = map(named, studies)
    placed = [(each, each.file.config.storage if each.file else the_ledger(storage)) for each in found]
    files = [sqlite_file(url) for _, url in placed]
    wheres = [path.absolute() if path else url for path, (_, url) in zip(files, placed, strict=True)]
    return {(each.name, where): (each, url) for where, (each, url) in zip(wheres, placed, strict=True)}.values()


def _shown(study: NamedStudy, url: str) -> "Shown":
    from sweep.cli.side_by_side import Shown  # noqa: PLC0415
    from sweep.study.finding import kept  # noqa: PLC0415

    seen = _overview(study.name, url)
    found = kept(url, study.name) if seen.state == "finished" else None
    if found is None and seen.state == "finished" and study.file:
        found = _decided_anew(study.file)
    return Shown(seen, found)


def _overview(study: str, url: str) -> "Overview":
    """Raises ServiceUnavailable where there is no such ledger, StudyUnknown where it has no such study."""
    from sweep.core import redact  # noqa: PLC0415
    from sweep.core.wording import listed  # noqa: PLC0415
    from sweep.study.overview import overview  # noqa: PLC0415

    known = {each.study: each for each in overview(url)}
    if study not in known:
        there = listed(known) or "none"
        raise StudyUnknown(f"{study!r} is not in the ledger {redact.address(url)}; what is: {there}")
    return known[study]


def _decided_anew(file: "StudyFile") -> "Finding | None":
    """What a study that an earlier version finished has found, as its report says it; None where no launch decided."""
    from sweep.launch.data import load_data  # noqa: PLC0415
    from sweep.report.write import verdict_of  # noqa: PLC0415
    from sweep.study import StudyReader  # noqa: PLC0415
    from sweep.study.baselines import with_baselines  # noqa: PLC0415
    from sweep.study.finding import finding  # noqa: PLC0415

    dataset = with_baselines(file.config, load_data(file))
    with StudyReader.read(file.config, dataset) as study:
        runs = study.comparison_runs(file.config.compare.seeds) if file.config.compare else None
        verdict = verdict_of(study, runs, dataset)
        return finding(study.config, dataset, verdict) if verdict or runs is None else None
