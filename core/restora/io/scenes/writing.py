"""Writes a scene: the format by the ending, complete or not at all."""

from __future__ import annotations

from pathlib import Path

from restora.data.scene import GaussianScene
from restora.errors import BadInputError, FileProblemError
from restora.io.atomic import atomic_write
from restora.io.progress import tell
from restora.io.scenes.formats import writer_of


def write_scene(path: Path, scene: GaussianScene, format: str | None = None) -> None:
    """Write `scene` so that `path` is either complete or as it was before.

    `format` is one of `WRITERS`; None takes the one of the ending. Raises FileProblemError where there is
    none, the format cannot hold the scene, or the disk refuses.
    """
    writer = writer_of(path, format)
    if scene.count == 0:
        raise BadInputError(f"{path}: a scene without Gaussians is not written")
    tell(0.0)
    atomic_write(path, lambda stream: writer.write(stream, scene))
    tell(1.0)


def check_writable(path: Path, format: str | None = None) -> None:
    """Raise FileProblemError where no scene can be written there, before anything is read or computed."""
    writer_of(path, format)
    if path.is_dir():
        raise FileProblemError(path, "is a folder, a file is needed")
    if not path.absolute().parent.is_dir():
        raise FileProblemError(path, f"the folder {path.parent} does not exist")


def losses_of(path: Path, scene: GaussianScene, format: str | None = None) -> tuple[str, ...]:
    """What a file of that name or format will not keep of `scene`, one short sentence each."""
    said = writer_of(path, format).losses(scene)
    if len(scene.cameras):
        said = (*said, "cameras are not kept in scene files; write them to a file of their own")
    return said
