"""What no file of Stable Diffusion 2.1 and its distilled kin holds: the fields of their config.json."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

UNET: Mapping[str, object] = MappingProxyType(
    {
        "sample_size": 64,
        "in_channels": 4,
        "out_channels": 4,
        "center_input_sample": False,
        "flip_sin_to_cos": True,
        "freq_shift": 0,
        "down_block_types": ("CrossAttnDownBlock2D",) * 3 + ("DownBlock2D",),
        "up_block_types": ("UpBlock2D",) + ("CrossAttnUpBlock2D",) * 3,
        "block_out_channels": (320, 640, 1280, 1280),
        "layers_per_block": 2,
        "downsample_padding": 1,
        "mid_block_scale_factor": 1,
        "act_fn": "silu",
        "norm_num_groups": 32,
        "norm_eps": 1e-5,
        "cross_attention_dim": 1024,
        # Diffusers keeps this misleading name: it is the number of heads per level.
        "attention_head_dim": (5, 10, 20, 20),
        "dual_cross_attention": False,
        "use_linear_projection": True,
        "only_cross_attention": False,
        "upcast_attention": False,
        "num_class_embeds": None,
    }
)

TEXT: Mapping[str, object] = MappingProxyType(
    {
        "vocab_size": 49408,
        "hidden_size": 1024,
        "intermediate_size": 4096,
        "num_hidden_layers": 23,
        "num_attention_heads": 16,
        "max_position_embeddings": 77,
        "hidden_act": "gelu",
        "layer_norm_eps": 1e-5,
    }
)
"""OpenCLIP's text model without its last layer, in the form of CLIP."""
