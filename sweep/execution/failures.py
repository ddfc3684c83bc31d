"""The errors of workers: which kind of failure each is, and its text in one line."""

from sweep.execution.protocols import Answer, WorkerId

OUT_OF_MEMORY = ("MemoryError", "ResourceExhaustedError", "OutOfMemoryError", "_ArrayMemoryError")


def raised(worker: WorkerId, error: BaseException) -> Answer:
    """The answer of a worker whose trial raised an error: a failure of the trial, or of memory."""
    memory = any(kind.__name__ in OUT_OF_MEMORY for kind in type(error).__mro__)
    return Answer(worker, error=describe(error), failure="memory" if memory else "trial")


def describe(error: BaseException) -> str:
    """An error in one line: its type and message."""
    return f"{type(error).__name__}: {str(error).strip() or 'no message'}"
