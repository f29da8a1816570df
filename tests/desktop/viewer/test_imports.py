from __future__ import annotations

import os
import subprocess
import sys

LOOK = """
import sys
import restora_desktop.viewer.compare_view, restora_desktop.viewer.frame_strip
import restora_desktop.viewer.histogram_view, restora_desktop.viewer.ladder
slow = {"torch", "cv2", "PIL", "scipy", "h5py", "tifffile", "numba", "diffusers", "restora.io.captures"}
print(sorted(slow & sys.modules.keys()))
"""


def test_the_viewer_is_there_without_anything_slow() -> None:
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen"}
    done = subprocess.run(
        [sys.executable, "-c", LOOK], check=True, capture_output=True, text=True, env=environment
    )
    assert done.stdout.strip() == "[]"
