"""What may be taken of numbers before a model sees them: of inputs, and of targets."""

from collections.abc import Callable, Mapping
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.float64]
Name = Literal["log", "log1p"]


class Transform(NamedTuple):
    """A function of numbers, the logarithm of what a constant is added to.

    of      what is taken of values
    back    the values again
    above   the lowest number, above which it is defined
    advice  what to say of numbers of which it is not defined
    """

    of: Callable[[Numbers], Numbers]
    back: Callable[[Numbers], Numbers]
    above: float
    advice: str


TRANSFORMS: Mapping[Name, Transform] = {
    "log": Transform(
        np.log,
        np.exp,
        0.0,
        "of 0 and more say transform: log1p, the logarithm of 1 + the value, and of less leave it out",
    ),
    "log1p": Transform(np.log1p, np.expm1, -1.0, "leave transform out"),
}


def learnt(name: Name | None, values: Numbers) -> Numbers:
    """What a model learns of values of which the transform is defined, NaN where they are; none: themselves."""
    return values if name is None else TRANSFORMS[name].of(values)
