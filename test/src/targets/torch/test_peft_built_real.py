"""The classes that `oftc build --target peft` writes over PEFT's layers, by PEFT's own test of equal outputs."""

import importlib
import json
import os
import unittest

from test_peft_real import CONFIGS, Compared, Model, get_peft_model

FORMS = json.loads(os.environ["OFTC_FORMS"])


class Built(Compared, unittest.TestCase):
    def test_each_class_computes_what_peft_computes(self) -> None:
        for name, form in FORMS.items():
            for folder in ("my", "alone"):
                with self.subTest(f"{folder} {name}"):
                    module = importlib.import_module(f"{folder}_{form}.layer")
                    self.compare(CONFIGS[name], module.use)

    def test_the_derived_pass_runs_where_it_is_built_for_the_settings(self) -> None:
        for name, form in FORMS.items():
            for other in FORMS:
                with self.subTest(f"{form} on {other}"):
                    module = importlib.import_module(f"my_{form}")
                    model = get_peft_model(Model(), CONFIGS[other]())
                    kinds = {"OFT, exact": "OFT", "OFT, shared": "OFT", "DoRA": "LoRA"}
                    if kinds.get(name, name) != kinds.get(other, other):
                        with self.assertRaisesRegex(ValueError, "call use.. on what get_peft_model returns"):
                            module.use(model)
                        continue
                    taken = [model.get_submodule(path) for path in module.use(model)]
                    refusals = [layer.derived_refusal(layer.active_adapters) for layer in taken]
                    self.assertEqual([r is None for r in refusals], [name == other] * 8)


if __name__ == "__main__":
    unittest.main()
