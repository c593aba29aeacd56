"""The masks of adapter dropout: hashes of the seed, the step, the batch, the module and the element.

oftc draws the same masks for its other engine (src/finetune/dropout/draws.ts), and a process draws those of its own part
of a batch.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor

_BITS = 0xFFFFFFFF
#: 2³²/φ, an odd number with which neighbours lie far apart.
_SPREAD = 0x9E3779B1


def _mixed(h: Any) -> Any:
    """Mixes the bits of 32-bit numbers, as the last step of MurmurHash3."""
    h = (h ^ (h >> 16)) * 0x85EBCA6B & _BITS
    h = (h ^ (h >> 13)) * 0xC2B2AE35 & _BITS
    return h ^ (h >> 16)


def _key(*parts: int) -> int:
    key = 0
    for part in parts:
        key = _mixed((key * _SPREAD + part + 1) & _BITS)
    return key


def _drawn(key: int, first: int, count: int, device: torch.device) -> Tensor:
    """The random 32-bit numbers of `count` elements from element `first` on. Products of int64 wrap, as they should."""
    elements = torch.arange(first, first + count, dtype=torch.int64, device=device) & _BITS
    return _mixed(key + elements * _SPREAD & _BITS)


class Dropout:
    """Draws masks as a job describes them: those of each block, and the head's."""

    def __init__(self, job: Mapping[str, Any], device: torch.device) -> None:
        self._p = job["p"]
        self._seed = job["seed"]
        self._modules: Sequence[Mapping[str, Mapping[str, Any]]] = job["modules"]
        #: The number of modules, the first ones, that read the tokens of the encoder.
        self._reading = job.get("reading", 0)
        self._device = device

    def ones(self) -> list[dict[str, Tensor]]:
        """Masks that drop nothing, for batches of any size."""
        return [{name: self._one(mask) for name, mask in masks.items()} for masks in self._modules]

    def _one(self, mask: Mapping[str, Any]) -> Tensor:
        shape = [1, mask["width"]] if mask["of"] == "input" else mask["shape"]
        return torch.ones(shape, device=self._device)

    def masks(
        self, step: int, part: int, first: int, tokens: int, source_first: int = 0, source_tokens: int = 0
    ) -> list[dict[str, Tensor]]:
        """The masks of tokens from the one with index `first` of a batch on; `part` counts the batches of a step.

        Modules that read the tokens of the encoder have masks of `source_tokens` of these, from `source_first` on.
        """

        def one(mask: Mapping[str, Any], reads: bool) -> Tensor:
            first_of, count = (source_first, source_tokens) if reads else (first, tokens)
            key = _key(self._seed, step, part, mask["module"])
            if mask["of"] == "input":
                return self._of_input(key, mask["width"], first_of, count)
            return self._of_blocks(key, mask["groups"], mask["count"]).reshape(mask["shape"])

        return [
            {name: one(mask, n < self._reading) for name, mask in masks.items()} for n, masks in enumerate(self._modules)
        ]

    def _of_input(self, key: int, width: int, first: int, tokens: int) -> Tensor:
        drawn = _drawn(key, first * width, tokens * width, self._device).reshape(tokens, width)
        return (drawn >= self._p * 2**32).to(torch.float32) / (1 - self._p)

    def _of_blocks(self, key: int, groups: int, count: int) -> Tensor:
        mask = torch.ones(groups, count, device=self._device)
        group = int(_drawn(key, groups * count, 1, self._device)) % groups
        order = _drawn(key, group * count, count, self._device).argsort(stable=True)
        mask[group, order[: int(self._p * count)]] = 0
        return mask
