"""`sweep ui`: MLflow's pages of a study."""

import click

from sweep.cli.study_named import named
from sweep.core.commands import examples
from sweep.core.terminal import say
from sweep.tracking import settings


@click.command(epilog=examples("sweep ui study.yaml", "sweep ui --tracking sqlite:///mlflow.db --port 5001"))
@click.argument("study", required=False)
@click.option("--tracking", metavar="URI", help="another MLflow than the study's, such as sqlite:///mlflow.db")
@click.option("--port", type=click.IntRange(1, 65_535), default=5000, show_default=True, help="on this machine alone")
def ui(study: str | None, tracking: str | None, port: int) -> int:
    """Show MLflow's pages of a study: serve them on this machine, until Ctrl-C; or say where their server has them.

    STUDY is the study file, or a study's name; without it all of MLflow is shown.
    """
    settings.configure()
    from sweep.tracking import pages  # noqa: PLC0415  (MLflow takes seconds to import)

    found = named(study) if study else None
    address = settings.tracking_uri(tracking or (found.tracking if found else None))
    is_server = address.startswith(("http:", "https:"))
    if not is_server:
        pages.check_there(address)
        pages.check_free(port)
    page = pages.of_study(address, found.name) if found else ""
    if found and not page:
        say(f"note: MLflow has no study {found.name} yet", err=True)
    root = address.rstrip("/") if is_server else f"http://{pages.HOST}:{port}"
    say(f"{root}/{page}")
    if not is_server:
        say("Ctrl-C ends it", err=True)
        pages.serve(address, port)
    return 0
