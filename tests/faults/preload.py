"""What launchers are forked from: all is imported, and Ray asks for no token, whatever the tests before have set."""

import os

os.environ["RAY_AUTH_MODE"] = "disabled"  # Ray reads it at its import

import tests.faults.child  # noqa: F401
