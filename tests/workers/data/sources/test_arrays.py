"""Arrays in an .npz file: what they become, and which are refused."""

import io
import zipfile
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pytest

from workers.data.sources.arrays import Arrays
from workers.data.timeline import Timeline
from workers.errors import DataError

FEATURES = np.arange(12.0).reshape(6, 2)
FLOATS = np.arange(6.0)


def loaded(folder: Path, score: Literal["every_step", "sequence_end"] = "every_step", **arrays: Any) -> Timeline:
    np.savez(folder / "data.npz", **arrays)
    return Arrays(path="data.npz", score=score).load(folder)


def refusal(folder: Path, content: bytes) -> str:
    (folder / "data.npz").write_bytes(content)
    with pytest.raises(DataError) as caught:
        Arrays(path="data.npz").load(folder)
    assert caught.value.field == "data.path"
    return caught.value.message.replace(f"{folder}/", "")


def archive(**members: bytes) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as file:
        for name, content in members.items():
            file.writestr(f"{name}.npy", content)
    return stream.getvalue()


def header(*shape: int) -> bytes:
    """The beginning of an array of this shape, and nothing of the array."""
    stream = io.BytesIO()
    np.lib.format.write_array_header_1_0(stream, {"descr": "<f8", "fortran_order": False, "shape": shape})
    return stream.getvalue()


def test_floats_are_a_regression(tmp_path: Path) -> None:
    timeline = loaded(tmp_path, features=FEATURES, targets=FLOATS)
    assert timeline.targets.tolist() == [[0], [1], [2], [3], [4], [5]]
    assert timeline.n_classes == 0
    assert timeline.features.dtype == np.float64
    single = loaded(tmp_path, features=FEATURES.astype(np.float32), targets=FLOATS)
    assert (single.features.dtype, single.targets.dtype) == (np.dtype(np.float32), np.dtype(np.float64))


def test_integers_are_classes(tmp_path: Path) -> None:
    timeline = loaded(tmp_path, features=FEATURES, targets=np.array([0, 2, 1, 0, 0, 1]))
    assert (timeline.n_classes, timeline.targets.tolist()) == (3, [0, 2, 1, 0, 0, 1])
    assert timeline.targets.dtype == np.int32


def test_true_and_false_are_two_classes(tmp_path: Path) -> None:
    assert loaded(tmp_path, features=FEATURES, targets=FLOATS > 2).targets.tolist() == [0, 0, 0, 1, 1, 1]


def test_floats_that_happen_to_be_whole_stay_a_regression(tmp_path: Path) -> None:
    assert loaded(tmp_path, features=FEATURES, targets=np.ones((6, 2))).n_classes == 0


def test_without_starts_there_is_one_sequence(tmp_path: Path) -> None:
    assert loaded(tmp_path, features=FEATURES, targets=FLOATS).starts.tolist() == [0]


def test_starts_say_where_sequences_begin(tmp_path: Path) -> None:
    assert loaded(tmp_path, features=FEATURES, targets=FLOATS, starts=[0, 4]).starts.tolist() == [0, 4]


def test_scored_at_sequence_ends_only_last_steps_count(tmp_path: Path) -> None:
    timeline = loaded(tmp_path, "sequence_end", features=FEATURES, targets=FLOATS, starts=[0, 4])
    assert np.flatnonzero(timeline.scored).tolist() == [3, 5]


@pytest.mark.parametrize(
    ("arrays", "message"),
    [
        ({"targets": FLOATS}, "has no array features; there is targets"),
        ({"features": FEATURES, "target": FLOATS}, r"has an array target; did you mean targets\?"),
        ({"features": FEATURES[:, 0], "targets": FLOATS}, r"features are \(6,\) and targets \(6,\); they must be"),
        ({"features": FEATURES, "targets": FLOATS[:5]}, r"features are \(6, 2\) and targets \(5,\); they must be"),
        ({"features": FEATURES[:0], "targets": FLOATS}, r"features must be .* not empty, not \(0, 2\)"),
        ({"features": FEATURES[None], "targets": FLOATS}, r"features must be .*, not \(1, 6, 2\)"),
        ({"features": FEATURES.astype(str), "targets": FLOATS}, "features must be real numbers, not <U"),
        ({"features": FEATURES * 1j, "targets": FLOATS}, "features must be real numbers, not complex128"),
        ({"features": FEATURES.astype(object), "targets": FLOATS}, "cannot be read .*allow_pickle=False"),
        ({"features": np.full((6, 1), np.nan), "targets": FLOATS}, "features: not a finite number at timestep 0"),
        ({"features": np.full((6, 1), 1e151), "targets": FLOATS}, "features: larger than .* at timestep 0"),
        ({"features": FEATURES, "targets": np.array([0, 1, -1, 0, 0, 0])}, r"from -1 to 1 \(timestep 2\)"),
        ({"features": FEATURES, "targets": np.full(6, 2**40)}, r"from 1099511627776 to .* cannot outnumber"),
        ({"features": FEATURES, "targets": np.ones((6, 2), int)}, "integers, so classes, and 2 columns"),
        ({"features": FEATURES, "targets": FLOATS, "starts": [1, 3]}, "starts must be integers that begin at 0"),
        ({"features": FEATURES, "targets": FLOATS, "starts": [0, 3, 3]}, "starts must be integers that begin at 0"),
        ({"features": FEATURES, "targets": FLOATS, "starts": [0, 6]}, "starts must be integers .* below 6"),
        ({"features": FEATURES, "targets": FLOATS, "starts": [0.0, 3.0]}, "starts must be integers"),
        ({"features": FEATURES, "targets": FLOATS, "starts": [[0, 3]]}, "starts must be integers"),
    ],
)
def test_arrays_that_do_not_fit_are_refused(tmp_path: Path, arrays: dict[str, Any], message: str) -> None:
    with pytest.raises(DataError, match=message) as caught:
        loaded(tmp_path, **arrays)
    assert caught.value.field == "data.path"


def test_a_file_that_is_no_archive_is_refused(tmp_path: Path) -> None:
    assert refusal(tmp_path, b"hello").startswith("data.npz: is not an .npz archive, or damaged; write one with")


def test_a_single_array_is_refused(tmp_path: Path) -> None:
    np.save(tmp_path / "one.npy", FEATURES)
    assert "is not an .npz archive" in refusal(tmp_path, (tmp_path / "one.npy").read_bytes())


def test_an_archive_cut_short_is_refused(tmp_path: Path) -> None:
    loaded(tmp_path, features=FEATURES, targets=FLOATS)
    assert "is not an .npz archive, or damaged" in refusal(tmp_path, (tmp_path / "data.npz").read_bytes()[:-30])


def test_an_array_that_promises_more_than_it_holds_is_refused(tmp_path: Path) -> None:
    assert "cannot be read" in refusal(tmp_path, archive(features=header(1000, 1)))


def test_an_array_beyond_all_memory_is_refused(tmp_path: Path) -> None:
    assert "cannot be read (Unable to allocate" in refusal(tmp_path, archive(features=header(10**15, 1)))


def test_an_archive_that_would_unpack_to_more_than_the_memory_is_refused_unread(tmp_path: Path) -> None:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as file:
        file.writestr("features.npy", b"")
        file.filelist[0].file_size = 2**50
    assert refusal(tmp_path, stream.getvalue()).startswith("data.npz: would take 1,048,576 GiB unpacked, and")


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no such file"):
        Arrays(path="data.npz").load(tmp_path)
