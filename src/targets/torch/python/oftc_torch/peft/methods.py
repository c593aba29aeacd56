"""Each method's derived forward pass over PEFT's layer, and the settings of an adapter that it does not take."""

from collections.abc import Sequence

import torch
from torch import nn

from oftc_torch.methods import (
    boft_1,
    boft_2,
    boft_3,
    boft_4,
    dora,
    hra,
    lora,
    oft,
    oft_exact,
    oft_shared,
    psoft,
    psoft_neumann,
    road_1,
    road_2,
    road_4,
)

_MODULES = (
    (boft_1, boft_2, boft_3, boft_4, dora, hra, lora)
    + (oft, oft_exact, oft_shared, psoft, psoft_neumann, road_1, road_2, road_4)
)  # fmt: skip
#: The autograd functions of each method's parts before and after the frozen layer.
_PARTS = {
    (module.__name__.rpartition(".")[2], place): getattr(module, f"{place}Function")
    for module in _MODULES
    for place in ("Before", "After")
    if hasattr(module, f"{place}Function")
}


def _rows(x: torch.Tensor) -> torch.Tensor:
    """The tensor as a matrix with a row for each token."""
    # Autograd adds to the gradient of a matrix in place, and to that of a view in a new tensor.
    return x if x.dim() == 2 else x.reshape(-1, x.shape[-1])


def _on_rows(function, x: torch.Tensor, *others) -> torch.Tensor:
    """The first result of a function of rows, on a tensor with any number of dimensions before the last."""
    y = function.apply(_rows(x), *others)[0]
    return y if x.dim() == 2 else y.reshape(*x.shape[:-1], y.shape[-1])


def _scaled(B: torch.Tensor, scaling: float) -> torch.Tensor:
    return B if scaling == 1 else B * scaling


def _drops(layer: nn.Module, dropout: nn.Module) -> bool:
    return layer.training and getattr(dropout, "p", 0) > 0


class Method:
    """The interface of a method. `layer` is PEFT's layer, and `active` the names of its active adapters in order."""

    @staticmethod
    def adapters(layer: nn.Module):
        """The container of the adapters that the layer has."""
        raise NotImplementedError

    @staticmethod
    def refusal(layer: nn.Module, active: Sequence[str]) -> str | None:
        """The setting that the derived pass does not take; None where it takes all."""
        return None

    @staticmethod
    def forward(layer: nn.Module, x: torch.Tensor, active: Sequence[str], *args, **kwargs) -> torch.Tensor:
        raise NotImplementedError


class OFT(Method):
    adapters = staticmethod(lambda layer: layer.oft_R)

    @staticmethod
    def refusal(layer, active):
        for rotation in (layer.oft_R[name] for name in active):
            if rotation.coft:
                return "COFT projects the stored parameter at each step"
            if rotation.use_cayley_neumann and rotation.num_cayley_neumann_terms != 5:
                return f"num_cayley_neumann_terms is {rotation.num_cayley_neumann_terms}, and 5 is derived"
            if rotation.block_share and not rotation.use_cayley_neumann:
                return "block_share is derived with use_cayley_neumann alone"
        return None

    @staticmethod
    def forward(layer, x, active, *args, **kwargs):
        dtype = x.dtype
        for rotation in (layer.oft_R[name] for name in active):
            name = "oft_shared" if rotation.block_share else "oft" if rotation.use_cayley_neumann else "oft_exact"
            x = _on_rows(_PARTS[name, "Before"], x, rotation.weight)
        return layer.base_layer(x.to(dtype), *args, **kwargs).to(dtype)


class BOFT(Method):
    adapters = staticmethod(lambda layer: layer.boft_R)

    @staticmethod
    def refusal(layer, active):
        if len(active) > 1:
            return "several adapters are active"
        if layer.boft_R[active[0]].shape[0] > 4:
            return "more than four butterfly factors are not derived"
        return "boft_dropout is on" if _drops(layer, layer.boft_dropout[active[0]]) else None

    @staticmethod
    def forward(layer, x, active, *args, **kwargs):
        dtype = x.dtype
        R, s = layer.boft_R[active[0]], layer.boft_s[active[0]]
        name = f"boft_{R.shape[0]}"
        h = _on_rows(_PARTS[name, "Before"], x, R)
        base = layer.base_layer(h.to(dtype), *args, **kwargs)
        bias = layer.get_base_layer().bias
        y = _on_rows(_PARTS[name, "After"], base if bias is None else base - bias, s)
        return (y if bias is None else y + bias).to(dtype)


