"""Each method's derived forward pass over PEFT's layer, and the settings of an adapter that it does not take."""

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

#: The passes before the frozen layer, by use_cayley_neumann and block_share.
OFT_PASSES = {
    (True, False): oft.BeforeFunction,
    (False, False): oft_exact.BeforeFunction,
    (True, True): oft_shared.BeforeFunction,
}


class OFT(Derived):
    def derived_adapters(self):
        return self.oft_R

    def derived_refusal(self, active):
        for rotation in (self.oft_R[name] for name in active):
            if rotation.coft:
                return "COFT projects the stored parameter at each step"
            if rotation.use_cayley_neumann and rotation.num_cayley_neumann_terms != 5:
                return f"num_cayley_neumann_terms is {rotation.num_cayley_neumann_terms}, and 5 is derived"
            if (rotation.use_cayley_neumann, rotation.block_share) not in OFT_PASSES:
                return (
                    f"use_cayley_neumann={rotation.use_cayley_neumann} with block_share={rotation.block_share} "
                    "is not derived"
                )
        return None

    def derived_forward(self, x, active, *args, **kwargs):
        dtype = x.dtype
        for rotation in (self.oft_R[name] for name in active):
            x = on_rows(OFT_PASSES[rotation.use_cayley_neumann, rotation.block_share], x, rotation.weight)
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
        return "boft_dropout is on" if drops(self, self.boft_dropout[active[0]]) else None

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


#: The passes after the frozen layer, by whether an adapter has a magnitude.
LORA_PASSES = {
    False: lora.AfterFunction,
    True: dora.AfterFunction,
}


class LoRA(Derived):
    """LoRA, and DoRA where an adapter has a magnitude."""

    def derived_adapters(self):
        return self.lora_A

    def derived_refusal(self, active):
        for name in active:
            variant = self.lora_variant.get(name)
            if variant is not None and type(variant).__name__ != "DoraLinearVariant":
                return f"{type(variant).__name__} is not derived"
            if (variant is not None) not in LORA_PASSES:
                return f"use_dora={variant is not None} is not derived"
            if variant is not None and len(active) > 1:
                return "DoRA is active beside another adapter"
            if variant is not None and (self.fan_in_fan_out or not is_frozen_linear(self.get_base_layer())):
                return "DoRA needs a plain weight (out, in)"
            if drops(self, self.lora_dropout[name]):
                return "lora_dropout is on"
            if self.lora_B[name].bias is not None:
                return "lora_bias is on"
        return None

    def derived_forward(self, x, active, *args, **kwargs):
        result = self.base_layer(x, *args, **kwargs)
        dtype = result.dtype
        for name in active:
            A, B = self.lora_A[name].weight, scaled(self.lora_B[name].weight, self.scaling[name])
            has_magnitude = name in self.lora_variant
            after = LORA_PASSES[has_magnitude]
            if has_magnitude:
                base_layer = self.get_base_layer()
                bias = base_layer.bias
                m = self.lora_magnitude_vector[name].weight
                base = result if bias is None else result - bias
                result = on_rows(after, base, as_rows(x), base_layer.weight, A, B, m)
                result = result if bias is None else result + bias
            else:
                result = on_rows(after, result, as_rows(x), A, B)
        return result.to(dtype)


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


#: The passes after the frozen layer, by use_cayley_neumann.
PSOFT_PASSES = {
    False: psoft.AfterFunction,
    True: psoft_neumann.AfterFunction,
}


class PSOFT(Derived):
    def derived_adapters(self):
        return self.psoft_R

    def derived_refusal(self, active):
        for name in active:
            rotation = self.psoft_R[name]
            if not rotation.orth or rotation.vector_a is None or rotation.vector_b is None:
                return "psoft_orth is off, or one of the two magnitudes is missing"
            if rotation.use_cayley_neumann not in PSOFT_PASSES:
                return f"use_cayley_neumann={rotation.use_cayley_neumann} is not derived"
            if rotation.use_cayley_neumann and (
                rotation.num_cayley_neumann_terms != 5 or rotation.cayley_neumann_eps is not None
            ):
                return "the Neumann series is derived with 5 terms and without a projection"
            if drops(self, self.psoft_dropout[name]):
                return "psoft_dropout is on"
        return None

    def derived_forward(self, x, active, *args, **kwargs):
        result = self.base_layer(x, *args, **kwargs)
        dtype = result.dtype
        for name in active:
            rotation = self.psoft_R[name]
            after = PSOFT_PASSES[rotation.use_cayley_neumann]
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
    "lora.layer.Linear": LoRA,
    "lora.bnb.Linear4bit": LoRA,
    "lora.bnb.Linear8bitLt": LoRA,
    "road.layer.Linear": RoAd,
    "psoft.layer.Linear": PSOFT,
}
