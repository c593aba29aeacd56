"""A built OFT layer with a quantised weight, as PyTorch users run it. The folder of the package `qoft` is on the path.

Its weight is (50, 20), so that its last block and its last scales are not full. It is held as NF4 with double quantisation.
"""

import copy
import io
import os
import pickle
import shutil
import unittest

import torch
from torch import nn
from torch.utils.checkpoint import checkpoint

from qoft.layer import Qoft
from qoft.oftc_torch import Int4, Int8, Nf4, QuantizedModule

NAMES = ["", ".absmax", ".quant_map", ".nested_absmax", ".nested_quant_map", ".quant_state.bitsandbytes__nf4"]
DTYPES = [torch.uint8, torch.uint8, torch.float32, torch.float32, torch.float32, torch.uint8]


def weight(seed: int = 0) -> torch.Tensor:
    return torch.randn(50, 20, generator=torch.Generator().manual_seed(seed)) * 0.1


def layer(seed: int = 0) -> Qoft:
    torch.manual_seed(seed)
    made = Qoft(weight(seed))
    with torch.no_grad():
        made.oft_R.weight.normal_(0, 0.1)
    return made


def weight_of(made: Qoft) -> dict[str, torch.Tensor]:
    """The tensors of the weight in a state dict."""
    return {k: v for k, v in made.state_dict().items() if k != "oft_R.weight"}


def results(run, made: Qoft, x: torch.Tensor) -> list[torch.Tensor]:
    """The output and the gradients of x and of the parameter."""
    x = x.detach().requires_grad_()
    y = run(x)
    return [y, *torch.autograd.grad(y.square().sum(), [x, made.oft_R.weight])]


class Holder(QuantizedModule):
    """Holds one weight."""

    def __init__(self, form, given, path="weight") -> None:
        super().__init__()
        self.hold_quantized(path, form, given, None)