class HRA(Method):
    adapters = staticmethod(lambda layer: layer.hra_u)

    @staticmethod
    def refusal(layer, active):
        # The derived pass solves with their Gram matrix, which is singular.
        return "apply_GS starts from equal vectors" if any(layer.hra_apply_GS[name] for name in active) else None

    @staticmethod
    def forward(layer, x, active, *args, **kwargs):
        dtype = x.dtype
        # The weight is W·H1·H2·…, so that x meets the last adapter first.
        for name in reversed(active):
            x = _on_rows(_PARTS["hra", "Before"], x, layer.hra_u[name])
        return layer.base_layer(x.to(dtype), *args, **kwargs).to(dtype)


class LoRA(Method):
    """LoRA, and DoRA where an adapter has a magnitude."""

    adapters = staticmethod(lambda layer: layer.lora_A)

    @staticmethod
    def refusal(layer, active):
        for name in active:
            variant = layer.lora_variant.get(name)
            if variant is not None and type(variant).__name__ != "DoraLinearVariant":
                return f"{type(variant).__name__} is not derived"
            if variant is not None and len(active) > 1:
                return "DoRA is active beside another adapter"
            if variant is not None and (layer.fan_in_fan_out or not _is_plain(layer.get_base_layer())):
                return "DoRA needs a plain weight (out, in)"
            if _drops(layer, layer.lora_dropout[name]):
                return "lora_dropout is on"
            if layer.lora_B[name].bias is not None:
                return "lora_bias is on"
        return None

    @staticmethod
    def forward(layer, x, active, *args, **kwargs):
        result = layer.base_layer(x, *args, **kwargs)
        dtype = result.dtype
        for name in active:
            A, B = layer.lora_A[name].weight, _scaled(layer.lora_B[name].weight, layer.scaling[name])
            if name in layer.lora_variant:
                base_layer = layer.get_base_layer()
                bias = base_layer.bias
                m = layer.lora_magnitude_vector[name].weight
                base = result if bias is None else result - bias
                result = _on_rows(_PARTS["dora", "After"], base, _rows(x), base_layer.weight, A, B, m)
                result = result if bias is None else result + bias
            else:
                result = _on_rows(_PARTS["lora", "After"], result, _rows(x), A, B)
        return result.to(dtype)


def _is_plain(base_layer: nn.Module) -> bool:
    weight = getattr(base_layer, "weight", None)
    return isinstance(base_layer, nn.Linear) and weight is not None and weight.is_floating_point() and not weight.requires_grad


class RoAd(Method):
    adapters = staticmethod(lambda layer: layer.road_theta)

    @staticmethod
    def refusal(layer, active):
        known = {"road_1", "road_2", "road_4"}
        odd = [layer.variant[name] for name in active if layer.variant[name] not in known]
        return f"variant {odd[0]} is not derived" if odd else None

    @staticmethod
    def forward(layer, x, active, *args, **kwargs):
        result = layer.base_layer(x, *args, **kwargs)
        dtype = result.dtype
        for name in active:
            theta, alpha = layer.road_theta[name], layer.road_alpha[name]
            function, group = _PARTS[layer.variant[name], "After"], layer.group_size[name]
            result = _on_rows(function, result, theta, alpha, group)
        return result.to(dtype)


class PSOFT(Method):
    adapters = staticmethod(lambda layer: layer.psoft_R)

    @staticmethod
    def refusal(layer, active):
        for name in active:
            rotation = layer.psoft_R[name]
            if not rotation.orth or rotation.vector_a is None or rotation.vector_b is None:
                return "psoft_orth is off, or one of the two magnitudes is missing"
            if rotation.use_cayley_neumann and (
                rotation.num_cayley_neumann_terms != 5 or rotation.cayley_neumann_eps is not None
            ):
                return "the Neumann series is derived with 5 terms and without a projection"
            if _drops(layer, layer.psoft_dropout[name]):
                return "psoft_dropout is on"
        return None

    @staticmethod
    def forward(layer, x, active, *args, **kwargs):
        result = layer.base_layer(x, *args, **kwargs)
        dtype = result.dtype
        for name in active:
            rotation = layer.psoft_R[name]
            A, B = layer._get_psoft_ab_cache_buffers(name)
            method = "psoft_neumann" if rotation.use_cayley_neumann else "psoft"
            after = _PARTS[method, "After"]
            scaled = _scaled(B, layer.scaling[name])
            result = _on_rows(after, result, _rows(x), A, scaled, rotation.weight, rotation.vector_a, rotation.vector_b)
        return result.to(dtype)
