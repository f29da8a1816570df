"""Files on Hugging Face: their addresses, the user's own cache of them, and where their bytes are."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from restora.errors import DownloadError
from restora.weights.transfer import Remote

SCHEME = "hf://"
_PARTS_OF_REPOSITORY = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class HubAddress:
    """`hf://owner/name/path/in/repository[@revision]`."""

    repository: str
    path: str
    revision: str | None = None

    @classmethod
    def parse(cls, url: str) -> HubAddress:
        """The parts of an address; DownloadError where it is not one."""
        where, _, revision = url.removeprefix(SCHEME).partition("@")
        parts = where.split("/")
        if len(parts) <= _PARTS_OF_REPOSITORY or not all(parts) or {".", ".."} & set(parts):
            raise DownloadError(f"{url}: expected {SCHEME}owner/name/path[@revision]")
        return cls(
            repository="/".join(parts[:_PARTS_OF_REPOSITORY]),
            path="/".join(parts[_PARTS_OF_REPOSITORY:]),
            revision=revision or None,
        )

    def __str__(self) -> str:
        at = f"@{self.revision}" if self.revision else ""
        return f"{SCHEME}{self.repository}/{self.path}{at}"


def cached(address: HubAddress) -> Path | None:
    """The file in the user's Hugging Face cache (HF_HOME), without asking any server."""
    import huggingface_hub

    try:
        found = huggingface_hub.try_to_load_from_cache(
            address.repository, address.path, revision=address.revision
        )
    except ValueError as error:
        raise DownloadError(f"{address}: not an address on Hugging Face ({error})") from error
    except OSError:  # a cache that cannot be read is none
        return None
    if not isinstance(found, str):  # None, or the library's mark for a file known not to exist
        return None
    path = Path(found).resolve()
    return path if path.is_file() else None


def locate(address: HubAddress) -> Remote:
    """Where the bytes are now, with the user's HF_ENDPOINT and HF_TOKEN; DownloadError where they are not."""
    import huggingface_hub
    from huggingface_hub import constants, errors

    try:
        url = huggingface_hub.hf_hub_url(address.repository, address.path, revision=address.revision)
        metadata = huggingface_hub.get_hf_file_metadata(url)
    except errors.GatedRepoError as error:
        raise DownloadError(
            f"{address}: its owner gives it only to those who accepted the conditions",
            advice="Accept them on its page, then set HF_TOKEN or run `hf auth login`.",
        ) from error
    except (errors.RepositoryNotFoundError, errors.RevisionNotFoundError, errors.EntryNotFoundError) as error:
        raise DownloadError(f"{address}: there is no such file, or it is private") from error
    except errors.OfflineModeIsEnabled as error:
        raise DownloadError(
            f"{address}: Hugging Face is switched to offline", advice="Unset HF_HUB_OFFLINE to download."
        ) from error
    except Exception as error:  # the library passes on what its HTTP client raises, and changed that client
        raise DownloadError(f"{address}: Hugging Face did not answer as expected ({error})") from error
    same_host = urlsplit(metadata.location).netloc == urlsplit(url).netloc
    # The token is for Hugging Face itself; the servers that it sends downloads to must not see it.
    is_sent = same_host and not constants.HF_HUB_DISABLE_IMPLICIT_TOKEN
    token = huggingface_hub.get_token() if is_sent else None
    return Remote(url=metadata.location, headers={"Authorization": f"Bearer {token}"} if token else {})
