from __future__ import annotations

import subprocess
import sys
from importlib import import_module

import pytest

from restora.api import Kind, MethodInfo, TextParam, Tiling
from restora_classic.manifest import restora_methods

INFOS = list(restora_methods())
by_id = pytest.mark.parametrize("info", INFOS, ids=lambda info: info.id)


def test_the_manifest_imports_nothing_heavy() -> None:
    code = (
        "import sys, restora_classic.manifest as m; list(m.restora_methods());"
        "heavy = {'torch', 'cv2', 'scipy', 'numba', 'PIL'} & set(sys.modules); assert not heavy, heavy"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_ids_are_unique_and_carry_the_name_of_the_plugin() -> None:
    ids = [info.id for info in INFOS]
    assert len(set(ids)) == len(ids)
    assert {info.plugin for info in INFOS} == {"classic"}


@by_id
def test_every_parameter_explains_itself_and_its_default_parses(info: MethodInfo) -> None:
    for param in info.params:
        assert param.help
        assert param.parse(param.default) == param.default
        if not isinstance(param, TextParam):
            assert param.from_text(str(param.default)) == param.default


@by_id
def test_every_preset_names_declared_parameters_with_legal_values(info: MethodInfo) -> None:
    for preset in info.presets.values():
        for key, value in preset.items():
            param = info.param(key)
            assert param is not None
            param.parse(value)


@by_id
def test_every_heavy_part_exists(info: MethodInfo) -> None:
    module, _, name = info.factory.partition(":")
    assert callable(getattr(import_module(module), name))


@by_id
def test_every_method_states_licence_origin_and_cost(info: MethodInfo) -> None:
    assert info.licence
    assert info.paper
    assert info.memory
    if Kind.SPLAT in info.accepts:
        assert all(rule.mib_per_million_gaussians for rule in info.memory)
        return
    assert info.seconds_per_mpix
    assert not info.stochastic


@by_id
def test_tiles_leave_room_for_what_their_border_spoils(info: MethodInfo) -> None:
    if info.tiling is Tiling.HOST:
        assert 2 * info.tile.margin <= info.tile.overlap < info.tile.minimum
