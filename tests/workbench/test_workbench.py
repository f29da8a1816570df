from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from restora.data.geometry import Rect
from restora.data.recipe import Recipe
from restora.errors import (
    BadInputError,
    Cancelled,
    FileProblemError,
    MethodDefectError,
    ParameterError,
    PluginError,
    RecipeError,
    RefusedError,
    RestoraError,
    UnknownMethodError,
    UnsuitableItemError,
)
from restora.folders import HOME_VARIABLE, Folders
from restora.io.opening import read_image
from restora.io.writer import Depth, WriteOptions
from restora.jobs.exporting import ExportOptions, RecipePlace
from restora.jobs.job import StateChanged
from restora.jobs.states import JobState
from restora.settings import Settings
from restora.workbench import Workbench, result_of

Save = Callable[..., Path]
Open = Callable[[], Workbench]
AddPlugin = Callable[[str, str], Path]


# -- open --------------------------------------------------------------------------------------------


def test_a_picture_is_opened_by_path_or_text(workbench: Workbench, save: Save) -> None:
    path = save()
    for name in (path, str(path)):
        item = workbench.open(name)
        assert (item.name, item.path, item.probe.width) == ("a.png", path, 50)


def test_what_was_stated_is_kept_for_the_recipe(workbench: Workbench, save: Save) -> None:
    item = workbench.open(save(), {"transfer": "linear"})
    assert item.reading == {"transfer": "linear"}
    assert item.image().transfer == "linear"


@pytest.mark.parametrize(
    ("content", "sentence"),
    [(None, "does not exist"), (b"", "empty"), (b"what is this", "of no known format")],
)
def test_what_cannot_be_opened_is_said(
    workbench: Workbench, tmp_path: Path, content: bytes | None, sentence: str
) -> None:
    path = tmp_path / "x.png"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(FileProblemError, match=sentence):
        workbench.open(path)


def test_an_unknown_sample_names_the_known_ones(workbench: Workbench) -> None:
    with pytest.raises(BadInputError, match=r"sample:none: no such sample \(known: none\)"):
        workbench.open("sample:none")


def test_a_sample_keeps_its_name_and_kind(workbenches: Open, save: Save, add_plugin: AddPlugin) -> None:
    path = save("shipped.png")
    add_plugin(
        "shipping",
        f"""
        from pathlib import Path
        from restora.api import Kind, SampleInfo, hookimpl

        @hookimpl
        def restora_samples():
            yield SampleInfo(
                id="shipping.lens", title="Lens", path=Path({str(path)!r}),
                kind=Kind.METALENS, licence="CC0-1.0",
            )
        """,
    )
    item = workbenches().open("sample:shipping.lens")
    assert (item.name, item.kind) == ("sample:shipping.lens", "metalens")


READER = """
    from restora.api import Kind, ReaderInfo, WriterInfo, hookimpl

    class Reader:
        def probe(self, path):
            from restora.data.item import Probe
            return Probe(kind=Kind.IMAGE, format="raw test", width=4, height=3, channels=1)

        def read(self, path):
            import numpy as np
            from restora.data.image import Image
            body = path.read_bytes()[4:]
            if len(body) < 12:
                raise ValueError("cut off")
            return Image(pixels=np.frombuffer(body, np.uint8).reshape(3, 4, 1).astype(np.float32) / 255)

    def write(stream, image):
        import numpy as np
        if image.channels != 1:
            raise ValueError("grey only")
        stream.write(b"RAWT" + np.round(image.pixels * 255).astype(np.uint8).tobytes())

    @hookimpl
    def restora_readers():
        yield ReaderInfo(id="formats.raw", title="Raw", patterns=("*.rawt",), magic=((0, b"RAWT"),),
                         kind=Kind.IMAGE, factory=f"{__name__}:Reader")

    @hookimpl
    def restora_writers():
        yield WriterInfo(id="formats.raw", title="Raw", suffixes=(".rawt",), kind=Kind.IMAGE,
                         factory=f"{__name__}:write")
        yield WriterInfo(id="formats.gone", title="Gone", suffixes=(".gone",), kind=Kind.IMAGE,
                         factory=f"{__name__}:not_there")
"""


@pytest.fixture
def with_formats(workbenches: Open, add_plugin: AddPlugin) -> Workbench:
    add_plugin("formats", READER)
    return workbenches()


