"""The peak of the memory that tensors take while a function runs."""

from collections.abc import Callable

import torch
from torch.multiprocessing.reductions import StorageWeakRef
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves


class _Live(TorchDispatchMode):
    """Counts the bytes of the storages that operators have made and that are still referred to."""

    def __init__(self) -> None:
        super().__init__()
        self._storages: dict[int, tuple[StorageWeakRef, int]] = {}
        self.peak = 0

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        # A tensor that the operator reads existed before, or was counted.
        known = {t.untyped_storage().data_ptr() for t in tree_leaves((args, kwargs)) if isinstance(t, torch.Tensor)}
        result = func(*args, **(kwargs or {}))
        self._storages = {p: s for p, s in self._storages.items() if not s[0].expired()}
        for t in tree_leaves(result):
            if isinstance(t, torch.Tensor):
                storage = t.untyped_storage()
                if storage.data_ptr() not in known:
                    self._storages[storage.data_ptr()] = (StorageWeakRef(storage), storage.nbytes())
        self.peak = max(self.peak, sum(n for _, n in self._storages.values()))
        return result


def peak_of(run: Callable[[], None]) -> int:
    """The most bytes of tensors that a function makes and holds at one time, those within operators left out."""
    with _Live() as live:
        run()
    return live.peak
