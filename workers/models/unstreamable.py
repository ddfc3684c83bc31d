"""Which layers of a model cannot go on from a state where a window ends, and why."""

from collections.abc import Iterator
from typing import Any

import keras
from keras import layers

POOLING = ("GlobalAveragePooling1D", "GlobalMaxPooling1D", "AveragePooling1D", "MaxPooling1D")
ATTENTION = ("Attention", "AdditiveAttention", "MultiHeadAttention", "GroupQueryAttention")
NORMALIZATION = ("BatchNormalization", "GroupNormalization")
RESHAPING = ("Flatten", "Permute", "RepeatVector", "UpSampling1D", "ZeroPadding1D", "Cropping1D")
CONVOLUTIONS = ("Conv1DTranspose", "SeparableConv1D", "DepthwiseConv1D")
GRIDS = ("ConvLSTM1D", "ConvLSTM2D", "ConvLSTM3D")
CAUSAL = "a convolution that goes on where a window ends is keras.layers.Conv1D with padding='causal'"
REASONS: tuple[tuple[tuple[str, ...], str], ...] = (
    (("Bidirectional",), "reads a window from its end too; a state that is carried knows nothing of what comes"),
    (ATTENTION, "attends to all timesteps of a window, which no state of it holds where the window ends"),
    (POOLING, "pools over the timesteps of a window, whose number is not the data's"),
    (NORMALIZATION, "has statistics over timesteps; keras.layers.LayerNormalization has them of each timestep"),
    (RESHAPING, "makes other timesteps out of those of a window"),
    (CONVOLUTIONS, f"reads timesteps that are not there at a window's end; {CAUSAL}"),
    (GRIDS, "has a state that is no vector"),
    (("Lambda",), "may do anything, and cannot be saved safely; write a layer, with its get_config"),
    (("Masking",), "takes timesteps away that count; data.missing of the study file handles what is missing"),
)
KINDS = tuple((tuple(getattr(layers, name) for name in names), why) for names, why in REASONS)


def refused(net: keras.Model) -> Iterator[str]:
    """Of each layer that cannot, its name and class, and why; net: a functional model of layers alone."""
    for layer in net.layers:
        if why := next((why for kinds, why in KINDS if isinstance(layer, kinds)), "") or _options(layer):
            yield f"its layer {layer.name} ({type(layer).__name__}) {why}"


def length_of_history(layer: Any) -> int:
    """The timesteps before the present one that a causal convolution reads; 0 of every other layer."""
    is_causal = isinstance(layer, layers.Conv1D) and layer.padding == "causal"
    return (layer.kernel_size[0] - 1) * layer.dilation_rate[0] if is_causal else 0


def _options(layer: Any) -> str:
    if isinstance(layer, layers.Conv1D):
        return _of_convolution(layer)
    return _of_recurrent(layer) if isinstance(layer, layers.RNN) else ""


def _of_recurrent(layer: Any) -> str:
    sizes = layer.state_size if isinstance(layer.state_size, list | tuple) else [layer.state_size]
    if layer.go_backwards:
        return "reads a window from its end; a state that is carried knows nothing of what comes"
    if not layer.return_sequences:
        return "puts out the last timestep of a window alone; with return_sequences=True it puts out each, as is scored"
    if isinstance(getattr(layer, "cell", None), layers.StackedRNNCells):
        return "has a list of cells, whose state Keras cannot reset; give each cell a keras.layers.RNN of its own"
    return "has a state that is no vector" if any(isinstance(size, list | tuple) for size in sizes) else ""


def _of_convolution(layer: Any) -> str:
    if layer.strides[0] != 1:
        return "leaves timesteps out (strides); each timestep has a forecast"
    if layer.data_format != "channels_last":
        return "reads (batch, channels, timesteps); data_format='channels_last' is what windows are"
    if layer.padding != "causal" and layer.kernel_size[0] > 1:
        return f"reads timesteps that are not there at a window's end (padding={layer.padding!r}); {CAUSAL}"
    return ""
