from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from restora_dmdiff import weights
from restora_dmdiff.configuration import Configuration


@pytest.mark.slow
def test_both_methods_can_be_cancelled_paused_and_followed(
    restora_kit: Callable[..., object],
    files: Mapping[str, Path],
    tiny: Configuration,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("restora_dmdiff.method.published", lambda: tiny)
    folder = tmp_path / "weights"
    names = {file.id: file.filename for file in weights.RESTORE}
    for file_id, part in weights.PARTS.items():
        (folder / file_id).mkdir(parents=True)
        shutil.copyfile(files[part], folder / file_id / names[file_id])
    # The other checks run whole pictures many times, which takes minutes even with tiny networks.
    restora_kit("dmdiff", weights_folder=folder, only=["K8", "K9"])
