"""Trains one trial; knows no optuna, ray or mlflow.

For a training loop of one's own: `workers.plan(...)` and `workers.StateResets`. The rest is private.
"""

import pkgutil
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from workers.loop.plan import plan as plan
    from workers.loop.state_resets import StateResets as StateResets

__all__ = ["StateResets", "plan"]

_PLACES = {"plan": "workers.loop.plan:plan", "StateResets": "workers.loop.state_resets:StateResets"}


def __getattr__(name: str) -> Any:
    """What takes seconds to import is imported when it is asked for (PEP 562)."""
    if name in _PLACES:
        return pkgutil.resolve_name(_PLACES[name])
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
