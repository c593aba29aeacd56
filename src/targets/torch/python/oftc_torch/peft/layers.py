"""The exchange of a PEFT layer's class for one with a derived forward and backward pass."""

import warnings

import torch
from torch import nn

from .methods import BOFT, HRA, OFT, RoAd, LoRA, PSOFT, Method

#: The methods by the names of PEFT's layer classes below peft.tuners.
_METHODS: dict[str, type[Method]] = {
    "oft.layer.Linear": OFT,
    "oft.bnb.Linear4bit": OFT,
    "oft.bnb.Linear8bitLt": OFT,
    "boft.layer.Linear": BOFT,
    "hra.layer.HRALinear": HRA,
    "lora.layer.Linear": LoRA,
    "lora.bnb.Linear4bit": LoRA,
    "lora.bnb.Linear8bitLt": LoRA,
    "road.layer.Linear": RoAd,
    "psoft.layer.Linear": PSOFT,
}
_PREFIX = "peft.tuners."

_said: set[str] = set()


class Derived:
    """The base of the classes of exchanged layers. PEFT's class comes after it, and keeps all but the forward pass."""

    _oftc_method: type[Method]

    def __reduce_ex__(self, protocol: int):
        # The class is made here, so that pickle cannot find it: it finds PEFT's, and exchanges it again.
        return _exchanged, (type(self).__mro__[2],), self.__dict__

    def forward(self, x: torch.Tensor, *args, **kwargs) -> torch.Tensor:
        method = self._oftc_method
        active = [name for name in self.active_adapters if name in method.adapters(self)]
        if self.disable_adapters or self.merged or not active or kwargs.get("adapter_names") is not None:
            return super().forward(x, *args, **kwargs)
        reason = method.refusal(self, active)
        if reason is not None:
            _say_once(f"{method.__name__}: {reason}, so that PEFT's own forward pass runs")
            return super().forward(x, *args, **kwargs)
        return method.forward(self, x, active, *args, **kwargs)


def _say_once(text: str) -> None:
    # A compiled graph cannot warn.
    if text not in _said and not torch.compiler.is_compiling():
        _said.add(text)
        warnings.warn(text, stacklevel=4)


def _method_of(layer: nn.Module) -> type[Method] | None:
    name = f"{type(layer).__module__}.{type(layer).__qualname__}"
    return _METHODS.get(name.removeprefix(_PREFIX)) if name.startswith(_PREFIX) else None


def _derived(own: type, method: type[Method]) -> type:
    """The class of PEFT's layers of class `own` with the method's forward pass."""
    return type(f"Derived{own.__name__}", (Derived, own), {"_oftc_method": method, "__module__": __name__})


def _exchanged(own: type) -> nn.Module:
    """An empty layer of the derived class over PEFT's class `own`, for pickle to fill."""
    layer = own.__new__(own)
    layer.__class__ = _derived(own, _METHODS[f"{own.__module__}.{own.__qualname__}".removeprefix(_PREFIX)])
    return layer


def use(model: nn.Module) -> list[str]:
    """
    Exchanges the class of every layer of `model` whose method is derived. Parameters, their names, and everything but
    the forward pass stay. Returns the names of the exchanged layers. Raises ValueError where there is none.
    """
    taken = []
    for name, layer in model.named_modules():
        if isinstance(layer, Derived):
            taken.append(name)
            continue
        method = _method_of(layer)
        if method is not None:
            layer.__class__ = _derived(type(layer), method)
            taken.append(name)
    if not taken:
        known = ", ".join(sorted({method.__name__ for method in _METHODS.values()}))
        raise ValueError(f"the model has no layer of {known}: call use() on what get_peft_model returns")
    return taken


def restore(model: nn.Module) -> list[str]:
    """Gives every exchanged layer of `model` PEFT's class again. Returns their names."""
    restored = []
    for name, layer in model.named_modules():
        if isinstance(layer, Derived):
            layer.__class__ = type(layer).__mro__[2]
            restored.append(name)
    return restored


