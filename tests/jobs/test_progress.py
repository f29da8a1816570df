from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from restora.jobs.progress import Part, Progress, ProgressMeter


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


class Recorded:
    """A meter with a clock of its own, and when it reported what."""

    def __init__(self) -> None:
        self.clock = Clock()
        self.reports: list[Progress] = []
        self.times: list[float] = []
        self.meter = ProgressMeter(self._report, self.clock)

    def _report(self, progress: Progress) -> None:
        self.reports.append(progress)
        self.times.append(self.clock.now)

    def step(self, seconds: float, fraction: float, stage: str = "run") -> None:
        self.clock.now += seconds
        self.meter.move_to(fraction, stage)


STEPS = st.lists(
    st.tuples(st.floats(0, 0.2), st.floats(-0.5, 1.5), st.sampled_from(["a", "b", "c"])), max_size=300
)


@settings(deadline=None, max_examples=50)
@given(STEPS)
def test_reports_never_fall_and_never_come_more_than_twenty_times_a_second(
    steps: list[tuple[float, float, str]],
) -> None:
    recorded = Recorded()
    for seconds, fraction, stage in steps:
        recorded.step(seconds, fraction, stage)
    recorded.meter.finish()
    fractions = [report.fraction for report in recorded.reports]
    assert fractions == sorted(fractions)
    assert all(0 <= fraction <= 1 for fraction in fractions)
    for index, moment in enumerate(recorded.times[20:]):
        assert moment - recorded.times[index] >= 1.0 - 1e-9


def test_a_new_stage_is_reported_at_once() -> None:
    recorded = Recorded()
    recorded.step(0, 0.1, "load")
    recorded.step(0.001, 0.1, "sample")
    assert [report.stage for report in recorded.reports] == ["load", "sample"]


def test_the_end_is_always_reported_and_is_the_last_word() -> None:
    recorded = Recorded()
    for number in range(500):
        recorded.step(0, number / 500, f"stage {number}")
    recorded.meter.finish()
    assert recorded.reports[-1] == Progress(fraction=1.0, stage="done", remaining_seconds=0.0)


def test_a_long_silence_is_followed_by_a_report() -> None:
    recorded = Recorded()
    for number in range(10):
        recorded.step(2.0, number / 10)
    assert len(recorded.reports) == 10


def test_the_remaining_time_follows_the_speed() -> None:
    recorded = Recorded()
    for number in range(1, 6):
        recorded.step(10.0, number / 10)
    remaining = recorded.reports[-1].remaining_seconds
    assert remaining is not None
    assert abs(remaining - 50) < 1e-6


def test_pauses_do_not_count_as_work() -> None:
    recorded = Recorded()
    for number in range(1, 6):
        recorded.step(10.0, number / 10)
        recorded.clock.now += 1000.0
        recorded.meter.add_pause(1000.0)
    recorded.step(10.0, 0.6)
    remaining = recorded.reports[-1].remaining_seconds
    assert remaining is not None
    assert abs(remaining - 40) < 1e-6


def test_while_it_is_held_no_remaining_time_is_told() -> None:
    recorded = Recorded()
    recorded.step(10, 0.5)
    recorded.meter.hold()
    assert recorded.reports[-1] == Progress(fraction=0.5, stage="run", remaining_seconds=None)


def test_nothing_is_known_before_the_first_step() -> None:
    recorded = Recorded()
    recorded.step(0, 0.0)
    assert recorded.reports[0].remaining_seconds is None


def test_a_closed_meter_is_silent() -> None:
    recorded = Recorded()
    recorded.meter.close()
    recorded.step(1, 0.5)
    recorded.meter.hold()
    assert recorded.reports == []


def test_parts_of_parts_cover_their_share() -> None:
    recorded = Recorded()
    whole = Part(recorded.meter, 0.0, 1.0, "")
    inner = whole.inner(0.5, 0.5, "second").inner(0.5, 0.5, "last")
    recorded.clock.now += 1
    inner.advance(1, 2)
    assert recorded.reports[-1].fraction == 0.875
    recorded.clock.now += 1
    inner.advance(0, 0)
    assert recorded.reports[-1].fraction == 1.0


def test_nonsense_steps_are_kept_within_the_part() -> None:
    recorded = Recorded()
    part = Part(recorded.meter, 0.2, 0.2, "part")
    for done, total in ((float("nan"), 1), (-5, 1), (5, 1), (1, -1), (float("inf"), 2)):
        recorded.clock.now += 1
        part.advance(done, total)
    assert all(0.2 <= report.fraction <= 0.4 + 1e-9 for report in recorded.reports)
