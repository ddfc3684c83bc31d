"""TensorFlow starts once for all tests of this folder, on one thread."""

import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
