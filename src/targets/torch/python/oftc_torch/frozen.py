"""Refuses inputs and gradients that a layer does not take."""

import torch


def refuse_gradients(layer: str, **frozen: torch.Tensor | None) -> None:
    """Raises for a frozen tensor that asks for a gradient, which the layer does not compute."""
    for name, tensor in frozen.items():
        if tensor is not None and tensor.requires_grad and torch.is_grad_enabled():
            raise RuntimeError(
                f"{name} asks for a gradient, but {layer} declares it frozen and derives none: "
                f"call {name}.requires_grad_(False), or declare it trainable and build the layer again"
            )


def check_tokens(tokens: int, holds: bool, says: str) -> None:
    """Raises for a number of tokens with which a size of the layer would be no whole number."""
    if not holds:
        raise ValueError(f"{says} at tokens = {tokens}")


def check_features(layer: str, x: torch.Tensor, features: int) -> None:
    """Raises for rows of another length than the layer was built for."""
    if x.shape[-1] != features:
        raise ValueError(f"{layer} is built for rows of {features} features, and x has {x.shape[-1]}: {tuple(x.shape)}")
