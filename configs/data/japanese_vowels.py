"""Makes japanese_vowels.npz of JapaneseVowels_TRAIN.ts.gz and JapaneseVowels_TEST.ts.gz, its two arguments."""

import gzip
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

TARGET = Path(__file__).with_suffix(".npz")


def main(paths: list[str]) -> None:
    """Write all utterances of the files, each timestep with its speaker, 0 to 8.

    In an order of chance: the files are sorted by speaker, so a state carried on from the utterance before would know.
    """
    spoken = [utterance for path in paths for utterance in utterances(Path(path))]
    np.random.default_rng(0).shuffle(spoken)
    lengths = [len(features) for features, _ in spoken]
    np.savez_compressed(
        TARGET,
        features=np.concatenate([features for features, _ in spoken]),
        targets=np.repeat(np.array([speaker for _, speaker in spoken], np.int8), lengths),
        starts=np.cumsum(lengths) - lengths,
    )


def utterances(path: Path) -> Iterator[tuple[NDArray[np.float32], int]]:
    """Each line's features (timesteps, 12) and speaker, from 0: dimensions parted by colons, the class last."""
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        for line in lines:
            if line[0] not in "#@":
                *dimensions, label = line.split(":")
                yield np.array([row.split(",") for row in dimensions], np.float32).T, int(label) - 1


if __name__ == "__main__":
    main(sys.argv[1:])
