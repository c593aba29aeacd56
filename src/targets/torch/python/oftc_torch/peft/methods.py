"""Each method's derived forward pass over PEFT's layer, and the settings of an adapter that it does not take."""

from torch import Tensor

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

from .derived import Derived, as_rows, drops, is_frozen_linear, on_rows, scaled

#: The passes before the frozen layer, by `oft_settings`.
OFT_PASSES = {
    (5, False): oft.BeforeFunction,
    (None, False): oft_exact.BeforeFunction,
    (5, True): oft_shared.BeforeFunction,
}


def oft_settings(rotation) -> tuple[int | None, bool]:
    """The number of terms of the Cayley-Neumann series, None for the exact inverse, and whether blocks are shared."""
    return rotation.num_cayley_neumann_terms if rotation.use_cayley_neumann else None, rotation.block_share


class OFT(Derived):
    def derived_adapters(self):
        return self.oft_R

    def derived_refusal(self, active):
        for rotation in (self.oft_R[name] for name in active):
            if rotation.coft:
                return "COFT projects the stored parameter at each step"
            if oft_settings(rotation) not in OFT_PASSES:
                return (
                    f"use_cayley_neumann={rotation.use_cayley_neumann}, num_cayley_neumann_terms="
                    f"{rotation.num_cayley_neumann_terms} and block_share={rotation.block_share} "
                    "are not derived together"
                )
        return None

    def derived_forward(self, x, active, *args, **kwargs):
        dtype = x.dtype
        for rotation in (self.oft_R[name] for name in active):
            x = on_rows(OFT_PASSES[oft_settings(rotation)], x, rotation.weight)
        return self.base_layer(x.to(dtype), *args, **kwargs).to(dtype)


#: The passes before and after the frozen layer, by the number of butterfly factors.
BOFT_PASSES = {
    1: (boft_1.BeforeFunction, boft_1.AfterFunction),
    2: (boft_2.BeforeFunction, boft_2.AfterFunction),
    3: (boft_3.BeforeFunction, boft_3.AfterFunction),
    4: (boft_4.BeforeFunction, boft_4.AfterFunction),
}


class BOFT(Derived):
    def derived_adapters(self):
        return self.boft_R

    def derived_refusal(self, active):
        if len(active) > 1:
            return "several adapters are active"
        factors = self.boft_R[active[0]].shape[0]
        if factors not in BOFT_PASSES:
            return f"{factors} butterfly factors are not derived"
        return "boft_dropout is on" if drops(self.boft_dropout[active[0]]) else None

    def derived_forward(self, x, active, *args, **kwargs):
        dtype = x.dtype
        R, s = self.boft_R[active[0]], self.boft_s[active[0]]
        before, after = BOFT_PASSES[R.shape[0]]
        base = self.base_layer(on_rows(before, x, R).to(dtype), *args, **kwargs)
        bias = self.get_base_layer().bias
        y = on_rows(after, base if bias is None else base - bias, s)
        return (y if bias is None else y + bias).to(dtype)


class HRA(Derived):
    def derived_adapters(self):
        return self.hra_u

    def derived_refusal(self, active):
        # The derived pass solves with their Gram matrix, which is singular.
        return "apply_GS starts from equal vectors" if any(self.hra_apply_GS[name] for name in active) else None

    def derived_forward(self, x, active, *args, **kwargs):
        dtype = x.dtype
        # The weight is W·H1·H2·…, so that x meets the last adapter first.
        for name in reversed(active):
            x = on_rows(hra.BeforeFunction, x, self.hra_u[name])
        return self.base_layer(x.to(dtype), *args, **kwargs).to(dtype)


def lora_factors(layer, name: str) -> tuple[Tensor, Tensor]:
    """A, and B times the scale."""
    return layer.lora_A[name].weight, scaled(layer.lora_B[name].weight, layer.scaling[name])


def lora_refusal(layer, name: str) -> str | None:
    if drops(layer.lora_dropout[name]):
        return "lora_dropout is on"
    return "lora_bias is on" if layer.lora_B[name].bias is not None else None


class LoRA(Derived):
    def derived_adapters(self):
        return self.lora_A

    def derived_refusal(self, active):
        for name in active:
            if name in self.lora_variant:
                return f"{type(self.lora_variant[name]).__name__} is not derived"
            reason = lora_refusal(self, name)
            if reason is not None:
                return reason
        return None

    def derived_forward(self, x, active, *args, **kwargs):
        result = self.base_layer(x, *args, **kwargs)
        dtype = result.dtype
        for name in active:
            result = on_rows(lora.AfterFunction, result, as_rows(x), *lora_factors(self, name))
        return result.to(dtype)


