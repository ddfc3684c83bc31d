"""Time spent on training, without the time spent on compiling."""

import time
from collections.abc import Callable


class Stopwatch:
    """Measures from when it is made; `compile_seconds` tells how long compiling has taken in all, in seconds."""

    def __init__(self, compile_seconds: Callable[[], float]) -> None:
        self._compile_seconds = compile_seconds
        self._compiled, self._began = compile_seconds(), time.perf_counter()

    @property
    def compiling(self) -> float:
        """Seconds spent on compiling."""
        return self._compile_seconds() - self._compiled

    @property
    def working(self) -> float:
        """Seconds spent on all else."""
        return time.perf_counter() - self._began - self.compiling
