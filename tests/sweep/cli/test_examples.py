"""The help of each command ends with examples that the command takes, and every option is in one of them."""

import shlex
from importlib import import_module

import click
import pytest

from sweep.cli.main import COMMANDS, main

ALWAYS = {"help"}  # the options that need no example


def command_of(name: str) -> click.Command:
    module, _, attribute = COMMANDS[name][0].partition(":")
    command: click.Command = getattr(import_module(module), attribute)
    return command


@pytest.mark.parametrize("name", COMMANDS)
def test_its_examples_are_taken_and_have_every_option(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([name, "--help"]) == 0
    _, _, said = capsys.readouterr().out.partition("\n  Examples:\n")
    lines = [shlex.split(line) for line in said.splitlines()]
    assert lines
    given: set[str] = set()
    for program, called, *arguments in lines:
        assert (program, called) == ("sweep", name)
        with command_of(name).make_context(name, list(arguments)) as context:
            given |= {key for key, value in context.params.items() if value not in (None, False, ())}
    params = {param.name for param in command_of(name).params} - ALWAYS
    assert params - given == set()
