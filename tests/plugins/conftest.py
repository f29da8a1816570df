from __future__ import annotations

import pytest

from restora.testing.plugin_folder import PluginFolder


@pytest.fixture
def plugin_folder(restora_plugin_folder: PluginFolder) -> PluginFolder:
    return restora_plugin_folder
