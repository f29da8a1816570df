"""Getting a declared file: from the Hugging Face cache, from Hugging Face, or from any https address."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from restora.errors import ConsentError, DownloadError, WeightsFormatError
from restora.plugins.declarations import WeightFile
from restora.weights import hub
from restora.weights.consent import (
    NO_CONSENTS,
    Consents,
    UnverifiedConsentError,
    require_consent_to_download,
)
from restora.weights.containers import check_container
from restora.weights.identity import published_hash
from restora.weights.linking import bring
from restora.weights.partial import PartialFile
from restora.weights.space import require_space
from restora.weights.store import FileState, WeightStore
from restora.weights.transfer import Expected, Remote, Transfer
from restora.weights.watch import UNWATCHED, Watch

_READY = ".ready"


@dataclass(frozen=True, slots=True, kw_only=True)
class Downloader:
    """Brings declared files into a store; only addresses that the plugin declared are ever asked."""

    store: WeightStore
    offline: bool = False
    transfer: Transfer = field(default_factory=Transfer)

    def get(self, file: WeightFile, *, consents: Consents = NO_CONSENTS, watch: Watch = UNWATCHED) -> Path:
        """The file's place in the store, fetched, checked and remembered unless it is there already.

        Raises ConsentError for a licence or a missing hash, DiskSpaceError, Cancelled (what arrived is kept),
        and DownloadError when no address gave the file; its text then holds what each of them said.
        """
        with self.store.locked(file, watch):
            there = self._already_there(file, consents, watch)
            if there is not None:
                return there
            require_consent_to_download(file, consents)
            return self._cached(file, watch) or self._fetched(file, watch)

    def _already_there(self, file: WeightFile, consents: Consents, watch: Watch) -> Path | None:
        """A good file stays; one that is wrong is replaced once the right one has arrived."""
        path = self.store.find(file)
        state = self.store.status(file).state
        if path is None or state is not FileState.UNCHECKED:
            return path if state in {FileState.VERIFIED, FileState.UNVERIFIED} else None
        try:
            self.store.check(file, watch)
        except WeightsFormatError:
            return None
        except ConsentError as error:  # put there by hand
            sha256 = self.store.sha256_of(path, watch)
            if not consents.allow_unverified:
                raise UnverifiedConsentError(file, sha256) from error
            check_container(path, file.container)
            return self.store.put(file, path, sha256)
        return path

    def _cached(self, file: WeightFile, watch: Watch) -> Path | None:
        """From the user's Hugging Face cache; a file there that is not the declared one is passed over."""
        for url in file.urls:
            path = hub.cached(hub.HubAddress.parse(url)) if url.startswith(hub.SCHEME) else None
            if path is None or (file.size and path.stat().st_size != file.size):
                continue
            ready = self.store.place(file).parent / _READY
            try:
                sha256 = bring(path, ready, watch=watch)
            except OSError:  # a file in somebody else's cache that cannot be read
                continue
            if published_hash(file) in {None, sha256}:
                return self.store.put(file, ready, sha256)
            ready.unlink()
        return None

    def _fetched(self, file: WeightFile, watch: Watch) -> Path:
        if not file.urls:
            raise DownloadError(
                f"{file.filename}: it cannot be downloaded, its author gives it out on {file.page}",
                advice="Get it there, then run `restora weights import FILE`.",
            )
        if self.offline:
            raise DownloadError(
                f"{file.filename}: not downloaded, because restora is set to work offline",
                advice="Switch the setting off, or run `restora weights import` for a file you have.",
            )
        here = self.store.status(file)
        part_size = here.size if here.state is FileState.PARTIAL else 0
        require_space(self.store.folder, max(0, file.size - part_size))
        refusals: list[DownloadError] = []
        for url in file.urls:
            try:
                return self._from(url, file, watch)
            except DownloadError as error:
                refusals.append(error)
        raise DownloadError("; ".join(map(str, refusals)), advice=refusals[-1].advice) from refusals[-1]

    def _from(self, url: str, file: WeightFile, watch: Watch) -> Path:
        if url.startswith(hub.SCHEME):
            locate = partial(hub.locate, hub.HubAddress.parse(url))
        else:
            locate = partial(_fixed, url)
        part = PartialFile(self.store.part(file), watch)
        expected = Expected(size=file.size, has_hash=published_hash(file) is not None)
        self.transfer.fetch(locate, part, expected, watch)
        part.require_whole()
        self._refuse_other_content(url, file, part)
        part.forget_note()
        return self.store.put(file, part.path, part.sha256)

    def _refuse_other_content(self, url: str, file: WeightFile, part: PartialFile) -> None:
        published = published_hash(file)
        found = part.sha256
        if published is not None and found != published:
            part.discard()
            raise DownloadError(
                f"{url}: what arrived has sha256 {found}, expected {published}",
                advice="It was deleted. Try again; if that does not help, look for a newer plugin.",
            )
        if published is None:
            try:
                check_container(part.path, file.container)
            except WeightsFormatError as error:
                part.discard()
                raise DownloadError(f"{url}: what arrived is no file of weights: {error}") from error


def _fixed(url: str) -> Remote:
    return Remote(url=url)
