"""The classes that `oftc build --target peft` writes, over layers with the attributes of PEFT's."""

import copy
import importlib
import pickle
import sys
import unittest

import test_peft
import torch
from torch import nn

#: The packages and single files for each layer.
BUILT = {"oft": test_peft.OFTLinear, "lora": test_peft.LoRALinear}
for own in BUILT.values():
    sys.modules[own.__module__].Linear = own


def modules():
    """The built modules, each with PEFT's class and a layer of it."""
    for form, own in BUILT.items():
        for folder in ("my", "alone"):
            torch.manual_seed(0)
            yield importlib.import_module(f"{folder}_{form}.layer"), own, nn.ModuleDict({"q": own()}).double()


class Built(unittest.TestCase):
    def test_outputs_and_gradients_are_those_of_peft(self) -> None:
        for module, own, model in modules():
            x = torch.randn(2, 3, 16, dtype=torch.float64, requires_grad=True)
            trained = [x, *(p for p in model.parameters() if p.requires_grad)]
            results = []
            for use in (lambda m: None, module.use):
                use(model)
                y = model["q"](x)
                gradients = torch.autograd.grad(y.square().sum(), trained, allow_unused=True)
                results.append([y, *(g for g in gradients if g is not None)])
            self.assertEqual(type(model["q"]).__mro__[0], module.DerivedLinear)
            self.assertIsInstance(model["q"], own)
            for a, b in zip(*results, strict=True):
                torch.testing.assert_close(a, b)

    def test_the_state_dict_keeps_its_names(self) -> None:
        for module, _, model in modules():
            before = list(model.state_dict())
            self.assertEqual(module.use(model), ["q"])
            self.assertEqual(module.use(model), ["q"])
            self.assertEqual(list(model.state_dict()), before)

    def test_layers_are_copied_and_pickled(self) -> None:
        for module, _, model in modules():
            module.use(model)
            x = torch.randn(3, 16, dtype=torch.float64)
            for other in (copy.deepcopy(model["q"]), pickle.loads(pickle.dumps(model["q"]))):
                self.assertIs(type(other), module.DerivedLinear)
                torch.testing.assert_close(other(x), model["q"](x))

    def test_a_model_without_such_a_layer_is_refused(self) -> None:
        for module, *_ in modules():
            with self.assertRaisesRegex(ValueError, "has no peft.tuners.*Linear: call use"):
                module.use(nn.Linear(2, 2))


if __name__ == "__main__":
    unittest.main()
