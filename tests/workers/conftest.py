"""TensorFlow starts once for all tests of this folder, on one thread."""

from workers.engine import runtime

runtime.configure()
