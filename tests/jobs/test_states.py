from __future__ import annotations

import itertools

import pytest

from restora.jobs.states import TRANSITIONS, IllegalTransitionError, JobState, step

ALLOWED = {
    "queued": {"loading", "refused", "done", "failed", "cancelled"},
    "loading": {"running", "paused", "refused", "failed", "cancelled"},
    "running": {"paused", "done", "failed", "cancelled"},
    "paused": {"loading", "running", "failed", "cancelled"},
    "done": set(),
    "failed": set(),
    "cancelled": set(),
    "refused": set(),
}


def test_the_table_says_exactly_this() -> None:
    assert {str(state): {str(other) for other in others} for state, others in TRANSITIONS.items()} == ALLOWED


@pytest.mark.parametrize(("before", "after"), list(itertools.product(JobState, JobState)))
def test_only_steps_of_the_table_can_be_taken(before: JobState, after: JobState) -> None:
    if after in ALLOWED[before]:
        assert step(before, after) is after
    else:
        with pytest.raises(IllegalTransitionError, match=f"from {before} to {after}"):
            step(before, after)


def test_every_state_but_the_four_ends_leads_somewhere() -> None:
    assert {state for state in JobState if state.is_final} == {"done", "failed", "cancelled", "refused"}


def test_every_state_that_is_no_end_can_fail_and_be_cancelled() -> None:
    for state in JobState:
        if not state.is_final:
            assert {JobState.FAILED, JobState.CANCELLED} <= TRANSITIONS[state]
