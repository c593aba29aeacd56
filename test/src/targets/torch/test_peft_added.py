"""
Methods that `oftc build --target peft` adds to PEFT, against the same layers as written. PEFT_SRC names the folder
`src` of a checkout of huggingface/peft; without it, peft_stand_in.py takes PEFT's place. OFTC_BUILT lists the packages.
"""

import contextlib
import copy
import importlib
import json
import os
import pickle
import sys
import tempfile
import unittest
import unittest.mock
import warnings

IS_REAL = bool(os.environ.get("PEFT_SRC"))
if IS_REAL:
    sys.path.insert(0, os.path.join(os.environ["OFTC_ROOT"], "bench/torch"))
    import stand_ins as peft_source
else:
    import peft_stand_in as peft_source
peft_source.install()
warnings.simplefilter("ignore")

import torch  # noqa: E402
import torch.distributed.tensor  # noqa: E402,F401
from peft import get_peft_model  # noqa: E402
from torch import nn  # noqa: E402

if IS_REAL:
    from peft import PeftModel
    from peft.utils import integrations

    integrations.check_deepspeed_zero3_enabled = lambda: False
    # The card of a model is of the Hub, which is absent here.
    PeftModel.create_or_update_model_card = lambda self, folder: None

TARGETS = ["q_proj", "up_proj", "down_proj"]


class Model(nn.Module):
    def __init__(self, wide: int = 32) -> None:
        super().__init__()
        self.q_proj = nn.Linear(16, 16, bias=False)
        self.up_proj = nn.Linear(16, wide)
        self.down_proj = nn.Linear(wide, 16)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.down_proj(torch.tanh(self.up_proj(torch.tanh(self.q_proj(x)))))


class Method:
    """A built package, and the layer as written in packages of their own, by their sizes."""

    def __init__(self, package: str, entry: dict) -> None:
        module = importlib.import_module(package)
        self.package, self.module = package, module
        self.config = lambda targets=None, **sizes: getattr(module, entry["config"])(
            target_modules=targets or entry.get("targets", TARGETS), **sizes
        )
        self.targets, self.inputs, self.references = entry.get("targets", TARGETS), entry["inputs"], entry["references"]
        self.prefix, self.one = entry["prefix"], entry["one"]

    def written(self, layer: nn.Module, name: str, x: torch.Tensor, weight, bias) -> torch.Tensor:
        """The rows that the layer as written gives."""
        reference = importlib.import_module(self.references[f"{layer.out_features}x{layer.in_features}"])
        given = {"x": x, "W": weight, "bias": bias if bias is not None else x.new_zeros(layer.out_features)}
        tensors = [given[i] if i in given else getattr(layer, f"{self.prefix}{i}")[name] for i in self.inputs]
        y = reference.written(*tensors)[0]
        return y if "bias" in self.inputs or bias is None else y + bias


METHODS = {name: Method(name, entry) for name, entry in json.loads(os.environ["OFTC_BUILT"]).items()}


def shake(model: nn.Module, name: str = "") -> nn.Module:
    for key, p in model.named_parameters():
        if name in key if name else p.requires_grad:
            p.data += torch.randn_like(p) * 0.1
    return model.double()


def wrapped(method: Method) -> nn.Module:
    torch.manual_seed(0)
    return shake(get_peft_model(Model(), method.config()))


def layers(model: nn.Module, method: Method) -> dict[str, nn.Module]:
    return {n.rpartition(".")[2]: m for n, m in model.named_modules() if n.rpartition(".")[2] in method.targets}


def error(actual: torch.Tensor, expected: torch.Tensor) -> float:
    return float((actual - expected).norm() / expected.norm().clamp_min(1e-30))


def each(test):
    """The test of every method."""

    def tests(self) -> None:
        for name, method in METHODS.items():
            with self.subTest(name):
                test(self, method)

    return tests


