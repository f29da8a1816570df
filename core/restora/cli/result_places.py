"""Where `run` and `batch` put results that have no place of their own."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from restora.data.kinds import Kind
from restora.errors import BadInputError
from restora.plugins.declarations import MethodInfo
from restora.workbench import SAMPLE_PREFIX


def usual_ending(info: MethodInfo) -> str:
    """How results end where nobody says otherwise; frames go into a folder, which has no ending."""
    if info.produces_frames:
        return ""
    return ".ply" if info.produces is Kind.SPLAT else ".png"


def outputs_for(info: MethodInfo, files: Sequence[str], output: Path | None) -> list[Path]:
    """Where the results go.

    To `output` itself for one file, below it for several, beside the files without it.
    """
    name, ending = info.id.rpartition(".")[2], usual_ending(info)
    if output is None:
        return [_folder_of(file) / f"{_stem(file)}_{name}{ending}" for file in files]
    if len(files) <= 1 and (not ending or (output.suffix and not output.is_dir())):
        return [output for _ in files]
    if output.suffix and not output.is_dir():
        raise BadInputError(
            f"{output}: {len(files)} files cannot become one", advice="Name a folder with -o."
        )
    output.mkdir(parents=True, exist_ok=True)
    return [output / f"{_stem(file)}_{name}{ending}" for file in files]


def _folder_of(file: str) -> Path:
    return Path() if file.startswith(SAMPLE_PREFIX) else Path(file).parent


def _stem(file: str) -> str:
    return Path(file.removeprefix(SAMPLE_PREFIX)).stem


def folder_of_frames(output: Path) -> Path:
    """`output`, if it can be the folder of a video's frames; raises BadInputError where it is a file."""
    if not output.is_dir() and (output.suffix or output.exists()):
        raise BadInputError(f"{output}: frames go into a folder", advice="Name one with -o.")
    return output
