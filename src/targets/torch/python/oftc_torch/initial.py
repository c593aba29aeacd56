"""The starts of new parameters, as layers declare them with `init`."""

from collections.abc import Mapping
from typing import Any

import torch
from torch import nn


#: How to give a layer its frozen tensor.
WEIGHT = "give the tensor, such as linear.weight"


def hold(module: nn.Module, path: str, tensor: torch.Tensor, trainable: bool) -> None:
    """Registers a tensor under a path such as "oft_R.weight": floats as a parameter, integers as a buffer."""
    *parents, name = path.split(".")
    for parent in parents:
        if not hasattr(module, parent):
            module.add_module(parent, nn.Module())
        module = getattr(module, parent)
    if tensor.is_floating_point():
        module.register_parameter(name, nn.Parameter(tensor, requires_grad=trainable))
    else:
        module.register_buffer(name, tensor)


def given(
    path: str,
    tensor: torch.Tensor,
    shape: tuple[int, ...],
    device: torch.device | None,
    dtype: torch.dtype | None,
) -> torch.Tensor:
    """
    A frozen tensor that a layer is made with, without its gradient. Raises TypeError for what is no tensor, and
    ValueError for another shape.
    """
    if not isinstance(tensor, torch.Tensor):
        raise TypeError(f"{path} is a tensor of shape {shape}, and a {type(tensor).__name__} is given: {WEIGHT}")
    if tuple(tensor.shape) != shape:
        raise ValueError(f"{path} has shape {shape}, and the given tensor has {tuple(tensor.shape)}")
    return tensor.detach().to(device=device, dtype=dtype)


@torch.no_grad()
def start(tensor: torch.Tensor, init: str | Mapping[str, Any], known: Mapping[str, torch.Tensor]) -> None:
    """Sets a tensor to its start. `known` holds the tensors that starts refer to."""
    tensor.copy_(_values(tensor, init, known))


def _values(tensor: torch.Tensor, init: str | Mapping[str, Any], known: Mapping[str, torch.Tensor]) -> torch.Tensor:
    shape, device = tensor.shape, tensor.device
    if init == "zeros":
        return torch.zeros_like(tensor)
    if init == "ones":
        return torch.ones_like(tensor)
    if init == "identity":
        return torch.eye(shape[-1], device=device).expand(shape)
    if init == "permutation":
        return torch.rand(shape, device=device).argsort(-1).to(tensor.dtype)
    if "pairs" in init:
        axis = init["pairs"]
        half = list(shape)
        if half[axis] % 2:
            raise ValueError(f"pairs of equal vectors need an even number of them, and there are {half[axis]}")
        half[axis] //= 2
        return _drawn(init["of"], half, device).repeat_interleave(2, dim=axis)
    if "constant" in init:
        return torch.full_like(tensor, init["constant"] / (shape[init["over"]] if "over" in init else 1))
    if "seed" in init:
        return _seeded(init, shape, device)
    if "same" in init:
        return known[init["same"]]
    if "product" in init:
        by = known[init["by"]].double()
        of = known[init["product"]].double()
        return init.get("times", 1) * (by.clamp(min=0) if init.get("positive") else by).T @ of
    if "rowNorms" in init:
        return torch.linalg.vector_norm(known[init["rowNorms"]].float(), dim=-1).reshape(shape)
    if init.keys() & {"basis", "directions", "lengths"}:
        return _decomposed(init, known)
    if init.keys() & {"left", "right", "singularValues"}:
        return _singular(init, shape, known)
    if "positions" in init:
        return _positions(init, shape, known[init["positions"]].shape)
    return _drawn(init, shape, device)


