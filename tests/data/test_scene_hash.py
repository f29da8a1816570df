"""What a fingerprint of a scene covers."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from restora.data.scene_hash import hash_scene
from restora.testing.scene_items import sample_scene


def test_cameras_and_a_drawn_path_count_and_folders_do_not() -> None:
    scene = sample_scene(5, cameras=3)
    path = scene.cameras.cameras[:2]
    drawn = replace(scene, cameras=replace(scene.cameras, path=path))
    fewer = replace(scene, cameras=replace(scene.cameras, cameras=path))
    elsewhere = replace(scene, cameras=replace(scene.cameras, pictures=Path("elsewhere"), source="other"))
    assert len({hash_scene(each) for each in (scene, drawn, fewer)}) == 3
    assert hash_scene(elsewhere) == hash_scene(scene)
