"""What is asked of a first study."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Asked:
    """What the user has said; the rest is chosen.

    targets  columns to forecast; none: one is chosen
    horizon  in rows, or a duration; none: it is chosen
    name     of the study; empty: it is chosen
    """

    targets: tuple[str, ...] = ()
    horizon: int | str | None = None
    name: str = ""
