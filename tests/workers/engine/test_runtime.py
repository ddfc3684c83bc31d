"""TensorFlow is set up by a call, never by an import; a trainer never trains without."""

import json
import os
import subprocess
import sys

import pytest

from tests.paths import ROOT
from workers.engine import runtime
from workers.engine.runtime import XLA_FLAGS

NAMES = ("XLA_FLAGS", "TF_CPP_MIN_LOG_LEVEL")


def settings(program: str, **environment: str) -> list[str | None]:
    """The settings in force in a fresh process after this program."""
    show = f"import json, os, sys; print(json.dumps([os.environ.get(name) for name in {NAMES}]))"
    others = {name: value for name, value in os.environ.items() if name not in NAMES}
    command = [sys.executable, "-c", f"{program}\n{show}"]
    done = subprocess.run(command, cwd=ROOT, env=others | environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    found: list[str | None] = json.loads(done.stdout.splitlines()[-1])
    return found


@pytest.mark.lengthy
def test_importing_the_engine_sets_nothing_and_making_a_trainer_sets_all() -> None:
    imports = "import workers.engine.training, workers.forecasting.keras_models"
    assert settings(imports) == [None, None]
    made = "from tests.workers.worlds import regression; from workers.engine.training import Trainer"
    assert settings(f"{made}; Trainer(regression((40,)))") == [XLA_FLAGS, "3"]


def test_settings_are_made_before_tensorflow_is_imported() -> None:
    program = (
        "import sys; from workers.engine import runtime; runtime.configure(); assert 'tensorflow' not in sys.modules"
    )
    assert settings(program) == [XLA_FLAGS, "3"]


def test_a_user_s_own_settings_stay() -> None:
    program = "from workers.engine import runtime; runtime.configure()"
    own = {"XLA_FLAGS": "--xla_cpu_enable_fast_math=false", "TF_CPP_MIN_LOG_LEVEL": "0"}
    assert settings(program, **own) == list(own.values())


def test_nothing_is_written_to_stderr_in_a_silenced_block(capfd: pytest.CaptureFixture[str]) -> None:
    with runtime.silenced():
        os.write(2, b"whatever C++ has to say")
    os.write(2, b"and after it")
    assert capfd.readouterr().err == "and after it"


def test_a_worker_imports_tensorflow_without_what_keras_has_for_pictures_and_can_import_it_later() -> None:
    program = (
        "import sys; from workers.engine import runtime; runtime.configure(1)\n"
        "assert 'tensorflow' in sys.modules and not {'matplotlib', 'sklearn'} & sys.modules.keys()\n"
        "import matplotlib"
    )
    assert settings(program) == [XLA_FLAGS, "3"]
