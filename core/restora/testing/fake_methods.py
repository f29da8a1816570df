"""The code of the fake methods; see `restora.testing.fakes`."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np

from restora.api import (
    BadInputError,
    Camera,
    Context,
    DeviceSpec,
    Frame,
    GaussianScene,
    ImageArray,
    Output,
    Request,
    RestoraError,
)


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


class Beside(Identity):
    """Half the picture, half the mean colour of its reference, if it was given one."""

    def changed(self, image: ImageArray) -> ImageArray:
        """The mixture."""
        if not self.request.references:
            return image
        colour = self.request.references[0].mean(axis=(0, 1), dtype=np.float64)
        return np.asarray((image + colour) / 2, np.float32)


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


class Scene(Identity):
    """Works on a scene."""

    def run(self, request: Request, context: Context) -> Output:
        """The scene with Gaussians half as large."""
        with context.stage("fake") as stage:
            context.checkpoint()
            smaller = self.smaller(request)
            stage.advance(1, 1)
        return Output(scene=smaller)

    def smaller(self, request: Request) -> GaussianScene:
        """The scene after the change."""
        scene = request.source.scene
        assert scene is not None  # only scenes are accepted
        return replace(scene, log_scales=scene.log_scales - np.float32(np.log(2)))


class Frames(Scene):
    """Makes frames of a scene, and goes on where it was interrupted."""

    def run(self, request: Request, context: Context) -> Output:
        """One frame per camera."""
        return Output(frames=self.frames(request, context))

    def frames(self, request: Request, context: Context) -> tuple[Frame, ...]:
        """Frames that lie there already are left as they are."""
        scene = request.source.scene
        assert scene is not None  # only scenes are accepted
        if not scene.cameras:
            raise BadInputError("the scene has no cameras")
        made = []
        with context.stage("draw") as stage:
            for number, camera in enumerate(scene.cameras):
                context.checkpoint()
                path = context.resume / f"{number}.npy"
                if not path.exists():
                    time.sleep(float(str(request.params["seconds"])))
                    unfinished = path.with_suffix(".part.npy")
                    np.save(unfinished, dots(scene, camera))
                    unfinished.rename(path)
                made.append(Frame(camera=camera, path=path))
                stage.advance(number + 1, len(scene.cameras))
        return tuple(made)


class SceneAndFrames(Frames):
    """Gives both."""

    def run(self, request: Request, context: Context) -> Output:
        """The smaller scene, and the frames of the given one."""
        return Output(scene=self.smaller(request), frames=self.frames(request, context))


def dots(scene: GaussianScene, camera: Camera) -> ImageArray:
    """A light pixel where a Gaussian's centre is seen, in front of a grey ramp."""
    seen = scene.means @ camera.world_to_camera[:3, :3].T + camera.world_to_camera[:3, 3]
    in_front = seen[seen[:, 2] > 0]
    columns = np.floor(in_front[:, 0] / in_front[:, 2] * camera.fx + camera.cx)
    rows = np.floor(in_front[:, 1] / in_front[:, 2] * camera.fy + camera.cy)
    inside = (columns >= 0) & (columns < camera.width) & (rows >= 0) & (rows < camera.height)
    ramp = np.linspace(0, 0.5, camera.width, dtype=np.float32)
    frame = np.array(np.broadcast_to(ramp[None, :, None], (camera.height, camera.width, 3)))
    frame[rows[inside].astype(int), columns[inside].astype(int)] = 1
    return frame
