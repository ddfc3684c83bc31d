"""All that this project uses of TensorFlow without its promise, as TensorFlow 2.21 has it.

tests/workers/engine/test_tensorflow_private.py has a test of each.
"""

import itertools
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from tensorflow.python.framework import ops


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