class Added(unittest.TestCase):
    @each
    def test_outputs_and_gradients_are_those_of_the_layer_as_written(self, method: Method) -> None:
        found = layers(wrapped(method), method)
        self.assertEqual(sorted(found), sorted(method.targets))
        for layer in found.values():
            x = torch.randn(2, 5, layer.in_features, dtype=torch.float64, requires_grad=True)
            trained = [x, *(p for p in layer.parameters() if p.requires_grad)]
            self.assertGreater(len(trained), 1)
            base = layer.base_layer
            expected = method.written(layer, "default", x.reshape(10, -1), base.weight, base.bias)
            y = layer(x)
            self.assertEqual(y.shape, (2, 5, layer.out_features))
            cotangent = torch.randn(10, layer.out_features, dtype=torch.float64)
            self.assertLess(error(y.reshape(10, -1), expected), 1e-12)
            own = torch.autograd.grad(y.reshape(10, -1), trained, cotangent)
            for a, b in zip(own, torch.autograd.grad(expected, trained, cotangent), strict=True):
                self.assertLess(error(a, b), 1e-9)

    @each
    def test_merged_layers_compute_the_same_and_are_given_back_bit_by_bit(self, method: Method) -> None:
        model = wrapped(method)
        x = torch.randn(3, 16, dtype=torch.float64)
        y, before = model(x), {k: v.clone() for k, v in model.state_dict().items()}
        plain = type(next(iter(layers(model, method).values())))
        if not plain.is_linear:
            with self.assertRaisesRegex(ValueError, "no merged weight: keep the adapter"):
                model.merge_adapter()
            return
        deltas = {n: l.get_delta_weight("default") + l.base_layer.weight for n, l in layers(model, method).items()}
        model.merge_adapter()
        self.assertLess(error(model(x), y), 1e-12)
        for name, layer in layers(model, method).items():
            self.assertLess(error(deltas[name], layer.base_layer.weight), 1e-12)
        model.unmerge_adapter()
        for key, value in model.state_dict().items():
            self.assertTrue(torch.equal(value, before[key]), key)

    @each
    def test_several_adapters_apply_as_if_each_were_merged_before_the_next(self, method: Method) -> None:
        model, x = wrapped(method), torch.randn(3, 16, dtype=torch.float64)
        y = model(x)
        with model.disable_adapter():
            frozen = model(x)
        self.assertGreater(error(frozen, y), 1e-6)
        model.add_adapter("second", method.config())
        shake(model, "second")
        self.assertLess(error(model(x), y), 1e-12)
        model.set_adapter("second")
        second = model(x)
        self.assertGreater(error(second, y), 1e-6)
        for layer in layers(model, method).values():
            layer.set_adapter(["default", "second"])
        if method.one:
            with self.assertRaisesRegex(ValueError, "one adapter can be active"):
                model(x)
            return
        both = model(x)
        self.assertGreater(error(both, second), 1e-6)
        if all(layer.is_linear for layer in layers(model, method).values()):
            model.merge_adapter()
            self.assertLess(error(model(x), both), 1e-12)

    @each
    def test_layers_are_copied_and_pickled_and_compile_whole(self, method: Method) -> None:
        for layer in layers(wrapped(method), method).values():
            x = torch.randn(3, layer.in_features, dtype=torch.float64)
            for other in (copy.deepcopy(layer), pickle.loads(pickle.dumps(layer))):
                torch.testing.assert_close(other(x), layer(x))
        torch._dynamo.reset()
        torch.testing.assert_close(torch.compile(layer, fullgraph=True, backend="aot_eager")(x), layer(x))

    @each
    def test_half_precision_keeps_the_dtype_of_the_frozen_layer(self, method: Method) -> None:
        model, x = wrapped(method).float(), torch.randn(3, 16)
        y = model(x)
        for layer in layers(model, method).values():
            layer.base_layer.bfloat16()
        rounded = model.bfloat16()(x.bfloat16())
        self.assertEqual(rounded.dtype, torch.bfloat16)
        self.assertLess(error(rounded.float(), y), 0.1)
        with torch.autocast("cpu", dtype=torch.bfloat16):
            self.assertLess(error(model.float()(x).float(), y), 0.1)

    @each
    def test_a_quantised_layer_keeps_its_adapter_and_is_not_merged(self, method: Method) -> None:
        class Quantised(nn.Module):
            """A linear layer of whole numbers."""

            def __init__(self, linear: nn.Linear) -> None:
                super().__init__()
                self.in_features, self.out_features, self.bias = linear.in_features, linear.out_features, linear.bias
                self.scale = linear.weight.detach().abs().max() / 127
                self.weight = nn.Parameter((linear.weight.detach() / self.scale).round().to(torch.int8), False)

            def forward(self, x: torch.Tensor) -> torch.Tensor:
                return nn.functional.linear(x, self.weight.to(x.dtype) * self.scale.to(x.dtype), self.bias)

        model = Model()
        for target in method.targets:
            setattr(model, target, Quantised(getattr(model, target)))
        if method.one == "weight":
            with self.assertRaisesRegex(ValueError, "_proj: .*quantised or in parts: load the model unquantised"):
                get_peft_model(model, method.config())
            return
        x = torch.randn(3, 16)
        model = get_peft_model(model, method.config())
        self.assertTrue(torch.isfinite(model(x)).all())
        with self.assertRaisesRegex(ValueError, "merge into the unquantised model|keep the adapter"):
            model.merge_adapter()

    @each
    def test_what_does_not_fit_is_refused_in_a_sentence(self, method: Method) -> None:
        with self.assertRaisesRegex(TypeError, "act: Tanh is no linear layer"):
            model = Model()
            model.act = nn.Tanh()
            get_peft_model(model, method.config(["act"]))
        model = wrapped(method)
        for call in (model, next(iter(layers(model, method).values()))):
            with self.assertRaisesRegex(ValueError, "leave out adapter_names"):
                call(torch.randn(3, 16, dtype=torch.float64), adapter_names=["default"] * 3)

    @unittest.skipUnless(IS_REAL, "needs PEFT")
    @each
    def test_adapters_are_saved_loaded_deleted_and_unloaded(self, method: Method) -> None:
        model, x = wrapped(method), torch.randn(3, 16, dtype=torch.float64)
        y = model(x)
        with tempfile.TemporaryDirectory() as folder:
            model.save_pretrained(folder)
            torch.manual_seed(0)
            loaded = PeftModel.from_pretrained(Model().double(), folder)
            self.assertLess(error(loaded(x), y), 1e-12)
            loaded.load_adapter(folder, adapter_name="again")
            loaded.set_adapter("again")
            self.assertLess(error(loaded(x), y), 1e-12)
            loaded.delete_adapter("default")
            self.assertLess(error(loaded(x), y), 1e-12)
            with open(os.path.join(folder, "adapter_config.json")) as file:
                fields = json.load(file)
        self.assertEqual(fields["peft_type"], method.prefix.removesuffix("_").upper())
        for name, value in method.config().built.items():
            self.assertEqual(fields[name], value)
            with self.assertRaisesRegex(ValueError, f"is built with {name} = .* build it with --set {name}="):
                method.config(**{name: 77})
        if all(layer.is_linear for layer in layers(model, method).values()):
            unloaded = loaded.merge_and_unload()
            self.assertEqual(type(unloaded.q_proj), nn.Linear)
            self.assertLess(error(unloaded(x), y), 1e-12)


