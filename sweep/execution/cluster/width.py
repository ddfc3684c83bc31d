"""How many workers a study may have: what it could use, as far as those who share the cluster leave it."""

import math
import time
from collections.abc import Iterable, Mapping

from sweep.config.room import places
from sweep.config.sections import Workers
from sweep.core.share import Share


class Width:
    """The number at the moment, and on average.

    needed   how many workers there is something to train for, as far as is known
    workers  how many there may be
    studies  how many studies share the cluster, this one included
    fits     whether there is a node that has room for a worker, if nothing else were on it
    """

    def __init__(self, wanted: Workers, share: Share) -> None:
        self.needed = math.inf
        self.workers, self.studies, self.fits = 0, 1, True
        self._wanted, self._share = wanted, share
        self._holds = False
        self._began = self._looked = time.monotonic()
        self._owned = 0.0  # seconds

    def look(self, nodes: Iterable[Mapping[str, float]], begun: int, ready: int) -> None:
        """Find it out anew. `begun`, `ready`: how many workers there are, and of these could train."""
        self._count()
        if ready:
            self._holds = True
        elif not begun and not self.workers:
            self._holds = False
        room = places(nodes, self._wanted)
        self.fits, fits = room > 0, max(1, room)
        most = fits if self._wanted.count == "auto" else self._wanted.count
        part = self._share(int(min(most, fits, self.needed)), 1 / fits, self._holds)
        self.studies = part.studies
        self.workers = most if part.studies == 1 else part.workers  # who is alone may ask for what the cluster lacks

    def _count(self) -> None:
        now = time.monotonic()
        self._owned += self.workers * (now - self._looked)
        self._looked = now

    @property
    def mean(self) -> float:
        """How many workers there might be, on average until the last look."""
        seconds = self._looked - self._began
        return self._owned / seconds if self._owned else self.workers
