"""The linear layers of a model that methods adapt: their sizes and their weights."""

import torch
from torch import nn

#: transformers' linear layer of GPT-2, whose weight is (in, out).
_TRANSPOSED = "Conv1D"


def features(layer: nn.Module) -> tuple[int, int]:
    """The numbers of inputs and outputs of a linear layer. Raises TypeError for another one."""
    if type(layer).__name__ == _TRANSPOSED:
        # Under ZeRO-3 a parameter is empty between its uses, and ds_shape has its shape.
        rows, columns = getattr(layer.weight, "ds_shape", layer.weight.shape)
        return rows, columns
    if hasattr(layer, "in_features") and hasattr(layer, "out_features"):
        return layer.in_features, layer.out_features
    raise TypeError(f"{type(layer).__name__} is no linear layer: leave it out of target_modules")


def is_plain(layer: nn.Module) -> bool:
    """Whether a linear layer keeps its weight as floating-point numbers, and not quantised."""
    weight = getattr(layer, "weight", None)
    return type(weight) in (nn.Parameter, torch.Tensor) and weight.is_floating_point()


def weight_of(layer: nn.Module) -> torch.Tensor:
    """The weight (out, in) of a plain linear layer."""
    return layer.weight.t() if type(layer).__name__ == _TRANSPOSED else layer.weight


def set_weight(layer: nn.Module, weight: torch.Tensor) -> None:
    """Gives a plain linear layer the weight (out, in), in the dtype that it has."""
    own = weight.t() if type(layer).__name__ == _TRANSPOSED else weight
    layer.weight.data = own.to(layer.weight.dtype).contiguous()