def test_formats_of_plugins_are_read_and_written(with_formats: Workbench, tmp_path: Path) -> None:
    path = tmp_path / "in.rawt"
    path.write_bytes(b"RAWT" + bytes(range(12)))
    item = with_formats.open(path)
    assert item.probe.format == "raw test"
    result = with_formats.run(
        with_formats.request("bench.darker", item, params={"amount": "1"}), device="cpu"
    )
    assert result.image.channels == 1
    assert ".rawt" in with_formats.writable_suffixes()


def test_what_a_plugin_writes_is_as_whole_as_any_file(with_formats: Workbench, tmp_path: Path) -> None:
    from dataclasses import replace

    path = tmp_path / "in.rawt"
    path.write_bytes(b"RAWT" + bytes(range(12)))
    made = with_formats.run(with_formats.request("bench.darker", with_formats.open(path)))
    coloured = replace(made, image=replace(made.image, pixels=made.image.pixels.repeat(3, axis=2)))
    grey = replace(made, image=with_formats.open(path).image())
    output = tmp_path / "out.rawt"
    with_formats.check_output(output)
    assert with_formats.export(grey, output, ExportOptions(recipe=RecipePlace.INSIDE)) == (
        output,
        tmp_path / "out.rawt.recipe.json",
    )
    assert output.read_bytes() == path.read_bytes()
    with pytest.raises(
        PluginError, match=r"formats: formats.raw could not write out.rawt \(ValueError: grey only\)"
    ):
        with_formats.export(coloured, output)
    assert output.read_bytes() == path.read_bytes()
    with pytest.raises(FileProblemError, match="depth of this format is the choice of"):
        with_formats.export(grey, output, ExportOptions(picture=WriteOptions(depth=Depth.U8)))
    with pytest.raises(MethodDefectError, match="not_there"):
        with_formats.export(made, tmp_path / "out.gone")
    assert sorted(path.name for path in tmp_path.glob("*out*")) == ["out.rawt", "out.rawt.recipe.json"]


def test_a_reader_that_fails_is_a_problem_of_the_file(with_formats: Workbench, tmp_path: Path) -> None:
    path = tmp_path / "in.rawt"
    path.write_bytes(b"RAWT")
    with pytest.raises(FileProblemError, match=r"in\.rawt"):
        with_formats.open(path).data()


@pytest.mark.parametrize(
    ("name", "sentence"), [("a.xyz", "not one that can be written"), ("no/a.png", "does not exist")]
)
def test_outputs_that_cannot_be_are_refused_before_anything_is_computed(
    workbench: Workbench, tmp_path: Path, name: str, sentence: str
) -> None:
    with pytest.raises(FileProblemError, match=sentence):
        workbench.check_output(tmp_path / name)


# -- plan --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("asked", "error", "sentence"),
    [
        (
            {"params": {"nothing": "1"}},
            ParameterError,
            r"nothing is not a parameter of bench.darker \(known: amount, way\)",
        ),
        ({"params": {"amount": "2"}}, ParameterError, "amount must be 0 to 1, got 2"),
        ({"params": {"amount": "x"}}, ParameterError, "amount needs a number, got 'x'"),
        ({"params": {"amount": "0.5"}, "typed": True}, ParameterError, "amount needs a number, got '0.5'"),
        ({"params": {"way": "odd"}}, ParameterError, "way must be one of plain; got 'odd'"),
        ({"preset_name": "Weak"}, ParameterError, r"preset 'Weak' is not declared .* \(known: Strong\)"),
        ({"side": 7}, BadInputError, "a tile must be at least 9 pixels"),
        ({"side": 0}, BadInputError, "a tile must be at least 9 pixels"),
        ({"region": Rect(45, 0, 10, 10)}, BadInputError, "does not lie in its 50 x 40 pixels"),
        ({"precision": "fp16"}, ParameterError, "precision must be one of bf16, fp32"),
        ({"seed": -1}, ParameterError, "seed must be a whole number"),
    ],
)
def test_requests_that_do_not_fit_are_refused(
    workbench: Workbench, save: Save, asked: dict[str, Any], error: type[Exception], sentence: str
) -> None:
    with pytest.raises(error, match=sentence):
        workbench.request("bench.darker", workbench.open(save()), **asked)


