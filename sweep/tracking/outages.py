"""What an error of MLflow's means: MLflow is away for now, or it rejects this write permanently."""

import re

from mlflow.exceptions import ERROR_CODE_TO_HTTP_STATUS, MlflowException

from sweep.tracking.address import reason

REFUSED = range(400, 500)
FOR_NOW = {401, 403, 404, 407, 408, 421, 425, 429, 499}  # a proxy without its server answers 404
FOR_GOOD = {"INVALID_STATE", "NOT_FOUND", "RESOURCE_DOES_NOT_EXIST"}  # whatever their status
ADVICE = {
    401: "set MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD, or MLFLOW_TRACKING_TOKEN, for the next launch",
    403: "may this user write there, and does the server allow this host name (mlflow server --allowed-hosts)?",
}


def refused(error: BaseException) -> bool:
    """Whether MLflow turned a request down for good; every other error may pass."""
    status = _status(error)
    if isinstance(error, MlflowException) and error.error_code in FOR_GOOD:
        return True
    return status in REFUSED and status not in FOR_NOW


def explained(error: BaseException) -> str:
    """Why a request failed, in one line that may be shown, and what to do where something can be done."""
    advice = ADVICE.get(_status(error))
    return f"{reason(error)} ({advice})" if advice else reason(error)


def _status(error: BaseException) -> int:
    """The answer's HTTP status; 0 where there was no answer."""
    answer = getattr(error, "response", None)  # of an error of the library requests, which sends files
    if answer is not None:
        return int(answer.status_code)
    told = re.search(r"failed with error code (\d{3})", str(error))  # of a page that is not MLflow's own
    if told:
        return int(told[1])
    return ERROR_CODE_TO_HTTP_STATUS.get(error.error_code, 0) if isinstance(error, MlflowException) else 0
