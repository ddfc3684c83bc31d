"""Models as a user writes them, in a module beside the study file."""

from workers.data.code_files import Code

LSTM, MIXED, CAUSAL = "my_models:copied_lstm", "my_models:mixed", "my_models:causal"

TEXT = '''
import keras
from keras import layers

from my_blocks import Squeeze


def copied_lstm(n_features, n_outputs, units=32):
    """The network of this project that has an LSTM."""
    x = keras.Input((None, n_features))
    hidden = layers.LSTM(units, return_sequences=True)(x)
    return keras.Model(x, layers.Dense(n_outputs)(hidden))


def mixed(n_features, n_outputs, units=4, dropout=0.0, residual=True):
    """Layers whose states are of different sizes, a block, and a residual connection."""
    x = keras.Input((None, n_features))
    first = layers.GRU(units, return_sequences=True)(x)
    block = keras.Sequential([keras.Input((None, units)), layers.Dense(units, "relu"), layers.LayerNormalization()])
    hidden = first + block(first) if residual else block(first)
    hidden = layers.Dropout(dropout)(hidden)
    hidden = layers.LSTM(units + 3, return_sequences=True)(layers.Concatenate()([hidden, x]))
    hidden = layers.RNN(layers.SimpleRNNCell(3), return_sequences=True)(hidden)
    return keras.Model(x, layers.Dense(n_outputs)(Squeeze(5)(hidden)))


def causal(n_features, n_outputs, filters=3, dilation=2):
    """Causal convolutions before and after a recurrent layer."""
    return keras.Sequential(
        [
            keras.Input((None, n_features)),
            layers.Conv1D(filters, 3, padding="causal", activation="relu"),
            layers.GRU(4, return_sequences=True, stateful=False),
            layers.Conv1D(2, 2, padding="causal", dilation_rate=dilation),
            layers.Dense(n_outputs),
        ]
    )
'''

BLOCKS = '''
import keras
from keras import ops


@keras.saving.register_keras_serializable(package="mine")
class Squeeze(keras.layers.Layer):
    """A layer of the user's own that works on each timestep."""

    def __init__(self, width, **kwargs):
        super().__init__(**kwargs)
        self.width = width

    def build(self, input_shape):
        self.kernel = self.add_weight((input_shape[-1], self.width), name="kernel")

    def call(self, inputs):
        print("squeezed")
        return ops.tanh(ops.matmul(inputs, self.kernel))

    def compute_output_shape(self, input_shape):
        return (*input_shape[:-1], self.width)

    def get_config(self):
        return {**super().get_config(), "width": self.width}
'''

CODE: Code = {"my_models.py": TEXT, "my_blocks.py": BLOCKS}
