"""The dtypes in which printed layers compute."""

from contextlib import AbstractContextManager, nullcontext

import torch


def compute_dtype(x: torch.Tensor) -> torch.dtype:
    """The dtype of the products with x: that of autocast where it is on, else that of x."""
    device = x.device.type
    is_half = torch.is_autocast_enabled(device) and x.dtype == torch.float32
    return torch.get_autocast_dtype(device) if is_half else x.dtype


def without_autocast(x: torch.Tensor) -> AbstractContextManager:
    """A context in which tensors keep their dtypes. Printed layers convert them where they say so."""
    device = x.device.type
    return torch.autocast(device, enabled=False) if torch.is_autocast_enabled(device) else nullcontext()
