"""The option `--set` of commands about a study that was launched with fields changed."""

import click

changed_option = click.option(
    "--set", "overrides", multiple=True, metavar="FIELD=VALUE", help="the fields that the launch was given, if it was"
)
