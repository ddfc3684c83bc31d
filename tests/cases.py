"""Which cases of a promise `make test` shows."""

from collections.abc import Sequence
from typing import Any

import pytest


def shown(cases: Sequence[Any], count: int = 1) -> list[Any]:
    """All cases, of which `make test` runs the first few: the others are marked slow. A tuple is one case."""
    others = [case if isinstance(case, tuple) else (case,) for case in cases[count:]]
    return [*cases[:count], *(pytest.param(*case, marks=pytest.mark.slow) for case in others)]
