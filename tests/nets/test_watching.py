from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
import torch
from torch import nn

from restora.errors import Cancelled
from restora.nets.watching import watched


def network() -> nn.Module:
    return nn.Sequential(nn.Conv2d(1, 2, 3), nn.ReLU(), nn.Conv2d(2, 2, 1), nn.Flatten(), nn.Linear(8, 3))


def test_it_tells_before_every_layer_and_only_inside() -> None:
    net, told = network(), []
    for _ in range(2):
        with watched(net, lambda done, total: told.append((done, total))):
            net(torch.zeros(1, 1, 4, 4))
        net(torch.zeros(1, 1, 4, 4))
    assert told == [(0, 3), (1, 3), (2, 3)] * 2


def test_what_is_raised_ends_the_call() -> None:
    net = network()

    def tell(done: float, _total: float) -> None:
        if done == 1:
            raise Cancelled

    with pytest.raises(Cancelled), watched(net, tell):
        net(torch.zeros(1, 1, 4, 4))
    assert net(torch.zeros(1, 1, 4, 4)).shape == (1, 3)


def test_only_the_kinds_asked_for_count() -> None:
    net, told = network(), []
    with watched(net, lambda done, total: told.append((done, total)), (nn.Linear,)):
        net(torch.zeros(1, 1, 4, 4))
    assert told == [(0, 1)]


def test_another_threads_call_of_the_same_network_is_not_told_of() -> None:
    net, barrier = network(), Barrier(2)

    def work(is_watched: bool) -> int:
        told: list[float] = []
        barrier.wait()
        for _ in range(50):
            if is_watched:
                with watched(net, lambda done, _total: told.append(done)):
                    net(torch.zeros(1, 1, 4, 4))
            else:
                net(torch.zeros(1, 1, 4, 4))
        return len(told)

    with ThreadPoolExecutor(2) as pool:
        assert list(pool.map(work, (True, False))) == [150, 0]
