"""The vector runner: what passes, what fails, and that nothing unknown passes in silence."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import ClassVar

import numpy as np
import pytest

from restora.errors import FileProblemError, ParameterError, PluginError, UnknownMethodError
from restora.plugins.host import PluginHost
from restora.testing.comparing import EQUAL, ONE_LEVEL, Tolerance, Unit, compare, default_tolerance
from restora.testing.placing import place
from restora.testing.plugin_folder import PluginFolder
from restora.testing.vector_table import report_text
from restora.testing.vectors import Case, CaseState, Plan, adapters_for, iterate_vectors, run_vectors


class Gain:
    """Multiplies `x` by the gain of the configuration beside the case."""

    def __init__(self, error: float = 0.0) -> None:
        self.error = error
        self.seen: list[str] = []

    def plan(self, case: Case) -> Plan | None:
        if case.path.suffix == ".json" or not case.name.startswith("gain"):
            return None
        config = case.json("config.json")
        assert isinstance(config, dict)

        def run(arrays: Mapping[str, np.ndarray]) -> Mapping[str, object]:
            self.seen = sorted(arrays)
            y = arrays["x"] * np.float32(config["gain"]) + np.float32(self.error)
            return {"y": y, "y_first2": y[:, :2], "places": np.argsort(y.ravel())}

        return Plan(run=run, inputs={"x", "x_*"}, unchecked={"made_with": "a note"})


@pytest.fixture
def vectors(tmp_path: Path) -> Path:
    rng = np.random.default_rng(5)
    for folder, gain, shape in [("gain", 3.0, (2, 4)), ("gain_wide", 0.5, (1, 9))]:
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "config.json").write_text(json.dumps({"gain": gain}))
        x = rng.standard_normal(shape).astype(np.float32)
        y = x * np.float32(gain)
        places = np.argsort(y.ravel())
        np.savez(
            tmp_path / folder / "case.npz", x=x, x_more=x, y=y, y_first2=y[:, :2], places=places, made_with=1
        )
    return tmp_path


class Placed(Gain):
    """Keeps where its networks would have computed."""

    devices = ("cpu", "cuda")
    places: ClassVar[list[str]] = []

    def plan(self, case: Case) -> Plan | None:
        self.places.append(str(place()))
        return super().plan(case)


def test_networks_are_placed_on_the_device_that_is_asked_for(vectors: Path) -> None:
    Placed.places.clear()
    assert all(case.state is not CaseState.FAILED for case in iterate_vectors([Placed()], vectors, "meta"))
    assert set(Placed.places) == {"meta"}
    assert str(place()) == "cpu"


def test_every_case_of_any_shape_is_discovered_and_compared(vectors: Path) -> None:
    adapter = Gain()
    report = run_vectors([adapter], vectors)
    assert report.passed
    assert [case.name for case in report.cases] == ["gain/case", "gain_wide/case"]
    assert {each.output for case in report.cases for each in case.comparisons} == {"y", "y_first2", "places"}
    text = report_text(report)
    assert text.endswith("2 cases: 2 passed, 0 failed, 0 skipped\n")
    assert "gain/case: made_with is not compared: a note" in text


def test_an_adapter_sees_only_the_declared_inputs(vectors: Path) -> None:
    adapter = Gain()
    run_vectors([adapter], vectors)
    assert adapter.seen == ["x", "x_more"]


def test_a_small_error_in_one_output_fails_and_is_shown(vectors: Path) -> None:
    report = run_vectors([Gain(error=0.01)], vectors)
    assert not report.passed
    lines = [line for line in report_text(report).splitlines() if "FAILED" in line]
    assert any(line.startswith("gain/case") and " y " in line and "0.01" in line for line in lines)


def test_an_unknown_case_is_skipped_with_a_line_and_does_not_fail_the_others(vectors: Path) -> None:
    np.savez(vectors / "other.npz", x=np.ones(3))
    report = run_vectors([Gain()], vectors)
    assert report.passed
    assert report.count(CaseState.SKIPPED) == 1
    assert "other: skipped: no adapter knows this case" in report_text(report)


def test_nothing_known_is_not_a_pass(tmp_path: Path) -> None:
    np.savez(tmp_path / "other.npz", x=np.ones(3))
    report = run_vectors([Gain()], tmp_path)
    assert not report.passed
    assert "NOT PASSED" in report_text(report)


def test_the_first_adapter_that_knows_a_case_takes_it(vectors: Path) -> None:
    class Nobody:
        def plan(self, case: Case) -> Plan | None:
            return None

    assert run_vectors([Nobody(), Gain()], vectors).passed


class Fixed:
    """Answers every case with a plan made beforehand."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan

    def plan(self, case: Case) -> Plan:
        return self._plan


