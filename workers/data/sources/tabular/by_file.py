"""Groups of rows that are files: `group: {file: true}`."""

from typing import Annotated, Literal

from pydantic import Discriminator, Tag

from workers.data.sources.fields import Kind, Name

FILE = "file"  # the column that names groups where each file is one


class ByFile(Kind):
    """Each file of a pattern is a group, named by its name."""

    file: Literal[True]


def _which(value: object) -> str:
    """Which form is meant, so that pydantic says only what is wrong with that one."""
    return "a mapping" if isinstance(value, dict | ByFile) else "a name"


NameOrFile = Annotated[Annotated[Name, Tag("a name")] | Annotated[ByFile, Tag("a mapping")], Discriminator(_which)]
