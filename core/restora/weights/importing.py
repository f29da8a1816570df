"""Taking in a file of weights that the user already has."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from restora.errors import BadInputError, FileProblemError
from restora.weights.catalogue import Catalogue, CatalogueEntry
from restora.weights.consent import NO_CONSENTS, Consents, UnverifiedConsentError
from restora.weights.containers import check_container
from restora.weights.hashing import sha256_of
from restora.weights.identity import published_hash
from restora.weights.linking import bring
from restora.weights.store import WeightStore
from restora.weights.watch import UNWATCHED, Watch

_READY = ".ready"


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What is known of the user's file."""

    path: Path
    size: int
    sha256: str

    def __str__(self) -> str:
        return f"{self.size} bytes, sha256 {self.sha256}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Importer:
    """Recognises files by their hash, else by name and size, and links or copies them into the store."""

    catalogue: Catalogue
    store: WeightStore

    def take(
        self,
        path: Path,
        *,
        target: str | None = None,
        copy: bool = False,
        consents: Consents = NO_CONSENTS,
        watch: Watch = UNWATCHED,
    ) -> CatalogueEntry:
        """Import `path` as the declared file that it is; `target` (method, `plugin/id`) narrows the choice.

        Raises FileProblemError with what was found and what is expected, UnverifiedConsentError where no hash
        was published and no yes was given, UnknownWeightsError for an unknown target.
        """
        scope = tuple(self.catalogue) if target is None else self.catalogue.find(target)
        found = _look_at(path, watch)
        entry = _recognise(found, scope, named=target is not None and len(scope) == 1)
        if published_hash(entry.file) is None:
            if not consents.allow_unverified:
                raise UnverifiedConsentError(entry.file, found.sha256)
            check_container(path, entry.file.container)
        with self.store.locked(entry.file, watch):
            self._bring(found, entry, copy=copy, watch=watch)
        return entry

    def _bring(self, found: Found, entry: CatalogueEntry, *, copy: bool, watch: Watch) -> None:
        place = self.store.place(entry.file)
        if place.exists() and found.path.samefile(place):
            self.store.put(entry.file, place, found.sha256)
            return
        ready = place.parent / _READY
        try:
            sha256 = bring(found.path, ready, copy=copy, watch=watch)
        except OSError as error:
            raise FileProblemError(found.path, f"cannot be brought to {place} ({error.strerror})") from error
        if sha256 != found.sha256:
            ready.unlink()
            raise FileProblemError(found.path, "the file changed while it was imported")
        self.store.put(entry.file, ready, sha256)


def _look_at(path: Path, watch: Watch) -> Found:
    try:
        if not path.is_file():
            raise FileProblemError(path, "there is no such file")
        size = path.stat().st_size
        if size == 0:
            raise FileProblemError(path, "the file is empty")
        return Found(path=path, size=size, sha256=sha256_of(path, watch))
    except OSError as error:
        raise FileProblemError(path, f"cannot be read ({error.strerror})") from error


def _recognise(found: Found, scope: Sequence[CatalogueEntry], *, named: bool) -> CatalogueEntry:
    for entry in scope:
        if published_hash(entry.file) == found.sha256:
            return entry
    candidates = [
        entry
        for entry in scope
        if published_hash(entry.file) is None
        and entry.file.size in {0, found.size}
        and (named or found.path.name in entry.filenames)
    ]
    if len(candidates) > 1:
        names = ", ".join(entry.name for entry in candidates)
        raise BadInputError(f"{found.path}: this may be {names}", advice="Say which of them it is.")
    if not candidates:
        raise FileProblemError(found.path, _why_unknown(found, scope, named=named))
    return candidates[0]


def _why_unknown(found: Found, scope: Sequence[CatalogueEntry], *, named: bool) -> str:
    near = list(scope) if named else _near(found, scope)
    if not near:
        return f"no loaded method declares this file ({found})"
    expected = "; ".join(_expectation(entry) for entry in near)
    return f"is another file than was declared: it has {found}; expected {expected}"


def _near(found: Found, scope: Iterable[CatalogueEntry]) -> list[CatalogueEntry]:
    """Entries that the user may have meant."""
    return [entry for entry in scope if found.path.name in entry.filenames or entry.file.size == found.size]


def _expectation(entry: CatalogueEntry) -> str:
    size = f"{entry.file.size} bytes" if entry.file.size else "any size"
    published = published_hash(entry.file)
    return f"{entry.name} {size}" + (f", sha256 {published}" if published else "")
