"""The report of a run of vectors as text."""

from __future__ import annotations

from collections.abc import Iterator

from restora.testing.vectors import CaseResult, CaseState, VectorReport

_ROW = "{case:<36} {output:<28} {error:>10} {allowed:>10}  {verdict}"


def table_head() -> str:
    """The names of the columns."""
    return _ROW.format(case="case", output="output", error="worst", allowed="allowed", verdict="").rstrip()


def case_lines(case: CaseResult) -> Iterator[str]:
    """A case, one line per output, then what must be said about it."""
    for comparison in case.comparisons:
        verdict = "ok" if comparison.passed else "FAILED"
        row = _ROW.format(
            case=case.name,
            output=comparison.output,
            error=f"{comparison.error:.3g}",
            allowed=f"{comparison.allowed:.3g}",
            verdict=f"{verdict} {comparison.note}",
        )
        yield row.rstrip()
    if case.message:
        label = "skipped" if case.state is CaseState.SKIPPED else "FAILED"
        yield f"{case.name}: {label}: {case.message}"
    yield from (f"{case.name}: {name} is not compared: {reason}" for name, reason in case.unchecked.items())


def summary_line(report: VectorReport) -> str:
    """How many cases ended how."""
    counts = ", ".join(f"{report.count(state)} {state}" for state in CaseState)
    return f"{len(report.cases)} cases: {counts}" + ("" if report.passed else "; NOT PASSED")


def report_text(report: VectorReport) -> str:
    """The whole report."""
    lines = [
        table_head(),
        *(line for case in report.cases for line in case_lines(case)),
        summary_line(report),
    ]
    return "\n".join(lines) + "\n"
