"""Tries cells of the user's own: run as a program, since their code may do anything to the process that runs it.

It reads {"units": n, "arguments": [...], "cells": {import path: code}} from stdin and prints {import path: what is
wrong with it}.
"""

import json
import signal
import sys

from workers.data.own_code import printing_elsewhere
from workers.engine import runtime
from workers.errors import DataError


def main() -> None:
    """Print what is wrong with the cells that are none."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # a launch that is interrupted says so itself
    asked = json.load(sys.stdin)
    with printing_elsewhere():
        with runtime.silenced():
            runtime.configure(1)
            from workers.engine.own_cell import refuse  # noqa: PLC0415  (with TensorFlow's settings in force)
        problems = {}
        for cell, code in asked["cells"].items():
            try:
                refuse(cell, code, asked["units"], asked["arguments"])
            except DataError as error:
                problems[cell] = error.message
    sys.stdout.write(json.dumps(problems))


if __name__ == "__main__":
    main()
