"""What code of the user's own raises, as one message: what, where in it, and what was expected."""

import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from workers.errors import DataError
from workers.models.loaded import PREFIX

SHOWN = 300  # characters of what is raised


@contextmanager
def said(path: str, instead: str, field: str) -> Iterator[None]:
    """Raises DataError for whatever the code at this import path raises within the block.

    instead: what was expected of it; field: of the study file, that names it
    """
    try:
        yield
    except DataError:
        raise
    except Exception as error:  # noqa: BLE001  (the user's code may raise anything)
        calls = traceback.extract_tb(error.__traceback__)
        mine = [call for call in calls if PREFIX in call.filename]
        at = f" at {_file(mine[-1].filename)}:{mine[-1].lineno}" if mine else ""
        words = " ".join(str(error).split())[:SHOWN]
        raise DataError(f"{path} raised {type(error).__name__}{at}: {words}; {instead}", field) from None


def _file(name: str) -> str:
    """The path of a file of the code, without the folder that it was imported from."""
    parts = Path(name).parts
    root = next(number for number, part in enumerate(parts) if part.startswith(PREFIX))
    return "/".join(parts[root + 1 :])
