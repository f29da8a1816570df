"""The room behind every door: open things, run methods on them, export results. Doors talk to nothing else.

What happens on Run: `submit` checks the request and puts a job on the lane of its device (`jobs/lane.py`),
which loads the plugin's method and runs it.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import cached_property, partial
from pathlib import Path
from typing import BinaryIO

from restora.data.geometry import Rect
from restora.data.image import Image
from restora.data.item import Item
from restora.data.json_values import JSON
from restora.data.recipe import Recipe
from restora.data.result import Result
from restora.errors import BadInputError, Cancelled, RecipeError, RefusedError, RestoraError
from restora.folders import Folders
from restora.io.atomic import atomic_write
from restora.io.opening import ReaderLike, open_item
from restora.io.stated import open_options, stated_window
from restora.io.writing import write_image
from restora.jobs.admission import check_side
from restora.jobs.cost import chosen_precision, decision_for
from restora.jobs.devices import CpuDevice, Device, open_device
from restora.jobs.estimates import EstimateBook
from restora.jobs.exporting import ExportOptions, export, remove_remains
from restora.jobs.forecast import Forecast, forecast
from restora.jobs.job import Job, Listener
from restora.jobs.lane import Lane
from restora.jobs.observing import ObserverThread
from restora.jobs.output_places import check_place, writable_endings
from restora.jobs.plugin_reading import LazyReader
from restora.jobs.plugin_writing import declared_writer, write_with_plugin
from restora.jobs.queue import Queue
from restora.jobs.recipe import Circumstances, requested_recipe
from restora.jobs.request import RunRequest, checked_request, filled_slots, parse_params, preset
from restora.jobs.services import LaneServices
from restora.jobs.states import JobState
from restora.plugins.declarations import MethodInfo, SampleInfo
from restora.plugins.factory import build_method, load_object
from restora.plugins.host import PluginHost, only_from_environment
from restora.settings import Settings
from restora.weights.conversion import Conversions
from restora.weights.room import WeightRoom
from restora.weights.watch import Watch

SAMPLE_PREFIX = "sample:"
"""`sample:ID` names a sample wherever a file can be named."""


class Workbench:
    """One per process. Opening, planning and exporting happen on the caller's thread, computing on lanes.

    `device_for` finds a device by name; tests put their own in its place.
    """

    def __init__(
        self,
        folders: Folders,
        host: PluginHost,
        settings: Settings | None = None,
        *,
        device_for: Callable[[str | None, frozenset[str]], Device] = open_device,
        queue_file: Path | None = None,
    ) -> None:
        self.folders = folders
        self.host = host
        self.settings = settings or Settings.from_file(folders.settings_file)
        self._device_for = device_for
        self._queue_file = queue_file or folders.queue_file
        self._lanes: dict[str, Lane] = {}
        self._watchers: list[Listener] = []
        self._observers = ObserverThread(host.notify_job_finished)
        self._is_closed = False
        self._guard = threading.RLock()  # for lanes, which any thread may ask for, a signal's handler too

    @classmethod
    def of_user(
        cls,
        *,
        plugin_dirs: Sequence[Path] = (),
        safe_mode: bool = False,
        queue_file: Path | None = None,
    ) -> Workbench:
        """With the user's folders, settings and plugins; `queue_file` is another queue than theirs."""
        folders = Folders.of_user()
        settings = Settings.from_file(folders.settings_file)
        host = PluginHost(
            folders=(folders.plugins, *plugin_dirs),
            only=only_from_environment(os.environ),
            disabled=settings.disabled_plugins,
            safe_mode=safe_mode,
        )
        return cls(folders, host.discover(), settings, queue_file=queue_file)

    def __enter__(self) -> Workbench:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self, timeout_seconds: float = 5.0) -> bool:
        """Cancel what runs and end all threads; False if a job or an observer does not let go in time.

        Nothing can be submitted afterwards.
        """
        with self._guard:
            self._is_closed = True
            lanes = list(self._lanes.values())
        ended = [lane.close(timeout_seconds) for lane in lanes]
        return self._observers.close(timeout_seconds) and all(ended)

    def change_settings(self, settings: Settings) -> None:
        """Keep other settings from now on; what plugins are loaded changes with the next start."""
        _write_text(self.folders.settings_file, settings.to_text())
        self.settings = settings
        self.__dict__.pop("weights", None)  # another folder or mode: made anew when it is next needed

    @cached_property
    def weights(self) -> WeightRoom:
        """The files of weights that the methods need."""
        return WeightRoom.of(self.host.weight_users(), self.weights_folder, offline=self.settings.offline)

    @property
    def weights_folder(self) -> Path:
        """Where they lie."""
        chosen = self.settings.weights_folder
        return self.folders.weights if chosen is None else Path(chosen)

    @cached_property
    def queue(self) -> Queue:
        """The jobs that outlive this process, tidied up if the last one was killed at work."""
        queue = Queue(self._queue_file)
        for half_done in queue.tidy():
            remove_remains(Path(half_done.output))
        return queue

    # -- open --------------------------------------------------------------------------------------

    def open(self, name: str | Path, reading: Mapping[str, str] | None = None) -> Item:
        """The file, folder or sample of that name; `reading` states what the file does not say itself."""
        stated = dict(reading or {})
        sample = self.sample(name) if isinstance(name, str) and name.startswith(SAMPLE_PREFIX) else None
        path = Path(name) if sample is None else sample.path
        if sample is not None:
            stated.setdefault("kind", sample.kind.value)
        item = open_item(path, open_options(stated), extra_readers=self._plugin_readers)
        shown = item.name if sample is None else str(name)
        return replace(item, name=shown, window=stated_window(stated), reading=stated)

    def sample(self, name: str) -> SampleInfo:
        """The sample called `sample:ID`; raises BadInputError naming those that exist."""
        samples = {f"{SAMPLE_PREFIX}{info.id}": info for info in self.host.samples()}
        if name not in samples:
            known = ", ".join(sorted(samples)) or "none"
            raise BadInputError(f"{name}: no such sample (known: {known})")
        return samples[name]

    @cached_property
    def _plugin_readers(self) -> tuple[ReaderLike, ...]:
        return tuple(LazyReader(info) for info in self.host.readers())

    # -- plan --------------------------------------------------------------------------------------

    def request(
        self,
        method_id: str,
        item: Item,
        *,
        params: Mapping[str, object] | None = None,
        preset_name: str | None = None,
        typed: bool = False,
        seed: int = 0,
        precision: str | None = None,
        side: int | None = None,
        region: Rect | None = None,
        references: Sequence[Item] = (),
        slots: Mapping[str, Item] | None = None,
    ) -> RunRequest:
        """A checked request; raises a BadInputError that says what does not fit.

        `typed` says that the values come from JSON and are not texts that a person typed. Pictures in
        reference parameters are opened by name unless `slots` brings them along.
        """
        info = self.host.method(method_id)
        given = dict(preset(info, preset_name)) if preset_name is not None else {}
        base = parse_params(info, given, typed=True)
        values = parse_params(info, params or {}, typed=typed, defaults=base)
        if side is not None:
            check_side(info, side)
        return checked_request(
            RunRequest(
                info=info,
                item=item,
                params=values,
                seed=seed,
                precision=precision,
                side=side,
                region=region,
                references=tuple(references),
                slots=self._open_slots(info, values) if slots is None else slots,
            )
        )

    def params_to_json(
        self, info: MethodInfo, given: Mapping[str, str], preset_name: str | None = None
    ) -> dict[str, JSON]:
        """What a person typed, on top of a preset or the defaults, as an order keeps it."""
        base = parse_params(info, preset(info, preset_name) if preset_name else {}, typed=True)
        values = parse_params(info, given, defaults=base)
        for slot in filled_slots(info, values):
            name = str(values[slot])  # an order may be carried out from another folder
            values[slot] = name if name.startswith(SAMPLE_PREFIX) else str(Path(name).absolute())
        return {param.id: param.to_json(values[param.id]) for param in info.params}

    def _open_slots(self, info: MethodInfo, values: Mapping[str, object]) -> dict[str, Item]:
        return {slot: self.open(str(values[slot])) for slot in filled_slots(info, values)}

    def forecast(self, request: RunRequest, device: str | None = None) -> Forecast:
        """What a run will take. torch is not imported for it unless a CUDA device is asked for."""
        found = self._known_device(request.info, device)
        decision = decision_for(
            request,
            found,
            self._estimates,
            budget_mib=found.total_mib() * self.settings.budget_share,
            free_mib=found.free_mib(),
        )
        return forecast(request, decision)

    def _known_device(self, info: MethodInfo, device: str | None) -> Device:
        if device is not None:
            return self._device_for(device, info.devices)
        lanes = [lane for lane in self._lanes.values() if lane.device.spec.type in info.devices]
        return lanes[-1].device if lanes else CpuDevice()

    # -- run ---------------------------------------------------------------------------------------

    def lane(self, device: str | None, info: MethodInfo) -> Lane:
        """The lane of a device, started when first needed; None takes the best that the method allows."""
        found = self._device_for(device, info.devices)
        name = str(found.spec)
        with self._guard:
            if self._is_closed:
                raise RefusedError("restora is closing and takes no more jobs")
            if name not in self._lanes:
                self._lanes[name] = Lane(found, self._services, self._estimates)
                for listener in self._watchers:
                    self._lanes[name].subscribe(listener)
            return self._lanes[name]

    def watch(self, listener: Listener) -> None:
        """Tell `listener` of the events of all lanes, on their threads."""
        with self._guard:
            self._watchers.append(listener)
            for lane in self._lanes.values():
                lane.subscribe(listener)

    def cancel_all(self) -> None:
        """Take every job back, waiting or running."""
        for lane in list(self._lanes.values()):
            for job in lane.jobs():
                lane.cancel(job)

    def submit(self, request: RunRequest, *, device: str | None = None, first: bool = False) -> Job:
        """Put a request on its lane and return at once; the job tells how it goes."""
        return self.lane(device, request.info).submit(Job(request=request), first=first)

    def run(self, request: RunRequest, *, device: str | None = None) -> Result:
        """Run a request and wait for its result; raises what stopped it."""
        job = self.submit(request, device=device)
        job.wait()
        return result_of(job)

    @cached_property
    def _estimates(self) -> EstimateBook:
        return EstimateBook(self.folders.estimates_file, _write_text)

    @cached_property
    def _services(self) -> LaneServices:
        return LaneServices(
            weights_for=lambda info, is_cancelled: self.weights.resolve(info, Watch(cancel=is_cancelled)),
            build=build_method,
            asked=self._asked_recipe,
            converted=Conversions(self.folders.converted, lambda path: self.weights.store.sha256_of(path)),
            finished=self._observers.put,
            scratch=self.folders.scratch,
            resume=self.folders.resume,
            budget_share=lambda: self.settings.budget_share,
        )

    def _asked_recipe(self, job: Job, weights: Mapping[str, Path]) -> Recipe:
        assert job.device is not None  # the lane set both before it loaded the method
        assert job.precision is not None
        around = Circumstances(
            plugin_version=self.version_of(job.request.info),
            weights=weights,
            hash_of=self.weights.store.sha256_of,
            device=f"{job.device} {job.device.name}".strip(),
            precision=job.precision,
        )
        return requested_recipe(job.request, around)

    def version_of(self, info: MethodInfo) -> str:
        """The version of a method's plugin; a single file has none, so its content stands for it."""
        record = self.host.record(info.plugin)
        if record.source is not None:
            return f"sha256:{record.source.sha256}"
        return record.version or "unknown"

    # -- recipes -----------------------------------------------------------------------------------

    def request_from_recipe(self, recipe: Recipe, item: Item, others: Sequence[Item] = ()) -> RunRequest:
        """The request that a recipe describes, on `item`; `others` are its references in their order."""
        slots = filled_slots(self.host.method(recipe.method), recipe.params)
        count = len(others) - len(slots)
        if count < 0:
            raise RecipeError(
                f"the recipe names {len(others)} further pictures, but fills {len(slots)} slots"
            )
        return self.request(
            recipe.method,
            item,
            params=recipe.params,
            typed=True,
            seed=recipe.seed,
            precision=recipe.precision,
            side=recipe.tile,
            region=recipe.region,
            references=others[:count],
            slots=dict(zip(slots, others[count:], strict=True)),
        )

    def recipe_now(
        self, request: RunRequest, *, device: str | None = None, hash_of: Callable[[Path], str] | None = None
    ) -> Recipe:
        """What the recipe of a request would say as things stand; `hash_of` hashes weights anew."""
        found = self._device_for(device, request.info.devices)
        around = Circumstances(
            plugin_version=self.version_of(request.info),
            weights=self.weights.resolve(request.info),
            hash_of=hash_of or self.weights.store.sha256_of,
            device=f"{found.spec} {found.spec.name}".strip(),
            precision=chosen_precision(request, found),
        )
        return requested_recipe(request, around)

    # -- export ------------------------------------------------------------------------------------

    def export(self, result: Result, path: Path, options: ExportOptions | None = None) -> tuple[Path, ...]:
        """Write a result and its recipe; returns the files that were written."""
        wanted, declared = options or ExportOptions(), declared_writer(self.host.writers(), path)
        if declared is None or result.scene is not None or result.frames:
            return export(result, path, wanted)
        return export(result, path, wanted, write=partial(write_with_plugin, declared, load=load_object))

    def writable_suffixes(self, info: MethodInfo | None = None) -> tuple[str, ...]:
        """The endings that results of a method can be written with, those of plugins included.

        None stands for pictures; frames have none, they go into a folder.
        """
        return writable_endings(info, self.host.writers())

    def check_output(self, path: Path, info: MethodInfo | None = None) -> None:
        """Raise FileProblemError where a result could not be written there, before anything is computed.

        `info` is the method; without it a picture is meant.
        """
        check_place(path, info, self.host.writers())

    def write_picture(self, path: Path, image: Image) -> None:
        """Write a picture that is no result, such as a map; refuses to replace a file."""
        if path.exists():
            raise BadInputError(f"{path}: is there already", advice="Choose another name.")
        write_image(path, image)


def result_of(job: Job) -> Result:
    """The result of an ended job; raises Cancelled, or the error that stopped it."""
    if job.result is not None:
        return job.result
    if job.state is JobState.CANCELLED:
        raise Cancelled
    error = job.error
    if isinstance(error, RestoraError):
        raise error
    raise RestoraError(job.message or f"the job is {job.state}")


def _write_text(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    atomic_write(path, lambda stream: _put(text, stream))


def _put(text: str, stream: BinaryIO) -> None:
    stream.write(text.encode())
