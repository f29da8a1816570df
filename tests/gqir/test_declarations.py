from __future__ import annotations

import subprocess
import sys

from restora.plugins.host import PluginHost
from restora_gqir.families import FAMILIES
from restora_gqir.weights import BURST, SINGLE

HEAVY = ("torch", "diffusers", "transformers", "numpy")


def test_both_methods_are_declared_soundly() -> None:
    host = PluginHost(builtins={"gqir": "restora_gqir.manifest"}, entry_points=False).discover()
    assert [info.id for info in host.methods()] == ["gqir.single", "gqir.burst"]


def test_declaring_imports_nothing_heavy() -> None:
    code = (
        "import sys; from restora_gqir.manifest import restora_methods; restora_methods(); "
        f"print([name for name in {HEAVY!r} if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_every_family_names_declared_files() -> None:
    single, burst = {file.id for file in SINGLE}, {file.id for file in BURST}
    for family in FAMILIES.values():
        assert {family.qvae, family.lora} <= single
        assert family.fusion is None or {family.qvae, family.lora, family.fusion} <= burst


def test_only_the_default_family_is_required() -> None:
    required = {file.id for file in SINGLE if not file.optional}
    assert required == {"colour-qvae", "colour-lora", "base-unet", "base-text"}
