"""Compares exchanged layers with PEFT's own, on the user's device."""

import torch
from torch import nn

from .derived import Derived
from .layers import peft_class


def check(model: nn.Module, rows: int = 8) -> dict[str, float]:
    """
    The largest relative difference between each exchanged layer and PEFT's own, of the output and of the gradients of
    the input and the adapter, on random rows: about 1e-6 in float32, and 1e-2 in bfloat16. Layers are compared in
    evaluation mode, since dropout draws another mask each time. Nothing in the model changes, nor does the state of the
    random numbers. Raises ValueError where no layer is exchanged.
    """
    layers = {name: layer for name, layer in model.named_modules() if isinstance(layer, Derived)}
    if not layers:
        raise ValueError("no layer is exchanged: call use(model) before")
    with torch.random.fork_rng():
        torch.manual_seed(0)
        return {name: _difference(layer, rows) for name, layer in layers.items()}


def _difference(layer: nn.Module, rows: int) -> float:
    base = layer.get_base_layer()
    trained = [p for p in layer.parameters() if p.requires_grad]
    place = trained[0] if trained else next(layer.parameters())
    weight = getattr(base, "weight", place)
    dtype = weight.dtype if weight.is_floating_point() else place.dtype
    x = torch.randn(rows, base.in_features, device=place.device).to(dtype)
    results = []
    own, modes = type(layer), {module: module.training for module in layer.modules()}
    layer.eval()
    try:
        for taken in (own, peft_class(layer)):
            layer.__class__ = taken
            inputs = x.clone().requires_grad_(True)
            y = layer(inputs)
            # A rotation keeps the norm of y, so that a function of it would have gradients of rounding errors alone.
            cotangent = torch.randn(y.shape, generator=torch.Generator().manual_seed(1)).to(y)
            gradients = torch.autograd.grad(y, [inputs, *trained], cotangent, allow_unused=True)
            results.append([y.detach(), *(g for g in gradients if g is not None)])
    finally:
        layer.__class__ = own
        for module, mode in modes.items():
            module.training = mode
    return max(float((a - b).norm() / b.norm().clamp_min(1e-30)) for a, b in zip(*results, strict=True))
