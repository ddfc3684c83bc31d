"""The loss of targets that are numbers, as a study file asks for it: `data.loss`."""

from collections.abc import Mapping
from typing import Annotated, Any, NamedTuple

from pydantic import PlainSerializer, PlainValidator, WithJsonSchema

from workers.wording import instead

PLAIN = ("squared", "absolute", "huber", "poisson")
DELTA = 1.0  # deviations of a target in training


class Asked(NamedTuple):
    """A loss by its name and its numbers.

    delta  of huber: the error in deviations of the target in training from which on it counts in proportion
    """

    name: str
    delta: float = DELTA


def _asked(given: Any) -> Asked | None:
    if given is None or isinstance(given, Asked):
        return given
    if isinstance(given, str):
        if given not in PLAIN:
            raise ValueError(
                f"there is no loss {given!r}; {instead(given, PLAIN)}, or a mapping such as {{huber: 1.5}}"
            )
        return Asked(given)
    if isinstance(given, Mapping) and len(given) == 1 and "huber" in given:
        delta = given["huber"]
        if isinstance(delta, bool) or not isinstance(delta, int | float) or not 0 < delta < float("inf"):
            raise ValueError(f"huber is a number of deviations above 0, from which on errors count less, not {delta!r}")
        return Asked("huber", float(delta))
    raise ValueError(f"is one of {', '.join(PLAIN)}, or {{huber: DEVIATIONS}}, not {given!r}")


def _written(asked: Asked | None) -> Any:
    """As a study file would say it, in one way alone."""
    if asked is None or asked.delta == DELTA:
        return asked and asked.name
    return {asked.name: asked.delta}


AskedLoss = Annotated[
    Asked | None,
    PlainValidator(_asked),
    PlainSerializer(_written),
    WithJsonSchema({"anyOf": [{"enum": [*PLAIN]}, {"type": "object"}, {"type": "null"}]}),
]
