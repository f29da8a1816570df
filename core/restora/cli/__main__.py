"""`python -m restora.cli`: the command without its installed script."""

from __future__ import annotations

from restora.cli.main import main

main()
