"""The tensors of a model: read from safetensors files, and decoded where they are quantised."""

from collections.abc import Mapping
from functools import cache
from typing import Any

import torch
from safetensors import safe_open
from torch import Tensor, nn

#: The 16 values of NF4 by their codes (Dettmers et al., QLoRA, arXiv 2305.14314, appendix E).
NF4 = (
    -1.0, -0.6961928009986877, -0.5250730514526367, -0.39491748809814453, -0.28444138169288635, -0.18477343022823334,
    -0.09105003625154495, 0.0, 0.07958029955625534, 0.16093020141124725, 0.24611230194568634, 0.33791524171829224,
    0.44070982933044434, 0.5626170039176941, 0.7229568362236023, 1.0,
)  # fmt: skip
#: The number of values in the code book of nested scales.
NESTED_VALUES = 256


class Files:
    """Reads each tensor of safetensors files once, onto a device. Floats get one dtype."""

    def __init__(self, device: torch.device, dtype: torch.dtype) -> None:
        self._device = device
        self._dtype = dtype
        self._open = cache(lambda path: safe_open(path, framework="pt", device="cpu"))
        self.read = cache(self._read)

    def _read(self, path: str, name: str) -> Tensor:
        tensor = self._open(path).get_tensor(name)
        return tensor.to(self._device, self._dtype if tensor.is_floating_point() else tensor.dtype)


def _ceil(n: int, by: int) -> int:
    return -(-n // by)


def _codes(words: Tensor, bits: int, count: int) -> Tensor:
    """The first `count` codes of 32-bit words, the lowest bits first."""
    shifts = torch.arange(0, 32, bits, device=words.device)
    return ((words[:, None] >> shifts) & ((1 << bits) - 1)).reshape(-1)[:count]


class Sections:
    """Takes the sections of a tensor's words one after another."""

    def __init__(self, words: Tensor) -> None:
        self._words = words
        self._at = 0

    def take(self, words: int) -> Tensor:
        self._at += words
        return self._words[self._at - words : self._at]

    def floats(self, count: int) -> Tensor:
        return self.take(count).view(torch.float32)

    def codes(self, bits: int, count: int) -> Tensor:
        return _codes(self.take(_ceil(count * bits, 32)), bits, count)


def decode(words: Tensor, storage: Mapping[str, Any], shape: tuple[int, int]) -> Tensor:
    """The float32 matrix (out, in) that 32-bit words store as nf4, int8 or int4, in the layout of oftc's kernels."""
    sections = Sections(words)
    rows, columns = shape
    count = rows * columns
    if storage["format"] == "int8":
        codes = sections.codes(8, count)
        signed = torch.where(codes > 127, codes - 256, codes).reshape(shape)
        return signed.float() * sections.floats(rows)[:, None]
    codes = sections.codes(4, count)
    if storage["format"] == "nf4":
        blocks = _ceil(count, storage["block"])
        scales = _nested(sections, blocks, storage["nested"]) if "nested" in storage else sections.floats(blocks)
        values = torch.tensor(NF4, device=words.device)[codes]
        return (values * scales.repeat_interleave(storage["block"])[:count]).reshape(shape)
    groups = _ceil(columns, storage["group"])
    # The scales of a group's rows lie one after another.
    scales = sections.floats(rows * groups).reshape(groups, rows).T
    zeros = sections.codes(8, rows * groups).reshape(groups, rows).T
    of = torch.arange(columns, device=words.device) // storage["group"]
    if storage.get("indexed"):
        of = sections.take(columns).long()
    return (codes.reshape(shape) - zeros[:, of]).float() * scales[:, of]


def _nested(sections: Sections, blocks: int, nested: int) -> Tensor:
    """The scales of blocks, which are codes of a code book themselves: each `nested` of them share a scale."""
    codes = sections.codes(8, blocks)
    outer = sections.floats(_ceil(blocks, nested))
    book = sections.floats(NESTED_VALUES)
    offset = sections.floats(1)
    return book[codes] * outer.repeat_interleave(nested)[:blocks] + offset


class Quantised(nn.Module):
    """A linear layer's place in a block, whose weight is decoded each time that it is read."""

    def __init__(self, words: Tensor, storage: Mapping[str, Any], shape: tuple[int, int]) -> None:
        super().__init__()
        self.register_buffer("words", words, persistent=False)
        self._storage = storage
        self._shape = shape

    @property
    def weight(self) -> Tensor:
        return decode(self.words, self._storage, self._shape)
