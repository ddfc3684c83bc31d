"""Cells as a user writes them, in a module beside the study file."""

from workers.data.code_files import Code

LSTM, KEEPER = "my_cells:CopiedLSTM", "my_cells:Keeper"

TEXT = '''
import keras
from keras import ops

from my_gates import shut


class CopiedLSTM(keras.layers.Layer):
    """Keras' LSTM, written out."""

    def __init__(self, units, **kwargs):
        super().__init__(**kwargs)
        self.units = self.output_size = units
        self.state_size = [units, units]
        self.kernel_initializer = keras.initializers.GlorotUniform()
        self.recurrent_initializer = keras.initializers.Orthogonal()
        keras.random.SeedGenerator()  # as Keras' has for its dropout, so that what is built later begins alike

    def build(self, input_shape):
        shape = (input_shape[-1], 4 * self.units)
        self.kernel = self.add_weight(shape, self.kernel_initializer, name="kernel")
        self.recurrent_kernel = self.add_weight(
            (self.units, 4 * self.units), self.recurrent_initializer, name="recurrent_kernel"
        )
        self.bias = self.add_weight((4 * self.units,), forget, name="bias")

    def call(self, inputs, states):
        h, c = states
        print("called")
        sums = ops.matmul(inputs, self.kernel) + ops.matmul(h, self.recurrent_kernel) + self.bias
        i, f, g, o = ops.split(sums, 4, axis=-1)
        c = shut(f) * c + shut(i) * ops.tanh(g)
        h = shut(o) * ops.tanh(c)
        return h, [h, c]

    def get_config(self):
        return {**super().get_config(), "units": self.units}


def forget(shape, dtype=None):
    units = shape[0] // 4
    return ops.concatenate([ops.zeros(units, dtype), ops.ones(units, dtype), ops.zeros(2 * units, dtype)])


@keras.saving.register_keras_serializable(package="mine")
class Keeper(keras.layers.Layer):
    """Of one state, whose output is as wide as two."""

    def __init__(self, units, part=1.0, **kwargs):
        super().__init__(**kwargs)
        self.units = self.state_size = units
        self.part = part
        self.output_size = 2 * units

    def build(self, input_shape):
        self.kernel = self.add_weight((input_shape[-1] + self.units, 2 * self.units), name="kernel")

    def call(self, inputs, states):
        gate, new = ops.split(ops.matmul(ops.concatenate([inputs, states[0]], axis=-1), self.kernel), 2, axis=-1)
        h = self.part * ops.sigmoid(gate) * states[0] + (1 - ops.sigmoid(gate)) * ops.tanh(new)
        return ops.concatenate([h, ops.tanh(new)], axis=-1), [h]

    def get_config(self):
        return {**super().get_config(), "units": self.units, "part": self.part}
'''

CODE: Code = {
    "my_cells.py": TEXT,
    "my_gates.py": "from keras import ops\n\n\ndef shut(x):\n    return ops.sigmoid(x)\n",
}