def test_an_unknown_method_names_the_known_ones(workbench: Workbench, save: Save) -> None:
    with pytest.raises(UnknownMethodError, match=r"bench\.nothing: no such method \(known: bench\.darker, "):
        workbench.request("bench.nothing", workbench.open(save()))


def test_presets_are_the_ground_for_what_is_set(workbench: Workbench, save: Save) -> None:
    item = workbench.open(save())
    strong = workbench.request("bench.darker", item, preset_name="Strong")
    assert dict(strong.params) == {"amount": 0.125, "way": "plain"}
    changed = workbench.request("bench.darker", item, preset_name="Strong", params={"amount": "1"})
    assert changed.params["amount"] == 1.0
    info = workbench.host.method("bench.darker")
    assert workbench.params_to_json(info, {"way": "plain"}, "Strong") == {"amount": 0.125, "way": "plain"}


def test_the_forecast_learns(workbenches: Open, save: Save) -> None:
    first = workbenches()
    request = first.request("bench.darker", first.open(save(size=(400, 500))))
    assert first.forecast(request).line().endswith("assumed")
    first.run(request)
    assert first.forecast(request).line().endswith("measured here")
    assert first.close(20)
    second = workbenches()
    again = second.request("bench.darker", second.open(save(size=(400, 500))))
    assert second.forecast(again).line().endswith("measured here")


# -- run ---------------------------------------------------------------------------------------------


def test_a_run_gives_a_result_with_its_recipe(workbench: Workbench, save: Save, home: Path) -> None:
    path = save()
    request = workbench.request("bench.darker", workbench.open(path), params={"amount": "0.25"}, seed=4)
    result = workbench.run(request)
    assert np.array_equal(result.image.pixels, workbench.open(path).image().pixels * np.float32(0.25))
    recipe = result.recipe
    assert recipe.method == "bench.darker"
    assert recipe.plugin_version.startswith("sha256:")
    assert (recipe.item.name, recipe.item.hashed) == ("a.png", "file")
    assert dict(recipe.params) == {"amount": 0.25, "way": "plain"}
    assert (recipe.seed, recipe.precision, recipe.tile, recipe.tile_automatic) == (4, "fp32", None, True)
    assert recipe.device.startswith("cpu")
    assert "numpy" in recipe.versions
    assert str(home.parent) not in recipe.to_text()
    assert recipe.request_key() == workbench.recipe_now(request).request_key()


def test_what_stopped_a_job_is_raised(workbench: Workbench, save: Save) -> None:
    request = workbench.request("bench.failing", workbench.open(save(bright=True)))
    with pytest.raises(RestoraError, match=r"bench: bench\.failing failed with ValueError: too bright"):
        workbench.run(request)
    slow = workbench.request("bench.slow", workbench.open(save()), params={"steps": "100000"})
    job = workbench.submit(slow)
    workbench.cancel_all()
    assert job.wait(20)
    with pytest.raises(Cancelled):
        result_of(job)


def test_watchers_hear_of_all_jobs_whenever_they_came(workbench: Workbench, save: Save) -> None:
    early: list[str] = []
    late: list[str] = []

    def hear(into: list[str]) -> Callable[[Any], None]:
        return lambda event: into.append(event.state) if isinstance(event, StateChanged) else None

    workbench.watch(hear(early))
    request = workbench.request("bench.darker", workbench.open(save()))
    workbench.run(request)
    workbench.watch(hear(late))
    workbench.run(request)
    assert early == [JobState.QUEUED, JobState.LOADING, JobState.RUNNING, JobState.DONE] * 2
    assert late == early[:4]


def test_nothing_can_be_submitted_after_closing(workbench: Workbench, save: Save) -> None:
    request = workbench.request("bench.darker", workbench.open(save()))
    workbench.run(request)
    assert workbench.close(20)
    with pytest.raises(RefusedError, match="closing"):
        workbench.submit(request)
    assert workbench.close(20)


def test_closing_ends_running_and_waiting_jobs(workbench: Workbench, save: Save) -> None:
    slow = workbench.request("bench.slow", workbench.open(save()), params={"steps": "100000"})
    jobs = [workbench.submit(slow) for _ in range(3)]
    assert workbench.close(20)
    assert [job.state for job in jobs] == [JobState.CANCELLED] * 3


