"""Renders the templates: text is escaped, and only `Markup` is inserted as it is."""

import math
from functools import cache
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from sweep.comparison.sentence import percent
from sweep.report import tables
from sweep.report.formatting import between, chances, signed


def render(template: str, **content: Any) -> str:
    """The template with this content.

    Raises jinja2.UndefinedError where a template asks for content that is not there.
    """
    return _environment().get_template(template).render(content)


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
