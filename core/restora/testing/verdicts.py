"""What a check of the conformance kit says."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum


class CheckState(StrEnum):
    """How a check ended."""

    PASSED = "passed"
    FAILED = "failed"
    WAIVED = "waived"
    """It failed, and the author gave a reason why that is right here."""
    NOT_APPLICABLE = "not applicable"


class CheckFailedError(Exception):
    """Raised inside a check: the sentence says what was found and what is expected."""


class NotApplicableError(Exception):
    """Raised inside a check: the sentence says why it cannot or need not be made."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckResult:
    """One check of one plugin or method."""

    check: str
    """`K1` to `K13`."""
    title: str
    subject: str
    """The plugin's name, or the method's id."""
    state: CheckState
    sentence: str
    seconds: float = 0.0
    traceback: str = ""

    def __str__(self) -> str:
        return f"{self.check:<4} {self.title:<20} {self.subject:<28} {self.state}: {self.sentence}"


@dataclass(frozen=True, slots=True, kw_only=True)
class KitReport:
    """All checks of a plugin."""

    plugin: str
    results: tuple[CheckResult, ...]

    @property
    def passed(self) -> bool:
        """Whether nothing failed that was not waived."""
        return all(result.state is not CheckState.FAILED for result in self.results)

    def failures(self) -> Iterator[CheckResult]:
        """What failed."""
        return (result for result in self.results if result.state is CheckState.FAILED)

    def count(self, state: CheckState) -> int:
        """How many checks ended so."""
        return sum(result.state is state for result in self.results)

    def text(self) -> str:
        """The report, one line per check."""
        counts = ", ".join(f"{self.count(state)} {state}" for state in CheckState if self.count(state))
        return "\n".join([*map(str, self.results), f"{self.plugin}: {counts}"]) + "\n"
