"""The models behind lists and panels."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from pytestqt.modeltest import ModelTester
from pytestqt.qtbot import QtBot

from restora.api import BoolParam, ChoiceParam, FloatParam, IntParam, Kind, MethodInfo, TextParam
from restora.data.geometry import Rect
from restora.data.item import Item, Probe
from restora.errors import FileProblemError, ParameterError
from restora.plugins.parameters import Param, PointParam, RectParam, ReferenceParam, SeedParam
from restora_desktop.models.items import ItemsModel, Node
from restora_desktop.models.job_row import JobRow
from restora_desktop.models.jobs import JobsModel
from restora_desktop.models.log import LogHandler, LogLine, LogModel
from restora_desktop.models.parameters import ParameterSet, told_differences
from restora_desktop.models.plan import PlanModel
from restora_desktop.models.presets import PresetStore
from restora_desktop.models.weights import WeightsModel
from restora_desktop.panels.editors import Editor, editor_for
from restora_desktop.panels.parameter_rows import ParameterRows
from restora_desktop.preferences import Preferences
from restora_desktop.theme import Scheme

if TYPE_CHECKING:
    pass

PARAMS: tuple[Param, ...] = (
    IntParam(id="steps", label="Steps", help="How many.", default=4, minimum=1, maximum=1000),
    FloatParam(id="sigma", label="Sigma", default=1.5, minimum=0.3, maximum=8.0, scale="log", group="Blur"),
    FloatParam(id="share", label="Share", default=0.005, minimum=0.0, maximum=0.25, step=0.005),
    BoolParam(id="soft", label="Soft", default=False),
    ChoiceParam(id="filter", label="Filter", default="a", choices={"a": "First", "b": "Second"}),
    TextParam(id="prompt", label="Prompt", default="a photo", max_length=10, visible_if=("soft", True)),
    TextParam(id="notes", label="Notes", multiline=True, advanced=True),
    SeedParam(id="noise", label="Noise"),
    RectParam(id="area", label="Area"),
    PointParam(id="spot", label="Spot"),
    ReferenceParam(id="flat", label="Flat field"),
)
OTHER_VALUES: Mapping[str, object] = {
    "steps": 7,
    "sigma": 2.5,
    "share": 0.05,
    "soft": True,
    "filter": "b",
    "prompt": "a cat",
    "notes": "line\nline",
    "noise": 2**62,
    "area": Rect(1, 2, 3, 4),
    "spot": (5, 6),
    "flat": "/some/flat.tiff",
}


@pytest.fixture
def info() -> MethodInfo:
    return MethodInfo(
        id="test.all",
        title="All",
        summary="Every kind of parameter.",
        factory="nowhere:Nothing",
        accepts=frozenset({Kind.IMAGE}),
        params=PARAMS,
        presets={"Other": {"steps": 9, "filter": "b"}},
    )


def _item(name: str = "a.png") -> Item:
    probe = Probe(kind=Kind.IMAGE, format="PNG", width=4, height=3, channels=3)
    return Item(name=name, probe=probe, load=lambda: None)  # type: ignore[arg-type,return-value]  # never read


def _nowhere() -> Rect | None:
    return None


def _nothing() -> str | None:
    return None


def test_the_tree_of_items_keeps_qts_rules(qapp: object) -> None:
    model = ItemsModel()
    tester = ModelTester(None)
    tester.check(model)
    first, second = Node(title="a", item=_item()), Node(title="b", item=_item())
    model.insert(first)
    model.insert(second, 0)
    for name in ("r1", "r2"):
        model.insert(Node(title=name, item=_item(), parent=first))
    assert [node.title for node in model.nodes()] == ["b", "a", "r1", "r2"]
    place = model.remove(first)
    assert model.node(first.children[0].id) is None
    model.insert(first, place)
    assert [node.title for node in model.nodes()] == ["b", "a", "r1", "r2"]
    model.rename_wanted.connect(model.rename)
    assert model.setData(model.index_of(second), "other")
    assert second.title == "other"
    assert not model.setData(model.index_of(second), "  ")
    tester._cleanup()


def test_jobs_log_and_weights_keep_qts_rules(qtmodeltester: ModelTester, qapp: object) -> None:
    jobs, log, weights = JobsModel(), LogModel(), WeightsModel()
    jobs.add(JobRow(id="1", item="a", method="M"))
    log.add(LogLine(time="10:00:00", level=logging.WARNING, area="restora", text="hm"))
    for model in (jobs, log, weights):
        qtmodeltester.check(model, force_py=True)
    jobs.clear_ended()
    assert len(jobs.rows) == 1


def test_log_records_of_any_thread_reach_the_list(qtbot: QtBot) -> None:
    model, source = LogModel(), LogHandler()
    source.logged.connect(model.add)
    logger = logging.getLogger("restora.test")
    logger.addHandler(source.handler)
    try:
        with qtbot.waitSignal(source.logged):
            logger.warning("number %d", 7)
    finally:
        logger.removeHandler(source.handler)
        source.close()
    assert model.lines[0].text == "number 7"
    logger.warning("after the end")


@pytest.mark.parametrize("param", PARAMS, ids=lambda param: param.id)
def test_every_kind_of_parameter_survives_its_editor(param: Param, info: MethodInfo, qtbot: QtBot) -> None:
    values = ParameterSet(info)
    editor = editor_for(param, taken=_nowhere, choose=_nothing)
    qtbot.addWidget(editor)
    editor.edited.connect(_Into(values, param.id, editor))
    value = OTHER_VALUES[param.id]
    editor.show_value(value)
    assert values.is_default(param.id), "showing a value is no edit"
    _edit(editor)
    assert values.value(param.id) == value
    assert param.parse(param.to_json(values.value(param.id))) == value


class _Into:
    """Takes what an editor says as the panel does."""

    def __init__(self, values: ParameterSet, param_id: str, editor: Editor) -> None:
        self._values, self._param_id, self._editor = values, param_id, editor

    def __call__(self, value: object) -> None:
        self._values.set(self._param_id, value, typed=self._editor.typed)


def _edit(editor: Editor) -> None:
    """Let an editor say what it shows."""
    for name in ("box", "line"):
        widget = getattr(editor, name, None)
        if widget is None:
            continue
        if hasattr(widget, "toPlainText"):
            editor.edited.emit(widget.toPlainText())
        elif hasattr(widget, "text") and name == "line":
            editor.edited.emit(widget.text())
        elif hasattr(widget, "currentData"):
            editor.edited.emit(widget.currentData())
        elif hasattr(widget, "isChecked"):
            editor.edited.emit(widget.isChecked())
        else:
            editor.edited.emit(widget.value())


def test_the_slider_of_a_logarithmic_parameter_covers_its_bounds(qtbot: QtBot, info: MethodInfo) -> None:
    from restora_desktop.panels.editors import NumberEditor

    editor = NumberEditor(PARAMS[1])  # type: ignore[arg-type]  # a FloatParam
    qtbot.addWidget(editor)
    editor.slider.setValue(editor.slider.maximum())
    assert editor.box.value() == 8.0
    editor.slider.setValue(0)
    assert editor.box.value() == pytest.approx(0.3)
    editor.slider.setValue(editor.slider.maximum() // 2)
    assert 1.4 < editor.box.value() < 1.7


def test_wrong_input_is_marked_in_place_and_keeps_the_last_value(qtbot: QtBot, info: MethodInfo) -> None:
    values = ParameterSet(info)
    rows = ParameterRows(values, taken=_nowhere, choose=_nothing)
    qtbot.addWidget(rows)
    rows.show()
    row = rows.rows["area"]
    row.editor.edited.emit("1, 2, x")
    assert values.problem("area")
    assert row.problem.isVisible()
    assert "area" in row.problem.text()
    assert values.first_problem() == values.problem("area")
    row.back.click()
    assert values.first_problem() is None
    assert not row.problem.isVisible()


def test_a_parameter_that_does_not_matter_is_hidden_and_cannot_be_a_problem(
    qtbot: QtBot, info: MethodInfo
) -> None:
    values = ParameterSet(info)
    rows = ParameterRows(values, taken=_nowhere, choose=_nothing)
    qtbot.addWidget(rows)
    values.set("prompt", "far too long a text")
    assert rows.rows["prompt"].isHidden()
    assert values.first_problem() is None
    values.set("soft", value=True)
    assert not rows.rows["prompt"].isHidden()
    assert values.first_problem() is not None


def test_a_preset_puts_back_what_it_does_not_name(info: MethodInfo, qapp: object) -> None:
    values = ParameterSet(info)
    values.set("sigma", 3.0)
    values.apply(info.presets["Other"])
    assert (values.value("steps"), values.value("sigma"), values.value("filter")) == (9, 1.5, "b")
    with pytest.raises(ParameterError):
        values.apply({"steps": 10**9})
    assert values.value("steps") == 9


def test_the_history_tells_only_what_differs(info: MethodInfo) -> None:
    params = {param.id: param.default for param in info.params}
    assert told_differences(info, params) == ""
    assert told_differences(info, {**params, "sigma": 2.0, "soft": True}) == "Sigma 2, Soft on"


def test_own_presets_are_kept_and_a_damaged_file_is_refused_by_name(tmp_path: Path) -> None:
    store = PresetStore(tmp_path)
    assert store.names("test.all") == ()
    store.keep("test.all", "mine", {"steps": 3})
    assert store.values("test.all", "mine") == {"steps": 3}
    store.forget("test.all", "mine")
    assert store.names("test.all") == ()
    (tmp_path / "test.all.json").write_text("{")
    with pytest.raises(FileProblemError, match=r"test\.all\.json"):
        store.names("test.all")


def test_values_are_kept_per_method_and_the_last_method_per_kind(info: MethodInfo, qapp: object) -> None:
    from dataclasses import replace

    other = replace(info, id="test.spad", accepts=frozenset({Kind.SPAD}))
    plan = PlanModel()
    plan.set_methods([info, other])
    plan.set_kind(Kind.IMAGE)
    assert plan.parameters is not None
    plan.parameters.set("steps", 11)
    plan.set_kind(Kind.SPAD)
    assert plan.info is other
    plan.set_kind(Kind.IMAGE)
    assert plan.info is info
    assert plan.parameters.value("steps") == 11
    plan.choose("test.spad")
    assert plan.problem() == "All takes spad items"
    plan.choose("test.all")
    plan.set_seed("minus one")
    assert plan.plan() is None
    plan.set_seed("12")
    made = plan.plan()
    assert made is not None
    assert made.seed == 12


def test_preferences_come_back_as_they_were_written(tmp_path: Path, qapp: object) -> None:
    path = tmp_path / "desktop.ini"
    first = Preferences(path)
    first.scheme, first.notifies, first.has_seen_tour = Scheme.LIGHT, False, True
    for name in ("/a", "/b", "/a"):
        first.add_recent(name)
    first.sync()
    second = Preferences(path)
    assert (second.scheme, second.notifies, second.has_seen_tour) == (Scheme.LIGHT, False, True)
    assert second.recent == ("/a", "/b")
    second.clear_recent()
    second.sync()
    assert Preferences(path).recent == ()


def test_preferences_that_make_no_sense_count_as_not_given(tmp_path: Path, qapp: object) -> None:
    path = tmp_path / "desktop.ini"
    path.write_text("[look]\nscheme=purple\n[recent]\nsize=notanumber\n")
    assert Preferences(path).scheme is Scheme.SYSTEM
    assert Preferences(path).recent == ()
