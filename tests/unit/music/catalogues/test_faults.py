"""Faults on demand are the same for the same seed, and as frequent as asked for."""

from collections import Counter

import pytest
from pydantic import ValidationError

from segue.music.catalogues.local.faults import (
    Fault,
    FaultDesk,
    FaultPlan,
    draw,
    draw_stale,
)
from segue.runtime.http_connection import Connections

REQUESTS = [f"GET\0/v1/search\0q={number}\0".encode() for number in range(4000)]


def test_the_same_seed_gives_the_same_faults_in_whatever_order_requests_come():
    plan = FaultPlan(seed=7, rate_limited=0.1, error_before=0.1, lost_response=0.1)
    one, other = FaultDesk(plan), FaultDesk(plan)

    forward = {request: one.decide(request) for request in REQUESTS}
    backward = {request: other.decide(request) for request in reversed(REQUESTS)}

    assert forward == backward
    assert one.injected == other.injected


def test_another_seed_gives_other_faults():
    of_seed = [
        [draw(FaultPlan(seed=seed, lost_response=0.5), request, 1) for request in REQUESTS[:100]]
        for seed in (1, 2)
    ]

    assert of_seed[0] != of_seed[1]


def test_a_repeated_request_is_drawn_anew():
    plan = FaultPlan(seed=1, error_before=0.5)

    outcomes = {draw(plan, REQUESTS[0], occurrence) for occurrence in range(1, 50)}

    assert outcomes == {None, Fault.ERROR_BEFORE}


@pytest.mark.parametrize("fault", list(Fault))
def test_each_fault_is_as_frequent_as_asked_for(fault: Fault):
    plan = FaultPlan.model_validate({"seed": 3, fault.value: 0.2})

    drawn = Counter(draw(plan, request, 1) for request in REQUESTS)

    assert set(drawn) == {None, fault}
    # 0.2 of 4,000 within five standard deviations (25 each)
    assert abs(drawn[fault] - 800) < 5 * 25


def test_faults_share_the_requests_between_them():
    plan = FaultPlan(rate_limited=0.5, lost_response=0.5)

    drawn = Counter(draw(plan, request, 1) for request in REQUESTS)

    assert set(drawn) == {Fault.RATE_LIMITED, Fault.LOST_RESPONSE}


def test_stale_reads_are_drawn_apart_from_the_faults():
    plan = FaultPlan(seed=5, error_after=0.5, stale=0.5)

    pairs = {(draw(plan, r, 1), draw_stale(plan, r, 1)) for r in REQUESTS}

    assert len(pairs) == 4


def test_no_plan_means_no_fault():
    plan = FaultPlan()

    assert not plan.active
    assert not any(draw(plan, request, 1) for request in REQUESTS)


def test_a_plan_stops_after_so_many_faults():
    desk = FaultDesk(FaultPlan(lost_response=1, at_most=2))

    outcomes = [desk.decide(b"same")[0] for _ in range(5)]

    assert outcomes == [Fault.LOST_RESPONSE, Fault.LOST_RESPONSE, None, None, None]


def test_a_new_plan_begins_the_drawing_afresh():
    desk = FaultDesk(FaultPlan(seed=1, error_before=0.5))
    first = [desk.decide(b"same") for _ in range(20)]

    desk.set(FaultPlan(seed=1, error_before=0.5))

    assert [desk.decide(b"same") for _ in range(20)] == first


@pytest.mark.parametrize(
    ("plan", "method", "path", "concerned"),
    [
        (FaultPlan(), "GET", "/v1/search", True),
        (FaultPlan(), "GET", "/healthz", False),
        (FaultPlan(), "POST", "/api/token", False),
        (FaultPlan(methods=("POST",)), "GET", "/v1/search", False),
        (FaultPlan(methods=("POST",)), "POST", "/v1/me/playlists", True),
        (FaultPlan(paths=("/items",)), "POST", "/v1/me/playlists", False),
        (FaultPlan(paths=("/items",)), "POST", "/v1/playlists/x/items", True),
    ],
)
def test_a_plan_concerns_the_requests_it_names(
    plan: FaultPlan, method: str, path: str, *, concerned: bool
):
    assert plan.concerns(method, path) == concerned


@pytest.mark.parametrize(
    "wrong",
    [
        {"rate_limited": 1.5},
        {"rate_limited": -0.1},
        {"rate_limited": 0.6, "slow": 0.6},
        {"error_status": 404},
        {"stale_reads": 0},
        {"unheard_of": 1},
    ],
)
def test_an_impossible_plan_is_refused(wrong: dict[str, float]):
    with pytest.raises(ValidationError):
        FaultPlan.model_validate(wrong)


def test_cutting_a_connection_that_has_gone_does_nothing():
    Connections().cut(("127.0.0.1", 1))
