"""Skew-symmetric matrices from packed numbers, and products with block-diagonal matrices."""

import math

import torch


def triangle_side(length: int) -> int:
    """The side b of a matrix whose strict upper triangle has b(b-1)/2 numbers."""
    return (1 + math.isqrt(1 + 8 * length)) // 2


def skew(v: torch.Tensor) -> torch.Tensor:
    """The matrices Q = -Qᵀ (…, b, b) whose strict upper triangles are packed row by row in v (…, b(b-1)/2)."""
    b = triangle_side(v.shape[-1])
    rows, cols = torch.triu_indices(b, b, 1, device=v.device)
    upper = v.new_zeros(*v.shape[:-1], b, b)
    upper[..., rows, cols] = v
    return upper - upper.mT


def pack_skew(g: torch.Tensor) -> torch.Tensor:
    """The adjoint of `skew`: g[i, j] - g[j, i] for i < j, packed row by row."""
    b = g.shape[-1]
    rows, cols = torch.triu_indices(b, b, 1, device=g.device)
    return (g - g.mT)[..., rows, cols]


def block_matmul(x: torch.Tensor, blocks: torch.Tensor) -> torch.Tensor:
    """The rows of x (T, r, b), each part times its block (r, b, c), side by side: (T, r*c). It has no gradient."""
    if torch.compiler.is_compiling():
        # A compiler places the result itself, and refuses a place that is given.
        return torch.bmm(x.transpose(0, 1), blocks).transpose(0, 1).flatten(1)
    y = x.new_empty(x.shape[0], x.shape[1], blocks.shape[-1])
    # OpenBLAS takes twice as long for many small transposed matrices as for a copy of them.
    # Blocks are copied in two halves, so that the copy needs half the memory.
    halves = 2 if x.device.type == "cpu" and not blocks.is_contiguous() else 1
    parts = zip(x.chunk(halves, 1), blocks.chunk(halves), y.chunk(halves, 1))
    for part, factor, place in parts:
        factor = factor.contiguous() if halves == 2 else factor
        torch.bmm(part.transpose(0, 1), factor, out=place.transpose(0, 1))
    return y.flatten(1)


def solve(a: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
    """X with a·X = b. Half-precision matrices are solved in float32, since LAPACK has no other routine."""
    if a.dtype in (torch.float16, torch.bfloat16):
        return torch.linalg.solve(a.float(), b.float()).to(a.dtype)
    return torch.linalg.solve(a, b)
