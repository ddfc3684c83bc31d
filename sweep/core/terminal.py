"""What commands print: text for people, and data for programs."""

import click

from sweep.core.plain import plain


def say(said: object, *, err: bool = False, end: str = "\n") -> None:
    """Print something for people, on stdout or on stderr."""
    click.echo(f"{plain(str(said))}{end}", err=err, nl=False)


def put(data: str) -> None:
    """Print something for programs on stdout, as it is."""
    click.echo(data, nl=False)
