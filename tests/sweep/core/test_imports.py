"""What everything else imports is cheap to import."""

import subprocess
import sys

import pytest

LOADED = "import sys, {module}; print(*sorted({{name.partition('.')[0] for name in sys.modules}}))"


def loaded(module: str) -> set[str]:
    """The top-level packages that are loaded once a module is imported, in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-c", LOADED.format(module=module)], capture_output=True, text=True, check=True
    )
    return set(done.stdout.split())


def test_the_guard_of_all_commands_costs_click_and_no_more() -> None:
    assert loaded("sweep.core.guard") - sys.stdlib_module_names - loaded("os") == {"click", "sweep"}


@pytest.mark.parametrize("name", ["errors", "folders", "log", "plain", "processes", "redact", "remedies", "wording"])
def test_core_costs_the_standard_library_alone(name: str) -> None:
    third_party = loaded(f"sweep.core.{name}") - sys.stdlib_module_names - loaded("os")
    assert third_party == {"sweep"}


def test_a_launch_has_imported_no_library_that_runs_it_when_its_cluster_begins() -> None:
    heavy = {"keras", "matplotlib", "mlflow", "optuna", "ray", "scipy", "sqlalchemy", "tensorflow"}
    assert loaded("sweep.launch.session") & heavy == set()


@pytest.mark.parametrize("module", ["stages", "services"])
def test_what_the_end_of_a_launch_needs_is_not_imported_on_the_way_to_its_first_epoch(module: str) -> None:
    heavy = {"jinja2", "keras", "matplotlib", "mlflow", "plotly", "ray", "scipy", "tensorflow"}
    assert loaded(f"sweep.launch.{module}") & heavy == set()


def test_what_a_study_file_would_run_is_described_without_the_libraries_that_run_it() -> None:
    heavy = {"keras", "mlflow", "optuna", "ray", "scipy", "sqlalchemy", "statsmodels", "tensorflow"}
    assert loaded("sweep.launch.dry_run") & heavy == set()
