"""When which worker trained: every trial a bar, and no empty days between launches."""

from sweep.report.timeline import MAX_ROWS, Span, timeline, without_pauses

SPANS = [
    Span("b", 1001.0, 1003.0, "search"),
    Span("a", 1000.0, 1002.5, "search"),
    Span("a", 1002.5, 1004.0, "search"),
    Span("c", 87_404.0, 87_406.0, "compare"),  # a day later, in another launch
]


def test_times_are_counted_from_the_first_trial_without_pauses() -> None:
    placed, pauses = without_pauses(SPANS)
    assert [(span.worker, span.began, span.ended) for span in placed] == [
        ("a", 0.0, 2.5),
        ("b", 1.0, 3.0),
        ("a", 2.5, 4.0),
        ("c", 4.0, 6.0),
    ]
    assert pauses == [4.0]


def test_a_short_wait_is_shown() -> None:
    placed, pauses = without_pauses([Span("a", 0.0, 1.0, "search"), Span("a", 31.0, 32.0, "search")])
    assert [span.began for span in placed] == [0.0, 31.0]
    assert not pauses


def test_each_worker_has_a_row_and_each_stage_a_colour() -> None:
    figure = timeline(SPANS)
    (axes,) = figure.axes
    assert [label.get_text() for label in axes.get_yticklabels()] == ["worker 1", "worker 2", "worker 3"]
    assert len(axes.patches) == len(SPANS)
    assert [text.get_text() for text in figure.legends[0].get_texts()] == ["search", "comparison"]


def test_of_many_workers_some_are_drawn() -> None:
    (axes,) = timeline([Span(f"{n}", n, n + 5, "search") for n in range(500)]).axes
    assert len(axes.get_yticklabels()) == len(axes.patches) == MAX_ROWS
