"""Compares exchanged layers with PEFT's own, on the user's device."""

import torch
from torch import nn

from .layers import Derived


def check(model: nn.Module, rows: int = 8) -> dict[str, float]:
    """
    The largest relative difference between each exchanged layer and PEFT's own, of the output and of the gradients of
    the input and the adapter, on random rows. Nothing in the model changes.
    """
    return {name: _difference(layer, rows) for name, layer in model.named_modules() if isinstance(layer, Derived)}


def _difference(layer: nn.Module, rows: int) -> float:
    base = layer.get_base_layer()
    trained = [p for p in layer.parameters() if p.requires_grad]
    place = trained[0] if trained else next(layer.parameters())
    x = torch.randn(rows, base.in_features, device=place.device, dtype=place.dtype)
    results = []
    own = type(layer)
    try:
        for taken in (own, own.__mro__[2]):
            layer.__class__ = taken
            inputs = x.clone().requires_grad_(True)
            y = layer(inputs)
            gradients = torch.autograd.grad(y.square().sum(), [inputs, *trained], allow_unused=True)
            results.append([y.detach(), *(g for g in gradients if g is not None)])
    finally:
        layer.__class__ = own
    return max(float((a - b).norm() / b.norm().clamp_min(1e-30)) for a, b in zip(*results, strict=True))
