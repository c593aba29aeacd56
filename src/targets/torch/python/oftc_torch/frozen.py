"""Refuses gradients that no layer derives."""

import torch


def refuse_gradients(layer: str, **frozen: torch.Tensor | None) -> None:
    """Raises for a frozen tensor that asks for a gradient, which the layer does not compute."""
    for name, tensor in frozen.items():
        if tensor is not None and tensor.requires_grad:
            raise RuntimeError(
                f"{name} asks for a gradient, but {layer} declares it frozen and derives none: "
                f"call {name}.requires_grad_(False), or declare it trainable and build the layer again"
            )
