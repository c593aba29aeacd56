"""`oftc_torch.peft` on layers with the attributes of PEFT's, which compute as PEFT does."""

import copy
import math
import pickle
import sys
import types
import unittest
import warnings

import torch
from torch import nn

import oftc_torch.peft


def as_peft(module: str, cls: type) -> type:
    """The class under the name of one of PEFT's modules."""
    cls.__module__ = f"peft.tuners.{module}"
    cls.__qualname__ = cls.__name__
    parts = cls.__module__.split(".")
    for n in range(1, len(parts) + 1):
        sys.modules.setdefault(".".join(parts[:n]), types.ModuleType(".".join(parts[:n]))).__path__ = []
    return cls


class Adapted(nn.Module):
    """What PEFT's layers share."""

    def __init__(self, rows: int, cols: int, bias: bool = True) -> None:
        super().__init__()
        self.base_layer = nn.Linear(cols, rows, bias=bias).requires_grad_(False)
        self.active_adapters, self.merged, self.disable_adapters = ["default"], False, False
        self.in_features, self.out_features = cols, rows

    def get_base_layer(self) -> nn.Linear:
        return self.base_layer


class Rotation(nn.Module):
    def __init__(self, r: int, b: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.randn(r, b * (b - 1) // 2) * 0.05)
        self.b, self.use_cayley_neumann, self.num_cayley_neumann_terms = b, True, 5
        self.coft = self.block_share = False

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        rows, cols = torch.triu_indices(self.b, self.b, 1)
        q = x.new_zeros(len(self.weight), self.b, self.b)
        q[:, rows, cols] = self.weight
        q = q - q.mT
        eye = torch.eye(self.b, dtype=x.dtype)
        R = eye + 2 * q + 2 * q @ q + 2 * q @ q @ q + q @ q @ q @ q
        return torch.einsum("...rk,rkc->...rc", x.unflatten(-1, (-1, self.b)), R).flatten(-2)


class Linear(Adapted):
    """PEFT's OFT."""

    def __init__(self, rows: int = 12, cols: int = 16, b: int = 4) -> None:
        super().__init__(rows, cols)
        self.oft_R = nn.ModuleDict({"default": Rotation(cols // b, b), "other": Rotation(cols // b, b)})

    def forward(self, x: torch.Tensor, *args, **kwargs) -> torch.Tensor:
        for name in [] if self.disable_adapters or self.merged else self.active_adapters:
            x = self.oft_R[name](x)
        return self.base_layer(x)


OFTLinear = as_peft("oft.layer", Linear)


class Linear(Adapted):  # noqa: F811
    """PEFT's LoRA."""

    def __init__(self, rows: int = 12, cols: int = 16, r: int = 4) -> None:
        super().__init__(rows, cols)
        self.lora_A = nn.ModuleDict({"default": nn.Linear(cols, r, bias=False)})
        self.lora_B = nn.ModuleDict({"default": nn.Linear(r, rows, bias=False)})
        self.lora_dropout = nn.ModuleDict({"default": nn.Identity()})
        self.scaling, self.lora_variant, self.fan_in_fan_out = {"default": 0.7}, {}, False

    def forward(self, x: torch.Tensor, *args, **kwargs) -> torch.Tensor:
        kwargs.pop("adapter_names", None)
        y = self.base_layer(x, *args, **kwargs)
        if self.disable_adapters:
            return y
        return y + self.lora_B["default"](self.lora_dropout["default"](self.lora_A["default"](x))) * self.scaling["default"]


LoRALinear = as_peft("lora.layer", Linear)


def model() -> nn.Module:
    torch.manual_seed(0)
    return nn.ModuleDict({"q": OFTLinear(), "v": LoRALinear(), "norm": nn.LayerNorm(3)}).double()


class Use(unittest.TestCase):
    def test_it_takes_the_layers_whose_methods_are_derived(self) -> None:
        m = model()
        self.assertEqual(oftc_torch.peft.use(m), ["q", "v"])
        self.assertEqual(oftc_torch.peft.use(m), ["q", "v"])
        self.assertIsInstance(m["q"], OFTLinear)
        self.assertEqual(list(m.state_dict()), list(model().state_dict()))

    def test_it_refuses_a_model_without_such_a_layer(self) -> None:
        with self.assertRaisesRegex(ValueError, "call use.. on what get_peft_model returns"):
            oftc_torch.peft.use(nn.Linear(2, 2))

    def test_it_names_the_methods_that_are_not_derived(self) -> None:
        other = as_peft("vera.layer", type("Linear", (Adapted,), {}))
        with self.assertRaisesRegex(ValueError, "no pass for PEFT's vera.layer.Linear, whose own pass stays"):
            oftc_torch.peft.use(nn.Sequential(other(3, 4)))

    def test_a_dropout_that_trains_in_an_evaluated_layer_drops(self) -> None:
        m, x = model().eval(), torch.ones(3, 16, dtype=torch.float64)
        m["v"].lora_dropout["default"] = nn.Dropout(0.5)
        oftc_torch.peft.use(m)
        torch.manual_seed(0)
        self.assertFalse(torch.equal(m["v"](x), m["v"](x)))

    def test_hooks_on_the_parts_of_an_adapter_run(self) -> None:
        for register in ("register_forward_hook", "register_forward_pre_hook"):
            m, x, ran = model(), torch.ones(3, 16, dtype=torch.float64), []
            oftc_torch.peft.use(m)
            handle = getattr(m["v"].lora_B["default"], register)(lambda *_: ran.append(1))
            m["v"](x)
            self.assertEqual(len(ran), 1)
            self.assertEqual(list(oftc_torch.peft.check(m)), ["q"])
            handle.remove()
            m["v"](x)
            self.assertEqual(list(oftc_torch.peft.check(m)), ["q", "v"])

    def test_no_adapter_names_are_those_that_are_active(self) -> None:
        m, x = model(), torch.ones(3, 16, dtype=torch.float64)
        expected = m["v"](x)
        oftc_torch.peft.use(m)
        torch.testing.assert_close(m["v"](x, adapter_names=None), expected)

    def test_check_without_gradients_and_without_features_of_the_base(self) -> None:
        m = model()
        oftc_torch.peft.use(m)
        del m["v"].base_layer.in_features
        for mode in (torch.no_grad, torch.inference_mode):
            with mode():
                self.assertLess(max(oftc_torch.peft.check(m).values()), 1e-12)

    def test_outputs_and_gradients_are_those_of_peft(self) -> None:
        m = model()
        oftc_torch.peft.use(m)
        differences = oftc_torch.peft.check(m)
        self.assertEqual(sorted(differences), ["q", "v"])
        self.assertLess(max(differences.values()), 1e-12)

    def test_several_adapters_in_their_order(self) -> None:
        m, x = model(), torch.randn(2, 5, 16, dtype=torch.float64)
        m["q"].active_adapters = ["other", "default"]
        expected = m["q"](x)
        oftc_torch.peft.use(m)
        torch.testing.assert_close(m["q"](x), expected)

    def test_disabled_adapters_and_restored_layers(self) -> None:
        m, x = model(), torch.randn(3, 16, dtype=torch.float64)
        expected = m["q"](x)
        oftc_torch.peft.use(m)
        m["q"].disable_adapters = True
        torch.testing.assert_close(m["q"](x), m["q"].base_layer(x))
        self.assertEqual(oftc_torch.peft.restore(m), ["q", "v"])
        self.assertIs(type(m["q"]), OFTLinear)
        m["q"].disable_adapters = False
        torch.testing.assert_close(m["q"](x), expected)

    def test_models_are_copied_and_pickled(self) -> None:
        m, x = model(), torch.randn(3, 16, dtype=torch.float64)
        oftc_torch.peft.use(m)
        for key, layer in (("q", OFTLinear), ("v", LoRALinear)):
            sys.modules[layer.__module__].Linear = layer
            for other in (copy.deepcopy(m[key]), pickle.loads(pickle.dumps(m[key]))):
                self.assertIn("Derived", type(other).__name__)
                torch.testing.assert_close(other(x), m[key](x))

    def test_check_compares_without_dropout_and_leaves_the_random_numbers(self) -> None:
        m = model()
        with self.assertRaisesRegex(ValueError, "call use"):
            oftc_torch.peft.check(m)
        m["v"].lora_dropout["default"] = nn.Dropout(0.5)
        oftc_torch.peft.use(m)
        torch.manual_seed(3)
        expected = torch.rand(1)
        torch.manual_seed(3)
        self.assertLess(max(oftc_torch.peft.check(m).values()), 1e-12)
        self.assertEqual(torch.rand(1), expected)
        self.assertTrue(m["v"].lora_dropout["default"].training)

    def test_check_says_what_is_not_a_number(self) -> None:
        m = model()
        oftc_torch.peft.use(m)
        weight = m["v"].lora_A["default"].weight
        with torch.no_grad():
            m["v"].lora_B["default"].weight.zero_()
        # Only a gradient is NaN, after the finite difference of the output.
        weight.register_hook(lambda g: g * math.nan)
        self.assertTrue(math.isnan(oftc_torch.peft.check(m)["v"]))

    def test_check_leaves_out_layers_where_pefts_pass_runs(self) -> None:
        m = model()
        oftc_torch.peft.use(m)
        m["q"].oft_R["default"].coft = True
        self.assertEqual(list(oftc_torch.peft.check(m)), ["v"])
        m["v"].disable_adapters = True
        with self.assertRaisesRegex(ValueError, "own pass runs in each layer: COFT projects .*; adapters are merged"):
            oftc_torch.peft.check(m)

    def test_adapters_in_bfloat16(self) -> None:
        for build in (model, lambda: model().bfloat16()):
            m = build().float() if build is model else build()
            for layer in m.values():
                if hasattr(layer, "base_layer"):
                    layer.base_layer.bfloat16()
            oftc_torch.peft.use(m)
            m["q"].oft_R["default"].use_cayley_neumann = False
            y = m["q"](torch.randn(2, 16, dtype=torch.bfloat16))
            self.assertEqual(y.dtype, torch.bfloat16)

    def test_what_is_not_derived_keeps_pefts_pass_and_is_said_once(self) -> None:
        m, x = model(), torch.randn(3, 16, dtype=torch.float64)
        m["q"].oft_R["default"].coft = True
        expected = m["q"](x)
        oftc_torch.peft.use(m)
        with warnings.catch_warnings(record=True) as said:
            warnings.simplefilter("always")
            torch.testing.assert_close(m["q"](x), expected)
            m["q"](x)
        self.assertEqual(len(said), 1)
        self.assertIn("OFT: COFT projects the stored parameter", str(said[0].message))


if __name__ == "__main__":
    unittest.main()
