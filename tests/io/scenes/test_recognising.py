"""Every format is recognised by `open_item`, and pictures do not wait for the modules of scenes."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from restora.data.kinds import Kind
from restora.errors import FileProblemError
from restora.io.opening import OpenOptions, open_item

Kit = Any  # the fixture of conftest.py
FILES = sorted(
    path.name
    for path in (Path(__file__).parents[2] / "vectors" / "splats" / "files").iterdir()
    if path.is_file() and not path.name.startswith(("bad_", "point_cloud"))
)

QUESTION = """
import sys
from pathlib import Path
from restora.errors import FileProblemError
from restora.io.opening import OpenOptions, open_item
open_item(Path(sys.argv[1]))
print([name for name in sys.modules if name.startswith(("restora.io.scenes", "restora.io.cameras"))])
"""


@pytest.mark.parametrize("name", FILES)
def test_every_stored_file_opens_as_a_scene(kit: Kit, name: str) -> None:
    item = open_item(kit.vectors / "files" / name)
    assert item.kind is Kind.SPLAT
    assert item.probe.gaussians == item.scene().count > 0
    assert item.probe.degree == item.scene().degree


@pytest.mark.parametrize("name", [name for name in FILES if not name.endswith(("splat", ".ksplat"))])
def test_the_ending_decides_nothing_where_there_is_a_signature(kit: Kit, tmp_path: Path, name: str) -> None:
    path = tmp_path / "something.png"
    path.write_bytes((kit.vectors / "files" / name).read_bytes())
    assert open_item(path).kind is Kind.SPLAT


def test_pictures_do_not_wait_for_scenes(tmp_path: Path) -> None:
    path = tmp_path / "a.pgm"
    path.write_bytes(b"P5\n2 2\n255\n1234")
    done = subprocess.run(
        [sys.executable, "-c", QUESTION, str(path)], check=True, capture_output=True, text=True
    )
    assert done.stdout.strip() == "[]"


def test_a_splat_file_of_another_name_opens_where_it_is_stated_to_be_a_scene(
    kit: Kit, tmp_path: Path
) -> None:
    path = tmp_path / "download"
    path.write_bytes((kit.vectors / "files" / "deg3.splat").read_bytes())
    with pytest.raises(FileProblemError, match="is of no known format"):
        open_item(path)
    assert open_item(path, OpenOptions(kind=Kind.SPLAT)).scene().count == 300
    path.write_bytes(b"This text is as long as two records of a scene have bytes: 64!!!")
    with pytest.raises(FileProblemError, match="is not a scene of Gaussians"):
        open_item(path, OpenOptions(kind=Kind.SPLAT))
