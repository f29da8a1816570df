"""Fetching one file over https so that it can be continued after any interruption."""

from __future__ import annotations

import http.client
import re
import ssl
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import IO
from urllib.parse import urlsplit

from restora.errors import DownloadError
from restora.weights.hashing import CHUNK
from restora.weights.partial import PartialFile
from restora.weights.space import require_space
from restora.weights.watch import Watch

_LOOPBACK = {"127.0.0.1", "::1", "localhost"}
_AGAIN = {408, 425, 429, 500, 502, 503, 504}
_RANGE_REFUSED = 416
_PARTIAL_CONTENT = 206
_CONTENT_RANGE = re.compile(r"bytes (\d+)-(\d+)/(\d+|\*)")
_GO_ON = "What arrived is kept: repeat the command to go on."


@dataclass(frozen=True, slots=True, kw_only=True)
class Remote:
    """Where the bytes are, right now."""

    url: str
    headers: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    """Sent to this address only, never to one it redirects to."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """What is known of a file before it is fetched."""

    size: int = 0
    """Bytes; 0 where it is not known."""
    has_hash: bool = True
    """Whether the result is compared with a hash. If not, it must come from one version in one piece."""


class _BrokenConnectionError(Exception):
    """The connection ended early; another attempt may go on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Transfer:
    """Fetches over https; redirects to anything else are refused."""

    allow_loopback_http: bool = False
    """Plain http to this machine itself: for tests."""
    timeout_s: float = 30.0
    """How long a silent server is waited for."""
    retries: int = 3
    """Attempts in a row that may bring nothing."""
    pause_s: float = 1.0
    """Before the first new attempt; doubled each time."""

    def fetch(
        self, locate: Callable[[], Remote], part: PartialFile, expected: Expected, watch: Watch
    ) -> None:
        """Complete `part`; `locate` is asked before every attempt, because addresses can run out.

        Raises DownloadError: with the part kept where the connection broke, without it where what the server
        has is not what is expected. Cancelled leaves the part as well.
        """
        failures = 0
        while True:
            watch.check()
            before = part.length
            try:
                self._attempt(locate(), part, expected, watch)
            except _BrokenConnectionError as error:
                failures = failures + 1 if part.length <= before else 1
                if failures > self.retries:
                    raise DownloadError(str(error), advice=_GO_ON if part.length else None) from error
                self._wait(self.pause_s * 2 ** (failures - 1), watch)
            else:
                return

    def _attempt(self, remote: Remote, part: PartialFile, expected: Expected, watch: Watch) -> None:
        self.refuse_unsafe(remote.url)
        if expected.size and part.length > expected.size:
            part.discard()
        if not expected.has_hash and part.validator is None:
            part.discard()
        if expected.size and part.length == expected.size:
            return
        try:
            with self._open(remote, part, expected) as response:
                total = _begin(remote.url, response, part, expected)
                _stream(remote.url, response, part, total, watch)
        except urllib.error.HTTPError as error:
            error.close()
            _judge_status(remote.url, error, part)
        except (OSError, http.client.HTTPException) as error:
            _judge_failure(remote.url, error)

    def _open(self, remote: Remote, part: PartialFile, expected: Expected) -> http.client.HTTPResponse:
        request = urllib.request.Request(remote.url)
        request.add_header("User-Agent", "restora")
        request.add_header("Accept-Encoding", "identity")
        for name, value in remote.headers.items():
            request.add_unredirected_header(name, value)
        if part.length:
            request.add_header("Range", f"bytes={part.length}-")
            if not expected.has_hash and part.validator is not None:
                request.add_header("If-Range", part.validator)
        opener = urllib.request.build_opener(_Redirects(self))
        response: http.client.HTTPResponse = opener.open(request, timeout=self.timeout_s)
        return response

    def refuse_unsafe(self, url: str) -> None:
        """Raise DownloadError unless the address is https, or this machine itself where that is allowed."""
        try:
            parts = urlsplit(url)
        except ValueError as error:
            raise DownloadError(f"{url}: not an address ({error})") from error
        if parts.scheme == "https" and parts.hostname:
            return
        if self.allow_loopback_http and parts.scheme == "http" and parts.hostname in _LOOPBACK:
            return
        raise DownloadError(f"{url}: only https addresses are used, this one is {parts.scheme or 'none'}")

    def _wait(self, seconds: float, watch: Watch) -> None:
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            watch.check()
            time.sleep(min(0.1, left))


