"""The exchange of a PEFT layer's class for one with a derived forward and backward pass."""

from torch import nn

from .derived import Derived
from .methods import METHODS

_PREFIX = "peft.tuners."


class Exchanged:
    """The base of the classes that are made here: the method's class comes after it, and then PEFT's."""

    def __reduce_ex__(self, protocol: int):
        # Pickle cannot find a class that is made here: it finds PEFT's, and exchanges it again.
        return _exchanged, (peft_class(self),), self.__dict__


def peft_class(layer: nn.Module) -> type:
    """PEFT's own class of an exchanged layer."""
    return next(cls for cls in type(layer).__mro__ if not issubclass(cls, (Derived, Exchanged)))


def _method_of(layer: nn.Module) -> type[Derived] | None:
    name = f"{type(layer).__module__}.{type(layer).__qualname__}"
    return METHODS.get(name.removeprefix(_PREFIX)) if name.startswith(_PREFIX) else None


def _derived(own: type, method: type[Derived]) -> type:
    """The class of PEFT's layers of class `own` with the method's forward pass."""
    return type(f"Derived{own.__name__}", (Exchanged, method, own), {"__module__": __name__})


def _exchanged(own: type) -> nn.Module:
    """An empty layer of the derived class over PEFT's class `own`, for pickle to fill."""
    layer = own.__new__(own)
    layer.__class__ = _derived(own, METHODS[f"{own.__module__}.{own.__qualname__}".removeprefix(_PREFIX)])
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
        bases = {base for method in METHODS.values() for base in method.__mro__ if Derived in base.__bases__}
        known = ", ".join(sorted(base.__name__ for base in bases))
        raise ValueError(f"the model has no layer of {known}: {_found(model) or 'call use() on what get_peft_model returns'}")
    return taken


def _found(model: nn.Module) -> str:
    """A sentence that names the classes of PEFT's layers in a model; empty where it has none."""
    layers = {type(layer) for layer in model.modules() if hasattr(layer, "base_layer")}
    names = sorted(f"{cls.__module__}.{cls.__qualname__}".removeprefix(_PREFIX) for cls in layers)
    return f"oftc derives no pass for PEFT's {', '.join(names)}, whose own pass stays" if names else ""


def restore(model: nn.Module) -> list[str]:
    """Gives every exchanged layer of `model` PEFT's class again. Returns their names."""
    restored = []
    for name, layer in model.named_modules():
        if isinstance(layer, Exchanged):
            layer.__class__ = peft_class(layer)
            restored.append(name)
    return restored
