"""A built OFT layer as PyTorch users run it. The folder of the package `oft` is on the path."""

import inspect
import os
import shutil
import unittest
from unittest import mock

import torch
from torch.utils.checkpoint import checkpoint

from oft import oftc_torch
from oft.layer import Oft, OftFunction


def layer(dtype: torch.dtype = torch.float32) -> Oft:
    torch.manual_seed(0)
    made = Oft(torch.randn(12, 16) * 0.1, dtype=dtype)
    with torch.no_grad():
        made.oft_R.weight.normal_(0, 0.1)
    return made


class Blocks(unittest.TestCase):
    def test_products_with_blocks_and_their_transposes_are_einsums(self) -> None:
        for rows, count, inner, outer in ((6, 32, 4, 4), (3, 1, 5, 2), (2, 3, 5, 7), (0, 3, 2, 2), (2, 0, 4, 4)):
            x, blocks = torch.randn(rows, count, inner), torch.randn(count, outer, inner)
            expected = torch.einsum("tri,roi->tro", x, blocks).flatten(1)
            for laid_out in (blocks.mT, blocks.mT.contiguous()):
                torch.testing.assert_close(oftc_torch.block_matmul(x, laid_out), expected)


class Signatures(unittest.TestCase):
    def test_a_function_keeps_its_own(self) -> None:
        def function(x: torch.Tensor, n: int = 2, *parts: torch.Tensor, last: str = "a") -> torch.Tensor:
            return x

        expected = inspect.signature(function)
        self.assertIs(oftc_torch.with_signature(function), function)
        self.assertEqual(inspect.signature(function), expected)
        self.assertEqual(list(inspect.signature(OftFunction.forward).parameters), ["x", "W", "v_0"])

    def test_a_step_derives_none(self) -> None:
        made, x = layer(), torch.randn(3, 16)
        with mock.patch.object(inspect.Signature, "__init__", side_effect=AssertionError("a signature is derived")):
            with self.assertRaisesRegex(AssertionError, "a signature is derived"):
                inspect.signature(layer)
            made(x).sum().backward()


class Module(unittest.TestCase):
    def test_its_state_dict_has_the_names_of_the_method(self) -> None:
        self.assertEqual(list(layer().state_dict()), ["weight", "oft_R.weight"])
        trained = [name for name, p in layer().named_parameters() if p.requires_grad]
        self.assertEqual(trained, ["oft_R.weight"])

    @unittest.skipUnless(os.environ.get("OFTC_TESTS") == "all", "it takes ten seconds, and runs nightly")
    @unittest.skipUnless(shutil.which("g++"), "torch.compile needs a compiler of C++, and there is no g++")
    def test_the_compiler_of_pytorch_takes_it_whole(self) -> None:
        made, x = layer(), torch.randn(3, 16, requires_grad=True)
        compiled = torch.compile(made, fullgraph=True)
        gradients = []
        for run in (made, compiled):
            y = run(x)
            gradients.append([y, *torch.autograd.grad(y.sum(), [x, made.oft_R.weight])])
        for actual, expected in zip(*gradients):
            torch.testing.assert_close(actual, expected)

    def test_it_shows_its_sizes(self) -> None:
        self.assertIn("Oft(\n  in_features=16, out_features=12, b=4, r=4\n", str(layer()))

    def test_a_new_layer_is_the_frozen_one(self) -> None:
        made, x = Oft(torch.randn(12, 16)), torch.randn(3, 16)
        torch.testing.assert_close(made(x), x @ made.weight.T)

    def test_tokens_have_any_number_of_dimensions(self) -> None:
        made, x = layer(), torch.randn(2, 3, 16)
        torch.testing.assert_close(made(x), made(x.reshape(6, 16)).reshape(2, 3, 12))
        self.assertEqual(made(torch.randn(0, 16)).shape, (0, 12))
        made(torch.randn(0, 16)).sum().backward()
        self.assertEqual(made.oft_R.weight.grad.abs().max(), 0)

    def test_inputs_may_be_strided(self) -> None:
        made, x = layer(), torch.randn(32, 5).T[:, ::2]
        torch.testing.assert_close(made(x), made(x.contiguous()))

    def test_half_precision_activations_and_float32_parameters(self) -> None:
        made = layer()
        made.weight.data = made.weight.data.bfloat16()
        x = torch.randn(4, 16, dtype=torch.bfloat16, requires_grad=True)
        y = made(x)
        y.sum().backward()
        self.assertEqual((y.dtype, x.grad.dtype), (torch.bfloat16, torch.bfloat16))
        self.assertEqual(made.oft_R.weight.grad.dtype, torch.float32)

    def test_autocast_keeps_the_rotation_in_float32(self) -> None:
        made, x = layer(), torch.randn(64, 16)
        expected = made(x)
        with torch.autocast("cpu", dtype=torch.bfloat16):
            y = made(x)
        self.assertEqual(y.dtype, torch.bfloat16)
        y.float().sum().backward()
        self.assertEqual(made.oft_R.weight.grad.dtype, torch.float32)
        torch.testing.assert_close(y.float(), expected, rtol=0.05, atol=0.02)

    def test_activation_checkpointing(self) -> None:
        made, x = layer(), torch.randn(4, 16, requires_grad=True)
        made(x).square().sum().backward()
        plain = x.grad.clone(), made.oft_R.weight.grad.clone()
        x.grad = made.oft_R.weight.grad = None
        checkpoint(made, x, use_reentrant=False).square().sum().backward()
        torch.testing.assert_close((x.grad, made.oft_R.weight.grad), plain)

    def test_a_frozen_weight_gets_no_gradient_but_a_sentence(self) -> None:
        made = layer()
        made.weight.requires_grad_(True)
        with self.assertRaisesRegex(RuntimeError, "W asks for a gradient, but oft declares it frozen"):
            made(torch.randn(2, 16))

    def test_it_refuses_other_shapes(self) -> None:
        with self.assertRaisesRegex(ValueError, "weight has shape .12, 16., and the given tensor has .16, 12."):
            Oft(torch.randn(16, 12))
        with self.assertRaisesRegex(ValueError, "oft is built for rows of 16 features, and x has 8"):
            layer()(torch.randn(2, 8))
        with self.assertRaisesRegex(TypeError, "the layer multiplies floats, and x has torch.int64: give x.float()"):
            layer()(torch.full((2, 16), 2))
        linear = torch.nn.Linear(16, 12)
        for given in (linear, linear.state_dict()):
            with self.assertRaisesRegex(TypeError, f"a {type(given).__name__} is given: give the tensor, such as linear.w"):
                Oft(given)

    def test_without_memory_it_gives_shapes(self) -> None:
        self.assertEqual(layer().to("meta")(torch.empty(2, 3, 16, device="meta")).shape, (2, 3, 12))

    def test_it_trains(self) -> None:
        made, x, y = layer(), torch.randn(32, 16), torch.randn(32, 12)
        optimiser = torch.optim.AdamW([made.oft_R.weight], lr=0.02)
        losses = []
        for _ in range(20):
            loss = (made(x) - y).square().mean()
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            losses.append(loss.item())
        self.assertLess(losses[-1], losses[0])


if __name__ == "__main__":
    unittest.main()
