"""Which kernels train a network on a GPU: cuDNN's, or those of XLA; without Keras, so that a launcher can say it.

cuDNN trains a whole window by one call (Appleyard, Kocisky & Blunsom 2016, arXiv 1604.01946), which XLA cannot compile:
then every other operation of a step is a call of its own too. XLA compiles the whole step, with the loops of
workers.models.fused. So cuDNN is for networks that are large enough to hide those calls. The bound is a guess that no
measurement stands behind yet.
"""

from typing import NamedTuple

from workers.cells import cell_named, is_own
from workers.spec import TrialSpec

LEAST_UNITS = 256


class Kernels(NamedTuple):
    """Whether cuDNN trains a network on a GPU, and where it does not, why."""

    cudnn: bool
    why: str = ""


def on_gpu(spec: TrialSpec) -> Kernels:
    """Those of a trial."""
    if is_own(spec.network):
        noun = "model" if spec.model else "cell"
        return Kernels(cudnn=False, why=f"cuDNN does not know a {noun} of your own")
    asked = cell_named(spec.cell).cudnn
    if asked is None:
        return Kernels(cudnn=False, why=f"cuDNN has no {spec.cell}")
    if lacking := [name for name in asked if not getattr(spec, name)]:
        return Kernels(cudnn=False, why=f"cuDNN has no {spec.cell} with {lacking[0]}: false")
    if spec.recurrent_dropout:
        return Kernels(cudnn=False, why="cuDNN has no recurrent dropout")
    if spec.units < LEAST_UNITS:
        return Kernels(cudnn=False, why=f"below {LEAST_UNITS} units its calls would take longer than what they compute")
    return Kernels(cudnn=True)
