"""Makes the samples that ship with restora; everything is drawn by this script, nothing is photographed.

Run it with restora installed: `python resources/make_samples.py`. It writes into restora_resources/samples,
and the same versions of numpy and Pillow write the same bytes. The samples are public domain (CC0 1.0).
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import PIL.Image
import PIL.ImageDraw
import PIL.ImageFont
from numpy.typing import NDArray

from restora.data.image import Image
from restora.data.kinds import ColourFilter, Transfer
from restora.data.transfer import to_linear, to_srgb
from restora.io.captures.writing import write_packed
from restora.optics.degrade import MetalensCamera
from restora.optics.lowres import degrade, shrink
from restora.optics.resample import Filter, resample
from restora.photons.forward import detection_probability, detections
from restora.photons.mosaic import sampled
from restora.photons.motion import hand_jitter, shifted, steady_pan

FOLDER = Path(__file__).parent / "restora_resources" / "samples"
FINE = 2
"""Scenes are drawn this many times as large and averaged, so that edges are smooth."""
FRAMES = 77
BORDER = 28
"""Pixels around a burst that come into view while the camera pans; even, so that a filter keeps its phase."""

LUMA = np.array([[0.2126], [0.7152], [0.0722]], np.float32)

Plane = NDArray[Any]


def main() -> None:
    """Write all samples anew."""
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir(parents=True)
    harbour = evening(320 + 2 * BORDER, 240 + 2 * BORDER)
    write_burst("spad_mono", harbour, ColourFilter.MONO, seed=11)
    write_burst("spad_bayer", harbour, ColourFilter.RGGB, seed=12)
    write_metalens(evening(400, 400, seed=5))
    write_lowres(evening(640, 480, seed=9))
    (FOLDER / "LICENCE.txt").write_text(LICENCE, encoding="utf-8")


LICENCE = """The samples in this folder were drawn by resources/make_samples.py of the restora project.
To the extent possible under law, their authors have waived all copyright and related rights to them
(CC0 1.0 Universal, https://creativecommons.org/publicdomain/zero/1.0/).
"""


def evening(width: int, height: int, seed: int = 1) -> Plane:
    """A lake in the evening: clouds, hills, houses with lit windows, leaves, a board with text; linear."""
    rng = np.random.default_rng(seed)
    tall, wide = height * FINE, width * FINE
    y, x = np.mgrid[:tall, :wide].astype(np.float32)
    y, x = y / tall, x / tall
    horizon = 0.52
    light = sky(x, y, rng)
    for number in range(4):
        light = hill_before(light, x, y, horizon - 0.16 + 0.05 * number, number, rng)
    light = houses_before(light, horizon, rng)
    light = water_before(light, horizon, rng)
    light = leaves_before(light, rng)
    light = board_before(light)
    light *= 1 + 0.05 * texture(tall, wide, 0.9, rng)[:, :, None]
    small = resample(np.asarray(light, np.float32), height, width, filter=Filter.BILINEAR)
    return np.clip(small, 0.004, 1)


def texture(height: int, width: int, slope: float, rng: np.random.Generator) -> Plane:
    """Noise whose amplitude falls with frequency to the power `slope`; mean 0, standard deviation 1."""
    rows, columns = np.fft.fftfreq(height)[:, None], np.fft.rfftfreq(width)[None, :]
    frequency = np.hypot(rows, columns)
    frequency[0, 0] = 1
    spectrum = np.fft.rfft2(rng.standard_normal((height, width))) / frequency**slope
    spectrum[0, 0] = 0
    plane = np.fft.irfft2(spectrum, s=(height, width))
    return np.asarray(plane / plane.std(), np.float32)


def sky(x: Plane, y: Plane, rng: np.random.Generator) -> Plane:
    """From deep blue to orange, with a low sun and clouds lit from below."""
    share = np.clip(y / 0.52, 0, 1)[:, :, None]
    light = (1 - share) * np.array([0.06, 0.14, 0.34]) + share * np.array([0.85, 0.42, 0.17])
    glow = np.exp(-(((x - 0.85) ** 2) / 0.08 + ((y - 0.46) ** 2) / 0.012))[:, :, None]
    light = light + glow * np.array([0.9, 0.55, 0.2])
    cloud = texture(*x.shape, 1.5, rng) + 0.8 * np.sin(22 * y + 3 * x)
    cover = np.clip((cloud - 0.3) * 0.6, 0, 0.85)[:, :, None]
    lit = np.array([0.95, 0.55, 0.42]) * share + np.array([0.28, 0.26, 0.36]) * (1 - share)
    light = light * (1 - cover) + cover * lit
    disc = (np.hypot(x - 0.85, y - 0.44) < 0.035)[:, :, None]
    return np.where(disc, np.array([1.0, 0.93, 0.7]), light)


def hill_before(
    light: Plane, x: Plane, y: Plane, base: float, number: int, rng: np.random.Generator
) -> Plane:
    """A range of hills; nearer ones are darker, greener and rougher."""
    width = x.shape[1]
    line = texture(2, width, 1.4, rng)[0]
    ridge = base - 0.05 * line + 0.004 * (number + 1) * texture(2, width, 0.6, rng)[0]
    inside = np.clip((y - ridge[None, :]) * x.shape[0], 0, 1)[:, :, None]
    far = 1 - number / 3.5
    colour = far * np.array([0.30, 0.22, 0.30]) + (1 - far) * np.array([0.035, 0.06, 0.03])
    shade = 1 + (0.1 + 0.12 * number) * texture(*x.shape, 1.1, rng)[:, :, None]
    return light * (1 - inside) + inside * colour * np.clip(shade, 0.3, 2)


def houses_before(light: Plane, horizon: float, rng: np.random.Generator) -> Plane:
    """A row of houses on the shore, some windows lit."""
    tall, wide = light.shape[:2]
    canvas = PIL.Image.new("RGBA", (wide, tall))
    draw = PIL.ImageDraw.Draw(canvas)
    left, ground = int(0.08 * wide), int((horizon + 0.005) * tall)
    while left < 0.62 * wide:
        width, height = int(rng.integers(5, 10) * tall / 100), int(rng.integers(7, 15) * tall / 100)
        wall = tuple(int(v) for v in rng.integers(60, 150) * np.array([1, 0.85, 0.75]))
        roof = (int(rng.integers(70, 130)), 45, 38, 255)
        top = ground - height
        draw.rectangle((left, top, left + width, ground), fill=(*wall, 255))
        draw.polygon(
            [(left - 3, top), (left + width + 3, top), (left + width // 2, top - width // 2)], fill=roof
        )
        pane = max(3, width // 7)
        for row in range(top + pane, ground - 2 * pane, 2 * pane):
            for column in range(left + pane, left + width - pane, 2 * pane):
                lit = rng.random() < 0.4
                colour = (255, 214, 120, 255) if lit else (38, 40, 58, 255)
                draw.rectangle((column, row, column + pane - 1, row + int(1.3 * pane) - 1), fill=colour)
        left += width + int(rng.integers(-2, 6) * tall / 300)
    return over(light, canvas)


def water_before(light: Plane, horizon: float, rng: np.random.Generator) -> Plane:
    """The lower part mirrors the upper one, broken by ripples that grow towards the viewer."""
    tall, wide = light.shape[:2]
    shore = int(horizon * tall)
    depth = np.arange(tall - shore)
    near = depth / (tall - shore)
    ripple = texture(tall - shore, wide, 0.9, rng) * (2 + 14 * near[:, None])
    rows = np.clip(shore - 1 - depth[:, None] * 0.9 + ripple, 0, shore - 1).astype(int)
    columns = np.clip(np.arange(wide)[None, :] + 0.3 * ripple, 0, wide - 1).astype(int)
    mirrored = light[rows, columns] * np.array([0.62, 0.68, 0.74])
    tint = np.array([0.02, 0.05, 0.07])
    out = light.copy()
    out[shore:] = mirrored * (1 - 0.25 * near[:, None, None]) + tint
    return out


def leaves_before(light: Plane, rng: np.random.Generator) -> Plane:
    """Leaves in the lower left corner, one over the other, sizes by a power law."""
    tall, wide = light.shape[:2]
    canvas = PIL.Image.new("RGBA", (wide, tall))
    draw = PIL.ImageDraw.Draw(canvas)
    for _ in range(900):
        size = 0.008 * tall / rng.uniform(0.06, 1) ** 0.55
        reach = rng.uniform(0, 1) ** 0.7
        x = rng.uniform(0, 0.62 * wide) * (1 - 0.35 * reach)
        y = tall * (1 - 0.30 * reach * (1 - x / (0.75 * wide)))
        angle = rng.uniform(0, np.pi)
        autumn = rng.random()
        colour = (autumn * np.array([215, 120, 40]) + (1 - autumn) * np.array([70, 120, 45])) * rng.uniform(
            0.35, 1
        )
        leaf(draw, (x, y), size, angle, tuple(int(v) for v in colour))
    return over(light, canvas)


def leaf(
    draw: PIL.ImageDraw.ImageDraw, at: tuple[float, float], size: float, angle: float, colour: Any
) -> None:
    """A pointed leaf with a darker vein."""
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    t = np.linspace(-1, 1, 17)
    edge = 0.42 * (1 - t**2) * (1 - 0.25 * t)
    outline = np.concatenate([np.stack([t, edge], 1), np.stack([t, -edge], 1)[::-1]])
    points = outline @ turn.T * size + at
    draw.polygon([tuple(p) for p in points], fill=(*colour, 255))
    vein = np.array([[-1, 0], [1, 0]]) @ turn.T * size * 0.9 + at
    dark = tuple(int(v * 0.6) for v in colour)
    draw.line([tuple(p) for p in vein], fill=(*dark, 255), width=max(1, int(size / 14)))


def board_before(light: Plane) -> Plane:
    """A board on posts with lines of text of falling size, bars and a star: what sharpness is judged by."""
    tall, wide = light.shape[:2]
    canvas = PIL.Image.new("RGBA", (wide, tall))
    draw = PIL.ImageDraw.Draw(canvas)
    width, height = int(0.36 * wide), int(0.30 * tall)
    left, top = int(0.565 * wide), int(0.58 * tall)
    for post in (left + width // 8, left + width * 7 // 8):
        draw.rectangle((post - 5, top, post + 5, tall), fill=(70, 52, 38, 255))
    draw.rectangle(
        (left, top, left + width, top + height), fill=(232, 224, 205, 255), outline=(70, 52, 38, 255), width=6
    )
    line = top + height // 14
    unit = min(height / 4, width / 6.2)
    for share, text in ((1, "RESTORA"), (0.5, "single photons"), (0.3, "0123456789 lake")):
        size = int(unit * share)
        draw.text(
            (left + width // 16, line), text, fill=(30, 34, 46, 255), font=PIL.ImageFont.load_default(size)
        )
        line += int(1.15 * size)
    bars(draw, left + width // 16, top + int(0.68 * height), int(0.5 * width), int(0.22 * height))
    star(draw, left + int(0.80 * width), top + int(0.70 * height), height * 0.22)
    return over(light, canvas)


def bars(draw: PIL.ImageDraw.ImageDraw, left: int, top: int, width: int, height: int) -> None:
    """Dark bars that become finer to the right."""
    x, pitch = float(left), height / 2.5
    while x < left + width and pitch > 2:
        draw.rectangle((x, top, x + pitch / 2, top + height), fill=(30, 34, 46, 255))
        x += pitch
        pitch *= 0.9


def star(draw: PIL.ImageDraw.ImageDraw, x: float, y: float, size: float) -> None:
    """A Siemens star of 18 rays."""
    for ray in range(18):
        start, stop = (360 * (ray + share) / 18 for share in (0, 0.5))
        draw.pieslice((x - size, y - size, x + size, y + size), start, stop, fill=(150, 36, 30, 255))


def over(light: Plane, canvas: PIL.Image.Image) -> Plane:
    """A drawing in sRGB laid over linear light."""
    drawn = np.asarray(canvas, np.float32) / 255
    alpha = drawn[:, :, 3:]
    return light * (1 - alpha) + to_linear(drawn[:, :, :3]) * alpha


def write_burst(name: str, scene: Plane, colour_filter: ColourFilter, seed: int) -> None:
    """Binary frames of a hand-held pan while a bird crosses, and the scene at the middle frame."""
    rng = np.random.Generator(np.random.PCG64(seed))
    moves = steady_pan(FRAMES, 13, -4) + hand_jitter(FRAMES, 0.15, rng)
    inner = np.s_[BORDER:-BORDER, BORDER:-BORDER]

    def lights() -> Iterator[Plane]:
        for number, (columns, rows) in enumerate(moves):
            seen = bird_before(shifted(np.asarray(scene, np.float32), columns, rows), number)[inner]
            yield seen @ LUMA if colour_filter is ColourFilter.MONO else seen

    def frames() -> Iterator[Plane]:
        for seen in lights():
            probability = detection_probability(seen)
            if colour_filter is not ColourFilter.MONO:
                probability = sampled(probability, colour_filter)
            yield detections(probability, rng.random(probability.shape))

    folder = FOLDER / name
    folder.mkdir()
    write_packed(folder, frames(), count=FRAMES, colour_filter=colour_filter, brightness=1.0)
    truth = next(seen for number, seen in enumerate(lights()) if number == FRAMES // 2)
    save(folder / "truth.png", to_srgb(np.asarray(truth, np.float32)))


def bird_before(light: Plane, frame: int) -> Plane:
    """A dark bird that flies against the pan."""
    tall, wide = light.shape[:2]
    canvas = PIL.Image.new("RGBA", (wide * 4, tall * 4))
    draw = PIL.ImageDraw.Draw(canvas)
    x, y = 4 * (0.40 * wide - 0.35 * (frame - FRAMES // 2)), 4 * (0.33 * tall + 0.05 * (frame - FRAMES // 2))
    wing = [(-60, -22), (-30, -30), (0, 0), (30, -32), (62, -20), (30, -18), (6, 14), (-6, 14), (-30, -16)]
    draw.polygon([(x + dx, y + dy) for dx, dy in wing], fill=(22, 20, 26, 255))
    return over(light, canvas.resize((wide, tall), PIL.Image.Resampling.BOX))


def write_metalens(scene: Plane) -> None:
    """A photo through the typical metalens camera."""
    folder = FOLDER / "metalens"
    folder.mkdir()
    truth = Image(pixels=np.asarray(scene, np.float32), transfer=Transfer.LINEAR)
    save(folder / "photo.png", MetalensCamera().photograph(truth, seed=21).pixels)
    save(folder / "truth.png", to_srgb(truth.pixels))


def write_lowres(scene: Plane) -> None:
    """A quarter of the size: once by bicubic shrinking, once with all that happens to real pictures."""
    folder = FOLDER / "lowres"
    folder.mkdir()
    truth = to_srgb(np.asarray(scene, np.float32))
    save(folder / "truth.png", truth)
    save(folder / "bicubic_x4.png", shrink(truth, 4))
    save(folder / "degraded_x4.png", degrade(truth, scale=4, rng=np.random.default_rng(31)).pixels)


def save(path: Path, pixels: Plane) -> None:
    """sRGB values 0..1 as PNG of 8 bits."""
    steps = np.rint(np.clip(pixels, 0, 1) * 255).astype(np.uint8)
    PIL.Image.fromarray(steps[:, :, 0] if steps.shape[2] == 1 else steps).save(path, optimize=True)


if __name__ == "__main__":
    main()
