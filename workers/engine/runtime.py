"""How TensorFlow is set up in a process: once, by the process's entry point, before TensorFlow is imported.

This file imports TensorFlow only when it is called, so that the settings are in force when TensorFlow reads them.
"""

import os
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from workers.engine import compile_cache

# The first saves copies of what loops carry: a step of 128 units takes three quarters of the time. The second takes a
# quarter off compiling, at the same pace. XLA reads them when it first compiles; flags that a user has set stay.
XLA_FLAGS = "--xla_cpu_copy_insertion_use_region_analysis=true --xla_backend_optimization_level=1"
STDERR = 2
ERRORS_ONLY = "3"  # of TensorFlow's own levels
UNUSED = ("matplotlib", "sklearn")  # for pictures and wrappers, which Keras does without where they are not installed


def configure(threads: int | None = None, *, cached: bool = False) -> None:
    """Set XLA's flags and the log level; with `threads`, let TensorFlow use so many and grow on a GPU as it needs.

    cached: keep what is compiled on disk, and take it from there (workers.engine.compile_cache)

    To be called before TensorFlow's first operation, and before its import, or it logs more than errors. It may be
    called again. Variables of the environment that are set already are left as they are.
    """
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", ERRORS_ONLY)
    os.environ.setdefault("XLA_FLAGS", XLA_FLAGS)
    if cached:
        compile_cache.use()
    if threads is not None:
        _share_machine(threads)


@contextmanager
def silenced() -> Iterator[None]:
    """Within the block nothing is written to stderr: TensorFlow 2.21 logs lines at its import, whatever the level."""
    sys.stderr.flush()
    kept, nowhere = os.dup(STDERR), os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, STDERR)
    try:
        yield
    finally:
        os.dup2(kept, STDERR)
        os.close(kept)
        os.close(nowhere)


@contextmanager
def _as_if_not_installed(names: Iterable[str]) -> Iterator[None]:
    """Within the block these packages cannot be imported, unless they have been already."""
    hidden = [name for name in names if name not in sys.modules]
    modules: dict[str, Any] = sys.modules
    modules.update(dict.fromkeys(hidden))  # None is what an import takes as not found
    try:
        yield
    finally:
        for name in hidden:
            del sys.modules[name]


def _share_machine(threads: int) -> None:
    with _as_if_not_installed(UNUSED):  # they take a quarter of the time of this import
        import tensorflow as tf  # noqa: PLC0415 (only now are the settings in force)

    tf.config.threading.set_intra_op_parallelism_threads(threads)
    tf.config.threading.set_inter_op_parallelism_threads(1)
    for gpu in tf.config.list_physical_devices("GPU"):
        tf.config.experimental.set_memory_growth(gpu, True)
