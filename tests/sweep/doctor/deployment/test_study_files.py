"""What others may do to a study file and to the code that it runs."""

from pathlib import Path

import pytest

from tests.sweep.config.study_files import MINIMAL
from tests.sweep.doctor.deployment.worlds import World

PROMISE = "the study's own code can be written by nobody else"
TEXT = "name: mine\ndata: {kind: python, factory: 'samples.more:make'}\n"


def writable(path: Path) -> Path:
    path.parent.mkdir(exist_ok=True)
    path.write_text("raise AssertionError('it is only looked at')")
    path.chmod(0o666)
    return path


@pytest.mark.parametrize("name", ["samples.py", "helper.py", "samples/more.py"])
def test_what_the_study_may_import_from_beside_it_is_looked_at(world: World, name: str) -> None:
    path = writable(world.public / name)
    world.study(world.public, TEXT)
    (found,) = world.look(PROMISE)
    assert found.remedy == f"chmod o-w {path}"


def test_so_is_an_installed_module(world: World) -> None:
    (world.public / "installed").mkdir()
    path = writable(world.public / "installed" / "samples.py")
    world.patch.syspath_prepend(path.parent)
    world.study(world.folder, TEXT)
    (found,) = world.look(PROMISE)
    assert found.remedy == f"chmod o-w {path}"


def test_so_is_the_folder_since_what_others_put_there_is_found_first(world: World) -> None:
    world.study(world.public, TEXT)
    world.public.chmod(0o1777)  # in which they can replace nothing
    (found,) = world.look(PROMISE)
    assert found.remedy == f"chmod o-w {world.public}"


@pytest.mark.parametrize(
    ("address", "mode", "shown"),
    [
        ("me:canary@host/db", 0o644, True),
        ("host/db?user=me&password=canary", 0o644, True),
        ("me:canary@host/db", 0o600, False),
        ("me@host/db", 0o644, False),
    ],
)
def test_a_password_in_a_study_file_is_found_where_others_can_read_it(
    world: World, address: str, mode: int, shown: bool
) -> None:
    world.study(world.public, f"{MINIMAL}storage: postgresql+psycopg://{address}\n").chmod(mode)
    assert bool(world.look("no password in the study file can be read by others")) == shown


def test_data_of_another_kind_are_no_code(world: World) -> None:
    world.study(world.public)
    with pytest.raises(AssertionError):
        world.look(PROMISE)
