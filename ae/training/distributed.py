"""Several processes train one model: each takes its part of every batch, and gradients are averaged.

    torchrun --nproc-per-node 4 -m ae train digits ...

N processes with batches of B do what one process does with batches of N x B. Two things differ. What a model
itself draws at random in training (the codes of the variational one) is drawn by every process for its own
part. And batch normalisation sees all of a batch only on GPUs; on CPUs each process normalises its own part,
and the running means that go into the weights are those of the first process.
"""

from __future__ import annotations

import importlib
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import torch
from torch import distributed, nn
from torch.nn.parallel import DistributedDataParallel

_PATIENCE = timedelta(hours=2)  # the first process may judge a large validation set while others wait


@dataclass(frozen=True)
class Group:
    """The processes that train together; this one is number `rank` (from 0) of `size`."""

    rank: int = 0
    size: int = 1

    @property
    def is_first(self) -> bool:
        """Whether this process is the one that writes and speaks."""
        return self.rank == 0

    def network(self, model: nn.Module) -> nn.Module:
        """What to call in training: the model itself, or the model whose gradients are averaged."""
        if self.size == 1:
            return model
        device = next(model.parameters()).device
        if device.type == "cuda":
            model = _with_common_statistics(model)
        return DistributedDataParallel(model, device_ids=None if device.type == "cpu" else [device])

    def mean(self, value: torch.Tensor) -> torch.Tensor:
        """The mean of every process' number."""
        if self.size > 1:
            distributed.all_reduce(value)
        return value / self.size

    def from_first(self, find: Callable[[], Any]) -> Any:
        """What the first process finds, told to all."""
        found = [find() if self.is_first else None]
        if self.size > 1:
            distributed.broadcast_object_list(found)
        return found[0]


def current() -> Group:
    """The group of this process, of one where nobody started more."""
    if not distributed.is_available() or not distributed.is_initialized():
        return Group()
    return Group(distributed.get_rank(), distributed.get_world_size())


@contextmanager
def started(device: str) -> Iterator[Group]:
    """Join the processes that torchrun started; alone, nothing is to be done.

    `device` as on the command line; each process of a machine takes its own GPU.
    """
    if int(os.environ.get("WORLD_SIZE", "1")) == 1:
        yield Group()
        return
    on_gpu = device in ("auto", "cuda") and torch.cuda.is_available()
    if on_gpu:
        torch.cuda.set_device(int(os.environ["LOCAL_RANK"]))
    # Imported later, its functions would keep the group as a default value, and with it the group's threads:
    # one that still holds a tensor when the interpreter ends aborts the process.
    importlib.import_module("torch.distributed.nn")
    distributed.init_process_group("cpu:gloo,cuda:nccl" if on_gpu else "gloo", timeout=_PATIENCE)
    try:
        yield current()
    finally:
        distributed.destroy_process_group()


def _with_common_statistics(model: nn.Module) -> nn.Module:
    """The model over the same weights and buffers, its batch normalisation over the batches of all."""
    if not any(isinstance(module, nn.BatchNorm2d) for module in model.modules()):
        return model
    shared = {id(tensor): tensor for tensor in (*model.parameters(), *model.buffers())}
    return nn.SyncBatchNorm.convert_sync_batchnorm(deepcopy(model, shared))