class Quantised(unittest.TestCase):
    def assert_same(self, actual, expected) -> None:
        for a, e in zip(actual, expected, strict=True):
            self.assertTrue(torch.equal(a, e))

    def test_the_state_dict_has_the_names_of_bitsandbytes(self) -> None:
        made = layer()
        state = made.state_dict()
        self.assertEqual(sorted(state), sorted(["oft_R.weight", *(f"weight{n}" for n in NAMES)]))
        self.assertEqual([state[f"weight{n}"].dtype for n in NAMES], DTYPES)
        self.assertEqual(state["weight"].shape, (500, 1))
        self.assertEqual([n for n, _ in made.named_parameters()], ["oft_R.weight"])

    def test_it_shows_its_sizes_and_its_formats(self) -> None:
        self.assertRegex(str(layer()), r"in_features=20, out_features=50, b=4, r=5, weight: Nf4\(")

    def test_the_first_code_is_in_the_high_bits(self) -> None:
        held = Holder(Nf4((4,), block=32), torch.tensor([1.0, -1.0, 0.0, 0.5]))
        self.assertEqual(held.weight.flatten().tolist(), [0xF0, 0x7C])
        self.assertEqual(held.dequantized("weight")[:3].tolist(), [1.0, -1.0, 0.0])

    def test_it_is_the_layer_of_the_values_that_the_codes_stand_for(self) -> None:
        made, x = layer().double(), torch.randn(2, 3, 20, dtype=torch.float64)
        new = Qoft(weight()).double()
        values = new.dequantized("weight", torch.float64)
        torch.testing.assert_close(new(x), x @ values.T)
        self.assertLess(float((values - weight()).norm() / weight().norm()), 0.1)
        self.assertEqual(made(x).dtype, torch.float64)

    def test_states_are_loaded_and_shared(self) -> None:
        made, other, x = layer(), layer(1), torch.randn(3, 20)
        for assign in (False, True):
            loaded = layer(1)
            self.assertFalse(torch.equal(loaded(x), made(x)))
            loaded.load_state_dict(made.state_dict(), assign=assign)
            self.assertTrue(torch.equal(loaded(x), made(x)))
            self.assert_same(loaded.state_dict().values(), made.state_dict().values())
        tensors = weight_of(made)
        narrow = Qoft(weight().bfloat16())
        self.assertIn('"dtype": "bfloat16"', bytes(narrow.state_dict()[f"weight{NAMES[5]}"].tolist()).decode())
        built = Qoft(tensors)
        self.assertEqual(built.weight.data_ptr(), made.weight.data_ptr())
        result = other.load_state_dict(tensors, strict=False)
        self.assertEqual((result.missing_keys, result.unexpected_keys), (["oft_R.weight"], []))
        model = nn.Sequential(layer(1), nn.Linear(50, 3))
        self.assertIn("0.weight.absmax", model.state_dict())
        model.load_state_dict(model.state_dict() | {f"0.{k}": v for k, v in made.state_dict().items()})
        self.assertTrue(torch.equal(model[0](x), made(x)))

    def test_a_layer_without_memory_takes_a_state(self) -> None:
        made, x = layer(), torch.randn(3, 20)
        empty = Qoft(torch.empty(50, 20, device="meta"), device="meta")
        self.assertEqual(set(empty.state_dict()), set(made.state_dict()))
        empty.load_state_dict(made.state_dict(), assign=True)
        self.assertTrue(torch.equal(empty(x), made(x)))
        self.assertEqual(layer().to("meta")(x.to("meta")).shape, (3, 50))
        filled = Qoft(torch.empty(50, 20, device="meta"), device="meta").to_empty(device="cpu")
        filled.load_state_dict(made.state_dict())
        self.assertTrue(torch.equal(filled(x), made(x)))

    def test_dtypes_of_parameters_leave_codes_and_scales(self) -> None:
        held = [t.clone() for t in layer().quantized("weight")]
        changes = (
            *(nn.Module.half, nn.Module.bfloat16, nn.Module.double, lambda m: m.to(torch.float16).float()),
            *(lambda m: m.type(torch.float16), lambda m: nn.Sequential(m).type(torch.bfloat16)),
        )
        for change in changes:
            made = layer()
            change(made)
            self.assert_same(made.quantized("weight"), held)
            self.assertTrue(made(torch.randn(2, 20).to(made.oft_R.weight.dtype)).isfinite().all())
        made = layer().bfloat16()
        x = torch.randn(4, 20, dtype=torch.bfloat16)
        y, grad_x, grad_v = results(made, made, x)
        self.assertEqual((y.dtype, grad_x.dtype, grad_v.dtype), (torch.bfloat16,) * 3)
        torch.testing.assert_close(y.float(), layer()(x.float()), rtol=0.05, atol=0.02)

    def test_the_default_dtype_is_that_of_parameters_alone(self) -> None:
        held, x = layer().quantized("weight"), torch.randn(3, 20)
        y = layer()(x)
        given = weight()
        for dtype in (torch.bfloat16, torch.float64):
            torch.set_default_dtype(dtype)
            try:
                made, groups = Qoft(given), Holder(Int4((50, 20), 8), given).dequantized("weight")
                loaded = Qoft(weight_of(made))
            finally:
                torch.set_default_dtype(torch.float32)
            self.assertEqual((made.oft_R.weight.dtype, groups.dtype), (dtype, torch.float32))
            self.assert_same(made.quantized("weight"), held)
            self.assert_same(loaded.quantized("weight"), held)
            loaded.float().load_state_dict(layer().state_dict())
            self.assertTrue(torch.equal(loaded(x), y))

    def test_autocast(self) -> None:
        made, x = layer(), torch.randn(64, 20)
        with torch.autocast("cpu", dtype=torch.bfloat16):
            y = made(x)
        self.assertEqual(y.dtype, torch.bfloat16)
        torch.testing.assert_close(y.float(), made(x), rtol=0.05, atol=0.02)

    def test_nothing_as_large_as_the_weight_is_kept_for_the_backward_pass(self) -> None:
        made, x = layer(), torch.randn(2, 20, requires_grad=True)
        kept = []
        with torch.autograd.graph.saved_tensors_hooks(lambda t: kept.append(t) or t, lambda t: t):
            y = made(x)
        own = {t.data_ptr() for t in made.buffers()}
        floats = [t for t in kept if t.data_ptr() not in own]
        self.assertGreater(len(floats), 0)
        self.assertLess(max(t.numel() for t in floats), 1000)
        y.sum().backward()

    def test_copies_pickles_and_files(self) -> None:
        made, x = layer(), torch.randn(3, 20)
        file = io.BytesIO()
        torch.save(made.state_dict(), file)
        file.seek(0)
        loaded = layer(1)
        loaded.load_state_dict(torch.load(file, weights_only=True))
        for other in (copy.deepcopy(made), pickle.loads(pickle.dumps(made)), loaded):
            self.assert_same(results(other, other, x), results(made, made, x))

    def test_compiled_whole_and_checkpointed(self) -> None:
        made, x = layer(), torch.randn(3, 20)
        torch._dynamo.reset()
        compiled = torch.compile(made, fullgraph=True, backend="aot_eager")
        for run in (compiled, lambda x: checkpoint(made, x, use_reentrant=False)):
            for actual, expected in zip(results(run, made, x), results(made, made, x)):
                torch.testing.assert_close(actual, expected)

    @unittest.skipUnless(os.environ.get("OFTC_TESTS") == "all", "it takes ten seconds, and runs nightly")
    @unittest.skipUnless(shutil.which("g++"), "torch.compile needs a compiler of C++, and there is no g++")
    def test_the_compiler_of_pytorch_takes_it_whole(self) -> None:
        made, x = layer(), torch.randn(3, 20)
        torch._dynamo.reset()
        for actual, expected in zip(results(torch.compile(made, fullgraph=True), made, x), results(made, made, x)):
            torch.testing.assert_close(actual, expected)

    def test_what_does_not_fit_is_refused(self) -> None:
        state = weight_of(layer())
        plain = Holder(Nf4((50, 20), block=64), weight()).state_dict()
        garbage = {f"weight{NAMES[5]}": torch.full((4,), 0xFF, dtype=torch.uint8)}
        linear = nn.Linear(20, 50)
        rows = Holder(Int8((50, 20)), weight()).state_dict()
        indexed = Holder(Int4((50, 20), 8, True), weight()).state_dict()
        cases = [
            (lambda: Qoft(state | garbage), "its quant state cannot be read: it is the bytes of a JSON object with"),
            (lambda: Qoft(layer().state_dict()), "and oft_R.weight would be dropped: build the layer with .* load_state_dict"),
            (lambda: Qoft(state | {"bias": torch.ones(50)}), "and bias would be dropped"),
            (lambda: Qoft(state | {"weight.quant_map": state["weight.quant_map"] * 2}), "other values than NF4's"),
            (lambda: Qoft(state | {"weight.nested_absmax": torch.full((1,), float("nan"))}), "absmax has .* not finite"),
            (lambda: Holder(Nf4((50, 20), 64), plain | {"weight.absmax": -torch.ones(16)}), "absmax has values below 0"),
            (lambda: Holder(Int8((50, 20)), rows | {"SCB": -rows["SCB"]}), "SCB has values below 0"),
            (
                lambda: Holder(Int4((50, 20), 8, True), indexed | {"weight.groups": indexed["weight.groups"] + 1}),
                "its groups name others than the 3 that have scales",
            ),
            (lambda: layer().dequantized("W"), "no 'W' is held quantised: the paths are 'weight'"),
            (lambda: Qoft(torch.randn(20, 50)), "weight has shape .50, 20., and the given tensor has .20, 50."),
            (lambda: Qoft(weight().fill_(float("nan"))), "weight has values that are not finite"),
            (lambda: Qoft(state["weight"]), "give all of its tensors by their names"),
            (lambda: Qoft({"weight": state["weight"]}), "the given tensors have no weight.absmax, weight.quant_map"),
            (lambda: Qoft(state | {"weight.absmax": state["weight.absmax"][1:]}), "weight.absmax has shape .16,., and"),
            (lambda: Qoft(state | {"weight.quant_map": state["weight.quant_map"].half()}), "has torch.float32, and"),
            (lambda: Qoft(state | {f"weight{NAMES[5]}": torch.zeros(4, dtype=torch.uint8)}), "state cannot be read"),
            (
                lambda: Holder(Nf4((50, 20), block=128), plain | {"weight.absmax": torch.ones(8)}),
                "it is nf4 of shape .50, 20. in blocks of 64, and the layer is built for nf4 .* in blocks of 128",
            ),
        ]
        for build, message in cases:
            with self.assertRaisesRegex(ValueError, message):
                build()
        with self.assertRaisesRegex(TypeError, "weight is a tensor .* and a Linear is given: give .* linear.state_dict"):
            Qoft(linear)
        with self.assertRaisesRegex(TypeError, "the layer multiplies floats, and x has torch.int64: give x.float()"):
            layer()(torch.full((2, 20), 2))
        loads = [
            (
                {k: v for k, v in state.items() if k != "weight.absmax"},
                *(False, "there is no weight.absmax: load all of its tensors"),
            ),
            (plain, True, "Missing key.*weight.nested_absmax"),
            ({"weight": weight()}, False, "weight is quantised, and there is no weight.absmax, .*: a weight of floats is"),
            (state | {"weight": state["weight"].int()}, True, "weight has torch.uint8, and the given tensor has torch.int32"),
            (state | {"weight.more": torch.ones(1)}, True, "Unexpected key.*weight.more"),
        ]
        for tensors, strict, message in loads:
            with self.assertRaisesRegex(RuntimeError, message):
                layer().load_state_dict(tensors, strict=strict)

    def test_int8_has_the_names_of_bitsandbytes_too(self) -> None:
        for path, scb in (("weight", "SCB"), ("proj.weight", "proj.SCB"), ("W", "W.SCB")):
            held = Holder(Int8((50, 20)), weight(), path)
            state = held.state_dict()
            self.assertEqual(list(state), [path, scb])
            self.assertTrue(torch.equal(state[scb], weight().abs().amax(1)))
            other = Holder(Int8((50, 20)), weight(1), path)
            form = scb.removesuffix("SCB") + "weight_format"
            with self.assertRaisesRegex(RuntimeError, "its codes are not in rows .weight_format 2."):
                other.load_state_dict(state | {form: torch.tensor(2, dtype=torch.uint8)})
            other.load_state_dict(state | {form: torch.tensor(0, dtype=torch.uint8)})
            self.assertTrue(torch.equal(other.dequantized(path), held.dequantized(path)))
            self.assertTrue(torch.equal(held.half().dequantized(path), other.dequantized(path)))
            torch.testing.assert_close(held.dequantized(path), weight(), rtol=0, atol=0.5 * float(state[scb].max()) / 127)

    def test_int4_groups_may_be_named_by_a_tensor(self) -> None:
        neighbours, indexed = Holder(Int4((50, 20), group=8), weight()), Holder(Int4((50, 20), 8, True), weight())
        self.assertTrue(torch.equal(neighbours.dequantized("weight"), indexed.dequantized("weight")))
        torch.testing.assert_close(indexed.dequantized("weight"), weight(), rtol=0, atol=0.03)
        self.assertEqual(list(indexed.state_dict()), ["weight", "weight.scales", "weight.zeros", "weight.groups"])

    def test_int4_groups_of_another_size_are_refused_where_they_are_as_many(self) -> None:
        state = Holder(Int4((50, 20), group=8), weight()).state_dict()
        self.assertEqual(list(state), ["weight", "weight.scales", "weight.zeros", "weight.group_size"])
        other = Holder(Int4((50, 20), group=9), weight())
        message = "it has groups of 8 inputs, and the layer is built for groups of 9"
        with self.assertRaisesRegex(RuntimeError, message):
            other.load_state_dict(state)
        with self.assertRaisesRegex(ValueError, message):
            Holder(Int4((50, 20), group=9), state)


if __name__ == "__main__":
    unittest.main()
