"""What flows through the program: immutable values that know no other part of it."""

from __future__ import annotations
