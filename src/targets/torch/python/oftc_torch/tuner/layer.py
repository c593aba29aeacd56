"""A linear layer with adapters of a derived method, each of which stands in parts before and after the frozen layer."""

import json
import warnings
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch
from peft.tuners._buffer_dict import BufferDict
from peft.tuners.tuners_utils import BaseTunerLayer, check_adapters_to_merge
from peft.utils.integrations import gather_params_ctx
from torch import nn

from ..frozen import refuse_gradients
from ..initial import start
from .base import features, is_plain, set_weight, weight_of
from .config import MethodConfig

#: The shape of a tensor, and its start.
Declared = tuple[tuple[int, ...], str | Mapping[str, Any]]


class MethodLayer(nn.Module, BaseTunerLayer):
    """
    A linear layer with adapters. Several active ones apply as if each were merged before the next. A subclass has the
    method: its tensors, and what it computes before and after the frozen layer.
    """

    #: Names of integer tensors and other constants, which an adapter keeps and saves, and does not train.
    constants: Sequence[str] = ()
    #: Whether the derived code reads the frozen weight, which must then be plain.
    reads_weight = False
    #: Whether the frozen layer is called. Else `after` computes the layer from its weight alone.
    calls_base = True
    #: Whether the method changes the bias. `after` then adds it, and else it is added to the result.
    mixes_bias = False
    #: Whether the layer is linear in x, so that it has a merged weight.
    is_linear = True

    def __init__(self, base_layer: nn.Module, adapter_name: str, config: MethodConfig) -> None:
        super().__init__()
        self.base_layer = base_layer
        self.in_features, self.out_features = features(self.get_base_layer())
        for name in self.adapter_layer_names:
            setattr(self, name, nn.ParameterDict())
        for name in self.constants:
            setattr(self, name, BufferDict(persistent=True))
        self.sizes: dict[str, dict[str, int]] = {}
        self._disable_adapters = False
        self._active_adapter = adapter_name
        self.merged_adapters: list[str] = []
        #: The weight and the bias before each merge.
        self._unmerged: list[tuple[torch.Tensor, torch.Tensor | None]] = []
        self.update_layer(adapter_name, config)

    # The method, which a subclass states.

    @staticmethod
    def sizes_of(config: MethodConfig, in_features: int, out_features: int) -> dict[str, int]:
        """The sizes of the layer's dimensions, by name."""
        raise NotImplementedError

    @staticmethod
    def weight_shape(sizes: Mapping[str, int]) -> tuple[int, int]:
        """The shape (out, in) of the frozen weight."""
        raise NotImplementedError

    @staticmethod
    def declared(sizes: Mapping[str, int]) -> dict[str, Declared]:
        """The shape and the start of each tensor of an adapter by its name here, in order."""
        raise NotImplementedError

    @staticmethod
    def quotients(sizes: Mapping[str, int]) -> dict[str, tuple[int, int]]:
        """The dividend and the divisor of each quotient that must be whole, by its text."""
        return {}

    def before(self, name: str, x: torch.Tensor) -> torch.Tensor:
        """The rows that the frozen layer takes, from the rows x."""
        return x

    def after(self, name: str, base: torch.Tensor | None, x: torch.Tensor, bias: torch.Tensor | None) -> torch.Tensor:
        """The rows of the result, from those of the frozen layer without its bias."""
        assert base is not None
        return base

    @property
    def frozen_weight(self) -> torch.Tensor:
        """The frozen weight (out, in)."""
        return weight_of(self.get_base_layer())

    # What PEFT calls.

    def update_layer(self, adapter_name: str, config: MethodConfig) -> None:
        """Adds an adapter, or makes it anew. Raises ValueError where its sizes do not fit the layer."""
        base_layer = self.get_base_layer()
        if self.reads_weight and not is_plain(base_layer):
            raise ValueError(
                f"{config.method} computes with the frozen weight, which {type(base_layer).__name__} keeps quantised "
                "or in parts: load the model unquantised, or leave the layer out of target_modules"
            )
        sizes = self.sizes_of(config, self.in_features, self.out_features)
        self._check(config, sizes, self.weight_shape(sizes))
        tensors = self.declared(sizes)
        self.sizes[adapter_name] = sizes
        reads = any('"weight"' in json.dumps(init) for _, init in tensors.values())
        if reads and not is_plain(base_layer):
            raise ValueError(
                f"{config.method} starts from the frozen weight, which {type(base_layer).__name__} keeps quantised "
                "or in parts: load the model unquantised, or leave the layer out of target_modules"
            )
        with gather_params_ctx(base_layer.parameters(), modifier_rank=None):
            known = {"weight": weight_of(base_layer).detach()} if reads else {}
            own = getattr(base_layer, "weight", None)
            dtype = torch.float64 if own is not None and own.dtype == torch.float64 else torch.float32
            for name, (shape, init) in tensors.items():
                tensor = torch.zeros(shape, dtype=torch.int32 if init == "permutation" else dtype)
                start(tensor, init, known)
                known[name] = tensor
                getattr(self, name)[adapter_name] = tensor
        self._move_adapter_to_device_of_base_layer(adapter_name)
        self.set_adapter(self.active_adapters, inference_mode=config.inference_mode)

    def _check(self, config: MethodConfig, sizes: Mapping[str, int], weight: tuple[int, int]) -> None:
        given = ", ".join(f"{name} = {size}" for name, size in sizes.items())
        if weight != (self.out_features, self.in_features):
            raise ValueError(
                f"{config.method} does not fit a layer of {self.in_features} inputs and {self.out_features} outputs: "
                f"with {given} its weight has shape {weight}. Choose sizes that divide, or leave the layer out of "
                "target_modules"
            )
        for text, (dividend, divisor) in self.quotients(sizes).items():
            if dividend % divisor:
                raise ValueError(
                    f"{config.method} needs a whole number {text}, and it is {dividend}/{divisor} with {given}: "
                    "choose sizes that divide, or leave the layer out of target_modules"
                )

    def forward(self, x: torch.Tensor, *args: Any, **kwargs: Any) -> torch.Tensor:
        if kwargs.pop("adapter_names", None) is not None:
            raise ValueError("one call takes the same adapters for all rows: leave out adapter_names")
        if self.disable_adapters and self.merged:
            self.unmerge()
        names = [] if self.disable_adapters or self.merged else [n for n in self.active_adapters if n in self.sizes]
        if not names:
            return self.base_layer(x, *args, **kwargs)
        if len(names) > 1 and (self.reads_weight or self.mixes_bias):
            raise ValueError(
                f"{type(self).__name__} computes with the frozen weight or bias, so that one adapter can be active, "
                f"and {', '.join(names)} are: merge those that come first"
            )
        bias = getattr(self.get_base_layer(), "bias", None)
        if self.reads_weight:
            refuse_gradients(type(self).__name__, weight=self.get_base_layer().weight)
        has_after = type(self).after is not MethodLayer.after

        def frozen(z: torch.Tensor) -> torch.Tensor:
            y = self.base_layer(z.reshape(*x.shape[:-1], z.shape[-1]), *args, **kwargs)
            y = y.reshape(-1, y.shape[-1])
            return y - bias if has_after and bias is not None else y

        mixed = x.new_zeros(self.out_features) if self.mixes_bias and bias is None else bias
        y = self._adapted(names, x.reshape(-1, x.shape[-1]), frozen, mixed)
        if has_after and bias is not None and not self.mixes_bias:
            y = y + bias.to(y.dtype)
        return y.reshape(*x.shape[:-1], y.shape[-1])

    def _adapted(
        self,
        names: Sequence[str],
        x: torch.Tensor,
        frozen: Callable[[torch.Tensor], torch.Tensor],
        bias: torch.Tensor | None,
    ) -> torch.Tensor:
        """The rows that the layer gives with these adapters, each over the layer with those before it."""
        if not names:
            return frozen(x)
        *inner, name = names
        base = self._adapted(inner, self.before(name, x), frozen, bias) if self.calls_base else None
        return self.after(name, base, x, bias)

    def _merged(self, name: str) -> tuple[torch.Tensor, torch.Tensor]:
        """The weight (out, in) and the bias of the plain linear layer that computes the same with this adapter."""
        base_layer = self.get_base_layer()
        if not self.is_linear:
            raise ValueError(
                f"{type(self).__name__} is not linear in x, so that it has no merged weight: keep the adapter"
            )
        if not is_plain(base_layer):
            raise ValueError(
                f"{type(base_layer).__name__} keeps its weight quantised or in parts, and rounding it again would "
                "change the model: merge into the unquantised model"
            )
        dtype = next(iter(getattr(self, self.adapter_layer_names[0]).values())).dtype
        weight = weight_of(base_layer).detach()
        weight = weight.to(torch.promote_types(dtype, weight.dtype))
        own = getattr(base_layer, "bias", None)
        bias = weight.new_zeros(len(weight)) if own is None else own.detach().to(weight.dtype)
        rows = torch.cat([weight.new_zeros(1, weight.shape[1]), torch.eye(weight.shape[1]).to(weight)])
        y = self._adapted([name], rows, lambda z: z @ weight.t(), bias)
        offset = y[0] if self.mixes_bias else y[0] + bias
        return (y[1:] - y[0]).t(), offset

    @torch.no_grad()
    def get_delta_weight(self, adapter_name: str) -> torch.Tensor:
        """The difference (out, in) that the adapter makes to the weight."""
        with gather_params_ctx(self.parameters(), modifier_rank=None):
            weight, _ = self._merged(adapter_name)
            return weight - weight_of(self.get_base_layer()).to(weight.dtype)

    @torch.no_grad()
    def merge(self, safe_merge: bool = False, adapter_names: list[str] | None = None) -> None:
        """
        Puts adapters into the weight of the base layer, in their order. The weight before stays in memory until
        `unmerge`, which gives it back bit by bit. Raises ValueError where the layer has no merged weight, and, with
        `safe_merge`, for one that is not finite.
        """
        base_layer = self.get_base_layer()
        for name in check_adapters_to_merge(self, adapter_names):
            if name not in self.sizes:
                continue
            with gather_params_ctx(self.parameters()):
                weight, bias = self._merged(name)
                if safe_merge and not (torch.isfinite(weight).all() and torch.isfinite(bias).all()):
                    raise ValueError(f"{name} would make a weight that is not finite: some of its numbers are not")
                own = getattr(base_layer, "bias", None)
                if own is None and bias.any():
                    raise ValueError(
                        f"{type(self).__name__} adds a bias, and {type(base_layer).__name__} has none to merge it into"
                    )
                self._unmerged.append((base_layer.weight.data, None if own is None else own.data))
                set_weight(base_layer, weight)
                if own is not None:
                    own.data = bias.to(own.dtype)
            self.merged_adapters.append(name)

    @torch.no_grad()
    def unmerge(self) -> None:
        """Gives the base layer the weight from before the first merge."""
        if not self.merged:
            warnings.warn("no adapter is merged", stacklevel=2)
            return
        base_layer = self.get_base_layer()
        weight, bias = self._unmerged[0]
        with gather_params_ctx(base_layer.parameters()):
            base_layer.weight.data = weight.to(base_layer.weight)
            if bias is not None:
                base_layer.bias.data = bias.to(base_layer.bias)
        self._unmerged.clear()
        self.merged_adapters.clear()

    def __repr__(self) -> str:
        return f"{type(self).__module__.split('.')[0]}.{super().__repr__()}"
