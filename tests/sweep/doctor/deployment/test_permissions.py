"""What other users of this machine may do to a file."""

from sweep.doctor.deployment.permissions import may_read, may_write
from tests.sweep.doctor.deployment.worlds import World


def test_a_file_in_a_folder_that_others_cannot_enter_is_safe_whatever_its_mode(world: World) -> None:
    (world.public / "closed").mkdir(mode=0o700)
    path = world.public / "closed" / "file"
    path.touch()
    path.chmod(0o666)
    assert not may_read(path)
    assert not may_write(path)


def test_in_a_folder_that_others_write_they_can_put_another_file_in_its_place(world: World) -> None:
    path = world.public / "file"
    path.touch(mode=0o600)
    world.public.chmod(0o777)
    assert may_write(path)
    assert not may_read(path)
    world.public.chmod(0o1777)  # as /tmp is, where only an owner can remove what is theirs
    assert not may_write(path)


def test_whatever_others_may_put_into_a_folder_they_may_write_the_folder(world: World) -> None:
    world.public.chmod(0o1777)
    assert may_write(world.public)


def test_a_link_is_judged_by_where_it_lies_and_by_what_it_leads_to(world: World) -> None:
    (world.folder / "mine").touch(mode=0o600)
    (world.public / "theirs").touch()
    (world.public / "theirs").chmod(0o666)
    (world.public / "link").symlink_to(world.folder / "mine")
    (world.folder / "link").symlink_to(world.public / "theirs")
    assert not may_write(world.public / "link")
    assert may_write(world.folder / "link")
    world.public.chmod(0o777)
    assert may_write(world.public / "link")


def test_what_is_not_there_is_safe(world: World) -> None:
    assert not may_read(world.public / "nothing")
    assert not may_write(world.public / "nothing")
