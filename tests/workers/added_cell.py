"""What adding a cell takes: run as a program, it adds one row, trains a trial with it and prints what came of it."""

import json
import sys
from typing import Any

from tests.workers.worlds import regression
from workers import cells


def relu_rnn(units: int, **options: Any) -> Any:
    """The IRNN of Le, Jaitly & Hinton 2015 (arXiv 1504.00941), without its initial weights."""
    import keras  # noqa: PLC0415 (the row is added without Keras)

    return keras.layers.SimpleRNN(units, activation="relu", **options)


ROWS = {"ReluRNN": cells.Cell("tests.workers.added_cell:relu_rnn", 1)}


def main() -> None:
    """Add the rows, then import what must know them."""
    cells.CELLS |= ROWS  # type: ignore[operator]
    from workers.engine.training import Trainer  # noqa: PLC0415
    from workers.forecasting import keras_models  # noqa: PLC0415
    from workers.spec import TrialSpec  # noqa: PLC0415

    dataset = regression((60,))
    spec = TrialSpec(cell="ReluRNN", units=3, window=5, batch_size=2, epochs=1)
    segment = Trainer(dataset).train(spec, 0, seconds=1e9, test=True)
    exported = keras_models.keras_files(spec, dataset, segment.checkpoint)
    result = {"touched": len(ROWS), "losses": segment.reports[0].metrics, "exported": len(exported["batch.keras"])}
    sys.stdout.write(json.dumps(result))


if __name__ == "__main__":
    main()
