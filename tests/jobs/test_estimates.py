from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from restora.data.item import Item
from restora.errors import FileProblemError
from restora.jobs.admission import Verdict, decide
from restora.jobs.estimates import Basis, EstimateBook, size_class
from restora.jobs.forecast import forecast
from restora.jobs.request import RunRequest, checked_request
from restora.plugins.declarations import MemoryRule, MethodInfo, TileRule
from restora.plugins.running import DeviceSpec

CPU = DeviceSpec(type="cpu", name="one")


def write(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8")


@pytest.fixture
def info(info_of: Callable[..., MethodInfo]) -> MethodInfo:
    return info_of(
        memory=(MemoryRule(fixed_mib=200, mib_per_mpix=50.0, precision="fp32"),),
        seconds_per_mpix={"cpu": 4.0},
        tile=TileRule(minimum=64, overlap=32),
    )


def learn(book: EstimateBook, info: MethodInfo, megapixels: float, peak: float, seconds: float = 1.0) -> None:
    book.record(info, CPU, "fp32", millions=megapixels, peak_mib=peak, seconds_per_million=seconds)


def test_without_experience_the_declaration_counts(info: MethodInfo) -> None:
    estimate = EstimateBook(None).estimate(info, CPU, "fp32", 2.0)
    assert (estimate.peak_mib, estimate.seconds_per_million, estimate.basis) == (300.0, 4.0, Basis.DECLARED)


def test_without_a_declaration_eight_copies_are_assumed(info_of: Callable[..., MethodInfo]) -> None:
    estimate = EstimateBook(None).estimate(info_of(memory=()), CPU, "fp32", 2.0)
    assert (estimate.peak_mib, estimate.seconds_per_million, estimate.basis) == (192.0, None, Basis.ASSUMED)


def test_what_was_measured_here_wins(info: MethodInfo) -> None:
    book = EstimateBook(None)
    learn(book, info, 2.0, 500.0, 3.0)
    estimate = book.estimate(info, CPU, "fp32", 2.0)
    assert estimate.basis is Basis.MEASURED
    assert str(estimate.basis) == "measured here"
    assert estimate.peak_mib == pytest.approx(550.0)
    assert estimate.seconds_per_million == 3.0


def test_peaks_only_grow_and_times_follow_recent_runs(info: MethodInfo) -> None:
    book = EstimateBook(None)
    learn(book, info, 2.0, 500.0, 10.0)
    learn(book, info, 2.0, 100.0, 0.0)
    estimate = book.estimate(info, CPU, "fp32", 2.0)
    assert estimate.peak_mib == pytest.approx(550.0)
    assert estimate.seconds_per_million == pytest.approx(7.0)


def test_a_larger_call_of_the_same_class_is_scaled_up(info: MethodInfo) -> None:
    book = EstimateBook(None)
    learn(book, info, 2.0, 500.0)
    assert book.estimate(info, CPU, "fp32", 3.0).peak_mib == pytest.approx(825.0)


def test_experience_is_kept_by_size_class_precision_device_and_method(info: MethodInfo) -> None:
    book = EstimateBook(None)
    learn(book, info, 2.0, 500.0)
    assert size_class(2.0) == size_class(3.9) != size_class(4.0)
    assert book.estimate(info, CPU, "fp32", 4.0).basis is Basis.DECLARED
    assert book.estimate(info, CPU, "bf16", 2.0).basis is Basis.ASSUMED
    other = DeviceSpec(type="cpu", name="two")
    assert book.estimate(info, other, "fp32", 2.0).basis is Basis.DECLARED


def test_experience_outlives_the_program(info: MethodInfo, tmp_path: Path) -> None:
    path = tmp_path / "estimates.json"
    book = EstimateBook(path, write)
    learn(book, info, 2.0, 500.0)
    book.save()
    assert EstimateBook(path).estimate(info, CPU, "fp32", 2.0) == book.estimate(info, CPU, "fp32", 2.0)


SAMPLE = {"millions": 2.0, "peak_mib": 5.0, "seconds_per_million": 1.0, "runs": 1}


@pytest.mark.parametrize(
    "content",
    [
        "",
        "{",
        "[]",
        "null",
        '{"schema": 3, "samples": {}}',
        '{"schema": 1}',
        json.dumps({"schema": 2, "samples": {"k": []}}),
        *(
            json.dumps({"schema": 2, "samples": {"k": {**SAMPLE, key: value}}})
            for key, value in (
                ("millions", 0),
                ("millions", "2"),
                ("peak_mib", -1),
                ("peak_mib", 10**400),
                ("seconds_per_million", True),
                ("runs", 1.5),
            )
        ),
        json.dumps({"schema": 2, "samples": {"k": {**SAMPLE, "millions": float("nan")}}}),
        "[" * 100_000,
        "\0\0\0\0",
    ],
)
def test_a_damaged_file_only_means_that_nothing_is_known(
    content: str, info: MethodInfo, tmp_path: Path
) -> None:
    path = tmp_path / "estimates.json"
    path.write_text(content)
    assert EstimateBook(path).estimate(info, CPU, "fp32", 2.0).basis is Basis.DECLARED


@pytest.mark.parametrize("error", [OSError("read-only"), FileProblemError("x", "full")])
def test_a_disk_that_refuses_costs_no_job(error: Exception, info: MethodInfo, tmp_path: Path) -> None:
    def refuse(path: Path, text: str) -> None:
        raise error

    EstimateBook(tmp_path / "estimates.json", refuse).save()


@pytest.fixture
def request_of(
    info: MethodInfo, item_of: Callable[..., Item], pixels_of: Callable[..., object]
) -> RunRequest:
    return checked_request(RunRequest(info=info, item=item_of(pixels_of(1000, 2000)), params={}))


def line(request: RunRequest, book: EstimateBook, *, free: float, budget: float = 1e6) -> str:
    decision = decide(
        request.info,
        request.size,
        side=request.side,
        cost=lambda megapixels: book.estimate(request.info, CPU, "fp32", megapixels),
        budget_mib=budget,
        free_mib=free,
    )
    return forecast(request, decision).line()


def test_the_forecast_is_one_line(request_of: RunRequest) -> None:
    assert line(request_of, EstimateBook(None), free=1e6) == "about 300 MiB, 8 s · declared"


def test_the_forecast_counts_tiles(request_of: RunRequest) -> None:
    assert line(request_of, EstimateBook(None), free=260) == "about 250 MiB, 8 s, 3 tiles of 1000 · declared"


def test_the_forecast_says_what_was_measured_here(request_of: RunRequest) -> None:
    book = EstimateBook(None)
    learn(book, request_of.info, 2.0, 1000.0, 60.0)
    assert line(request_of, book, free=1e6) == "about 1.1 GiB, 2 min · measured here"


def test_the_forecast_warns_of_a_refusal(request_of: RunRequest) -> None:
    text = line(request_of, EstimateBook(None), free=10, budget=100)
    assert text.endswith("declared · more than 100 MiB")


def test_waiting_is_a_forecast_too(request_of: RunRequest) -> None:
    decision = decide(
        request_of.info,
        request_of.size,
        side=None,
        cost=lambda megapixels: EstimateBook(None).estimate(request_of.info, CPU, "fp32", megapixels),
        budget_mib=1e6,
        free_mib=1,
    )
    assert decision.verdict is Verdict.WAIT
    assert forecast(request_of, decision).line().endswith("declared · waits for memory")
