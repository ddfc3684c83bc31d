"""A program for tests: trains a small trial of each of these cells in this order, and prints what came of it."""

import hashlib
import json
import resource
import sys

from workers.engine import runtime

with runtime.silenced():
    runtime.configure(1, cached="cached" in sys.argv)
    from tests.workers.worlds import regression
    from workers.engine.checkpoint import Checkpoint
    from workers.engine.compile_cache import CompileCacheFailed
    from workers.engine.training import Trainer
from workers.spec import TrialSpec

SMALL = 2**16  # bytes: more than a source file, less than a compiled function


def main() -> None:
    """Print an object: the digest of each trial's weights, by cell; or that the cache has failed.

    full: once the cache is in use, no file can be written any more
    """
    if "full" in sys.argv:
        resource.setrlimit(resource.RLIMIT_FSIZE, (SMALL, SMALL))
    trainer = Trainer(regression())
    digests = {}
    for cell in sys.argv[1].split(","):
        spec = TrialSpec(cell=cell, units=3, window=5, batch_size=2, epochs=2, dropout=0.2)
        try:
            segment = trainer.train(spec, 7, seconds=3600.0)
        except CompileCacheFailed:
            digests[cell] = "cache failed"
            continue
        best = Checkpoint.from_bytes(segment.checkpoint).best
        digests[cell] = hashlib.sha256(b"".join(values.tobytes() for values in best)).hexdigest()
    sys.stdout.write(f"{json.dumps(digests)}\n")


if __name__ == "__main__":
    main()
