"""The viewer: pictures on linked panes, compared in many ways, drawn from their own numbers.

What the window around it can rely on:

- `background.Background`: the display threads; one for the whole window, `close()` it with the window.
- `layers.Layer`: `Layer.source(key, name, image)`; `layer.over(key, name, image)` for a result or reference.
- `compare_view.CompareView(background)`: the widget. `set_layers`, `set_mode(CompareMode)`, `set_front`,
  `flip`, `swap`, `show_other(bool)`, `set_difference(DifferenceSettings)`, `set_blink_period`, `set_linked`,
  `set_tool(Tool)`, `set_overlays`, `set_rulers`, `set_values`, `fit`, `one_to_one`, `zoom`, `visible_rect`,
  `grab_view`; signals `mode_changed(CompareMode)`, `front_changed(int)`, `pointed(Readout | None)`,
  `view_changed()`, `trouble(str)`.
- `view_state.ViewState` (`CompareView.state`): `set_levels(Levels, key)`, `set_channel(Channel)`,
  `set_marks`, `set_shares_levels`, `set_selection(Rect | None)`, `set_frame`; signals `view_changed()`,
  `look_changed()`, `selection_changed(Rect | None)`, `frame_changed(int)`.
- `CompareView.auto_levels()`, `reset_levels()`, `expose(stops)`, `next_channel()`: keys A, R, E, C.
- `histogram_view.HistogramView(background)`: `show_layer(Layer | None)`, `set_levels(Levels)`; signal
  `levels_dragged(Levels)`. Connect both ways with the state's levels.
- `frame_strip.FrameStrip`: `set_frames(count, window)`, `set_window(FrameWindow)`, `window_of_frames`;
  signals `window_changed(FrameWindow)`, `view_chosen(CaptureView)`.
- `capture_pictures.CapturePictures(cube, background)`: `request(FrameWindow, CaptureView)`; signals
  `ready(CapturePicture)`, `failed(str)`.
- `ladder.Ladder(background)`: `show_rungs([Rung(label, value, image)])`; signal `taken(value)`.
- `overlays.FieldRings`, `overlays.TileGrid`: for `CompareView.set_overlays`.
"""

from __future__ import annotations
