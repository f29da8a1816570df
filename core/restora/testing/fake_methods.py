"""The code of the fake methods; see `restora.testing.fakes`."""

from __future__ import annotations

import time
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from restora.api import Context, DeviceSpec, ImageArray, Output, Request, RestoraError


class Identity:
    """Gives back a copy of what it got; the others change one thing about it.

    Attributes:
        request, context: those of the call that is running.
    """

    request: Request
    context: Context

    def load(self, weights: Mapping[str, Path], device: DeviceSpec, context: Context) -> None:
        """Nothing to bring."""

    def unload(self) -> None:
        """Nothing to give back."""

    def run(self, request: Request, context: Context) -> Output:
        """The picture after `changed`."""
        image = request.source.image
        assert image is not None  # only pictures are accepted
        self.request, self.context = request, context
        with context.stage("fake") as stage:
            context.checkpoint()
            changed = self.changed(np.array(image))
            stage.advance(1, 1)
        return Output(image=changed)

    def changed(self, image: ImageArray) -> ImageArray:
        """What becomes of a copy of the source."""
        return image


class Slow(Identity):
    """Sleeps in steps, reports each and can be cancelled between them."""

    def run(self, request: Request, context: Context) -> Output:
        """The picture, after all steps."""
        steps, seconds = int(str(request.params["steps"])), float(str(request.params["seconds"]))
        with context.stage("sleep") as stage:
            for step in range(steps):
                context.checkpoint()
                time.sleep(seconds)
                stage.advance(step + 1, steps)
        return Output(image=np.array(request.source.image))


class Stubborn(Identity):
    """Sleeps in one piece."""

    def changed(self, image: ImageArray) -> ImageArray:
        """The picture, late."""
        time.sleep(float(str(self.request.params["seconds"])))
        return image


class Noisy(Identity):
    """Adds the job's own noise."""

    def changed(self, image: ImageArray) -> ImageArray:
        """The picture with noise of standard deviation 0.1."""
        height, width, channels = image.shape
        noise = self.context.noise_array((channels, height, width), name="fake")
        return image + np.float32(0.1) * np.moveaxis(noise, 0, 2)


class Failing(Identity):
    """Has a defect."""

    def changed(self, image: ImageArray) -> ImageArray:
        """Never returns."""
        del image
        raise ValueError(self.request.params["message"])


class Polite(Identity):
    """Speaks to the user."""

    def changed(self, image: ImageArray) -> ImageArray:
        """Never returns."""
        del image
        raise RestoraError(str(self.request.params["message"]), advice="Use another method.")


class OutOfMemory(Identity):
    """Takes no tile larger than its parameter says."""

    def changed(self, image: ImageArray) -> ImageArray:
        """The picture, if it is small enough."""
        if max(image.shape[:2]) <= int(str(self.request.params["limit"])):
            return image
        if self.request.params["error"] == "memory":
            raise MemoryError("the fake method ran out of memory")
        import torch

        raise torch.OutOfMemoryError("the fake method ran out of memory")


class NotANumber(Identity):
    """Spoils one value."""

    def changed(self, image: ImageArray) -> ImageArray:
        """The picture with NaN in a corner."""
        image[0, 0, 0] = np.nan
        return image


class WrongSize(Identity):
    """Returns another size than declared."""

    def changed(self, image: ImageArray) -> ImageArray:
        """The picture with its last row twice."""
        return np.concatenate([image, image[-1:]])


class Exits(Identity):
    """Tries to end the program."""

    def changed(self, image: ImageArray) -> ImageArray:
        """Never returns."""
        del image
        raise SystemExit(1)


class Constant(Identity):
    """Loses the picture."""

    def changed(self, image: ImageArray) -> ImageArray:
        """Grey."""
        return np.full_like(image, 0.5)
