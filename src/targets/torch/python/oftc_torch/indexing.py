"""Indices of gathers and scatters, and operations that PyTorch refuses for empty dimensions."""

import torch


def isqrt(x: torch.Tensor) -> torch.Tensor:
    """The integer square root of each element; exact for integers below 2**52."""
    return x.double().sqrt().floor().long()


def amax(x: torch.Tensor, dim: int | tuple[int, ...], keepdim: bool = False) -> torch.Tensor:
    """The largest elements over dimensions, and -inf over empty ones, which PyTorch's own refuses."""
    if x.numel() == 0:
        return torch.full_like(x.sum(dim, keepdim), float("-inf"))
    return x.amax(dim, keepdim)


def gather(x: torch.Tensor, *index: torch.Tensor | int) -> torch.Tensor:
    """The elements of x at indices that broadcast. Any number stands where an index lies outside."""
    inside = [torch.as_tensor(i, device=x.device).clamp(0, max(n - 1, 0)) for i, n in zip(index, x.shape)]
    if x.numel() == 0:
        return x.new_zeros(torch.broadcast_shapes(*(i.shape for i in inside)))
    return x[tuple(inside)]


def scatter_add(
    shape: tuple[int, ...], index: tuple[torch.Tensor | int, ...], values: torch.Tensor
) -> torch.Tensor:
    """Zeros of a shape, to which each value is added at its index. Indices broadcast to the shape of the values."""
    at = [torch.as_tensor(i, device=values.device).expand(values.shape) for i in index]
    return values.new_zeros(shape).index_put(at, values, accumulate=True)


def pad(x: torch.Tensor, dim: int, start: int, size: int) -> torch.Tensor:
    """Zeros with x from `start` on in one dimension, which gets `size`. PyTorch's own refuses empty dimensions."""
    shape = list(x.shape)
    shape[dim] = size
    y = x.new_zeros(shape)
    y.narrow(dim, start, x.shape[dim]).copy_(x)
    return y
