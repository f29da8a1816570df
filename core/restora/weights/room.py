"""The model manager: everything a door does with weights, behind one object."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from restora.errors import WeightsError
from restora.plugins.declarations import NeedsWeights
from restora.weights.catalogue import Catalogue, CatalogueEntry
from restora.weights.consent import NO_CONSENTS, Consents
from restora.weights.download import Downloader
from restora.weights.importing import Importer
from restora.weights.store import FileStatus, WeightStore
from restora.weights.transfer import Transfer
from restora.weights.watch import UNWATCHED, Watch


@dataclass(frozen=True, slots=True, kw_only=True)
class WeightRow:
    """One line of the model manager: what was declared, and what is here."""

    entry: CatalogueEntry
    status: FileStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class Removal:
    """What was deleted, and what stayed because other methods need it too."""

    removed: tuple[CatalogueEntry, ...] = ()
    kept: tuple[CatalogueEntry, ...] = ()
    freed: int = 0
    """Bytes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verification:
    """What `verify` found for one file; `problem` is None where it is right."""

    row: WeightRow
    problem: WeightsError | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class WeightRoom:
    """Lists, gets, imports, verifies and removes weights.

    A target is a method's id, `plugin/id`, or a file name.
    """

    catalogue: Catalogue
    store: WeightStore
    offline: bool = False
    transfer: Transfer = field(default_factory=Transfer)

    @classmethod
    def of(cls, methods: Iterable[NeedsWeights], folder: Path, *, offline: bool = False) -> WeightRoom:
        """The room for these methods with weights in `folder`; DeclarationError where they contradict."""
        return cls(catalogue=Catalogue(methods), store=WeightStore(folder), offline=offline)

    def list(self, target: str | None = None) -> tuple[WeightRow, ...]:
        """All declared files or those of one target, with their states; nothing is hashed."""
        return tuple(self._row(entry) for entry in self._entries(target))

    def unknown(self) -> tuple[Path, ...]:
        """Files in the folder that no loaded method declares."""
        return self.store.unknown(entry.file for entry in self.catalogue)

    def resolve(self, info: NeedsWeights, watch: Watch = UNWATCHED) -> Mapping[str, Path]:
        """As `WeightStore.resolve`: what a lane hands to the method."""
        return self.store.resolve(info, watch)

    def get(
        self,
        target: str,
        *,
        with_optional: bool = True,
        consents: Consents = NO_CONSENTS,
        watch: Watch = UNWATCHED,
    ) -> tuple[WeightRow, ...]:
        """Download what is not here yet; raises as `Downloader.get`, and keeps what arrived before."""
        downloader = Downloader(store=self.store, offline=self.offline, transfer=self.transfer)
        entries = self.catalogue.find(target, with_optional=with_optional)
        for entry in entries:
            downloader.get(entry.file, consents=consents, watch=watch)
        return tuple(self._row(entry) for entry in entries)

    def import_file(
        self,
        path: Path,
        *,
        target: str | None = None,
        copy: bool = False,
        consents: Consents = NO_CONSENTS,
        watch: Watch = UNWATCHED,
    ) -> WeightRow:
        """Take in a file that the user has; raises as `Importer.take`."""
        importer = Importer(catalogue=self.catalogue, store=self.store)
        return self._row(importer.take(path, target=target, copy=copy, consents=consents, watch=watch))

    def verify(self, target: str | None = None, *, watch: Watch = UNWATCHED) -> tuple[Verification, ...]:
        """Hash the files that are here again; a file that is not right comes back with the sentence why."""
        here = [entry for entry in self._entries(target) if self.store.find(entry.file) is not None]
        return tuple(self._verified(entry, watch) for entry in here)

    def remove(self, target: str) -> Removal:
        """Delete the target's files from the store.

        Files that a method shares with others stay when the method is named, and go when they are named
        themselves.
        """
        entries = self.catalogue.find(target)
        kept = tuple(entry for entry in entries if set(entry.methods) - {target} and target in entry.methods)
        here = [entry for entry in entries if entry not in kept and self._is_here(entry)]
        freed = sum(self.store.remove(entry.file) for entry in here)
        return Removal(removed=tuple(here), kept=kept, freed=freed)

    def licences_to_accept(self, target: str, accepted: Collection[str]) -> tuple[CatalogueEntry, ...]:
        """Files that are not here and whose licence must be accepted before `get`."""
        return tuple(
            entry
            for entry in self.catalogue.find(target)
            if entry.file.ask_licence and entry.file.licence not in accepted and not self._is_here(entry)
        )

    def _entries(self, target: str | None) -> tuple[CatalogueEntry, ...]:
        return tuple(self.catalogue) if target is None else self.catalogue.find(target)

    def _row(self, entry: CatalogueEntry) -> WeightRow:
        return WeightRow(entry=entry, status=self.store.status(entry.file))

    def _is_here(self, entry: CatalogueEntry) -> bool:
        return self.store.status(entry.file).size > 0

    def _verified(self, entry: CatalogueEntry, watch: Watch) -> Verification:
        problem: WeightsError | None = None
        try:
            self.store.check(entry.file, watch, again=True)
        except WeightsError as error:
            problem = error
        return Verification(row=self._row(entry), problem=problem)