def test_lanes_are_made_once_whoever_asks(workbench: Workbench) -> None:
    info = workbench.host.method("bench.darker")
    lanes: list[object] = []
    threads = [threading.Thread(target=lambda: lanes.append(workbench.lane("cpu", info))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({id(lane) for lane in lanes}) == 1


@pytest.mark.parametrize("device", ["tpu", "cuda"])
def test_devices_that_do_not_fit_are_refused(workbench: Workbench, save: Save, device: str) -> None:
    request = workbench.request("bench.darker", workbench.open(save()))
    for ask in (workbench.submit, workbench.forecast):
        with pytest.raises(BadInputError):
            ask(request, device=device)


# -- observers ---------------------------------------------------------------------------------------


def test_observers_are_told_and_one_that_raises_is_left_out(
    workbenches: Open, save: Save, add_plugin: AddPlugin, tmp_path: Path
) -> None:
    log = tmp_path / "observed"
    add_plugin(
        "watching",
        f"""
        from pathlib import Path
        from restora.api import hookimpl

        @hookimpl
        def restora_job_finished(record):
            with Path({str(log)!r}).open("a") as stream:
                stream.write(f"{{record.method_id}} {{record.item_name}} {{record.state}}\\n")
        """,
    )
    add_plugin(
        "angry",
        """
        from restora.api import hookimpl

        @hookimpl
        def restora_job_finished(record):
            raise SystemExit("angry")
        """,
    )
    workbench = workbenches()
    for _ in range(2):
        workbench.run(workbench.request("bench.darker", workbench.open(save())))
    assert workbench.close(20)
    assert log.read_text().splitlines() == ["bench.darker a.png done"] * 2
    (warning,) = workbench.host.record("angry").warnings
    assert "restora_job_finished raised SystemExit" in warning


def test_an_observer_that_hangs_holds_nothing_up(
    workbenches: Open, save: Save, add_plugin: AddPlugin, tmp_path: Path
) -> None:
    gate = tmp_path / "gate"
    add_plugin(
        "hanging",
        f"""
        import time
        from pathlib import Path
        from restora.api import hookimpl

        @hookimpl
        def restora_job_finished(record):
            while not Path({str(gate)!r}).exists():
                time.sleep(0.01)
        """,
    )
    workbench = workbenches()
    began = time.monotonic()
    workbench.run(workbench.request("bench.darker", workbench.open(save())))
    assert not workbench.close(0.2)
    assert time.monotonic() - began < 10
    gate.touch()


# -- slots and references ----------------------------------------------------------------------------


def test_pictures_in_slots_reach_the_method_and_the_recipe_names_no_folder(
    workbench: Workbench, save: Save, tmp_path: Path
) -> None:
    path, style, other = save(), save("deep/style.png", 2), save("other.png", 3, size=(9, 9))
    request = workbench.request(
        "bench.mixing", workbench.open(path), params={"style": str(style)}, references=[workbench.open(other)]
    )
    result = workbench.run(request)
    means = [read_image(place).pixels.mean() * np.float32(0.1) for place in (other, style)]
    expected = read_image(path).pixels + means[0] + means[1]
    np.testing.assert_allclose(result.image.pixels, expected, rtol=1e-6)
    recipe = result.recipe
    assert recipe.params == {"style": "style.png"}
    assert [record.name for record in recipe.references] == ["other.png", "style.png"]
    assert str(tmp_path) not in recipe.to_text()
    again = workbench.request_from_recipe(
        Recipe.from_text(recipe.to_text()),
        workbench.open(path),
        [workbench.open(other), workbench.open(style)],
    )
    assert again.params_to_json() == {"style": "style.png"}
    assert workbench.run(again).image.sha256() == result.image.sha256()


def test_an_empty_slot_is_none(workbench: Workbench, save: Save) -> None:
    path = save()
    result = workbench.run(workbench.request("bench.mixing", workbench.open(path)))
    assert np.array_equal(result.image.pixels, read_image(path).pixels)
    assert result.recipe.params == {"style": None}
    assert result.recipe.references == ()


def test_slots_of_orders_are_named_in_full(
    workbench: Workbench, save: Save, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    save("style.png")
    info = workbench.host.method("bench.mixing")
    assert workbench.params_to_json(info, {"style": "style.png"}) == {"style": str(tmp_path / "style.png")}
    assert workbench.params_to_json(info, {"style": "sample:a.b"}) == {"style": "sample:a.b"}
    assert workbench.params_to_json(info, {"style": ""}) == {"style": None}


def test_a_slot_that_names_nothing_is_refused(workbench: Workbench, save: Save, tmp_path: Path) -> None:
    with pytest.raises(FileProblemError, match="does not exist"):
        workbench.request(
            "bench.mixing", workbench.open(save()), params={"style": str(tmp_path / "gone.png")}
        )


def test_too_many_references_are_refused(workbench: Workbench, save: Save) -> None:
    item = workbench.open(save())
    with pytest.raises(UnsuitableItemError, match="takes 0 to 2 reference pictures, got 3"):
        workbench.request("bench.mixing", item, references=[item] * 3)


def test_a_recipe_that_names_too_few_pictures_is_refused(workbench: Workbench, save: Save) -> None:
    item = workbench.open(save())
    recipe = workbench.recipe_now(workbench.request("bench.mixing", item, params={"style": str(item.path)}))
    with pytest.raises(RecipeError, match="names 0 further pictures, but fills 1 slots"):
        workbench.request_from_recipe(recipe, item)


# -- settings and folders ----------------------------------------------------------------------------


def test_settings_survive_their_file(workbenches: Open, home: Path) -> None:
    settings = Settings(
        budget_share=0.5,
        offline=True,
        weights_folder="/w",
        disabled_plugins=("a",),
        accepted_licences=("MIT",),
    )
    first = workbenches()
    first.change_settings(settings)
    assert first.weights_folder == Path("/w")
    assert workbenches().settings == settings
    assert Settings.from_file(Folders.below(home).settings_file) == settings


def test_without_a_file_there_are_defaults(tmp_path: Path) -> None:
    assert Settings.from_file(tmp_path / "none.json") == Settings()


GOOD = json.loads(Settings().to_text())


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        "{}",
        json.dumps({**GOOD, "schema": 2}),
        json.dumps({**GOOD, "budget_share": 2}),
        json.dumps({**GOOD, "budget_share": "all"}),
        json.dumps({**GOOD, "budget_share": float("nan")}),
        json.dumps({**GOOD, "budget_share": 10**400}),
        json.dumps({**GOOD, "offline": 1}),
        json.dumps({**GOOD, "weights_folder": 5}),
        json.dumps({**GOOD, "disabled_plugins": "a"}),
        json.dumps({**GOOD, "accepted_licences": [1]}),
        "[" * 100_000,
    ],
)
def test_damaged_settings_are_said_so_and_kept(tmp_path: Path, text: str) -> None:
    path = tmp_path / "settings.json"
    path.write_text(text)
    with pytest.raises(FileProblemError, match="the settings are damaged") as caught:
        Settings.from_file(path)
    assert caught.value.advice is not None
    assert path.read_text() == text


def test_settings_that_are_no_text_are_said_so(tmp_path: Path) -> None:
    path = tmp_path / "settings.json"
    path.write_bytes(b"\xff\xfe")
    with pytest.raises(FileProblemError, match="cannot be read"):
        Settings.from_file(path)


def test_plugins_and_licences_are_switched() -> None:
    settings = Settings().with_plugin("a", enabled=False).with_plugin("a", enabled=False)
    assert settings.disabled_plugins == ("a",)
    assert settings.with_plugin("a", enabled=True).disabled_plugins == ()
    assert settings.with_licence("b").with_licence("a").with_licence("b").accepted_licences == ("a", "b")
    with pytest.raises(ValueError, match="budget_share must be"):
        Settings(budget_share=0)


def test_a_home_of_its_own_holds_everything(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(HOME_VARIABLE, str(tmp_path / "h"))
    folders = Folders.of_user()
    places = {folders.settings_file, folders.plugins, folders.weights, folders.converted}
    places |= {folders.queue_file, folders.estimates_file, folders.scratch}
    assert len(places) == 7
    assert all(place.is_relative_to(tmp_path / "h") for place in places)
    assert not (tmp_path / "h").exists()
    monkeypatch.setenv(HOME_VARIABLE, "")
    assert not Folders.of_user().config.is_relative_to(tmp_path)


def test_the_users_workbench_knows_its_plugins(restora_home: Path, tmp_path: Path) -> None:
    with Workbench.of_user(plugin_dirs=[tmp_path / "more"], queue_file=tmp_path / "q.jsonl") as workbench:
        assert workbench.folders == Folders.below(restora_home)
        assert "classic.identity" in {info.id for info in workbench.host.methods()}
        assert workbench.queue.entries() == ()
