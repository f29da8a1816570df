"""The picture that is shown: made of arithmetic, so that nobody owns it."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from restora.data.image import Image
from restora.io.writing import write_image

_NOISE = 0.06


class Examples:
    """A photograph with noise, the same without, and a capture of single photons of it."""

    def __init__(self, folder: Path) -> None:
        rng = np.random.default_rng(1)
        clean = drawn()
        self.photo, self.truth = folder / "courtyard.png", folder / "truth.png"
        self.capture = folder / "photons.npy"
        noisy = clean + rng.normal(0, _NOISE, clean.shape).astype(np.float32)
        write_image(self.truth, Image(pixels=clean))
        write_image(self.photo, Image(pixels=noisy))
        light = drawn(240, 320).mean(axis=2)  # a shape that leaves open which axis counts the frames
        frames = rng.random((256, *light.shape), dtype=np.float32) < 1 - np.exp(-0.35 * light)
        np.save(self.capture, frames.astype(np.uint8))


def drawn(height: int = 360, width: int = 480) -> np.ndarray:  # type: ignore[type-arg]  # float32 throughout
    """A picture with smooth shading, edges and fine detail, made of arithmetic only."""
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    u, v = x / width, y / height
    sky = np.stack([0.55 + 0.25 * v, 0.68 + 0.15 * v, 0.85 - 0.1 * v], axis=2)
    hills = v > 0.55 + 0.08 * np.sin(7 * u) + 0.03 * np.sin(23 * u)
    shade = 0.5 + 0.5 * np.sin(60 * (u + 0.4 * v)) * np.sin(47 * (v - 0.2 * u))
    ground = np.stack([0.22 + 0.2 * shade, 0.34 + 0.22 * shade, 0.16 + 0.1 * shade], axis=2)
    picture = np.where(hills[:, :, None], ground, sky)
    balls = ((0.3, 0.42, 0.13, (0.86, 0.36, 0.2)), (0.68, 0.5, 0.17, (0.2, 0.42, 0.75)))
    for cx, cy, radius, colour in balls:
        distance = np.hypot((u - cx) * width / height, v - cy) / radius
        across, down = (u - cx) * width / height / radius, (v - cy) / radius
        light = np.clip(1.15 - 0.75 * np.hypot(across + 0.4, down + 0.4), 0.15, 1)
        ball = np.asarray(colour, np.float32) * light[:, :, None]
        picture = np.where((distance < 1)[:, :, None], ball, picture)
    stripes = (np.abs(u - 0.5) < 0.05) & (v > 0.1) & (v < 0.34)
    fine = 0.5 + 0.5 * np.sign(np.sin(x * (0.3 + 1.6 * v)))
    picture = np.where(stripes[:, :, None], fine[:, :, None], picture)
    return np.ascontiguousarray(picture, np.float32)
