"""What a worker's error was: whose failure it is, and its text in one line."""

from sweep.execution.protocols import Answer, WorkerId

OUT_OF_MEMORY = ("MemoryError", "ResourceExhaustedError", "OutOfMemoryError", "_ArrayMemoryError")


def raised(worker: WorkerId, error: BaseException) -> Answer:
    """What a trial raised: its own fault, unless it is a want of memory."""
    memory = any(kind.__name__ in OUT_OF_MEMORY for kind in type(error).__mro__)
    return Answer(worker, error=describe(error), fault="memory" if memory else "trial")


def describe(error: BaseException) -> str:
    """An error in one line: its type and message."""
    return f"{type(error).__name__}: {str(error).strip() or 'no message'}"
