"""Fetches a model from MLflow, to forecast with it here, or to take its files away."""

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, NamedTuple

from sweep.config.addresses import absolute
from sweep.core import redact
from sweep.core.errors import CannotWrite, ConfigError, ServiceUnavailable
from sweep.core.model_address import SCHEME
from sweep.tracking import settings
from workers.errors import DataError

if TYPE_CHECKING:
    from mlflow import MlflowClient

    from workers.forecasting.forecaster import Forecaster

FOLDER = Path("data", "forecaster")
USER = "mlflow.user"  # the tag in which MLflow says who made a run


class Fetched(NamedTuple):
    """A model of MLflow.

    files    by their names: those of workers.forecasting.package
    version  in the registry, such as 3; empty for a model that is not registered
    tags     of that version: see tag_names
    by, at   who logged it, and when, in seconds since 1970; empty and 0 where MLflow does not say
    """

    files: Mapping[str, bytes]
    version: str = ""
    tags: Mapping[str, str] = {}
    by: str = ""
    at: float = 0.0


def forecaster(model: str, tracking_uri: str, code: Path) -> "Forecaster":
    """The forecaster of a model, such as `models:/NAME@champion`.

    Loading a model runs no code of its own, but that of a cell of the user's own which lies in the folder `code` too.

    Raises ServiceUnavailable where MLflow cannot be reached, has no such model, or has one of another kind; ConfigError
    where its cell is not in that folder, or is another there.
    """
    with _downloaded(model, tracking_uri) as (folder, _):
        return of_folder(folder, model, code)


def of_folder(folder: Path, called: str, code: Path) -> "Forecaster":
    """The forecaster whose files lie in a folder; called: in a message.

    Raises ServiceUnavailable where none do, and ConfigError as `forecaster`.
    """
    from workers.engine import runtime  # noqa: PLC0415

    runtime.configure()
    with runtime.silenced():
        from workers.forecasting.forecaster import Forecaster  # noqa: PLC0415  (with TensorFlow's settings in force)

    try:
        return Forecaster.load(folder, code)
    except DataError as error:
        raise ConfigError(f"{called}: {error.message}") from None
    except (OSError, ValueError, KeyError) as error:
        raise ServiceUnavailable(f"{called}: is no model of this version of sweep: {error}") from error


def files(model: str, tracking_uri: str) -> Fetched:
    """The files of a model, and what the registry says of it. Raises ServiceUnavailable as `forecaster`."""
    with _downloaded(model, tracking_uri) as (folder, fetched):
        if not folder.is_dir():
            raise ServiceUnavailable(f"{model}: is no model of this version of sweep: it has no {FOLDER}")
        return fetched._replace(files={path.name: path.read_bytes() for path in sorted(folder.iterdir())})


@contextmanager
def _downloaded(model: str, tracking_uri: str) -> Iterator[tuple[Path, Fetched]]:
    """The folder with the model's files, while the context lasts, and what is known beside them."""
    from workers.engine import runtime  # noqa: PLC0415

    settings.configure()
    runtime.configure()
    import mlflow.artifacts  # noqa: PLC0415  (with its settings in force, and TensorFlow's)
    from mlflow import MlflowClient  # noqa: PLC0415

    from sweep.tracking.inspection import is_set_up  # noqa: PLC0415  (which imports it too)
    from sweep.tracking.limits import enforced  # noqa: PLC0415
    from sweep.tracking.server import ERRORS, explained  # noqa: PLC0415

    tracking_uri = absolute(tracking_uri)  # for which MLflow keeps the database that it opened
    where = redact.address(tracking_uri)
    with ExitStack() as while_it_lasts:
        folder = while_it_lasts.enter_context(_temporary_folder())
        try:
            if model.startswith(SCHEME) and not is_set_up(tracking_uri):  # the client would create it
                raise ServiceUnavailable(f"{model}: cannot be had from MLflow: there is none at {where}")
            with enforced():
                place, fetched = _place(model, MlflowClient(tracking_uri))
                path = mlflow.artifacts.download_artifacts(place, dst_path=folder, tracking_uri=tracking_uri)
        except ERRORS as error:
            raise ServiceUnavailable(
                f"{model}: cannot be had from MLflow: {explained(error)}; looked at {where}"
            ) from error
        yield Path(path) / FOLDER, fetched


def _temporary_folder() -> "TemporaryDirectory[str]":
    """A folder for what is fetched. Raises CannotWrite."""
    try:
        return TemporaryDirectory()
    except OSError as error:
        raise CannotWrite(f"no temporary folder can be made: {error}; TMPDIR may name another place") from error


def _place(model: str, client: "MlflowClient") -> tuple[str, Fetched]:
    """Where its files are, and what is known beside them.

    MLflow would look up an address that begins with models: at its global server instead.
    """
    from sweep.tracking.server import given  # noqa: PLC0415  (which imports MLflow)

    if not model.startswith(SCHEME):
        return model, Fetched({})
    address = model.removeprefix(SCHEME)
    name, _, alias = address.partition("@")
    if not alias:
        name, _, version = address.partition("/")
        if not version:
            return given(str(client.get_logged_model(address).artifact_location), f"the place of {model}"), Fetched({})
    found = client.get_model_version_by_alias(name, alias) if alias else client.get_model_version(name, version)
    by = client.get_run(found.run_id).data.tags.get(USER, "") if found.run_id else ""
    place = given(str(found.source or ""), f"the place of {model}")
    return place, Fetched({}, str(found.version), found.tags, by, found.creation_timestamp / 1000)