def _positions(init: Mapping[str, Any], shape: torch.Size, size: torch.Size) -> torch.Tensor:
    """Positions of a matrix: rows, columns and, where the shape has a third row, the order that sorts them."""
    rows, columns = size
    generator = torch.Generator().manual_seed(init["seed"]) if "seed" in init else None
    count = rows * columns - (rows if "diagonal" in init else 0)
    places = torch.randperm(count, generator=generator)[: shape[1]]
    if "diagonal" in init:
        places = places + 1 + places // rows
    if "halves" in init:
        row, column = places // columns, places % columns
        low, right = (row >= rows // 2).long(), (column >= columns // 2).long()
        places = (2 * (row % (rows // 2)) + right) * columns + 2 * (column % (columns // 2)) + low
    if generator is None:
        places = places.sort().values
    return torch.stack([places // columns, places % columns, places.argsort()])[: shape[0]]


def _drawn(init: Mapping[str, Any], shape: Any, device: torch.device) -> torch.Tensor:
    if "normal" in init:
        return torch.randn(shape, device=device) * init["normal"]
    return (2 * torch.rand(shape, device=device) - 1) * _bound(init, shape)


def _bound(init: Mapping[str, Any], shape: Any) -> float:
    return init["uniform"] if "uniform" in init else init.get("gain", 1) * shape[init["kaiming"]] ** -0.5


def _seeded(init: Mapping[str, Any], shape: torch.Size, device: torch.device) -> torch.Tensor:
    """Numbers that follow from the seed, the name and the indices alone, the same as oftc makes in other places."""
    low = 0xFFFFFFFF
    hashed = torch.tensor([0x811C9DC5 ^ init["seed"] & low])
    *leading, width = shape
    for code in map(ord, init["name"]):
        hashed = (hashed ^ code) * 0x01000193 & low
    for size in reversed(leading):
        # Indices are mixed in from the last to the first, and count rows in this order.
        index = torch.arange(size)[:, None]
        hashed = ((hashed[None, :] ^ index) * 0x01000193 & low).reshape(-1)
    draws = 2 if "normal" in init["of"] else 1
    state = (hashed[:, None] + torch.arange(1, width * draws + 1) * 0x6D2B79F5) & low
    mixed = (state ^ state >> 15) * (state | 1) & low
    mixed = mixed ^ (mixed + ((mixed ^ mixed >> 7) * (mixed | 61) & low) & low)
    u = (mixed ^ mixed >> 14).double() / 2**32
    if "normal" in init["of"]:
        u, v = u[:, 0::2], u[:, 1::2]
        drawn = init["of"]["normal"] * torch.sqrt(-2 * torch.log(1 - u)) * torch.cos(2 * torch.pi * v)
    else:
        drawn = _bound(init["of"], shape) * (2 * u - 1)
    return drawn.reshape(shape).to(device)


def _singular(init: Mapping[str, Any], shape: torch.Size, known: Mapping[str, torch.Tensor]) -> torch.Tensor:
    """Singular vectors from the largest σ on, the i-th times times·σᵢ^power, or the singular values themselves."""
    of = next(init[key] for key in ("left", "right", "singularValues") if key in init)
    left, values, right = torch.linalg.svd(known[of].double(), full_matrices=False)
    axis = 1 if "left" in init else 0
    skip = known[init["after"]].shape[axis] if "after" in init else 0
    part = slice(skip, skip + shape[axis])
    if "singularValues" in init:
        return values[part]
    factors = init.get("times", 1) * values[part] ** init.get("power", 0)
    return left[:, part] * factors if "left" in init else factors[:, None] * right[part]


def _decomposed(init: Mapping[str, Any], known: Mapping[str, torch.Tensor]) -> torch.Tensor:
    """A factor of W = U·diag(λ)·Vᵀ: the basis V of one weight, the unit columns U, or their lengths λ."""
    if "basis" in init:
        weight = known[init["basis"]].double()
        gram = weight.T @ weight
        if weight.shape[0] < weight.shape[1]:
            return torch.linalg.eigh(gram).eigenvectors
        # The columns of one weight's Q are orthonormal, and every basis of them is one of eigenvectors.
        return torch.linalg.cholesky(gram)
    of, basis = known[init.get("directions", init.get("lengths"))].double(), known[init["in"]].double()
    columns = torch.linalg.solve(basis, of.T).T
    lengths = torch.linalg.vector_norm(columns, dim=0)
    if "lengths" in init:
        return lengths
    return torch.where(lengths > 1e-12, columns / lengths, torch.zeros_like(columns))
