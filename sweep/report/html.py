"""The report's parts as HTML: whatever came from a user is text there, and never markup."""

from collections.abc import Iterable
from html import escape

from sweep.report.stylesheet import CSS


def document(title: str, body: str, *, scripts: bool) -> str:
    """A page that asks nobody for anything: its own policy forbids it every request, and scripts but where needed."""
    policy = "default-src 'none'; style-src 'unsafe-inline'; img-src data: blob:"
    if scripts:
        policy += "; script-src 'unsafe-inline' 'unsafe-eval'; worker-src blob:"
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(title)}</title>\n<style>{CSS}</style>\n</head>\n<body>\n<main>\n{body}\n</main>\n</body>\n</html>\n"
    )


def headline(sentence: str) -> str:
    """The answer; what it advises larger than the numbers after it."""
    advice, colon, rest = sentence.partition(": ")
    if not colon:
        return f"<h1>{escape(sentence)}</h1>"
    return f"<h1>{escape(advice)}: <span>{escape(rest)}</span></h1>"


def lead(terms: Iterable[tuple[str, str]]) -> str:
    """What the answer is about, on one line."""
    return f'<p class="lead">{" · ".join(f"{name}: <b>{escape(text)}</b>" for name, text in terms)}</p>'


def paragraph(text: str) -> str:
    """A plain one; nothing for an empty text."""
    return f"<p>{escape(text)}</p>" if text else ""


def section(title: str, *parts: str) -> str:
    """A heading and what stands under it; nothing where nothing does."""
    inside = "\n".join(part for part in parts if part)
    return f"<section>\n<h2>{escape(title)}</h2>\n{inside}\n</section>" if inside else ""


def figure(drawing: str, caption: str, *, kind: str = "") -> str:
    """A drawing, which is HTML already, above its caption."""
    return f'<figure class="{kind}">{drawing}<figcaption>{escape(caption)}</figcaption></figure>'


def notes(told: Iterable[str]) -> str:
    """What else a reader must know."""
    items = "".join(f"<li>{escape(note)}</li>" for note in told)
    return f'<ul class="notes">{items}</ul>' if items else ""


READING = """<details><summary>What the columns mean</summary>
<dl>
<dt>difference</dt><dd>(arm − reference) / |reference|, of the means on the test split, which the search never saw.</dd>
<dt>interval over seeds</dt><dd>Would training again with other seeds differ alike? Fieller's interval of the
paired means; at the stated confidence all arms' intervals hold together.</dd>
<dt>interval over test data</dt><dd>Would these trained models differ alike on other data of the kind? Moving-block
bootstrap.</dd>
<dt>p (Holm)</dt><dd>Exact two-sided Wilcoxon signed-rank test on the pairs, adjusted for the number of arms and for
earlier looks.</dd>
<dt>decision</dt><dd>Equivalent: the interval over seeds lies within the margin. Better or worse: it excludes zero, p is
small enough, and the interval over test data lies on the same side. Undecided: these seeds, or these data, cannot
tell.</dd>
<dt>finished</dt><dd>The part of the runs that did not diverge. An arm with diverged runs is never better.</dd>
<dt>seeds needed</dt><dd>With so many a new comparison would probably decide; a rough guide.</dd>
</dl></details>"""

STATE = """<details><summary>What the columns mean</summary>
<dl>
<dt>loss as used, cold, carried on</dt><dd>On the test split: with the state handled as in training; set to zero before
each window; and carried on to the end of each sequence, whatever the training was.</dd>
<dt>carried against cold</dt><dd>(carried on − cold) / |cold|. Below zero, carried state helps these models; above, it
misleads them.</dd>
<dt>influence horizon</dt><dd>How many timesteps of the past change a prediction, the present included: with another
past before these, predictions change by less than 5 % of their own spread. Arms that carry are given the state of
another part of the data; those that do not are slid one timestep at a time, and cannot see further back than their
window. The median over runs. It says what a model uses, not that it is useful.</dd>
<dt>state norm</dt><dd>The root mean square length of a lane’s state at the end of a window.</dd>
<dt>saturation</dt><dd>The part of the units beyond 0.95 of their limits, where they hardly answer to anything: of
SimpleRNN and GRU the state, of LSTM the tanh of its cell. The other cells’ states have no limits.</dd>
<dt>mean age of state</dt><dd>In training, the timesteps behind a window since its state was zero.</dd>
</dl></details>"""
