"""Quantised weights: NF4 and int8 as bitsandbytes lays them out, and int4 in groups, as 4-bit codes two to a byte.

Values are computed in float32, to the last bit as bitsandbytes does for NF4, and are then rounded to the wanted dtype.
"""

import math
from collections.abc import Sequence

import torch
from torch import Tensor, nn

#: The 16 values of NF4 by their codes (Dettmers et al., QLoRA, arXiv 2305.14314, appendix E).
NF_VALUES = (
    -1.0, -0.6961928009986877, -0.5250730514526367, -0.39491748809814453, -0.28444138169288635, -0.18477343022823334,
    -0.09105003625154495, 0.0, 0.07958029955625534, 0.16093020141124725, 0.24611230194568634, 0.33791524171829224,
    0.44070982933044434, 0.5626170039176941, 0.7229568362236023, 1.0,
)  # fmt: skip


def unpack_pairs(codes: Tensor, values: Tensor, shape: Sequence[int]) -> Tensor:
    """The values of 4-bit codes, which are bytes of two, the first in the high bits; a last half may be unused."""
    # One look-up in a table of 256 pairs decodes both codes of a byte.
    pairs = torch.cartesian_prod(values, values)
    return nn.functional.embedding(codes.flatten().int(), pairs).flatten()[: math.prod(shape)]


def scale_blocks(values: Tensor, absmax: Tensor, block: int) -> Tensor:
    """Multiplies flat values by the scales of their blocks, in place. The last block may be short."""
    blocks = values.numel() // block
    values[: blocks * block].view(blocks, block).mul_(absmax[:blocks, None])
    values[blocks * block :].mul_(absmax[blocks:])
    return values


def dequantize_nf4(
    codes: Tensor, absmax: Tensor, quant_map: Tensor, shape: Sequence[int], block: int, dtype: torch.dtype
) -> Tensor:
    """The tensor that NF4 codes stand for: quant_map[code] times the absmax of each `block` of the flat tensor."""
    return scale_blocks(unpack_pairs(codes, quant_map, shape), absmax, block).reshape(shape).to(dtype)


def dequantize_absmax(codes: Tensor, absmax: Tensor, quant_map: Tensor, offset: Tensor, block: int) -> Tensor:
    """The scales that 8-bit codes stand for, in double quantisation: `block` of them share a scale of their own."""
    return scale_blocks(quant_map[codes.int()], absmax, block).add_(offset)


def row_scales(scb: Tensor) -> Tensor:
    """The scales of rows whose largest absolute values are `scb`: code 127 stands for these."""
    # A number would be multiplied by its reciprocal on a GPU, which rounds otherwise.
    return scb / torch.full_like(scb, 127)


def dequantize_int8(codes: Tensor, scales: Tensor, dtype: torch.dtype) -> Tensor:
    """The matrix (out, in) that int8 codes stand for: each times the scale of its row."""
    return codes.float().mul_(scales[:, None]).to(dtype)


def dequantize_int4(
    codes: Tensor, scales: Tensor, zeros: Tensor, groups: int | Tensor, shape: Sequence[int], dtype: torch.dtype
) -> Tensor:
    """The matrix (out, in) that 4-bit codes stand for: (code - zero) times scale.

    Scales and zeros are (groups, out). `groups` is the number of neighbouring inputs in a group, or the group of each.
    """
    scales, zeros = scales.T, zeros.T.float()
    values = unpack_pairs(codes, torch.arange(16, dtype=torch.float32, device=codes.device), shape).view(*shape)
    if isinstance(groups, Tensor):
        return values.sub_(zeros[:, groups]).mul_(scales[:, groups]).to(dtype)
    whole = shape[1] // groups
    parts = values[:, : whole * groups].unflatten(1, (whole, groups))
    parts.sub_(zeros[:, :whole, None]).mul_(scales[:, :whole, None])
    values[:, whole * groups :].sub_(zeros[:, whole:]).mul_(scales[:, whole:])
    return values.to(dtype)


def nf4_map(device: torch.device | None = None) -> Tensor:
    """The 16 values of NF4."""
    return torch.tensor(NF_VALUES, dtype=torch.float32, device=device)


def dynamic_map(device: torch.device | None = None) -> Tensor:
    """The 256 values of bitsandbytes' signed dynamic map, by which scales are quantised (arXiv 1511.04561)."""
    values = [0.0, 1.0]
    for power in range(7):
        ends = torch.linspace(0.1, 1, 2**power + 1, dtype=torch.float32, device="cpu")
        middles = (10 ** (power - 6) * ((ends[:-1] + ends[1:]) / 2)).tolist()
        values += middles + [-middle for middle in middles]
    return torch.tensor(sorted(values), dtype=torch.float32, device=device)


def quantize_blocks(values: Tensor, block: int, quant_map: Tensor) -> tuple[Tensor, Tensor]:
    """The codes of flat float32 values, and the largest absolute value of each block.

    A code is the number of midpoints of the map below value · (1 / absmax), as in bitsandbytes. Blocks of zeros get the
    code of 0.
    """
    missing = -values.numel() % block
    blocks = nn.functional.pad(values, (0, missing)).view(-1, block)
    absmax = blocks.abs().amax(1)
    reciprocal = 1 / absmax[:, None]
    scaled = (blocks * reciprocal).double()
    # The reciprocal of a subnormal number may overflow.
    scaled = torch.where(reciprocal.isinf(), blocks.double() / absmax[:, None].double(), scaled)
    scaled = torch.where(absmax[:, None] == 0, 0.0, scaled)
    middles = ((quant_map[:-1].double() + quant_map[1:].double()) / 2).float().double()
    return torch.bucketize(scaled, middles).flatten()[: values.numel()].to(torch.uint8), absmax


def pack_pairs(codes: Tensor, padding: int) -> Tensor:
    """4-bit codes as bytes (n, 1) of two, the first in the high bits."""
    pairs = nn.functional.pad(codes, (0, codes.numel() % 2), value=padding).view(-1, 2)
    return pairs[:, :1] << 4 | pairs[:, 1:]


def quantize_int8(weight: Tensor) -> tuple[Tensor, Tensor]:
    """The int8 codes of a float32 matrix, rounded half to even, and the largest absolute value of each row."""
    scb = weight.abs().amax(1)
    scales = row_scales(scb)[:, None].double()
    codes = torch.where(scales == 0, 0.0, (weight.double() / scales).round().clamp(-127, 127))
    return codes.to(torch.int8), scb


def quantize_int4(weight: Tensor, group: int) -> tuple[Tensor, Tensor, Tensor]:
    """The codes of a float32 matrix (out, in), and the scales and zeros (groups, out) of neighbouring inputs.

    A group's range is that of its values and 0. All are rounded to nearest, zeros and codes half up.
    """
    outs, ins = weight.shape
    parts = nn.functional.pad(weight, (0, -ins % group)).view(outs, -1, group).double()
    low, high = parts.amin(2).clamp(max=0), parts.amax(2).clamp(min=0)
    scales = ((high - low) / 15).float()
    wide = scales.double()
    zeros = torch.where(scales == 0, 0.0, (-low / wide + 0.5).floor().clamp(0, 15))
    codes = (parts / wide[..., None] + zeros[..., None] + 0.5).floor().clamp(0, 15)
    codes = torch.where(scales[..., None] == 0, zeros[..., None], codes).flatten(1)[:, :ins]
    return codes.to(torch.uint8), scales.T.contiguous(), zeros.T.to(torch.uint8).contiguous()
