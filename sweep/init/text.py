"""The text of a study file: fields with the reasons for their values in comments."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sweep.core.plain import plain
from workers.data.looking.said import Said
from workers.wording import as_yaml, listed

COMMENTS_AT = 46  # columns
DURATION = re.compile(r"[0-9]+(\.[0-9]+)?(s|min|h|D)")
BREAKS = str.maketrans("\n\t\ufeff", "   ")
WHOLE = re.compile(r"-?[0-9]+")  # a number for YAML, and text here
UNSURE = "unsure: "
SHOWN = 12  # columns that are left out, of which each has a line


def document(
    head: Sequence[str], sections: Mapping[str, Mapping[str, Said] | Said], tails: Mapping[str, Sequence[str]]
) -> str:
    """The whole text.

    head: comments at the beginning; sections: of fields, or single fields, by their names; tails: comments after those
    """
    lines = [_comment(line) for line in head]
    for name, section in sections.items():
        if isinstance(section, Said):
            lines.append(_line(f"{name}: {flow(section.value)}", section))
        else:
            lines += ["", f"{name}:", *(f"  {line}" for field, said in section.items() for line in _field(field, said))]
        lines += [f"  {_comment(line)}" for line in tails.get(name, ())]
    return "\n".join(lines) + "\n"


def _field(name: str, said: Said) -> Iterator[str]:
    """A field, whose value is a list of Said where each entry has a line of its own."""
    if isinstance(said.value, list) and said.value and isinstance(said.value[0], Said):
        yield f"{name}:"
        yield from (_line(f"  - {flow(entry.value)}", entry, indent=2) for entry in said.value)
    else:
        yield _line(f"{name}: {flow(said.value)}", said, indent=2)


def _line(text: str, said: Said, indent: int = 0) -> str:
    why = said.why if said.sure else f"{UNSURE}{said.why}"
    width = COMMENTS_AT - indent
    return f"{text:<{width}}  {_comment(why)}" if why else text


def _comment(line: str) -> str:
    """On one line, of signs that YAML takes: names and cells may have others. Blanks at its beginning stay."""
    return f"# {plain(line).translate(BREAKS)}".rstrip()


def flow(value: Any) -> str:
    """A plain value as YAML has it in a line."""
    if isinstance(value, Mapping):
        return f"{{{', '.join(f'{name}: {flow(each)}' for name, each in value.items())}}}"
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(flow, value))}]"
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, str):
        return value if DURATION.fullmatch(value) else f"'{value}'" if WHOLE.fullmatch(value) else as_yaml(value)
    return repr(value)


def left_out(names: Mapping[str, str]) -> list[str]:
    """A comment for each column that is left out; of many but the names."""
    first = dict(list(names.items())[:SHOWN])
    more = list(names)[SHOWN:]
    lines = [f"left out: {name}, {why}" for name, why in first.items()]
    return [*lines, *([f"left out too: {listed(more)}"] if more else [])]
