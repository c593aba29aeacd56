"""The tensors of a model: read from safetensors files, and decoded where they are quantised."""

import math
from collections.abc import Mapping
from functools import cache
from typing import Any

import torch
from safetensors import safe_open
from torch import Tensor, nn

from ..quantized import dequantize_absmax, dequantize_int4, dequantize_int8, dequantize_nf4, nf4_map

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


class Sections:
    """Takes the sections of a tensor's 32-bit words one after another. Codes begin in the lowest bits of a word."""

    def __init__(self, words: Tensor) -> None:
        self._words = words
        self._at = 0

    def take(self, words: int) -> Tensor:
        self._at += words
        return self._words[self._at - words : self._at]

    def floats(self, count: int) -> Tensor:
        return self.take(count).view(torch.float32)

    def bytes(self, count: int) -> Tensor:
        return self.take(-(-count // 4)).view(torch.uint8)[:count]

    def pairs(self, count: int) -> Tensor:
        """Bytes of two 4-bit codes, the first in the high bits."""
        held = self.bytes(-(-count // 2))
        return held << 4 | held >> 4


#: The values of NF4 on a device, which are sent there once.
nf4_values = cache(nf4_map)


def decode(words: Tensor, storage: Mapping[str, Any], shape: tuple[int, ...]) -> Tensor:
    """The float32 matrix (out, in) that 32-bit words store as nf4, int8 or int4, in the layout of oftc's kernels.

    NF4 may have more axes, such as that of experts.
    """
    sections = Sections(words)
    *outer, columns = shape
    rows = math.prod(outer)
    count = rows * columns
    if storage["format"] == "int8":
        codes = sections.bytes(count).view(torch.int8).reshape(shape)
        return dequantize_int8(codes, sections.floats(rows), torch.float32)
    codes = sections.pairs(count)
    if storage["format"] == "nf4":
        block = storage["block"]
        blocks = -(-count // block)
        scales = _nested(sections, blocks, storage["nested"]) if "nested" in storage else sections.floats(blocks)
        return dequantize_nf4(codes, scales, nf4_values(words.device), shape, block, torch.float32)
    groups = -(-columns // storage["group"])
    scales = sections.floats(rows * groups).view(groups, rows)
    zeros = sections.bytes(rows * groups).view(groups, rows)
    of = sections.take(columns) if storage.get("indexed") else storage["group"]
    return dequantize_int4(codes, scales, zeros, of, shape, torch.float32)


def _nested(sections: Sections, blocks: int, nested: int) -> Tensor:
    """The scales of blocks, which are codes of a code book themselves: each `nested` of them share a scale."""
    codes, outer = sections.bytes(blocks), sections.floats(-(-blocks // nested))
    book, offset = sections.floats(NESTED_VALUES), sections.floats(1)
    return dequantize_absmax(codes, outer, book, offset, nested)


class Quantised(nn.Module):
    """A linear layer's place in a block, whose weight is decoded each time that it is read."""

    def __init__(self, words: Tensor, storage: Mapping[str, Any], shape: tuple[int, ...]) -> None:
        super().__init__()
        self.register_buffer("words", words, persistent=False)
        self._storage = storage
        self._shape = shape

    @property
    def weight(self) -> Tensor:
        return decode(self.words, self._storage, self._shape)
