"""The errors of a worker's input.

InvalidInput            the user has to change something; the message says where, what and what instead
├── DataError           the data: missing file, column or value, time going back, an empty split
└── SpecError           the trial: fields that contradict each other or the data
"""


class InvalidInput(ValueError):
    """The input cannot be used.

    field  the dotted path of the study file's field that the user has to look at, such as data.path; or empty
    """

    def __init__(self, message: str, field: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.field = field

    def __reduce__(self) -> tuple[type, tuple[str, str]]:
        return type(self), (self.message, self.field)


class DataError(InvalidInput):
    """The data cannot be used as they are."""


class SpecError(InvalidInput):
    """The trial's fields contradict each other or the data."""
