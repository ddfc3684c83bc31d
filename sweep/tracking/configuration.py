"""The parameters of a run whose configuration may become another, which MLflow's parameters may not.

The first has the names of its fields. Another one, as a later look or a longer search may recommend, has them with a
number, the same for all: units/2. It imports no MLflow.
"""

import re
from collections.abc import Mapping
from itertools import count
from typing import Any

NUMBERED = re.compile(r"(.*)/(\d+)")


def named(fields: Mapping[str, Any], there: Mapping[str, str]) -> tuple[dict[str, str], int]:
    """The parameters to set, and the number of the configuration; those that are there already are among them.

    fields  of the configuration
    there   the parameters that the run has
    """
    wanted = {name: str(value) for name, value in fields.items()}
    number = next(number for number in count(1) if _of(number, there).items() <= wanted.items())
    return {_name(name, number): value for name, value in wanted.items()}, number


def where(number: int) -> list[str]:
    """Which of a run's parameters are those of its configuration, where it had another before: paragraphs of a note."""
    said = (
        f"Of this run's parameters those whose names end with /{number} hold now; the others are of what was said"
        " before, since MLflow changes no parameter."
    )
    return [said] if number > 1 else []


def _of(number: int, there: Mapping[str, str]) -> dict[str, str]:
    """The fields of the configuration with this number; none where there is no such."""
    found = ((NUMBERED.fullmatch(name), name, value) for name, value in there.items())
    return {
        match[1] if match else name: value for match, name, value in found if (int(match[2]) if match else 1) == number
    }


def _name(field: str, number: int) -> str:
    return field if number == 1 else f"{field}/{number}"
