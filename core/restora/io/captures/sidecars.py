"""The small JSON files beside a capture: `transforms.json`, and our own `<capture>.restora.json`.

Most captures come without, so what reads them is imported where one is found.
"""

from __future__ import annotations

from pathlib import Path

from restora.data.photon_cube import Origin
from restora.errors import FileProblemError
from restora.io.captures.fact_sheet import FactSheet
from restora.io.captures.signs import OWN_SUFFIX, TRANSFORMS


def learn_sidecars(sheet: FactSheet, capture: Path) -> None:
    """Note what the files beside `capture` say.

    Raises FileProblemError where they are damaged or disagree with what is known already.
    """
    if capture.with_name(TRANSFORMS).exists():
        _learn_transforms(sheet, capture)
    own = capture.with_name(capture.name + OWN_SUFFIX)
    if own.exists():
        from restora.io.captures.json_sidecar import read_object
        from restora.io.captures.own_sidecar import learn_own

        learn_own(sheet, own, read_object(own))


def has_sidecar(capture: Path) -> bool:
    """Whether a file beside `capture` declares it a capture; damaged ones count."""
    if capture.with_name(capture.name + OWN_SUFFIX).exists():
        return True
    if not capture.with_name(TRANSFORMS).exists():
        return False
    from restora.io.captures.transforms import transforms_beside

    try:
        return transforms_beside(capture) is not None
    except FileProblemError:
        return True


def _learn_transforms(sheet: FactSheet, capture: Path) -> None:
    from restora.io.captures.own_sidecar import learn_own
    from restora.io.captures.transforms import transforms_beside

    transforms = transforms_beside(capture)
    if transforms is None:
        return
    source = f"in {TRANSFORMS}"
    for name, value in (
        ("packing", transforms.packing),
        ("height", transforms.height),
        ("width", transforms.width),
        ("channels", transforms.channels),
        ("frames", transforms.poses),
    ):
        sheet.learn(name, value, Origin.SIDECAR, source)
    learn_own(sheet, transforms.path, transforms.own)
