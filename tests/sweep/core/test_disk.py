"""What a study takes on disk."""

from pathlib import Path

import pytest

from sweep.core.disk import folder, in_words, on_disk


def test_every_file_of_a_study_counts_and_nothing_of_another(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name, size in (
        ("artifacts/small/search-1.checkpoint", 700),
        ("artifacts/small-2/a", 5),
        ("artifacts/e.log", 3),
    ):
        path = Path(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"x" * size)
    Path("reports/small/deep").mkdir(parents=True)
    Path("reports/small/deep/report.html").write_bytes(b"x" * 300)
    found = on_disk("small")
    assert [(each.files, each.bytes) for each in found] == [(1, 700), (1, 300)]
    assert found.bytes == 1000
    assert [(each.is_there, each.bytes) for each in on_disk("other")] == [(False, 0), (False, 0)]


def test_what_a_link_leads_to_is_not_the_studys(tmp_path: Path) -> None:
    (tmp_path / "large").mkdir()
    (tmp_path / "large" / "file").write_bytes(b"x" * 1000)
    (tmp_path / "link").symlink_to(tmp_path / "large")
    found = folder(tmp_path / "link")
    assert (found.files, found.bytes, found.is_there) == (0, 0, True)


@pytest.mark.parametrize("name", ["", ".", "..", "../reports", "a/b", "/etc"])
def test_a_name_never_leads_out_of_the_folder_of_all_studies(name: str) -> None:
    with pytest.raises(ValueError, match="is no name of a study"):
        on_disk(name)


@pytest.mark.parametrize(
    ("size", "said"), [(0, ""), (999, "999 B"), (1_000, "1.0 kB"), (2_540_000, "2.5 MB"), (7.25e9, "7.2 GB")]
)
def test_sizes_are_said_as_people_say_them(size: int, said: str) -> None:
    assert in_words(int(size)) == said
