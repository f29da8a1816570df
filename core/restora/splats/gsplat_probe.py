"""Whether gsplat can draw on this machine's CUDA card, and why not.

gsplat comes as sources that are compiled at first use, for minutes and in silence, and a mismatch of versions
ends the process. So it is tried in another process, never compiled without being told to, and the answer is
kept for as long as versions and card stay the same.
"""

from __future__ import annotations

import json
import logging
import os
import subprocess
import sys
from dataclasses import asdict, dataclass
from importlib import metadata
from pathlib import Path

from restora.errors import RestoraError
from restora.folders import Folders

_log = logging.getLogger("restora.splats")
_LOOK_SECONDS = 120
_DRAW_SECONDS = 300
_COMPILE_SECONDS = 45 * 60
_TOOLS = {"nvcc": "nvcc of the CUDA toolkit", "compiler": "a C++ compiler"}
COMPILE_COMMAND = "restora doctor --compile-gsplat"


@dataclass(frozen=True, slots=True, kw_only=True)
class GsplatState:
    """Whether gsplat may be used."""

    is_usable: bool
    reason: str
    """For people: what was found."""
    advice: str | None = None


class GsplatError(RestoraError):
    """CUDA was asked for, but gsplat cannot be used here."""

    def __init__(self, state: GsplatState) -> None:
        super().__init__(f"the CUDA rasteriser cannot be used: {state.reason}", advice=state.advice)
        self.state = state


class _TrialError(Exception):
    """The other process did not answer."""


def probe(folders: Folders | None = None, *, may_compile: bool = False) -> GsplatState:
    """Find out, in another process; an answer that is known for these versions and this card costs no trial.

    Where torch is made for CUDA it takes some seconds even so, because it is torch that knows the card.
    With `may_compile` gsplat's CUDA part is compiled where it is missing, which takes minutes; what the
    compilers print goes to `log_file`.
    """
    folders = folders or Folders.of_user()
    if not _has_gsplat():
        return _unusable("gsplat is not installed", 'Install it: pip install "restora[cuda]"')
    if _torch_build().endswith("+cpu"):  # known without asking, as on most machines without a card
        return _unusable(f"torch {_torch_build()} was built without CUDA", "Install a torch with CUDA.")
    try:
        found = _asked("look", _LOOK_SECONDS, None)
    except _TrialError as error:
        return _unusable(f"torch or gsplat cannot be loaded ({error})")
    if found["gpu"] is None:
        return _unusable(
            f"torch {found['torch']} sees no CUDA card",
            "Check the driver." if found["cuda"] else "This torch was built without CUDA.",
        )
    return _for_card(found, folders, may_compile)


def log_file(folders: Folders) -> Path:
    """What the last trial or compilation printed."""
    return folders.cache / "gsplat.log"


def _for_card(found: dict[str, object], folders: Folders, may_compile: bool) -> GsplatState:
    key = " ".join(f"{name} {found[name]}" for name in ("torch", "cuda", "gsplat", "gpu"))
    known = _known(folders).get(key)
    if known is not None and (known.is_usable or not may_compile):
        return known
    if not found["is_built"]:
        missing = [name for name in _TOOLS if not found[name]]
        if missing:
            names = " and ".join(_TOOLS[name] for name in missing)
            return _unusable(f"its CUDA part must be compiled, which needs {names}", f"Install {names}.")
        if not may_compile:
            return _unusable(
                "its CUDA part is not compiled yet", f"Run `{COMPILE_COMMAND}`; it takes some minutes."
            )
    state = _tried(found, folders, _COMPILE_SECONDS if not found["is_built"] else _DRAW_SECONDS)
    _keep(folders, key, state)
    return state


def _has_gsplat() -> bool:
    try:
        metadata.version("gsplat")
    except metadata.PackageNotFoundError:
        return False
    return True


def _torch_build() -> str:
    return metadata.version("torch")


def _tried(found: dict[str, object], folders: Folders, seconds: float) -> GsplatState:
    log = log_file(folders)
    try:
        difference = _asked("draw", seconds, log)["difference"]
    except _TrialError as error:
        return _unusable(f"it fails here ({error})", f"See {log}, then run `{COMPILE_COMMAND}` again.")
    from restora.splats.gsplat_trial import DIFFERENCE

    if not isinstance(difference, float) or not difference <= DIFFERENCE:
        return _unusable(f"it draws otherwise than the processor (mean difference {difference})")
    return GsplatState(is_usable=True, reason=f"gsplat {found['gsplat']} on {found['gpu']}")


def _asked(question: str, seconds: float, log: Path | None) -> dict[str, object]:
    """What the trial process answers; raises _TrialError with the last thing it said."""
    command = [sys.executable, "-m", "restora.splats.gsplat_trial", question]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=seconds, check=False)
    except subprocess.TimeoutExpired as error:
        _note(log, error.stdout, error.stderr)
        raise _TrialError(f"no answer within {seconds:.0f} s") from error
    _note(log, done.stdout, done.stderr)
    lines = done.stdout.strip().splitlines()
    if done.returncode or not lines:
        said = done.stderr.strip().splitlines()
        raise _TrialError(said[-1] if said else f"the trial ended with {done.returncode}")
    answer: dict[str, object] = json.loads(lines[-1])
    return answer


def _note(log: Path | None, *texts: str | bytes | None) -> None:
    """Keep what a trial printed; a time limit leaves bytes where an answer leaves text."""
    if log is None:
        return
    log.parent.mkdir(parents=True, exist_ok=True)
    parts = [text.encode() if isinstance(text, str) else text or b"" for text in texts]
    log.write_bytes(b"\n".join(parts))


def _unusable(reason: str, advice: str | None = None) -> GsplatState:
    return GsplatState(is_usable=False, reason=reason, advice=advice)


def _cache_file(folders: Folders) -> Path:
    return folders.cache / "gsplat.json"


def _known(folders: Folders) -> dict[str, GsplatState]:
    try:
        stored = json.loads(_cache_file(folders).read_text(encoding="utf-8"))
        return {key: GsplatState(**value) for key, value in stored.items()}
    except (OSError, ValueError, TypeError, AttributeError):
        return {}  # a cache that cannot be read is none


def _keep(folders: Folders, key: str, state: GsplatState) -> None:
    file = _cache_file(folders)
    answers = {name: asdict(each) for name, each in {**_known(folders), key: state}.items()}
    part = file.with_name(f"{file.name}.{os.getpid()}")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        part.write_text(json.dumps(answers, indent=1), encoding="utf-8")
        part.replace(file)
    except OSError:
        _log.warning("the answer of the gsplat trial could not be kept in %s", file)
