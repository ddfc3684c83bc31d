"""Records a configuration of the user's as if the sampler had proposed it, as far as the search space contains it."""

from collections.abc import Sequence
from typing import Any

from typing_extensions import override

from sweep.config.space import Suggests
from workers.spec import TrialSpec


class EnqueuedTrial(Suggests):
    """Answers the questions of a search space with the values of a configuration.

    suggests  Optuna's trial, which is asked too where the space contains the value; None: it is not
    known     the values that the space contains, by name
    """

    def __init__(self, suggests: Suggests | None, spec: TrialSpec) -> None:
        self.known: dict[str, Any] = {}
        self._suggests, self._spec = suggests, spec

    @override
    def suggest_categorical(self, name: str, choices: Sequence[Any]) -> Any:
        return self._answer("suggest_categorical", name, choices, contained=getattr(self._spec, name) in choices)

    @override
    def suggest_int(self, name: str, low: int, high: int, **options: Any) -> Any:
        value = getattr(self._spec, name)  # which may be none
        contained = value is not None and low <= value <= high and (value - low) % options.get("step", 1) == 0
        return self._answer("suggest_int", name, low, high, contained=contained, **options)

    @override
    def suggest_float(self, name: str, low: float, high: float, **options: Any) -> Any:
        value = getattr(self._spec, name)
        contained = value is not None and low <= value <= high and options.get("step") is None
        return self._answer("suggest_float", name, low, high, contained=contained, **options)

    def _answer(self, method: str, name: str, *args: Any, contained: bool, **options: Any) -> Any:
        if contained:
            self.known[name] = getattr(self._spec, name)
            if self._suggests:
                getattr(self._suggests, method)(name, *args, **options)
        return getattr(self._spec, name)