class _Redirects(urllib.request.HTTPRedirectHandler):
    """Follows redirects to safe addresses only."""

    def __init__(self, transfer: Transfer) -> None:
        self._transfer = transfer

    def redirect_request(
        self,
        req: urllib.request.Request,
        fp: IO[bytes],
        code: int,
        msg: str,
        headers: http.client.HTTPMessage,
        newurl: str,
    ) -> urllib.request.Request | None:
        try:
            self._transfer.refuse_unsafe(newurl)
        except DownloadError as error:
            fp.close()
            raise DownloadError(
                f"{req.full_url}: redirects to an address that is not used: {error}"
            ) from error
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def _begin(url: str, response: http.client.HTTPResponse, part: PartialFile, expected: Expected) -> int:
    """Read the answer's head; returns the size of the whole file, 0 where the server does not say."""
    if response.headers.get("Content-Encoding", "identity") != "identity":
        raise DownloadError(f"{url}: the server sends the file compressed, which was not asked for")
    left = _number(response.headers.get("Content-Length"))
    if response.status == _PARTIAL_CONTENT:
        total = _continued(url, response, part)
    else:
        part.begin(_validator(response))
        total = left
    if total and expected.size and total != expected.size:
        part.discard()
        raise DownloadError(
            f"{url}: the server has a file of {total} bytes, expected {expected.size}",
            advice="Its author may have replaced it; look for a newer version of the plugin.",
        )
    total = total or expected.size
    if not total and not expected.has_hash:
        part.discard()
        raise DownloadError(
            f"{url}: neither server nor declaration say how large the file is or what its hash is"
        )
    require_space(part.path.parent, total - part.length)
    return total


def _continued(url: str, response: http.client.HTTPResponse, part: PartialFile) -> int:
    found = _CONTENT_RANGE.fullmatch(response.headers.get("Content-Range", ""))
    if found is None or int(found.group(1)) != part.length:
        part.discard()
        raise _BrokenConnectionError(f"{url}: the server continued at another place than was asked for")
    return _number(found.group(3))


def _stream(
    url: str, response: http.client.HTTPResponse, part: PartialFile, total: int, watch: Watch
) -> None:
    watch.advance(part.length, total)
    is_too_long = False
    with part.growing() as append:
        while not is_too_long and (chunk := response.read1(CHUNK)):
            is_too_long = 0 < total < part.length + len(chunk)
            append(chunk)
            watch.advance(part.length, total)
    if is_too_long:
        part.discard()
        raise DownloadError(f"{url}: the server sends more than the {total} bytes of the file")
    if part.length < total:
        raise _BrokenConnectionError(f"{url}: the connection ended after {part.length} of {total} bytes")


def _judge_status(url: str, error: urllib.error.HTTPError, part: PartialFile) -> None:
    """Sort an answer that brought no file: try again, or give up."""
    if error.code == _RANGE_REFUSED and part.length:
        part.discard()
        raise _BrokenConnectionError(f"{url}: the server has no more than what is here") from error
    sentence = f"{url}: the server answered {error.code} {error.reason}"
    if error.code in _AGAIN:
        raise _BrokenConnectionError(sentence) from error
    raise DownloadError(sentence) from error


def _judge_failure(url: str, error: OSError | http.client.HTTPException) -> None:
    cause = error.reason if isinstance(error, urllib.error.URLError) else error
    if isinstance(cause, ssl.SSLCertVerificationError):
        raise DownloadError(
            f"{url}: the server's certificate is not trusted ({cause.verify_message})"
        ) from error
    raise _BrokenConnectionError(f"{url}: the connection failed ({cause or type(cause).__name__})") from error


def _validator(response: http.client.HTTPResponse) -> str | None:
    """A strong tag of the version that is being sent; weak ones do not promise equal bytes."""
    tag = response.headers.get("ETag")
    return None if tag is None or tag.startswith("W/") else tag


def _number(text: str | None) -> int:
    return int(text) if text is not None and text.isascii() and text.isdigit() else 0