class Sizes(unittest.TestCase):
    """The sizes of layers, and the names of methods."""

    def test_blocks_that_do_not_divide_are_refused_with_the_sizes(self) -> None:
        with self.assertRaisesRegex(ValueError, "q_proj: ether_plus does not fit .* b = 5, k = 3, a = 5 .* leave"):
            get_peft_model(Model(), METHODS["my_ether"].config(["q_proj"], b=5))
        with self.assertRaisesRegex(ValueError, "needs a whole number in/a, and it is 16/3"):
            get_peft_model(Model(), METHODS["mine"].config(["q_proj"], a=3))
        with self.assertRaisesRegex(ValueError, "need an even number of them, and there are 3"):
            get_peft_model(Model(), METHODS["my_hoft"].config(["q_proj"], r=3))

    def test_a_size_that_is_no_positive_whole_number_is_refused(self) -> None:
        for b in (0, -4, 4.0, "4", True, None):
            with self.assertRaisesRegex(ValueError, f"b is a positive whole number, and my_adapter got {b!r}"):
                METHODS["mine"].config(["q_proj"], b=b)

    def test_a_partitioned_weight_gives_its_whole_shape(self) -> None:
        base = importlib.import_module("my_hoft.oftc_torch.tuner.base")

        class Conv1D(nn.Module):
            """transformers' layer, as ZeRO-3 leaves its weight between uses."""

            def __init__(self) -> None:
                super().__init__()
                self.weight = nn.Parameter(torch.empty(0))
                self.weight.ds_shape = (16, 48)

        self.assertEqual(base.features(Conv1D()), (16, 48))

    def test_partitioned_tensors_are_gathered_where_they_are_read(self) -> None:
        def part(p: nn.Parameter) -> None:
            p.whole, p.ds_shape, p.data = p.data, tuple(p.shape), torch.empty(0, dtype=p.dtype)

        @contextlib.contextmanager
        def gathered(params, modifier_rank=0):
            """What DeepSpeed's GatheredParameters does: it keeps changes of the rank that is named."""
            params = list(params)
            for p in params:
                p.data = p.whole
            yield
            for p in params:
                p.whole, p.data = p.whole if modifier_rank is None else p.data, torch.empty(0, dtype=p.dtype)

        method = METHODS["my_masked"]
        module = importlib.import_module("my_masked.oftc_torch.tuner.layer")
        x, model = torch.randn(3, 16, dtype=torch.float64), Model().double()
        norms = model.q_proj.weight.norm(dim=1)
        part(model.q_proj.weight)
        with unittest.mock.patch.object(module, "gather_params_ctx", gathered):
            layer = layers(get_peft_model(model, method.config(["q_proj"])), method)["q_proj"]
            torch.testing.assert_close(layer.masked_mean["default"].flatten(), norms)
            layer.base_layer.weight.data = layer.base_layer.weight.whole
            y = layer(x)
            before = layer.base_layer.weight.clone()
            for p in layer.parameters():
                part(p)
            layer.merge()
            self.assertLess(error(x @ layer.base_layer.weight.whole.t(), y), 1e-12)
            layer.unmerge()
            self.assertTrue(torch.equal(layer.base_layer.weight.whole, before))

    def test_a_transposed_weight_is_adapted_and_merged(self) -> None:
        class Conv1D(nn.Module):
            """transformers' linear layer with a weight (in, out)."""

            def __init__(self) -> None:
                super().__init__()
                self.weight, self.bias = nn.Parameter(torch.randn(16, 24) * 0.1), nn.Parameter(torch.randn(24))

            def forward(self, x: torch.Tensor) -> torch.Tensor:
                return x @ self.weight + self.bias

        model = Model()
        model.q_proj = Conv1D()
        method = METHODS["my_hoft"]
        layer = layers(shake(get_peft_model(model, method.config(["q_proj"]))), method)["q_proj"]
        x = torch.randn(3, 16, dtype=torch.float64)
        y = layer(x)
        layer.merge()
        self.assertEqual(layer.base_layer.weight.shape, (16, 24))
        self.assertLess(error(layer(x), y), 1e-12)

    def test_a_name_of_pefts_is_refused_and_a_reload_registers_again(self) -> None:
        method = METHODS["my_hoft"]
        importlib.reload(method.module)
        tuner = importlib.import_module("my_hoft.oftc_torch.tuner")
        taken = type("Taken", (tuner.MethodConfig,), {"method": "oft"})
        with self.assertRaisesRegex(ValueError, "PEFT has a method oft already"):
            tuner.register(taken, type("Model", (tuner.MethodModel,), {"prefix": "oft_"}))

    def test_weight_that_asks_for_a_gradient_is_refused_where_it_is_read(self) -> None:
        model = wrapped(METHODS["my_masked"])
        model.requires_grad_(True)
        with self.assertRaisesRegex(RuntimeError, "weight asks for a gradient"):
            model(torch.randn(3, 16, dtype=torch.float64))


def load_tests(loader: unittest.TestLoader, tests: unittest.TestSuite, _: str) -> unittest.TestSuite:
    """The tests here, and those of every package."""
    tests.addTests(loader.loadTestsFromName(f"{name}.test_layer") for name in METHODS)
    return tests


if __name__ == "__main__":
    unittest.main()
