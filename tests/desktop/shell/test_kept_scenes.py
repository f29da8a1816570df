"""Sessions keep results that are scenes or frames, and forget those of no row any more."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from restora.data.image import Image
from restora.data.scene_hash import hash_frames, hash_scene
from restora.errors import FileProblemError
from restora.folders import Folders
from restora.io.cameras import write_cameras
from restora.io.scenes import write_scene
from restora.plugins.host import PluginHost
from restora.splats.rendering import render
from restora.testing.fakes import FAKES
from restora.testing.scene_items import sample_scene, scene_item
from restora.workbench import Workbench
from restora_desktop.models.items import Node
from restora_desktop.opening import item_of_picture
from restora_desktop.restoring import restore
from restora_desktop.session_folder import load, load_result, save
from restora_desktop.session_snapshot import Snapshot, snapshot, snapshot_of


def taken(root: Node) -> Snapshot:
    return snapshot([root], method=None, params={}, seed=0, mode="single")


def test_scenes_and_frames_come_back_and_go_with_their_rows(tmp_path: Path) -> None:
    host = PluginHost(builtins=FAKES, entry_points=False).discover()
    item = scene_item(sample_scene(40))
    root = Node(title="s.ply", item=item)
    with Workbench(Folders.below(tmp_path / "home"), host) as bench:
        for name in ("scene", "frames"):
            result = bench.run(bench.request(f"fake.{name}", item))
            root.children.append(Node(title=name, item=item, result=result, parent=root))
    save(tmp_path / "kept", taken(root))
    save(tmp_path / "kept", taken(root))
    (saved,) = load(tmp_path / "kept").items
    scene, frames = (load_result(tmp_path / "kept", each) for each in saved.results)
    first, second = (child.result for child in root.children)
    assert first is not None
    assert second is not None
    assert first.scene is not None
    assert scene.scene is not None
    assert hash_scene(scene.scene) == hash_scene(first.scene)
    assert hash_frames(frames.frames) == hash_frames(second.frames)
    root.children.pop()
    save(tmp_path / "kept", taken(root))
    assert frames.frames[0].image().width > 0  # whoever still holds a frame can read it
    del frames
    save(tmp_path / "kept", taken(root))
    assert len(list((tmp_path / "kept").glob("*.result"))) == 1


def rendered(root: Node, name: str) -> Node:
    """A picture of a scene below it, as fixing a view makes one."""
    camera = root.item.scene().cameras.cameras[0]
    image = Image(pixels=render(root.item.scene(), camera).rgb.clip(0, 1))
    node = Node(
        title=name,
        subtitle="render",
        detail="of the scene",
        item=item_of_picture(image, f"{root.title} · {name}"),
        picture=image,
        camera=camera,
        parent=root,
    )
    root.children.append(node)
    return node


def test_renders_and_what_was_fixed_below_them_come_back(tmp_path: Path) -> None:
    host = PluginHost(builtins=FAKES, entry_points=False).discover()
    write_scene(tmp_path / "s.ply", sample_scene(40))
    write_cameras(tmp_path / "s.json", sample_scene(40).cameras)
    with Workbench(Folders.below(tmp_path / "home"), host) as bench:
        item = bench.open(tmp_path / "s.ply", {"cameras": str(tmp_path / "s.json")})
        root = Node(title="s.ply", item=item)
        whole = bench.run(bench.request("fake.scene", item))
        view = rendered(root, "view 1")
        fixed = bench.run(bench.request("fake.identity", view.item))
        view.children.append(Node(title="fixed", item=view.item, result=fixed, parent=view))
        root.children.append(Node(title="scene", item=item, result=whole, parent=root))
        rendered(root.children[1], "of the better scene")
        save(tmp_path / "kept", taken(root))
        back = restore(tmp_path / "kept", bench)
    assert back.problems == ()
    first, second = back.nodes[0].children
    assert (first.title, second.title) == ("view 1", "scene")
    assert first.picture is not None
    assert view.picture is not None
    assert first.picture.sha256() == view.picture.sha256()
    assert first.camera is not None
    assert view.camera is not None
    assert np.array_equal(first.camera.world_to_camera, view.camera.world_to_camera)
    (mended,) = first.children
    assert mended.result is not None
    assert mended.result.recipe == fixed.recipe
    assert mended.seen_from is first.camera
    assert mended.item is first.item
    assert [child.title for child in second.children] == ["of the better scene"]


def test_a_closed_fix_of_a_render_is_kept_with_its_render_alone(tmp_path: Path) -> None:
    host = PluginHost(builtins=FAKES, entry_points=False).discover()
    root = Node(title="s.ply", item=replace(scene_item(sample_scene(40)), path=tmp_path / "s.ply"))
    views = [rendered(root, name) for name in ("view 1", "view 2")]
    with Workbench(Folders.below(tmp_path / "home"), host) as bench:
        for view in views:
            fixed = bench.run(bench.request("fake.identity", view.item))
            view.children += [
                Node(title=f"{n} of {view.title}", item=view.item, result=fixed, parent=view) for n in "ab"
            ]
    kept = snapshot_of(views[1].children[0])
    assert kept is not None
    (item,) = kept.session.items
    (only,) = item.renders
    assert only.title == "view 2"
    assert [result.title for result in only.results] == ["a of view 2"]
    whole = snapshot_of(views[0])
    assert whole is not None
    assert len(whole.session.items[0].renders[0].results) == 2


def test_a_session_with_a_wrong_camera_is_refused_in_a_sentence(tmp_path: Path) -> None:
    root = Node(title="s.ply", item=replace(scene_item(sample_scene(40)), path=tmp_path / "s.ply"))
    rendered(root, "view 1")
    save(tmp_path / "kept", taken(root))
    path = tmp_path / "kept" / "session.json"
    path.write_text(path.read_text().replace('"viewmat"', '"viewmatt"'))
    with pytest.raises(FileProblemError, match="viewmat"):
        load(tmp_path / "kept")
