"""The text at the start of a PLY file: which elements with which columns follow, and how."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from restora.errors import FileProblemError

MAGIC = re.compile(rb"ply\r?\n")
_LONGEST = 64 * 1024
_MOST_COLUMNS = 512
_ENCODINGS = {"binary_little_endian": "<", "binary_big_endian": ">", "ascii": ""}
_TYPES = {
    "char": "i1",
    "int8": "i1",
    "uchar": "u1",
    "uint8": "u1",
    "short": "i2",
    "int16": "i2",
    "ushort": "u2",
    "uint16": "u2",
    "int": "i4",
    "int32": "i4",
    "uint": "u4",
    "uint32": "u4",
    "float": "f4",
    "float32": "f4",
    "double": "f8",
    "float64": "f8",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Element:
    """One table of the file."""

    name: str
    count: int
    columns: tuple[tuple[str, str], ...] = ()
    """Name and numpy type without byte order, in their order."""
    has_lists: bool = False
    """Whether its rows are of different lengths, as the faces of a mesh are."""

    @property
    def names(self) -> tuple[str, ...]:
        """The columns."""
        return tuple(name for name, _ in self.columns)

    @property
    def row_bytes(self) -> int:
        """Bytes of one binary row."""
        return sum(int(kind[1:]) for _, kind in self.columns)


@dataclass(frozen=True, slots=True, kw_only=True)
class PlyHeader:
    """What the text says."""

    byte_order: str
    """`<`, `>`, or empty for numbers as text."""
    elements: tuple[Element, ...]
    comments: tuple[str, ...]
    data_offset: int

    def element(self, name: str) -> Element | None:
        """The table of that name."""
        return next((each for each in self.elements if each.name == name), None)

    @property
    def encoding(self) -> str:
        """For people."""
        return {"<": "binary", ">": "binary, big endian"}.get(self.byte_order, "text")


def read_ply_header(path: Path) -> PlyHeader:
    """Parse the header; raises FileProblemError where it is damaged or larger than any real one."""
    with path.open("rb") as stream:
        text = stream.read(_LONGEST)
    end = re.search(rb"\nend_header[ \t]*\r?\n", text)
    if end is None:
        raise FileProblemError(path, f"its PLY header has no end within {_LONGEST // 1024} KiB")
    lines = text[: end.start()].decode("latin-1").splitlines()
    parser = _Parser(path)
    for line in lines[1:]:
        parser.take(line.strip())
    if parser.byte_order is None:
        raise FileProblemError(path, "its PLY header states no format")
    return PlyHeader(
        byte_order=parser.byte_order,
        elements=tuple(parser.elements),
        comments=tuple(parser.comments),
        data_offset=end.end(),
    )


class _Parser:
    """Takes the header line by line."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.byte_order: str | None = None
        self.elements: list[Element] = []
        self.comments: list[str] = []

    def take(self, line: str) -> None:
        word, _, rest = line.partition(" ")
        match word:
            case "format":
                self.byte_order = self._encoding(rest)
            case "element":
                self.elements.append(self._element(rest))
            case "property":
                self._add_column(rest)
            case "comment" | "obj_info":
                self.comments.append(rest.strip())
            case "":
                pass
            case _:
                raise FileProblemError(self._path, f"its PLY header has the unknown line {line[:60]!r}")

    def _encoding(self, rest: str) -> str:
        name = rest.split(" ")[0]
        if name not in _ENCODINGS:
            known = ", ".join(_ENCODINGS)
            raise FileProblemError(self._path, f"its PLY format is {name[:40]!r}, expected {known}")
        return _ENCODINGS[name]

    def _element(self, rest: str) -> Element:
        name, _, count = rest.strip().rpartition(" ")
        if not name or not re.fullmatch(r"\d{1,18}", count):
            raise FileProblemError(
                self._path, f"its PLY header counts {rest[:60]!r}, expected a name and a number"
            )
        return Element(name=name.strip(), count=int(count))

    def _add_column(self, rest: str) -> None:
        parts = rest.split()
        if not self.elements or len(parts) < 2:
            raise FileProblemError(self._path, f"its PLY header has the misplaced property {rest[:60]!r}")
        last = self.elements[-1]
        if parts[0] == "list":
            self.elements[-1] = Element(
                name=last.name, count=last.count, columns=last.columns, has_lists=True
            )
            return
        kind, name = _TYPES.get(parts[0]), parts[1]
        if kind is None:
            raise FileProblemError(
                self._path, f"its PLY property {name[:40]!r} has the unknown type {parts[0][:40]!r}"
            )
        if name in last.names:
            raise FileProblemError(self._path, f"its PLY property {name[:40]!r} stands there twice")
        if len(last.columns) >= _MOST_COLUMNS:
            raise FileProblemError(self._path, f"its PLY header has more than {_MOST_COLUMNS} properties")
        self.elements[-1] = Element(
            name=last.name, count=last.count, columns=(*last.columns, (name, kind)), has_lists=last.has_lists
        )


def start_of(path: Path, header: PlyHeader, name: str) -> int:
    """Where the rows of a binary table begin; raises where the file is too short for them.

    Nothing is read or allocated for it: a count that is a lie ends here.
    """
    offset = header.data_offset
    size = path.stat().st_size
    for element in header.elements:
        if element.has_lists:
            raise FileProblemError(path, f"its element {element.name[:40]!r} has lists, a scene has none")
        end = offset + element.count * element.row_bytes
        if end > size:
            raise FileProblemError(
                path,
                f"its header states {element.count} rows of {element.row_bytes} bytes in "
                f"{element.name[:40]!r}, but the file has {size} bytes, expected at least {end}",
                advice="The file may be incomplete; fetch it again.",
            )
        if element.name == name:
            return offset
        offset = end
    raise FileProblemError(path, f"has no element {name!r}")
