"""The loss of targets that are numbers, as a study file asks for it: `data.loss`."""

from collections.abc import Mapping
from typing import Annotated, Any, NamedTuple

from pydantic import PlainSerializer, PlainValidator, WithJsonSchema

from workers.wording import instead

PLAIN = ("squared", "absolute", "huber", "poisson")
ALSO_CALLED = {  # as Keras and scikit-learn call them
    **dict.fromkeys(("mse", "l2", "mean_squared_error"), "squared"),
    **dict.fromkeys(("mae", "l1", "mean_absolute_error"), "absolute"),
}
MOST_LEVELS = 99
DELTA = 1.0  # deviations of a target in training


class Asked(NamedTuple):
    """A loss by its name and its numbers.

    delta      of huber: the error in deviations of the target in training from which on it counts in proportion
    quantiles  their levels, ascending
    calibrate  whether quantiles are moved so that as many rows of validation lie below each as should
    """

    name: str
    delta: float = DELTA
    quantiles: tuple[float, ...] = ()
    calibrate: bool = False


def _asked(given: Any) -> Asked | None:
    if given is None or isinstance(given, Asked):
        return given
    if isinstance(given, str):
        if given not in PLAIN:
            hint = instead(ALSO_CALLED.get(given.casefold(), given), PLAIN)
            raise ValueError(f"there is no loss {given!r}; {hint}, or a mapping such as {{huber: 1.5}}")
        return Asked(given)
    if isinstance(given, Mapping) and len(given) == 1 and "huber" in given:
        delta = given["huber"]
        if isinstance(delta, bool) or not isinstance(delta, int | float) or not 0 < delta < float("inf"):
            raise ValueError(f"huber is a number of deviations above 0, from which on errors count less, not {delta!r}")
        return Asked("huber", float(delta))
    if isinstance(given, Mapping) and "quantiles" in given and set(given) <= {"quantiles", "calibrate"}:
        calibrate = given.get("calibrate", False)
        if not isinstance(calibrate, bool):
            raise ValueError(f"calibrate is true or false, not {calibrate!r}")
        return Asked("quantiles", quantiles=_levels(given["quantiles"]), calibrate=calibrate)
    ways = f"{', '.join(PLAIN)}, {{huber: DEVIATIONS}} or {{quantiles: [0.1, 0.5, 0.9]}}"
    raise ValueError(f"is one of {ways}, not {given!r}")


def _levels(given: Any) -> tuple[float, ...]:
    levels = list(given) if isinstance(given, list | tuple) else []
    numbers = [level for level in levels if isinstance(level, float) and 0 < level < 1]
    if not levels or len(set(numbers)) < len(levels) or len(levels) > MOST_LEVELS:
        what = f"is a list of at most {MOST_LEVELS} numbers between 0 and 1, each once, such as [0.1, 0.5, 0.9]"
        raise ValueError(f"quantiles {what}, not {given!r}")
    return tuple(sorted(numbers))


def _written(asked: Asked | None) -> Any:
    """As a study file would say it, in one way alone."""
    if asked is None:
        return None
    if asked.quantiles:
        return {"quantiles": [*asked.quantiles], **({"calibrate": True} if asked.calibrate else {})}
    return asked.name if asked.delta == DELTA else {asked.name: asked.delta}


def _mapping(fields: dict[str, Any]) -> dict[str, Any]:
    """The JSON Schema of a mapping of these fields, of which the first is required."""
    return {"type": "object", "properties": fields, "required": [next(iter(fields))], "additionalProperties": False}


LEVEL = {"type": "number", "exclusiveMinimum": 0, "exclusiveMaximum": 1}
LEVELS = {"type": "array", "items": LEVEL, "minItems": 1, "maxItems": MOST_LEVELS, "uniqueItems": True}
HUBER = {
    "huber": {"type": "number", "exclusiveMinimum": 0, "description": "Deviations, beyond which errors count less."}
}
QUANTILES = {
    "quantiles": {**LEVELS, "description": "The levels to forecast."},
    "calibrate": {"type": "boolean", "description": "Whether they are moved to cover what they should on validation."},
}
AskedLoss = Annotated[
    Asked | None,
    PlainValidator(_asked),
    PlainSerializer(_written),
    WithJsonSchema({"anyOf": [{"enum": [*PLAIN]}, *map(_mapping, (HUBER, QUANTILES)), {"type": "null"}]}),
]
