"""Compares the layers of an added method with the layer as it is written, in float64."""

import warnings
from collections.abc import Callable, Sequence

import torch
from torch import nn

from .config import MethodConfig
from .layer import MethodLayer

#: The largest difference that float64 leaves between two orders of the same sums, relative to the result.
LIMIT = 1e-7


def _difference(actual: torch.Tensor, expected: torch.Tensor) -> float:
    return float((actual - expected).norm() / expected.norm().clamp_min(1e-30))


class AddedCase:
    """The tests of an added method. A subclass, which is a unittest.TestCase too, states the method."""

    layer: type[MethodLayer]
    config: MethodConfig
    #: The numbers of inputs and outputs of the frozen layer.
    features: tuple[int, int]
    #: The layer as written, and the names of its arguments: x, weight, bias, and those of the adapter's tensors.
    written: Callable
    arguments: Sequence[str]

    def _adapted(self, *names: str, bias: bool = True) -> MethodLayer:
        torch.manual_seed(0)
        frozen = nn.Linear(*self.features, bias=bias, dtype=torch.float64).requires_grad_(False)
        first, *others = names or ("default",)
        layer = self.layer(frozen, first, self.config)
        for name in others:
            layer.update_layer(name, self.config)
        for own in layer.adapter_layer_names:
            for p in getattr(layer, own).values():
                p.data += torch.randn_like(p) * 0.3
        return layer

    def _written(self, layer: MethodLayer, x: torch.Tensor) -> torch.Tensor:
        base = layer.base_layer
        bias = torch.zeros(self.features[1], dtype=x.dtype) if base.bias is None else base.bias
        given = {"x": x, "weight": base.weight, "bias": bias}
        tensors = [given[name] if name in given else getattr(layer, name)["default"] for name in self.arguments]
        y = self.written(*tensors)[0]
        return y if "bias" in self.arguments else y + bias

    def test_outputs_and_gradients(self) -> None:
        for bias in (False, True):
            layer = self._adapted(bias=bias)
            x = torch.randn(7, self.features[0], dtype=torch.float64, requires_grad=True)
            trained = [x, *(p for p in layer.parameters() if p.requires_grad)]
            expected = self._written(layer, x)
            y = layer(x)
            self.assertLess(_difference(y, expected), LIMIT)
            self.assertEqual(layer(x.reshape(1, 7, -1)).shape, (1, 7, self.features[1]))
            cotangent = torch.randn_like(y)
            own = torch.autograd.grad(y, trained, cotangent)
            for actual, gradient in zip(own, torch.autograd.grad(expected, trained, cotangent), strict=True):
                self.assertLess(_difference(actual, gradient), LIMIT)

    def test_merged_weight(self) -> None:
        layer = self._adapted()
        x = torch.randn(7, self.features[0], dtype=torch.float64)
        y, weight = layer(x), layer.base_layer.weight.clone()
        if not layer.is_linear:
            with self.assertRaises(ValueError):
                layer.merge()
            return
        layer.merge(safe_merge=True)
        self.assertLess(_difference(nn.functional.linear(x, layer.base_layer.weight, layer.base_layer.bias), y), LIMIT)
        layer.unmerge()
        self.assertTrue(torch.equal(layer.base_layer.weight, weight))

    def test_two_adapters(self) -> None:
        layer = self._adapted("default", "other")
        x = torch.randn(7, self.features[0], dtype=torch.float64)
        self.assertLess(_difference(layer(x), self._written(layer, x)), LIMIT)
        if layer.is_linear and not (layer.reads_weight or layer.mixes_bias):
            layer.set_adapter(["default", "other"])
            y = layer(x)
            layer.set_adapter("default")
            layer.merge()
            with warnings.catch_warnings():
                # PEFT says that another adapter is merged already.
                warnings.simplefilter("ignore")
                layer.merge(adapter_names=["other"])
            self.assertLess(_difference(layer(x), y), LIMIT)
        layer.delete_adapter("other")
        self.assertEqual(list(layer.sizes), ["default"])
