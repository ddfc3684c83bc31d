"""All that this project uses of TensorFlow without its promise, as TensorFlow 2.21 has it.

tests/workers/engine/test_tensorflow_private.py has a test of each.
"""

import itertools
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from tensorflow.python.framework import ops

GENERATED = "__autograph_generated_file"  # begins the names of the modules that AutoGraph makes


@contextmanager
def names_counted_from(number: int) -> Iterator[None]:
    """Let the numbers in the names of functions and loops that are traced within the block begin here.

    TensorFlow counts them through the process, so that a program's names, by which XLA's cache on disk knows it, would
    depend on what was traced before. Two functions of a process must not have one name.
    """
    module: Any = ops
    counting = module.uid
    module.uid = itertools.count(number).__next__
    try:
        yield
    finally:
        module.uid = counting


def remove_generated_files() -> None:
    """Remove the files from which AutoGraph has imported its code of what was traced in this process.

    It removes them at a process's end, to which a worker that is killed does not come: they stayed in the temporary
    folder. Nothing reads them again but a debugger.
    """
    for name, module in tuple(sys.modules.items()):
        if name.startswith(GENERATED):
            with suppress(OSError):
                Path(str(module.__file__)).unlink(missing_ok=True)
