"""Makes the pictures of the window in docs/images: `python docs/make_screenshots.py`.

Every state in the dark and in the light theme, the telling ones at twice the density (`@2x`) as well. Needs a
display; on a machine without one: `xvfb-run -a -s "-screen 0 3000x2000x24" python docs/make_screenshots.py`.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

SUBJECTS = ("pictures", "scenes")


def arguments() -> argparse.Namespace:
    """What is to be made, and where."""
    parser = argparse.ArgumentParser(description="Makes the pictures of the window.")
    parser.add_argument("--target", type=Path, default=Path(__file__).parent / "images")
    parser.add_argument(
        "--desk", type=Path, help="a folder to make, work in and remove; some pictures show it"
    )
    parser.add_argument("--all", action="store_true", help="every state at twice the density too, to look at")
    parser.add_argument("--only", nargs=3, metavar=("SUBJECT", "THEME", "SCALE"), help="one run of those")
    return parser.parse_args()


def make(target: Path, desk: Path, run: tuple[str, str, int], *, keeps_all: bool) -> None:
    """The states of one subject in one theme, at one scale."""
    from screenshots import pictures, scenes
    from screenshots.studio import Studio

    subject, tone, scale = run
    studio = Studio(target, desk, tone, scale, keeps_all=keeps_all)
    {"pictures": pictures.make, "scenes": scenes.make}[subject](studio)
    studio.close()
    studio.rest(200)


@contextmanager
def working_folder(desk: Path | None) -> Iterator[Path]:
    """The folder that was named, emptied at the end, or one that nobody sees again."""
    if desk is None:
        with tempfile.TemporaryDirectory() as folder:
            yield Path(folder)
        return
    desk.mkdir(parents=True)
    try:
        yield desk
    finally:
        shutil.rmtree(desk)


def main() -> None:
    """Everything; each run is a process of its own, because Qt reads the scale when it starts."""
    asked = arguments()
    asked.target.mkdir(parents=True, exist_ok=True)
    if asked.only:
        subject, tone, scale = asked.only
        with working_folder(asked.desk) as folder:
            os.environ["QT_SCALE_FACTOR"] = scale  # before Qt is loaded
            make(asked.target, folder, (subject, tone, int(scale)), keeps_all=asked.all)
        return
    for scale in ("1", "2"):
        for run in ((subject, tone, scale) for subject in SUBJECTS for tone in ("dark", "light")):
            words = [sys.executable, __file__, *sys.argv[1:], "--only", *run]
            subprocess.run(words, check=True)


if __name__ == "__main__":
    main()
