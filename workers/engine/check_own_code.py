"""Tries cells and models of the user's own: run as a program, since their code may do anything to its process.

It reads the fields of sweep.launch.own_code.Wanted as JSON from stdin and prints {import path: what is wrong with it}.
"""

import json
import signal
import sys

from workers.data.own_code import printing_elsewhere
from workers.engine import runtime
from workers.errors import DataError


def main() -> None:
    """Print what is wrong with those that are none."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # a launch that is interrupted says so itself
    asked = json.load(sys.stdin)
    with printing_elsewhere():
        with runtime.silenced():
            runtime.configure(1)
            from workers.engine import own_cell, own_model  # noqa: PLC0415  (with TensorFlow's settings in force)
        problems = {}
        for path, code in asked["code"].items():
            try:
                if path in asked["models"]:
                    sizes = own_model.Sizes(*asked["sizes"])._replace(classes=asked["classes"])
                    own_model.refuse(path, code, sizes, asked["of_models"])
                else:
                    own_cell.refuse(path, code, asked["units"], asked["of_cells"])
            except DataError as error:
                problems[path] = error.message
    sys.stdout.write(json.dumps(problems))


if __name__ == "__main__":
    main()