class DoRA(Derived):
    def derived_adapters(self):
        return self.lora_A

    def derived_refusal(self, active):
        if len(active) > 1:
            return "several adapters are active, and DoRA is derived for one"
        variant = type(self.lora_variant.get(active[0])).__name__
        if variant != "DoraLinearVariant":
            return "use_dora is off" if variant == "NoneType" else f"{variant} is not derived"
        if self.fan_in_fan_out or not is_frozen_linear(self.get_base_layer()):
            return "DoRA needs a plain weight (out, in)"
        return lora_refusal(self, active[0])

    def derived_forward(self, x, active, *args, **kwargs):
        result = self.base_layer(x, *args, **kwargs)
        base_layer = self.get_base_layer()
        bias, m = base_layer.bias, self.lora_magnitude_vector[active[0]].weight
        base = result if bias is None else result - bias
        y = on_rows(dora.AfterFunction, base, as_rows(x), base_layer.weight, *lora_factors(self, active[0]), m)
        return (y if bias is None else y + bias).to(result.dtype)


class LoRAOrDoRA(LoRA, DoRA):
    """LoRA, and DoRA where an adapter has a variant."""

    def derived_refusal(self, active):
        method = DoRA if any(name in self.lora_variant for name in active) else LoRA
        return method.derived_refusal(self, active)

    def derived_forward(self, x, active, *args, **kwargs):
        method = DoRA if active[0] in self.lora_variant else LoRA
        return method.derived_forward(self, x, active, *args, **kwargs)


#: The passes after the frozen layer, by variant.
ROAD_PASSES = {
    "road_1": road_1.AfterFunction,
    "road_2": road_2.AfterFunction,
    "road_4": road_4.AfterFunction,
}


class RoAd(Derived):
    def derived_adapters(self):
        return self.road_theta

    def derived_refusal(self, active):
        odd = [self.variant[name] for name in active if self.variant[name] not in ROAD_PASSES]
        return f"variant {odd[0]} is not derived" if odd else None

    def derived_forward(self, x, active, *args, **kwargs):
        result = self.base_layer(x, *args, **kwargs)
        dtype = result.dtype
        for name in active:
            after = ROAD_PASSES[self.variant[name]]
            result = on_rows(after, result, self.road_theta[name], self.road_alpha[name], self.group_size[name])
        return result.to(dtype)


#: The passes after the frozen layer, by `psoft_settings`.
PSOFT_PASSES = {
    None: psoft.AfterFunction,
    (5, None): psoft_neumann.AfterFunction,
}


def psoft_settings(rotation) -> tuple[int, float | None] | None:
    """The number of terms and the projection of the Cayley-Neumann series; None for the exact inverse."""
    series = rotation.num_cayley_neumann_terms, rotation.cayley_neumann_eps
    return series if rotation.use_cayley_neumann else None


class PSOFT(Derived):
    def derived_adapters(self):
        return self.psoft_R

    def derived_refusal(self, active):
        for name in active:
            rotation = self.psoft_R[name]
            if not rotation.orth or rotation.vector_a is None or rotation.vector_b is None:
                return "psoft_orth is off, or one of the two magnitudes is missing"
            if psoft_settings(rotation) not in PSOFT_PASSES:
                return (
                    f"use_cayley_neumann={rotation.use_cayley_neumann}, num_cayley_neumann_terms="
                    f"{rotation.num_cayley_neumann_terms} and cayley_neumann_eps={rotation.cayley_neumann_eps} "
                    "are not derived together"
                )
            if drops(self.psoft_dropout[name]):
                return "psoft_dropout is on"
        return None

    def derived_forward(self, x, active, *args, **kwargs):
        result = self.base_layer(x, *args, **kwargs)
        dtype = result.dtype
        for name in active:
            rotation = self.psoft_R[name]
            after = PSOFT_PASSES[psoft_settings(rotation)]
            A, B = self._get_psoft_ab_cache_buffers(name)
            B = scaled(B, self.scaling[name])
            result = on_rows(after, result, as_rows(x), A, B, rotation.weight, rotation.vector_a, rotation.vector_b)
        return result.to(dtype)


#: The methods by the names of PEFT's layer classes below peft.tuners.
METHODS: dict[str, type[Derived]] = {
    "oft.layer.Linear": OFT,
    "oft.bnb.Linear4bit": OFT,
    "oft.bnb.Linear8bitLt": OFT,
    "boft.layer.Linear": BOFT,
    "hra.layer.HRALinear": HRA,
    "lora.layer.Linear": LoRAOrDoRA,
    "lora.bnb.Linear4bit": LoRAOrDoRA,
    "lora.bnb.Linear8bitLt": LoRAOrDoRA,
    "road.layer.Linear": RoAd,
    "psoft.layer.Linear": PSOFT,
}
