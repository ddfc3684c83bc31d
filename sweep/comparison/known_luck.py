"""What earlier runs tell of the luck of those that are yet to be made."""

from typing import NamedTuple

from sweep.comparison.luck import Luck


class KnownLuck(NamedTuple):
    """As parts of the error.

    looks      comparisons on the same test data that were looked at before
    decided    whether this comparison's own runs have begun to decide
    seeds      the standard deviation over seeds; None: unknown
    test_data  that of the difference of two arms by the test data; None: unknown
    runs       how many runs tell
    """

    looks: int = 0
    decided: bool = False
    seeds: float | None = None
    test_data: Luck | None = None
    runs: int = 0


NOTHING = KnownLuck()
