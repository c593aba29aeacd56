"""Compares exchanged layers with PEFT's own, on the user's device."""

import contextlib
from collections.abc import Iterator

import torch
from torch import nn

from .derived import Derived
from .layers import peft_class


def check(model: nn.Module, rows: int = 8) -> dict[str, float]:
    """
    The largest relative difference between each exchanged layer and PEFT's own, of the output and of the gradients of
    the input and the adapter, on random rows: about 1e-6 in float32, and up to 2e-2 in bfloat16. Layers are compared
    in evaluation mode, since dropout draws another mask each time. A layer where PEFT's own pass runs is left out. A
    difference that is not a number is NaN. Nothing in the model changes, nor does the state of the random numbers.
    Raises ValueError where no layer is exchanged, and where PEFT's own pass runs in all.
    """
    layers = {name: layer for name, layer in model.named_modules() if isinstance(layer, Derived)}
    if not layers:
        raise ValueError("no layer is exchanged: call use(model) before")
    differences: dict[str, float] = {}
    reasons: dict[str, None] = {}
    with torch.random.fork_rng(), torch.inference_mode(False), torch.enable_grad():
        torch.manual_seed(0)
        for name, layer in layers.items():
            with _evaluating(layer):
                reason = _own_pass(layer)
                if reason is None:
                    differences[name] = _difference(layer, rows)
                else:
                    reasons[reason] = None
    if not differences:
        raise ValueError(f"nothing to compare, since PEFT's own pass runs in each layer: {'; '.join(reasons)}")
    return differences


@contextlib.contextmanager
def _evaluating(layer: nn.Module) -> Iterator[None]:
    modes = {module: module.training for module in layer.modules()}
    layer.eval()
    try:
        yield
    finally:
        for module, mode in modes.items():
            module.training = mode


def _own_pass(layer: nn.Module) -> str | None:
    """The reason why PEFT's own pass runs in an exchanged layer; None where the derived one does."""
    active = layer.derived_active()
    return layer.derived_reason(active) if active else "adapters are merged, disabled or not active"


def _difference(layer: nn.Module, rows: int) -> float:
    base = layer.get_base_layer()
    trained = [p for p in layer.parameters() if p.requires_grad]
    place = trained[0] if trained else next(layer.parameters())
    weight = getattr(base, "weight", place)
    dtype = weight.dtype if weight.is_floating_point() else place.dtype
    x = torch.randn(rows, layer.in_features, device=place.device).to(dtype)
    results = []
    own = type(layer)
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
    # Python's max() drops a NaN that is not first.
    relative = [float((a - b).norm() / b.norm().clamp_min(1e-30)) for a, b in zip(*results, strict=True)]
    return float(torch.tensor(relative, dtype=torch.float64).max())
