"""The dtypes in which printed layers compute."""

import torch


def compute_dtype(x: torch.Tensor) -> torch.dtype:
    """The dtype of the products with x: that of autocast where it is on, else that of x."""
    device = x.device.type
    is_half = torch.is_autocast_enabled(device) and x.dtype == torch.float32
    return torch.get_autocast_dtype(device) if is_half else x.dtype


def without_autocast(x: torch.Tensor) -> torch.autocast:
    """A context in which tensors keep their dtypes. Printed layers convert them where they say so."""
    return torch.autocast(x.device.type, enabled=False)
