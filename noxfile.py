"""What CI runs: `nox` for all of it, `nox -s tests` for one."""

from __future__ import annotations

import nox

nox.options.sessions = ["lint", "types", "contracts", "tests"]
nox.options.reuse_existing_virtualenvs = True

_CONSTRAINTS = ("-c", "constraints.txt")


def _install(session: nox.Session, extra: str) -> None:
    session.install(*_CONSTRAINTS, "-e", f".[{extra}]")


@nox.session
def lint(session: nox.Session) -> None:
    """Style and format."""
    session.install(*_CONSTRAINTS, "ruff")
    session.run("ruff", "check", ".")
    session.run("ruff", "format", "--check", ".")


@nox.session
def types(session: nox.Session) -> None:
    """mypy, strict."""
    _install(session, "dev")
    session.run("mypy")


@nox.session
def contracts(session: nox.Session) -> None:
    """Who may import whom."""
    _install(session, "dev")
    session.run("lint-imports")


@nox.session
def tests(session: nox.Session) -> None:
    """The fast tests with the coverage floor."""
    _install(session, "test")
    session.run("pytest", "--cov", "--cov-fail-under=90", *session.posargs)


@nox.session
def slow(session: nox.Session) -> None:
    """What takes longer: full-size networks, long fuzzing, memory."""
    _install(session, "test")
    session.run("pytest", "-m", "slow", *session.posargs)


@nox.session
def kit(session: nox.Session) -> None:
    """The conformance checks on the plugins that come with restora."""
    _install(session, "test")
    for plugin in ("classic", "gqir", "dmdiff", "gsvar"):
        session.run("restora", "plugins", "check", plugin)
