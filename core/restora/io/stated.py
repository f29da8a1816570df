"""What a person states about a file as `key=value` pairs, for the command line, orders and recipes."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from typing import TypeVar

from restora.data.geometry import FrameWindow
from restora.data.kinds import Kind, Transfer
from restora.errors import ParameterError
from restora.io.options import OpenOptions

_Choice = TypeVar("_Choice", bound=StrEnum)
_PICTURE_KEYS = ("kind", "transfer", "page", "frame", "array")
PATH_KEYS = frozenset({"cameras", "pictures", "camera_path"})
"""Keys that name a file or folder beside a scene."""
_NO_CAPTURE = frozenset((*_PICTURE_KEYS, *PATH_KEYS, "degree", "window"))


def open_options(pairs: Mapping[str, str]) -> OpenOptions:
    """The options that `pairs` state; keys that pictures and scenes do not know are facts about a capture.

    `window` is not among them: it chooses frames and says nothing about the file, see `stated_window`.
    """
    facts = {key: value for key, value in pairs.items() if key not in _NO_CAPTURE}
    capture = None
    if facts:
        from restora.io.captures.options import CaptureOptions

        capture = CaptureOptions.from_pairs(facts)
    return OpenOptions(
        kind=_choice(pairs, "kind", Kind),
        transfer=_choice(pairs, "transfer", Transfer),
        page=_count(pairs, "page"),
        frame=_count(pairs, "frame"),
        array=pairs.get("array"),
        capture=capture,
        cameras=_path(pairs, "cameras"),
        pictures=_path(pairs, "pictures"),
        camera_path=_path(pairs, "camera_path"),
        degree=_degree(pairs),
    )


def stated_window(pairs: Mapping[str, str]) -> FrameWindow | None:
    """The frames that `window=START:LENGTH` chooses; None where nothing is stated."""
    text = pairs.get("window")
    if text is None:
        return None
    start, colon, length = text.partition(":")
    if not (colon and start.strip().isdecimal() and length.strip().isdecimal() and int(length) > 0):
        raise ParameterError("window", f"must be START:LENGTH in frames, such as 100:77, got {text!r}")
    return FrameWindow(int(start), int(length))


def _choice(pairs: Mapping[str, str], key: str, kind: type[_Choice]) -> _Choice | None:
    value = pairs.get(key)
    if value is None:
        return None
    if value not in list(kind):
        raise ParameterError(key, f"must be one of {', '.join(kind)}, got {value!r}")
    return kind(value)


def _degree(pairs: Mapping[str, str]) -> int | None:
    value = _count(pairs, "degree")
    if value is not None and value > 3:
        raise ParameterError("degree", f"must be 0 to 3, got {value}")
    return value


def _path(pairs: Mapping[str, str], key: str) -> Path | None:
    text = pairs.get(key)
    if text is None:
        return None
    if not text.strip():
        raise ParameterError(key, "must name a file or folder")
    return Path(text)


def _count(pairs: Mapping[str, str], key: str) -> int | None:
    value = pairs.get(key)
    if value is None:
        return None
    if not value.strip().isdecimal():
        raise ParameterError(key, f"must be a whole number from 0, got {value!r}")
    return int(value)
