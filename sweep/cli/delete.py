"""`sweep delete`: a study's rows in its ledger, its checkpoints and its report, and on request its part in MLflow."""

import json
from typing import TYPE_CHECKING

import click

from sweep.cli.ledger import storage_option, the_ledger
from sweep.cli.prompting import on_a_terminal
from sweep.cli.study_named import named
from sweep.core.commands import examples
from sweep.core.errors import Interrupted
from sweep.core.terminal import put, say
from sweep.tracking import settings

if TYPE_CHECKING:
    from sweep.cli.deleting import ToDelete
    from sweep.tracking.deletion import StudyInMlflow


@click.command(
    epilog=examples(
        "sweep delete configs/study.yaml --dry-run",
        "sweep delete traffic-6h --storage sqlite:///sweep.db --mlflow --tracking sqlite:///mlflow.db --yes --json",
    )
)
@click.argument("study")
@storage_option
@click.option("--mlflow", is_flag=True, help="its part in MLflow too: runs, models and what is registered")
@click.option("--tracking", metavar="URI", help="another MLflow than the study file's, such as sqlite:///mlflow.db")
@click.option("--yes", is_flag=True, help="ask nothing")
@click.option("--dry-run", is_flag=True, help="say what there is, and delete nothing")
@click.option("--json", "as_json", is_flag=True, help="print one JSON object on stdout and nothing else")
def delete(
    study: str, storage: str | None, tracking: str | None, *, mlflow: bool, yes: bool, dry_run: bool, as_json: bool
) -> int:
    """Delete a study: say what there is and how large it is, ask, and remove it.

    STUDY is a study file, or the name of a study in the ledger: sweep delete old-study --dry-run. What goes are its
    rows in the ledger, its checkpoints and its report; the count of looks at test data stays. If it is interrupted,
    the same command goes on.
    """
    if tracking and not mlflow:
        raise click.UsageError("--tracking names the MLflow of --mlflow, which is left out")
    if not (yes or dry_run or on_a_terminal()):
        raise click.UsageError("nobody can be asked here: --yes deletes without asking, --dry-run says what there is")
    settings.configure()
    from sweep.cli import deleting  # noqa: PLC0415  (these take a second to import)

    given = named(study)
    url = given.file.config.storage if given.file else the_ledger(storage)
    there = deleting.found(given.name, url, _mlflow(given.name, tracking or given.tracking) if mlflow else None)
    if not as_json or not (yes or dry_run):
        say(deleting.as_text(there), err=as_json)
    agreed = not dry_run and (yes or _asked(there))
    if agreed:
        deleting.delete(there)
    if as_json:
        put(f"{json.dumps(deleting.as_json(there, deleted=agreed))}\n")
    else:
        say(_ending(there, deleted=agreed))
    return 0


def _mlflow(study: str, tracking: str | None) -> "StudyInMlflow":
    from sweep.tracking.deletion import StudyInMlflow  # noqa: PLC0415  (MLflow takes seconds to import)

    return StudyInMlflow(settings.tracking_uri(tracking), study)


def _asked(there: "ToDelete") -> bool:
    """Raises Interrupted where the user ends it in place of an answer."""
    try:
        return click.confirm(f"Delete {there.study}?", default=False, err=True)
    except click.Abort:
        raise Interrupted("nothing was deleted") from None


def _ending(there: "ToDelete", *, deleted: bool) -> str:
    if not deleted:
        return "nothing was deleted"
    kept = there.mlflow and (there.mlflow[1].runs or there.mlflow[1].models)
    advice = "; MLflow keeps its runs and their files until `mlflow gc` removes them" if kept else ""
    return f"deleted {there.study}{advice}"
