"""What every test run says of itself, which tests `make test` chooses, and how they are divided among processes.

A test is known by where it lies and by the fixtures it asks for, so that nothing is listed by hand: see README.md.
"""

import os
import shutil
import tempfile
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, is_hypothesis_test, settings

from sweep.tracking import settings as mlflow_settings
from tests import division, leftovers
from tests.sampling import IS_WHOLE, SEED, draw
from workers.engine import compile_cache

mlflow_settings.configure()

HERE = Path(__file__).parent
MARK_OF_DIRECTORY = {"faults": "campaign", "workers": "tensorflow"}
REPRESENTATIVE = "representative"
SHARE = 1 / 4  # of the slow tests, that make test-all draws
TOLD = ("all", "rest", "whole")  # to the processes among which the tests are divided

# No deadlines: whether an example is fast says nothing of whether it is right.
_any_speed = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("quick", _any_speed, max_examples=25)
settings.register_profile("all", _any_speed, max_examples=100)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--all", action="store_true", help="that and the rest; where paths or marks are named, every test")
    parser.addoption("--rest", action="store_true", help="of every test those that make test has left out or cut short")


def pytest_configure(config: pytest.Config) -> None:
    told = getattr(config, "workerinput", None)
    if told is None:
        named = config.args_source is pytest.Config.ArgsSource.ARGS or config.option.markexpr
        config.option.all = config.option.all or config.option.rest or bool(named)
        config.option.whole = IS_WHOLE or bool(named)
        leftovers.mark_this_run()
        division.prepare(config)
        compiled = tempfile.mkdtemp(prefix="compiled-by-tests-")  # and not in the cache of whoever runs them
        os.environ[compile_cache.VARIABLE] = compiled
        config.add_cleanup(lambda: shutil.rmtree(compiled, ignore_errors=True))
    else:
        for name in TOLD:
            setattr(config.option, name, told[name])
    settings.load_profile("all" if config.option.all else "quick")


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """A process of xdist hears of the options that were given, and not of what was made of them."""
    node.workerinput |= {name: getattr(node.config.option, name) for name in TOLD}
    node.workerinput["file_of_groups"] = str(node.config.stash[division.FILE])


def pytest_report_header(config: pytest.Config) -> str:
    chosen = "make test and the rest" if config.option.all else "the choice of make test; --all: the rest too"
    chosen = "what make test leaves out" if config.option.rest else chosen
    return f"{chosen}; faults and combinations: {'whole' if IS_WHOLE else 'a sample'}, FAULTS_SEED={SEED}"


@pytest.fixture(scope="session")
def real_services() -> None:
    """A fixture that starts a server, a cluster or a launch asks for this: so tests are known that need `services`."""


@pytest.fixture
def service(request: pytest.FixtureRequest) -> Callable[[str], Any]:
    """The service of a fixture's name, for a test that knows only while it runs which it needs: make test skips it."""

    def started(name: str) -> Any:
        if not request.config.option.all:
            pytest.skip(f"needs the service {name}: --all")
        return request.getfixturevalue(name)

    return started


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    for item in items:
        directory = item.path.relative_to(HERE).parts[0]
        if directory in MARK_OF_DIRECTORY:
            item.add_marker(MARK_OF_DIRECTORY[directory])
        if "real_services" in getattr(item, "fixturenames", ()):
            item.add_marker("services")
    chosen = items
    if config.option.rest or not config.option.all:
        chosen = list(filter(is_of_the_rest if config.option.rest else is_quick, items))
    if not config.option.whole:
        chosen = drawn(chosen)
    kept = {item.nodeid for item in chosen}
    config.hook.pytest_deselected(items=[item for item in items if item.nodeid not in kept])
    items[:] = chosen
    division.sort_and_tell(config, items)


def is_quick(item: pytest.Item) -> bool:
    """Whether it is one of `make test`."""
    marks = division.names(item)
    return "slow" not in marks and (REPRESENTATIVE in marks or not marks & {"services", "campaign", "lengthy"})


def drawn(items: list[pytest.Item]) -> list[pytest.Item]:
    """Of the slow tests those that this run's seed draws: a quarter, or of one that is marked `sampled` so many cases.

    Tests of the same cases get the same ones, so that what they share is made once.
    """
    cases: dict[str, list[pytest.Item]] = defaultdict(list)
    left_out: set[str] = set()
    for item in items:
        if "slow" not in division.names(item):
            continue
        if item.get_closest_marker("sampled"):
            cases[item.nodeid.partition("[")[0]].append(item)
        elif draw(item.nodeid) >= SHARE:
            left_out.add(item.nodeid)
    for of_test in cases.values():
        [most] = of_test[0].get_closest_marker("sampled").args  # type: ignore[union-attr]
        ranked = sorted(of_test, key=lambda item: draw(item.nodeid.partition("[")[2]))
        left_out |= {item.nodeid for item in ranked[most:]}
    return [item for item in items if item.nodeid not in left_out]


def is_of_the_rest(item: pytest.Item) -> bool:
    """Whether `make test` has not run it, or not for every example and service."""
    is_cut_short = is_hypothesis_test(getattr(item, "obj", None)) or "service" in getattr(item, "fixturenames", ())
    return is_cut_short or not is_quick(item)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> division.Groups:
    return division.Groups(config, log)


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """After the processes of xdist have ended, and before the summary."""
    if not hasattr(session.config, "workerinput"):
        session.config.stash[leftovers.LEFT] = left = leftovers.end()
        if left:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    for process in config.stash.get(leftovers.LEFT, []):
        terminalreporter.write_line(f"A test has left this running, which was ended now: {process}", red=True)
