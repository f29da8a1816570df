"""The tolerances of the cases, and plans that keep to them."""

from __future__ import annotations

from functools import partial

from restora.testing.comparing import Tolerance, Unit
from restora.testing.tensor_plans import tensor_plan

FLOAT32 = Tolerance(limit=1e-4, unit=Unit.LARGEST)
"""As the vectors' README states it."""
WHOLE = Tolerance(limit=1e-3, unit=Unit.LARGEST)
"""The same, for the whole way from a photograph to a picture."""

plan = partial(tensor_plan, tolerance=FLOAT32)
