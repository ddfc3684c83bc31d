"""A configuration that is given, in a search that asks: what the sampler can know of it, it is told."""

from collections.abc import Sequence
from typing import Any

from sweep.config.space import Suggests
from workers.spec import TrialSpec


class Given:
    """Answers a space's questions with a given trial's values, and asks Optuna only where it can know them."""

    def __init__(self, asked: Suggests | None, spec: TrialSpec) -> None:
        self.known: dict[str, Any] = {}
        self._asked, self._spec = asked, spec

    def suggest_categorical(self, name: str, choices: Sequence[Any]) -> Any:
        """See space.Suggests."""
        return self._answer("suggest_categorical", name, choices, fits=getattr(self._spec, name) in choices)

    def suggest_int(self, name: str, low: int, high: int, **how: Any) -> int:
        """See space.Suggests."""
        value = getattr(self._spec, name)
        fits = low <= value <= high and (value - low) % how.get("step", 1) == 0
        return int(self._answer("suggest_int", name, low, high, fits=fits, **how))

    def suggest_float(self, name: str, low: float, high: float, **how: Any) -> float:
        """See space.Suggests."""
        fits = low <= getattr(self._spec, name) <= high and how.get("step") is None
        return float(self._answer("suggest_float", name, low, high, fits=fits, **how))

    def _answer(self, question: str, name: str, *args: Any, fits: bool, **how: Any) -> Any:
        if fits:
            self.known[name] = getattr(self._spec, name)
            if self._asked:
                getattr(self._asked, question)(name, *args, **how)
        return getattr(self._spec, name)
