"""The dtypes in which printed layers compute."""

from contextlib import AbstractContextManager, nullcontext

import torch


def compute_dtype(x: torch.Tensor) -> torch.dtype:
    """
    The dtype of the products with x: that of autocast where it is on, else that of x. Raises TypeError for an x of
    integers, in which a rotation would be rounded to zeros.
    """
    if not x.is_floating_point():
        raise TypeError(f"the layer multiplies floats, and x has {x.dtype}: give x.float()")
    is_half = _is_autocast(x) and x.dtype == torch.float32
    return torch.get_autocast_dtype(x.device.type) if is_half else x.dtype


def without_autocast(x: torch.Tensor) -> AbstractContextManager:
    """A context in which tensors keep their dtypes. Printed layers convert them where they say so."""
    return torch.autocast(x.device.type, enabled=False) if _is_autocast(x) else nullcontext()


def like(gradient: torch.Tensor | None, of: torch.Tensor) -> torch.Tensor | None:
    """A gradient in the dtype of the tensor that it is of; None where it was not asked for."""
    return None if gradient is None else gradient.to(of.dtype)


def _is_autocast(x: torch.Tensor) -> bool:
    """Whether autocast is on where x is. PyTorch raises for tensors without memory, for which it has none."""
    return x.device.type != "meta" and torch.is_autocast_enabled(x.device.type)
