"""The method that changes nothing."""

from __future__ import annotations

import numpy as np

from restora.api import Context, Output, Request
from restora_classic.methods.base import WeightlessMethod, picture


class Identity(WeightlessMethod):
    """Copies its input, bit by bit."""

    def run(self, request: Request, context: Context) -> Output:
        """An equal copy."""
        with context.stage("copy") as stage:
            context.checkpoint()
            image = np.array(picture(request))
            stage.advance(1, 1)
        return Output(image=image)
