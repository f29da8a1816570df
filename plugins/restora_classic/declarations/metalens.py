"""Methods for photos taken through a metalens."""

from __future__ import annotations

from dataclasses import replace

from restora.api import ChoiceParam, FloatParam, Grain, IntParam, Tiling
from restora_classic.declarations.common import memory, picture_method

_TYPICAL = ("psf", "metalens")
_GAUSSIAN = ("psf", "gaussian")

_SIGMA = FloatParam(
    id="sigma_centre",
    label="Sigma, centre",
    default=2.0,
    minimum=0.1,
    maximum=30.0,
    scale="log",
    unit="px of 400",
    visible_if=_GAUSSIAN,
    help="Standard deviation in the centre, for a shorter side of 400 pixels.",
)

METALENS = picture_method(
    id="classic.metalens",
    title="Metalens: veil and blur",
    summary="Takes the veil off a metalens photo and undoes its blur, which varies from centre to corner.",
    factory="restora_classic.methods.metalens:Metalens",
    params=(
        ChoiceParam(
            id="psf",
            label="Blur",
            default="metalens",
            choices={
                "metalens": "Typical metalens",
                "estimated": "Typical metalens, spread estimated",
                "gaussian": "Gaussian, by hand",
            },
            help="The blur to undo: core, halo and veil of a typical metalens, its spread stated or told "
            "from the photo's colours (refused where they do not tell), or Gaussians by hand.",
        ),
        FloatParam(
            id="spread",
            label="Spread",
            default=1.0,
            minimum=0.25,
            maximum=4.0,
            step=0.05,
            scale="log",
            unit="x",
            visible_if=_TYPICAL,
            help="Multiplies all widths of the typical lens. Lower it where the result shows rings.",
        ),
        _SIGMA,
        replace(
            _SIGMA,
            id="sigma_corner",
            label="Sigma, corner",
            default=4.0,
            help="Standard deviation in the corners, for a shorter side of 400 pixels.",
        ),
        ChoiceParam(
            id="veil",
            label="Veil",
            default="estimated",
            choices={"estimated": "Estimated", "stated": "Stated", "none": "None"},
            help="Stray light that lifts the blacks. Estimated takes the darkest places for black.",
        ),
        FloatParam(
            id="pedestal",
            label="Pedestal",
            default=0.15,
            minimum=0.0,
            maximum=0.6,
            step=0.01,
            visible_if=("veil", "stated"),
            help="The stray light as a share of white, linear.",
        ),
        FloatParam(
            id="corner",
            label="Brightness in corners",
            default=1.0,
            minimum=0.3,
            maximum=1.0,
            step=0.05,
            help="How bright the corners of a square picture are against the centre; 1 changes nothing.",
            advanced=True,
        ),
        FloatParam(
            id="distortion",
            label="Distortion",
            default=0.0,
            minimum=-0.2,
            maximum=0.2,
            step=0.01,
            help="Radial distortion of the lens: negative is barrel, positive pincushion.",
            advanced=True,
        ),
        FloatParam(
            id="denoise",
            label="Denoising",
            default=1.0,
            minimum=0.0,
            maximum=3.0,
            step=0.1,
            help="Noise is removed first, as deconvolution multiplies it; 1 as much as is measured, 0 none.",
        ),
        ChoiceParam(
            id="algorithm",
            label="Algorithm",
            default="richardson_lucy",
            choices={"richardson_lucy": "Richardson-Lucy", "wiener": "Wiener", "none": "Leave the blur"},
            help="Richardson-Lucy keeps light positive and rings less; Wiener takes a tenth of the time.",
        ),
        IntParam(
            id="rounds",
            label="Rounds",
            default=25,
            minimum=1,
            maximum=200,
            visible_if=("algorithm", "richardson_lucy"),
            help="More rounds are sharper and bring noise up.",
        ),
        FloatParam(
            id="noise_to_signal",
            label="Noise to signal",
            default=0.01,
            minimum=0.0001,
            maximum=1.0,
            scale="log",
            visible_if=("algorithm", "wiener"),
            help="Higher is smoother.",
        ),
    ),
    presets={
        "Thorough": {"algorithm": "richardson_lucy", "rounds": 25},
        "Quick": {"algorithm": "wiener", "noise_to_signal": 0.02},
        "Veil only": {"algorithm": "none", "denoise": 0.0},
    },
    requires=("scipy>=1.11",),
    memory=memory(65, 520.0),
    seconds_per_mpix={"cpu": 75.0},
    tiling=Tiling.NONE,
    grain=Grain.STEP,
    tuning="spread",
    forward_model="restora_classic.methods.picture_prediction:of_metalens",
    paper="W. Richardson, Bayesian-based iterative method of image restoration, JOSA 1972; L. Lucy, "
    "An iterative technique for the rectification of observed distributions, AJ 1974; N. Wiener, 1949",
)

METHODS = (METALENS,)
