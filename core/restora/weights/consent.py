"""What the user has said yes to."""

from __future__ import annotations

from dataclasses import dataclass

from restora.errors import ConsentError
from restora.plugins.declarations import WeightFile
from restora.weights.identity import published_hash


@dataclass(frozen=True, slots=True, kw_only=True)
class Consents:
    """Yes to licences by name, and to files whose author published no hash."""

    licences: frozenset[str] = frozenset()
    allow_unverified: bool = False


NO_CONSENTS = Consents()
"""Nothing was asked yet."""


class LicenceConsentError(ConsentError):
    """A licence must be accepted before the download; `licence` and `page` are what to show."""

    def __init__(self, file: WeightFile) -> None:
        super().__init__(
            f"{file.filename}: its licence must be accepted first: {file.licence} ({file.page})",
            advice=f'Read it there, then say yes once with `--accept-licence "{file.licence}"`.',
        )
        self.licence = file.licence
        self.page = file.page


class UnverifiedConsentError(ConsentError):
    """The author published no hash, so nobody can tell whether the file is the right one."""

    def __init__(self, file: WeightFile, sha256: str | None = None) -> None:
        found = "" if sha256 is None else f"; this one has sha256 {sha256}"
        super().__init__(
            f"{file.filename}: its author published no hash to check it against{found}",
            advice="Say yes with `--unverified` if you trust where it comes from.",
        )
        self.filename = file.filename
        self.sha256 = sha256


def require_consent_to_download(file: WeightFile, consents: Consents) -> None:
    """Raise LicenceConsentError or UnverifiedConsentError where a yes is needed and was not given."""
    if file.ask_licence and file.licence not in consents.licences:
        raise LicenceConsentError(file)
    if published_hash(file) is None and not consents.allow_unverified:
        raise UnverifiedConsentError(file)
