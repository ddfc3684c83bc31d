"""Which kernels train the networks of a study on GPUs, in words."""

from sweep.config.sections import StudyConfig
from sweep.config.space import Entry, Range, Space
from workers.kernels import on_gpu

DECIDING = ("model", "cell", "reset_after", "units", "recurrent_dropout")  # what the rule looks at


def described(config: StudyConfig) -> dict[str, str]:
    """By cuDNN or XLA, and why; nothing of a study without GPUs."""
    if not config.workers.gpus:
        return {}
    entries = {name: _ends(config.space[name]) for name in DECIDING if name in config.space}
    space = Space(config.trial, entries)
    found: dict[str, None] = {}
    for parameters in space.grid():
        spec = space.spec_from(parameters)
        kernels = on_gpu(spec)
        found[f"{spec.network} by {'cuDNN' if kernels.cudnn else f'XLA, as {kernels.why}'}"] = None
    return {"on GPUs": "; ".join(found)}


def _ends(entry: Entry) -> Entry:
    """The rule only asks whether numbers are below a bound, or above zero."""
    return (entry.low, entry.high) if isinstance(entry, Range) else entry
