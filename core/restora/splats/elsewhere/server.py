"""The other process: `python -m restora.splats.elsewhere.server DEVICE` draws what its input asks for.

It ends with its input, so that it never outlives whoever started it.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING, BinaryIO

from restora.data.json_values import JSON
from restora.splats.elsewhere.messages import Arrays, camera_from_json, options_from_json, receive, send

if TYPE_CHECKING:
    from restora.splats.raster_torch import Params


class Server:
    """Keeps scenes on its device and draws them."""

    def __init__(self, device: str) -> None:
        self._device = device
        self._scenes: dict[str, Params] = {}

    def answer(self, said: Mapping[str, JSON], arrays: Arrays) -> tuple[dict[str, JSON], Arrays]:
        """Do what a message asks for."""
        for name in said.get("forget", []):  # type: ignore[union-attr]  # a list of names
            self._scenes.pop(str(name), None)
        name = str(said["scene"])
        if "is_antialiased" in said:
            self._keep(name, arrays, is_antialiased=bool(said["is_antialiased"]))
            return {}, {}
        return {}, self._drawn(name, said["camera"], said["options"])  # type: ignore[arg-type]  # both are objects

    def _keep(self, name: str, arrays: Arrays, *, is_antialiased: bool) -> None:
        from restora.data.scene import GaussianScene
        from restora.splats.raster_torch import Params

        scene = GaussianScene(
            means=arrays["means"],
            quats=arrays["quats"],
            log_scales=arrays["log_scales"],
            logit_opacities=arrays["logit_opacities"],
            sh=arrays["sh"],
            is_antialiased=is_antialiased,
        )
        self._scenes[name] = Params.of(scene, device=self._device)

    def _drawn(self, name: str, camera: Mapping[str, JSON], options: Mapping[str, JSON]) -> Arrays:
        import torch

        from restora.splats.raster_torch import render_params

        with torch.no_grad():
            drawn = render_params(self._scenes[name], camera_from_json(camera), options_from_json(options))
        return {key: getattr(drawn, key).cpu().numpy() for key in ("rgb", "alpha", "depth")}


def serve(device: str, asked: BinaryIO, answers: BinaryIO) -> None:
    """Answer until nobody asks any more; what goes wrong is an answer too."""
    server = Server(device)
    while (message := receive(asked)) is not None:
        try:
            said, arrays = server.answer(*message)
        except Exception as error:  # noqa: BLE001 - a card fails in any way; the other process decides what then
            said, arrays = {"error": f"{type(error).__name__}: {error}"}, {}
        send(answers, said, arrays)


def main() -> None:
    """Serve; whatever libraries print goes to the standard error stream instead."""
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    serve(sys.argv[1], sys.stdin.buffer, answers)


if __name__ == "__main__":
    main()
