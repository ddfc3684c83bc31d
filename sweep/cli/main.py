"""The console script `sweep`: a table of commands, each of which is imported when it runs."""

import sys
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path

import click
from typing_extensions import override

from sweep.core.guard import guarded

STUDIES = (".yaml", ".yml")  # how the names of study files end

# By its name, where a command is, and what it does in a line.
COMMANDS: dict[str, tuple[str, str]] = {
    "init": ("sweep.cli.init:init", "Write a first study of a table, which runs as it is."),
    "schema": ("sweep.cli.schema:schema", "Write a JSON Schema of the study file, for editors."),
    "plan": ("sweep.cli.plan:plan", "What a study would run, arm by arm."),
    "check-model": ("sweep.cli.check_model:check_model", "Try a model of your own, before a study has it."),
    "check-cell": ("sweep.cli.check_cell:check_cell", "Try a cell of your own, before a study has it."),
    "launch": ("sweep.launch.__main__:launch", "Run a study, or continue it, as python -m sweep.launch does."),
    "report": ("sweep.cli.report:report", "Write a study's report again."),
    "compare": ("sweep.cli.compare:compare", "What several studies have found, side by side."),
    "predict": ("sweep.cli.predict:predict", "Forecast rows of a file with a study's model."),
    "score": ("sweep.cli.score:score", "Score a study's model on new rows: is it time to train again?"),
    "export": ("sweep.cli.export:export", "Write a study's model into a folder to take away."),
    "status": ("sweep.cli.status:status", "How far a study is, from another terminal or machine."),
    "ui": ("sweep.cli.ui:ui", "Show MLflow's pages of a study."),
    "reproduce": ("sweep.cli.reproduce:reproduce", "Train a trial again: does it give the same losses?"),
    "sync": ("sweep.cli.sync:sync", "Make a study's mirror in MLflow complete."),
    "doctor": ("sweep.cli.doctor:doctor", "What is stuck or out of step in a study; or who may get at a deployment."),
    "delete": ("sweep.cli.delete:delete", "Delete a study: its rows, checkpoints and report."),
    "submit": ("sweep.cli.submit:submit", "Hand a study to a Ray cluster, and return."),
    "list": ("sweep.cli.list:list_studies", "The studies in the ledger, and those on a Ray cluster."),
    "logs": ("sweep.cli.logs:logs", "What a study's launcher on a Ray cluster has printed."),
    "stop": ("sweep.cli.stop:stop", "Stop a study on a Ray cluster, as Ctrl-C does."),
}


class LazyGroup(click.Group):
    """Commands in the order of their table. Until one runs it is only a name and a line of help."""

    @override
    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(self.commands)

    @override
    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and Path(args[0]).suffix in STUDIES:
            raise click.UsageError(f"{args[0]} is no command; to run a study: sweep launch {args[0]}", ctx)
        name, _, rest = super().resolve_command(ctx, args)
        return name, _imported(COMMANDS[name or ""][0]), rest


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command that the arguments begin with; returns the exit code. Without arguments, print the help."""
    listed = {name: click.Command(name, short_help=line) for name, (_, line) in COMMANDS.items()}
    help_options = {"help_option_names": ["-h", "--help"]}
    group = LazyGroup(commands=listed, help="Try, compare and report studies.", context_settings=help_options)
    return guarded(group, "sweep", list(sys.argv[1:] if argv is None else argv) or ["--help"])


def _imported(place: str) -> click.Command:
    """The command at "module:attribute"."""
    module, _, attribute = place.partition(":")
    command: click.Command = getattr(import_module(module), attribute)
    return command
