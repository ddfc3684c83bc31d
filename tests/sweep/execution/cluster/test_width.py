"""How many workers a study may have: what fits, what was asked for, and what others leave."""

from collections.abc import Mapping, Sequence

import pytest

from sweep.config.room import needs, places
from sweep.config.sections import Workers
from sweep.core.share import Part, Share, alone
from sweep.execution.cluster.width import Width

TWO_NODES = [{"CPU": 3.0}, {"CPU": 3.0}]


def width(
    workers: Workers,
    share: Share = alone,
    nodes: Sequence[Mapping[str, float]] = TWO_NODES,
    **known: object,
) -> Width:
    width = Width(workers, share)
    for name, value in known.items():
        setattr(width, name, value)
    width.look(nodes, begun=0, ready=0)
    return width


def test_a_worker_has_a_place_where_all_that_it_needs_is_on_one_node() -> None:
    assert places(TWO_NODES, Workers(cpus=1)) == 6
    assert places(TWO_NODES, Workers(cpus=2)) == 2
    assert places(TWO_NODES, Workers(cpus=4)) == 0


def test_nodes_that_lack_what_a_worker_needs_are_told_from_those_that_are_full() -> None:
    assert width(Workers(cpus=3)).fits
    assert not width(Workers(cpus=4)).fits
    assert not width(Workers(gpus=0.5)).fits
    assert width(Workers(gpus=0.5, cpu_workers=True)).fits
    assert needs(Workers(cpus=4)) == "4 CPUs"
    assert needs(Workers(gpus=0.5)) == "1 CPU and 0.5 GPU"
    assert needs(Workers(gpus=2)) == "1 CPU and 2 GPUs"


@pytest.mark.parametrize(("gpus", "fit"), [(0.25, 8), (0.1, 16), (0.4, 4), (1, 2), (2, 1), (3, 0)])
def test_workers_share_gpus_by_fractions_and_none_has_parts_of_two(gpus: float, fit: int) -> None:
    assert places([{"CPU": 16.0, "GPU": 2.0}, {"CPU": 8.0}], Workers(gpus=gpus)) == fit


def test_where_workers_do_without_gpus_too_each_has_a_place_where_processors_are() -> None:
    assert places([{"CPU": 4.0, "GPU": 1.0}, {"CPU": 2.0}], Workers(gpus=1, cpu_workers=True)) == 6


def test_a_study_alone_has_all_places_or_as_many_as_it_asked_for() -> None:
    assert width(Workers()).workers == 6
    assert width(Workers(count=2)).workers == 2


def test_a_study_alone_may_ask_for_more_than_there_is_since_a_cluster_may_grow() -> None:
    assert width(Workers(count=9)).workers == 9
    assert width(Workers(), nodes=[]).workers == 1


def test_others_are_told_what_is_wanted_of_the_cluster_and_no_more_than_there_is_work_for() -> None:
    told = []

    def share(*claim: object) -> Part:
        told.append(claim)
        return Part(1, studies=2)

    assert width(Workers(cpus=3, count=4), share).workers == 1
    assert width(Workers(), share, needed=2).workers == 1
    assert told == [(2, 1 / 2, False), (2, 1 / 6, False)]


def test_a_turn_begins_with_the_first_worker_that_is_ready_and_ends_with_the_last_that_is_given_back() -> None:
    turns = []

    def share(wants: int, size: float, holds: bool) -> Part:
        turns.append(holds)
        return Part(granted, studies=9)

    width, granted = Width(Workers(), share), 1
    for begun, ready in ((0, 0), (1, 0), (1, 1), (0, 0)):  # the last: it died
        width.look(TWO_NODES, begun, ready)
    granted = 0
    for begun, ready in ((1, 1), (1, 1), (0, 0)):
        width.look(TWO_NODES, begun, ready)
    assert turns == [False, False, True, True, True, True, False]


def test_the_mean_width_counts_the_time_without_a_place() -> None:
    width = Width(Workers(), alone)
    width._owned, width._began = 60.0, width._looked - 20
    assert width.mean == pytest.approx(3)
