"""Renders the templates: text is escaped, and only `Markup` is inserted as it is."""

import math
from base64 import b64encode
from functools import cache
from hashlib import sha256
from importlib.resources import files
from typing import Any, NamedTuple

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from sweep.comparison.sentence import percent
from sweep.report import tables
from sweep.report.formatting import between, chances, signed


class Script(NamedTuple):
    """Its text, and what a page's Content-Security-Policy calls it."""

    text: Markup
    source: str


def render(template: str, **content: Any) -> str:
    """The template with this content.

    Raises jinja2.UndefinedError where a template asks for content that is not there.
    """
    return _environment().get_template(template).render(content)


def script(name: str) -> Script:
    """A script among the templates, and the hash by which a page allows itself this one and no other."""
    text = files("sweep.report").joinpath("templates", name).read_text("utf-8")
    digest = b64encode(sha256(text.encode()).digest()).decode()
    return Script(Markup(text), f"sha256-{digest}")  # noqa: S704  (our own)


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("sweep.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters |= {
        "between": between,
        "chances": chances,
        "meaning": tables.meaning,
        "obstacle": tables.obstacle,
        "percent": percent,
        "signed": signed,
    }
    environment.tests["finite"] = _is_finite
    return environment


def _is_finite(value: float | None) -> bool:
    return value is not None and math.isfinite(value)