@pytest.mark.parametrize(
    ("plan", "message"),
    [
        (Plan(run=lambda _: {}, inputs={"x"}), "the adapter gave no such output"),
        (Plan(run=lambda _: {"y": np.ones(4)}, inputs={"x"}), "shape (4,) instead of (3,)"),
        (Plan(run=lambda _: {"y": [1, np.nan, 1]}, inputs={"x"}), "1 values are NaN"),
        (Plan(run=lambda _: {"y": [1, np.inf, 1]}, inputs={"x"}), "1 of 3 values lie beyond"),
        (Plan(run=lambda _: {"y": "text"}, inputs={"x"}), "cannot be read as an array"),
        (Plan(run=lambda _: {}, inputs={"*"}), "no array is left to compare"),
        (Plan(run=lambda _: 1 / 0, inputs={"x"}), "ZeroDivisionError"),
        (Plan(run=lambda _: exit(), inputs={"x"}), "SystemExit"),
    ],
)
def test_what_is_no_proof_fails(plan: Plan, message: str, tmp_path: Path) -> None:
    np.savez(tmp_path / "case.npz", x=np.zeros(3), y=np.ones(3))
    report = run_vectors([Fixed(plan)], tmp_path)
    assert not report.passed
    assert report.cases[0].state is CaseState.FAILED
    assert message in report_text(report)


def test_a_json_case_runs_with_the_arrays_its_adapter_reads(tmp_path: Path) -> None:
    (tmp_path / "grid.json").write_text("{}")
    (tmp_path / "manifest_x.json").write_text("{}")
    plan = Plan(run=lambda _: {"rows": [1, 2]}, inputs=(), arrays={"rows": np.array([1, 2])})
    report = run_vectors([Fixed(plan)], tmp_path)
    assert report.passed
    assert [case.name for case in report.cases] == ["grid"]


def test_tolerances_are_chosen_by_name_then_by_the_plan_then_by_type(tmp_path: Path) -> None:
    near = {"a_u8": np.uint8([3]), "b": np.float32([1.0]), "c": np.float32([1.0]), "d": np.float64([1.0])}
    np.savez(tmp_path / "case.npz", **near)
    outputs = {"a_u8": [4], "b": [1.4], "c": [1.09], "d": [1.0 + 1e-10]}
    loose = {"*_u8": ONE_LEVEL, "b": Tolerance(limit=0.5)}
    plan = Plan(run=lambda _: outputs, inputs=(), tolerances=loose, tolerance=Tolerance(limit=0.1))
    assert run_vectors([Fixed(plan)], tmp_path).passed
    assert not run_vectors([Fixed(Plan(run=lambda _: outputs, inputs=()))], tmp_path).passed


@pytest.mark.parametrize(
    ("unit", "allowed"),
    [(Unit.ABSOLUTE, 0.1), (Unit.LARGEST, 0.05), (Unit.LARGEST_OR_ONE, 0.1), (Unit.SPREAD, 0.05)],
)
def test_a_limit_counts_in_its_unit(unit: Unit, allowed: float) -> None:
    assert Tolerance(limit=0.1, unit=unit).allowed(np.float32([-0.5, 0.5])) == pytest.approx(allowed)


def test_a_share_of_exceptions_can_be_allowed() -> None:
    expected = np.zeros(100, np.float32)
    actual = expected.copy()
    actual[3] = 9
    tolerance = Tolerance(limit=1e-3, exceptions=0.01)
    assert compare("y", actual, expected, tolerance).passed
    actual[4] = 9
    assert not compare("y", actual, expected, tolerance).passed


def test_whole_numbers_are_compared_exactly_beyond_double_precision() -> None:
    expected = np.array([2**53], np.int64)
    assert default_tolerance(expected) == EQUAL
    assert not compare("n", np.array([2**53 + 1], np.int64), expected, EQUAL).passed
    assert compare("n", np.array([2**53], np.int64), expected, EQUAL).passed


def test_equal_infinities_and_single_values_of_any_shape_pass() -> None:
    assert compare("m", np.float32([-np.inf, 0]), np.float32([-np.inf, 0]), Tolerance(limit=0.0)).passed
    assert compare("s", 2.0, np.float32([2.0]), EQUAL).passed
    assert compare("e", np.zeros((0, 3)), np.zeros((0, 3), np.float32), EQUAL).passed


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 no zip", b"\x93NUMPY\x01"])
def test_a_damaged_file_is_a_failed_case(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "case.npz").write_bytes(content)
    report = run_vectors([Fixed(Plan(run=lambda _: {}, inputs=()))], tmp_path)
    assert report.cases[0].state is CaseState.FAILED
    assert "cannot be read as arrays" in report.cases[0].message


