"""The files of a zip archive or folder, each read up to a stated size and no further."""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from restora.errors import FileProblemError
from restora.io.decoding import check_ordinary, is_folder

ZIP = b"PK\x03\x04"
_MOST_MEMBERS = 1000


@dataclass(frozen=True, slots=True)
class Bundle:
    """Read access by name."""

    path: Path
    _archive: zipfile.ZipFile | None

    def has(self, name: str) -> bool:
        """Whether there is such a file."""
        if self._archive is not None:
            return name in self._archive.namelist()
        return is_safe(name) and (self.path / name).is_file()

    def read(self, name: str, most_bytes: int) -> bytes:
        """Its content; raises FileProblemError where it is missing, damaged, or larger than `most_bytes`."""
        if not is_safe(name):
            raise FileProblemError(self.path, f"names the file {name[:60]!r}, which lies outside of it")
        if not self.has(name):
            raise FileProblemError(self.path, f"lacks its file {name[:60]!r}")
        content = self._content(name, most_bytes + 1)
        if len(content) > most_bytes:
            raise FileProblemError(self.path, f"its file {name[:60]!r} has more than {most_bytes} bytes")
        return content

    def _content(self, name: str, most: int) -> bytes:
        if self._archive is None:
            check_ordinary(self.path / name)
            with (self.path / name).open("rb") as stream:
                return stream.read(most)
        try:
            with self._archive.open(name) as member:
                return member.read(most)
        except (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, NotImplementedError) as error:
            raise FileProblemError(self.path, f"its file {name[:60]!r} is damaged ({error})") from error


@contextmanager
def opened_bundle(path: Path) -> Iterator[Bundle]:
    """A zip archive or folder; raises FileProblemError where an archive is damaged or names unsafe places."""
    if is_folder(path):
        yield Bundle(path, None)
        return
    try:
        archive = zipfile.ZipFile(path)
    except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError) as error:
        raise FileProblemError(path, f"is no whole zip archive ({error})") from error
    with archive:
        members = archive.infolist()
        if len(members) > _MOST_MEMBERS:
            raise FileProblemError(path, f"holds {len(members)} files, expected at most {_MOST_MEMBERS}")
        names = [member.filename for member in members]
        unsafe = [name for name in names if not is_safe(name)]
        if unsafe:
            raise FileProblemError(path, f"holds the file {unsafe[0][:60]!r}, which would lie outside of it")
        if len(set(names)) != len(names):
            raise FileProblemError(path, "holds a file twice")
        yield Bundle(path, archive)


def is_safe(name: str) -> bool:
    """Whether a name stays inside the bundle: neither absolute nor upwards."""
    place = PurePosixPath(name.replace("\\", "/"))
    return bool(name) and not place.is_absolute() and ".." not in place.parts and ":" not in name
