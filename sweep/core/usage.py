"""What is wrong with a command line, said as the other errors are: where, what, and what to write instead."""

import re
from collections.abc import Sequence

import click

from sweep.core import redact
from sweep.core.errors import WrongUsage

NUMBERS = {"integer": "whole number", "float": "number"}


def wrong_usage(error: click.ClickException, group: click.Command, name: str, argv: Sequence[str]) -> WrongUsage:
    """The error in a line, and in a second one the command whose help has what there is.

    group, name, argv: what was run, what it is called, and what followed: click does not always say where it stopped.
    """
    said = _said(error).rstrip(".")
    if re.match("[A-Z][a-z]", said):
        said = f"{said[0].lower()}{said[1:]}"
    context = getattr(error, "ctx", None)
    command = argv[0] if isinstance(group, click.Group) and argv and argv[0] in group.commands else ""
    path = context.command_path if context else f"{name} {command}".strip()
    return WrongUsage(f"{redact.text(said)}\n`{path} --help` says what it takes")


def _said(error: click.ClickException) -> str:
    if isinstance(error, click.NoSuchOption):
        return f"{error.option_name}: no such option{_instead(error.possibilities)}"
    if isinstance(error, click.exceptions.NoSuchCommand):
        return f"{error.command_name}: no such command{_instead(error.possibilities)}"
    if not isinstance(error, click.BadParameter) or error.param is None:
        return error.format_message()
    name = _name(error.param)
    return _missing(error, name) if isinstance(error, click.MissingParameter) else f"{name}: {_plain(error.message)}"


def _instead(possibilities: list[str] | None) -> str:
    return f"; did you mean {' or '.join(possibilities)}?" if possibilities else ""


def _plain(message: str) -> str:
    """Click's message, without a range where a number is meant."""
    return re.sub("is not a valid (integer|float)(?: range)?", lambda found: f"is no {NUMBERS[found[1]]}", message)


def _name(parameter: click.Parameter) -> str:
    """An option as it is written out, or an argument as the help has it."""
    return parameter.human_readable_name if isinstance(parameter, click.Argument) else max(parameter.opts, key=len)


def _missing(error: click.MissingParameter, name: str) -> str:
    """That it is missing, and what it is, as the help of the command says."""
    words = (error.ctx.command.help or "").split() if error.ctx else []
    meaning = re.search(rf"\b{re.escape(name)} is ((?:[^.;]|[.;](?!\s|$))+)", " ".join(words))
    return f"{name} is missing{f': {meaning[1]}' if meaning else ''}"
