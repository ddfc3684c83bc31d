"""What is used of TensorFlow without its promise, tried on the version that is installed: 2.21 when it was written."""

import tempfile
from pathlib import Path

import pytest
import tensorflow as tf

from workers.engine.tensorflow_private import names_counted_from, remove_generated_files


def _names() -> list[str]:
    """The names that TensorFlow gives a function with a loop, and its parts."""

    @tf.function  # type: ignore[untyped-decorator]  # TensorFlow ships no types
    def looped(x: tf.Tensor) -> tf.Tensor:
        while tf.reduce_sum(x) < 3:
            x += 1
        return x

    graph = looped.get_concrete_function(tf.zeros(2)).graph.as_graph_def()
    return sorted([function.signature.name for function in graph.library.function])


def test_names_are_counted_from_a_number() -> None:
    _names()  # TensorFlow counts something once in a process
    with names_counted_from(70_000):
        first = _names()
    with names_counted_from(70_000):
        again = _names()
    assert first == again
    assert all("_700" in name for name in first)


def test_names_differ_outside() -> None:
    assert not {*_names()} & {*_names()}


def test_files_of_traced_code_are_removed_while_the_process_lives(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))

    @tf.function  # type: ignore[untyped-decorator]  # TensorFlow ships no types
    def doubled(x: tf.Tensor) -> tf.Tensor:
        return x if tf.reduce_sum(x) > 1 else x + x

    doubled(tf.ones(2))
    assert list(tmp_path.iterdir()), "TensorFlow writes none any more"
    remove_generated_files()
    assert not list(tmp_path.iterdir())
    remove_generated_files()
