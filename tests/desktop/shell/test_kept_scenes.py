"""Sessions keep results that are scenes or frames, and forget those of no row any more."""

from __future__ import annotations

from pathlib import Path

from restora.data.scene_hash import hash_frames, hash_scene
from restora.folders import Folders
from restora.plugins.host import PluginHost
from restora.testing.fakes import FAKES
from restora.testing.scene_items import sample_scene, scene_item
from restora.workbench import Workbench
from restora_desktop.models.items import Node
from restora_desktop.session_folder import Snapshot, load, load_result, save, snapshot


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