def test_pickled_objects_are_never_loaded(tmp_path: Path) -> None:
    np.savez(tmp_path / "case.npz", x=np.array([{"a": 1}], dtype=object))
    report = run_vectors([Fixed(Plan(run=lambda _: {}, inputs=()))], tmp_path)
    assert report.cases[0].state is CaseState.FAILED
    assert "cannot be read as arrays" in report.cases[0].message


def test_a_single_array_is_no_case(tmp_path: Path) -> None:
    np.save(tmp_path / "case.npy", np.ones(3))
    (tmp_path / "case.npy").rename(tmp_path / "case.npz")
    report = run_vectors([Fixed(Plan(run=lambda _: {}, inputs=()))], tmp_path)
    assert "is a single array, not named ones" in report.cases[0].message


def test_a_folder_without_cases_and_a_missing_one_are_refused(tmp_path: Path) -> None:
    with pytest.raises(FileProblemError, match="there is no case"):
        run_vectors([Gain()], tmp_path)
    with pytest.raises(FileProblemError, match="there is no such folder"):
        run_vectors([Gain()], tmp_path / "nowhere")


def test_files_beside_a_case_are_found_upwards_and_missing_ones_named(vectors: Path) -> None:
    case = Case(root=vectors, path=vectors / "gain" / "case.npz")
    assert case.array_names() == {"x", "x_more", "y", "y_first2", "places", "made_with"}
    (vectors / "shared.json").write_text("[1]")
    assert case.json("shared.json") == [1]
    with pytest.raises(FileProblemError, match="case gain/case needs this file"):
        case.json("absent.json")
    (vectors / "broken.json").write_text("{")
    with pytest.raises(FileProblemError, match="cannot be read as JSON"):
        case.json("broken.json")
    assert Case(root=vectors, path=vectors / "shared.json").array_names() == frozenset()


METHODS = """
from restora.api import Kind, MethodInfo, hookimpl

class Adapter:
    def plan(self, case):
        return None

def info(name, vectors):
    return MethodInfo(
        id=name, title="T", summary="S", factory="a.b:C", accepts=frozenset({Kind.IMAGE}), vectors=vectors
    )

@hookimpl
def restora_methods():
    own = f"{__name__}:Adapter"
    return [info("proven.a", own), info("proven.b", own), info("proven.c", None)]
"""


@pytest.fixture
def proven(restora_plugin_folder: PluginFolder) -> PluginHost:
    restora_plugin_folder.add("proven", METHODS)
    return restora_plugin_folder.discover()


def test_adapters_are_found_by_method_and_by_plugin(proven: PluginHost) -> None:
    assert len(adapters_for(proven, "proven.a")) == 1
    assert len(adapters_for(proven, "proven")) == 1


def test_a_precision_that_an_adapter_does_not_offer_is_refused(proven: PluginHost) -> None:
    assert adapters_for(proven, "proven", "fp32")
    with pytest.raises(ParameterError, match="precision must be fp32 for proven, got 'bf16'"):
        adapters_for(proven, "proven", "bf16")


def test_a_device_that_an_adapter_does_not_follow_is_refused(proven: PluginHost) -> None:
    with pytest.raises(ParameterError, match=r"device must be cpu for proven, got 'cuda:0'"):
        adapters_for(proven, "proven", device="cuda:0")


def test_a_method_without_vectors_is_told(proven: PluginHost) -> None:
    with pytest.raises(
        UnknownMethodError, match=r"proven\.c \(with vectors\): no such method \(known: proven\.a"
    ):
        adapters_for(proven, "proven.c")
    with pytest.raises((UnknownMethodError, PluginError), match="nothing"):
        adapters_for(proven, "nothing.at_all")


class FindsTexts(Gain):
    """Knows files that no folder of vectors names otherwise."""

    def find(self, root: Path) -> Iterable[Path]:
        return root.rglob("*.txt")

    def plan(self, case: Case) -> Plan | None:
        if case.path.suffix != ".txt":
            return super().plan(case)
        return Plan(run=lambda _: {"n": 3}, inputs=(), arrays={"n": np.array(len(case.path.read_text()))})


def test_an_adapter_may_find_cases_of_its_own_and_descriptions_are_none(vectors: Path) -> None:
    (vectors / "three.txt").write_text("abc")
    (vectors / "four.txt").write_text("abcd")
    (vectors / "expected.json").write_text("{}")
    (vectors / "cases.json").write_text("{}")
    report = run_vectors([FindsTexts()], vectors)
    states = {case.name: case.state for case in report.cases}
    assert (states["three"], states["four"]) == (CaseState.PASSED, CaseState.FAILED)
    assert not {"expected", "cases"} & set(states)
    assert "three" not in {case.name for case in run_vectors([Gain()], vectors).cases}
