"""Whether what a plugin needs is installed, and the command that would mend it."""

from __future__ import annotations

import importlib.metadata
import shlex
from collections.abc import Iterable
from dataclasses import dataclass

from restora.plugins.declarations import API_VERSION


@dataclass(frozen=True, slots=True, kw_only=True)
class Unmet:
    """Requirements that the installed distributions do not satisfy."""

    sentences: tuple[str, ...]
    """`scipy>=1.11 (1.9.0 is installed)`, one per requirement."""
    specifiers: tuple[str, ...]

    @property
    def reason(self) -> str:
        """All of them in one line."""
        return f"needs {', '.join(self.sentences)}"

    @property
    def command(self) -> str:
        """The exact command that installs them."""
        return f"pip install {' '.join(shlex.quote(text) for text in self.specifiers)}"


def unmet_requirements(requires: Iterable[str]) -> Unmet | None:
    """Those of `requires` that are not satisfied here; None where all are. Malformed ones are ignored."""
    from packaging.requirements import InvalidRequirement, Requirement

    sentences: list[str] = []
    specifiers: list[str] = []
    for text in requires:
        try:
            requirement = Requirement(text)
        except InvalidRequirement:
            continue  # reported by the validation of the declaration
        if requirement.marker is not None and not requirement.marker.evaluate({"extra": ""}):
            continue
        requirement.marker = None
        installed = _installed_version(requirement.name)
        if installed is not None and requirement.specifier.contains(installed, prereleases=True):
            continue
        found = "not installed" if installed is None else f"{installed} is installed"
        sentences.append(f"{requirement} ({found})")
        specifiers.append(str(requirement))
    return Unmet(sentences=tuple(sentences), specifiers=tuple(specifiers)) if sentences else None


def _installed_version(name: str) -> str | None:
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return None


def api_problem(api: str) -> str | None:
    """Why a plugin written for the interface range `api` cannot be used here; None where it can."""
    from packaging.specifiers import InvalidSpecifier, SpecifierSet

    try:
        fits = SpecifierSet(api).contains(API_VERSION, prereleases=True)
    except (InvalidSpecifier, TypeError, AttributeError):
        return None  # reported by the validation of the declaration
    return None if fits else f"needs plugin interface {api}, this restora has {API_VERSION}"
