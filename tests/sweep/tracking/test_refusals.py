"""Which errors of MLflow's may pass, and which never will."""

from typing import Any

import pytest
from mlflow.exceptions import MlflowException, RestException
from requests import HTTPError, Response

from sweep.tracking.server import explained, refused


def page(status: int) -> MlflowException:
    """As MLflow's client tells of an answer that is not MLflow's own."""
    return MlflowException(f"API request to endpoint /api failed with error code {status} != 200. Response body: 'No'")


def upload(status: int) -> HTTPError:
    """As it tells of a file that was not taken."""
    response = Response()
    response.status_code = status
    return HTTPError(f"{status} Error", response=response)


def own(code: str) -> RestException:
    return RestException({"error_code": code, "message": "no"})


FOR_GOOD: list[Any] = [page(400), page(413), upload(413), upload(400), own("INVALID_PARAMETER_VALUE"), own("NOT_FOUND")]
FOR_NOW: list[Any] = [page(500), page(503), page(429), page(401), page(403), page(404), upload(500), upload(408)]


@pytest.mark.parametrize("error", [*FOR_GOOD, own("RESOURCE_DOES_NOT_EXIST"), own("INVALID_STATE")], ids=str)
def test_what_was_turned_down_for_good_is_not_sent_for_ever(error: Exception) -> None:
    assert refused(error)


@pytest.mark.parametrize("error", [*FOR_NOW, own("TEMPORARILY_UNAVAILABLE"), OSError("no route"), MlflowException("?")])
def test_everything_else_may_pass(error: Exception) -> None:
    assert not refused(error)


def test_a_wrong_password_is_explained_and_not_shown() -> None:
    error = MlflowException("http://me:secret@mlflow/api failed with error code 401 != 200")
    assert "MLFLOW_TRACKING_PASSWORD" in explained(error)
    assert "secret" not in explained(error)
