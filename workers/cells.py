"""The recurrent cells that a trial can have, a row each; without Keras, so that a study file is checked without it."""

from collections.abc import Callable, Mapping
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.floating]
STOCK = "keras.layers:"  # begins the path of a layer that Keras has
FUSED = "workers.models.fused."


class Cell(NamedTuple):
    """A recurrent layer of Keras' kind.

    layer    import path of what builds it from its units and the options of keras.layers.RNN, as module:name
    states   how many states of (batch, units) it keeps
    options  the fields of a trial that only this cell has; they are handed to `layer` under the same names
    bounded  states (n, layers, states, units) -> (n, ...) what of them lies between -1 and 1; none: nothing does
    fused    import path of the same layer with a loop of its own, which takes less time on a CPU; empty: there is none
    masks    how many recurrent dropout draws for a batch, one for each sum that reads the state, of a layer that is
             fused; 0: the cell has no recurrent dropout
    cudnn    the options that have to be true for cuDNN's kernels, which Keras' layer takes on a GPU; none: it has none
    """

    layer: str
    states: int
    options: tuple[str, ...] = ()
    bounded: Callable[[Floats], Floats] | None = None
    fused: str = ""
    masks: int = 0
    cudnn: tuple[str, ...] | None = None

    @property
    def keras_name(self) -> str:
        """The name of its layer in keras.layers; empty where Keras lacks it."""
        return self.layer.removeprefix(STOCK) if self.layer.startswith(STOCK) else ""


def _all(states: Floats) -> Floats:
    """A state that is a tanh, or a mean of such."""
    return states


def _shown(states: Floats) -> Floats:
    """The tanh of the second state, an LSTM's cell, which is what its output shows."""
    return np.asarray(np.tanh(states[:, :, 1]))


CELLS: Mapping[str, Cell] = {
    "SimpleRNN": Cell("keras.layers:SimpleRNN", 1, bounded=_all, fused=f"{FUSED}simple_rnn:FusedSimpleRNN", masks=1),
    "LSTM": Cell("keras.layers:LSTM", 2, bounded=_shown, fused=f"{FUSED}lstm:FusedLSTM", masks=4, cudnn=()),
    "GRU": Cell(
        "keras.layers:GRU",
        1,
        ("reset_after",),
        bounded=_all,
        fused=f"{FUSED}gru:FusedGRU",
        masks=3,
        cudnn=("reset_after",),
    ),
    "LayerNormLSTM": Cell("workers.models.layers:layer_norm_lstm", 2, fused=f"{FUSED}layer_norm_lstm:layer_norm_lstm"),
    "MinGRU": Cell("workers.models.layers:MinGRU", 1, fused=f"{FUSED}min_gru:FusedMinGRU"),
    "SLSTM": Cell("workers.models.slstm:slstm", 4),
    "MinLSTM": Cell("workers.models.elementwise:min_lstm", 1),
    "IndRNN": Cell("workers.models.elementwise:ind_rnn", 1),
    "LRU": Cell("workers.models.elementwise:lru", 2),
}
OWN = Cell("", 0)  # how many states a user's own cell keeps is known once it is made


def cell_named(name: str) -> Cell:
    """The row of this name; of a user's own cell, `module:Class`, one in which nothing is known of it."""
    return OWN if is_own(name) else CELLS[name]


def is_own(name: str) -> bool:
    """Whether a cell is named by the import path of a class of the user's own."""
    return ":" in name
