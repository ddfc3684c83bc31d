"""The option `--storage`, and which ledger is meant by commands that take studies by their names."""

import os

import click

from sweep.core.errors import ServiceUnavailable

storage_option = click.option(
    "--storage", metavar="URL", help="the ledger of studies given by name; else SWEEP_STORAGE's, or sweep.db here"
)


def ledger_here(storage: str | None) -> str | None:
    """The address that is named, SWEEP_STORAGE's, or of the ledger in the working directory; None if there is none."""
    return storage or os.environ.get("SWEEP_STORAGE") or _usual()


def the_ledger(storage: str | None) -> str:
    """The same. Raises ServiceUnavailable where there is none."""
    address = ledger_here(storage)
    if address is None:
        raise ServiceUnavailable(
            "there is no ledger in this folder; --storage or SWEEP_STORAGE would name one, and so would a study file"
        )
    return address


def _usual() -> str | None:
    """That which studies have in the working directory by default, if it is there."""
    from sweep.config.sections import StudyConfig  # noqa: PLC0415  (these take a second to import)
    from sweep.study.storage import database  # noqa: PLC0415

    address = str(StudyConfig.model_fields["storage"].default)
    return address if database.exists(address) else None
