"""The forward pass that exchanged layers share, and what the methods' passes call."""

import warnings
from collections.abc import Sequence

import torch
from torch import nn

_said: set[str] = set()


class Derived:
    """
    The forward pass of a layer of PEFT's. PEFT's class comes after it, and keeps all but the forward pass. A method
    states the rest.
    """

    def derived_adapters(self):
        """The container of the adapters that the layer has."""
        raise NotImplementedError

    def derived_refusal(self, active: Sequence[str]) -> str | None:
        """The setting of these adapters that the derived pass does not take; None where it takes all."""
        return None

    def derived_reason(self, active: Sequence[str]) -> str | None:
        """The reason why PEFT's own pass runs with these adapters; None where the derived one does."""
        for name, adapters in self.named_children():
            parts = () if name == "base_layer" else adapters.modules()
            if any(part._forward_hooks or part._forward_pre_hooks for part in parts):
                return f"{name} has forward hooks, which a derived pass does not call"
        return self.derived_refusal(active)

    def derived_forward(self, x: torch.Tensor, active: Sequence[str], *args, **kwargs) -> torch.Tensor:
        """The result with these adapters, in their order."""
        raise NotImplementedError

    def derived_active(self) -> list[str]:
        """The adapters that are to be applied; none where they are merged or disabled."""
        if self.disable_adapters or self.merged:
            return []
        return [name for name in self.active_adapters if name in self.derived_adapters()]

    def forward(self, x: torch.Tensor, *args, **kwargs) -> torch.Tensor:
        active = self.derived_active()
        if not active or kwargs.get("adapter_names") is not None:
            return super().forward(x, *args, **kwargs)
        kwargs.pop("adapter_names", None)
        reason = self.derived_reason(active)
        if reason is not None:
            method = next(cls.__name__ for cls in type(self).__mro__ if Derived in cls.__bases__)
            say_once(f"{method}: {reason}, so that PEFT's own forward pass runs")
            return super().forward(x, *args, **kwargs)
        return self.derived_forward(x, active, *args, **kwargs)


def exchange(model: nn.Module, own: type, derived: type) -> list[str]:
    """
    Gives every layer of the class `own` in a model the class `derived` over it, and returns the names of those that
    have it. Raises ValueError where there is none.
    """
    for layer in model.modules():
        if type(layer) is own:
            layer.__class__ = derived
    taken = [name for name, layer in model.named_modules() if type(layer) is derived]
    if not taken:
        raise ValueError(f"the model has no {own.__module__}.{own.__name__}: call use() on what get_peft_model returns")
    return taken


def say_once(text: str) -> None:
    # A compiled graph cannot warn.
    if text not in _said and not torch.compiler.is_compiling():
        _said.add(text)
        warnings.warn(text, stacklevel=4)


def as_rows(x: torch.Tensor) -> torch.Tensor:
    """The tensor as a matrix with a row for each token."""
    # Autograd adds to the gradient of a view in a new tensor, and in place to that of a matrix.
    return x if x.dim() == 2 else x.reshape(-1, x.shape[-1])


def on_rows(function, x: torch.Tensor, *others) -> torch.Tensor:
    """The first result of a function of rows, on a tensor with any number of dimensions before the last."""
    y = function.apply(as_rows(x), *others)[0]
    return y if x.dim() == 2 else y.reshape(*x.shape[:-1], y.shape[-1])


def scaled(B: torch.Tensor, scaling: float) -> torch.Tensor:
    return B if scaling == 1 else B * scaling


def drops(dropout: nn.Module) -> bool:
    return dropout.training and getattr(dropout, "p", 0) > 0


def is_frozen_linear(layer: nn.Module) -> bool:
    """Whether a layer is linear with a weight of floats that asks for no gradient."""
    weight = getattr(layer, "weight", None)
    is_float = isinstance(weight, torch.Tensor) and weight.is_floating_point()
    return isinstance(layer, nn.Linear) and is_float and not weight.requires_grad
