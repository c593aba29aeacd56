"""
PEFT's own test of equal outputs, on models that PEFT wraps, with and without `oftc_torch.peft.use`. PEFT_SRC names the
folder `src` of a checkout of huggingface/peft; bench/torch/stand_ins.py imports it without its dependencies.
"""

import os
import sys
import unittest
import warnings

sys.path.insert(0, os.path.join(os.environ["OFTC_ROOT"], "bench/torch"))

import stand_ins  # noqa: E402

stand_ins.install()
warnings.simplefilter("ignore")

import torch  # noqa: E402
import torch.distributed.tensor  # noqa: E402,F401
from peft import (  # noqa: E402
    BOFTConfig,
    HRAConfig,
    LoraConfig,
    OFTConfig,
    PsoftConfig,
    RoadConfig,
    get_peft_model,
)
from peft.utils import integrations  # noqa: E402
from peft.utils.save_and_load import get_peft_model_state_dict, set_peft_model_state_dict  # noqa: E402
from torch import nn  # noqa: E402

import oftc_torch.peft  # noqa: E402
from oftc_torch.peft.derived import Derived  # noqa: E402

integrations.check_deepspeed_zero3_enabled = lambda: False


class Block(nn.Module):
    """A block like Llama's: attention and a gated projection over a residual stream."""

    def __init__(self, width: int = 64, inner: int = 128) -> None:
        super().__init__()
        self.q_proj, self.v_proj = nn.Linear(width, width, bias=False), nn.Linear(width, width)
        self.up_proj, self.down_proj = nn.Linear(width, inner, bias=False), nn.Linear(inner, width, bias=False)
        self.norm = nn.LayerNorm(width)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        h = self.norm(x)
        x = x + torch.softmax(self.q_proj(h) @ h.mT / 8, -1) @ self.v_proj(h)
        return x + self.down_proj(nn.functional.silu(self.up_proj(self.norm(x))))


class Model(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.embed, self.layers = nn.Embedding(50, 64), nn.ModuleList([Block(), Block()])
        self.head = nn.Linear(64, 50)

    def forward(self, input_ids: torch.Tensor) -> torch.Tensor:
        x = self.embed(input_ids)
        for layer in self.layers:
            x = layer(x)
        return self.head(x)


TARGETS = ["q_proj", "v_proj", "up_proj", "down_proj"]
CONFIGS = {
    "OFT": lambda: OFTConfig(oft_block_size=16, r=0, target_modules=TARGETS),
    "OFT, exact": lambda: OFTConfig(oft_block_size=16, r=0, use_cayley_neumann=False, target_modules=TARGETS),
    "OFT, shared": lambda: OFTConfig(oft_block_size=16, r=0, block_share=True, target_modules=TARGETS),
    "OFT, COFT": lambda: OFTConfig(oft_block_size=16, r=0, coft=True, target_modules=TARGETS),
    "BOFT": lambda: BOFTConfig(boft_block_size=16, boft_block_num=0, target_modules=TARGETS),
    "HRA": lambda: HRAConfig(r=4, target_modules=TARGETS),
    "HRA, GS": lambda: HRAConfig(r=4, apply_GS=True, target_modules=TARGETS),
    "LoRA": lambda: LoraConfig(r=4, lora_alpha=6, target_modules=TARGETS),
    "DoRA": lambda: LoraConfig(r=4, lora_alpha=6, use_dora=True, target_modules=TARGETS),
    "RoAd": lambda: RoadConfig(variant="road_2", target_modules=TARGETS),
    "PSOFT": lambda: PsoftConfig(r=8, psoft_alpha=8, target_modules=TARGETS),
}
IDS = torch.arange(14).reshape(2, 7) * 3


def wrapped(config) -> nn.Module:
    torch.manual_seed(0)
    model = get_peft_model(Model(), config())
    for p in model.parameters():
        if p.requires_grad:
            p.data += torch.randn_like(p) * 0.03
    return model.double().eval()


def results(model: nn.Module):
    model.zero_grad()
    y = model(input_ids=IDS)
    y.square().sum().backward()
    return y.detach(), {name: p.grad.clone() for name, p in model.named_parameters() if p.grad is not None}


def error(actual: torch.Tensor, expected: torch.Tensor) -> float:
    return float((actual - expected).norm() / expected.norm().clamp_min(1e-30))


class Compared:
    """PEFT's test of equal outputs."""

    def compare(self, config, use=oftc_torch.peft.use) -> None:
        model = wrapped(config)
        y, gradients = results(model)
        before = {key: value.clone() for key, value in model.state_dict().items()}
        self.assertEqual(len(use(model)), 8)
        actual, own = results(model)
        self.assertLess(error(actual, y), 1e-12)
        self.assertEqual(list(own), list(gradients))
        for key, gradient in gradients.items():
            self.assertLess(error(own[key], gradient), 1e-10, key)
        self.assertEqual(list(model.state_dict()), list(before))
        with model.disable_adapter():
            self.assertGreater(error(model(input_ids=IDS), y), 1e-6)
        model.merge_adapter()
        self.assertLess(error(model(input_ids=IDS), y), 1e-6)
        model.unmerge_adapter()
        self.assertLess(error(model(input_ids=IDS), y), 1e-6)
        model.float().add_adapter("second", config())
        for name, p in model.named_parameters():
            # HRA starts from pairs of equal vectors, which Gram-Schmidt cannot make orthogonal.
            if "second" in name:
                p.data += torch.randn_like(p) * 0.03
        model.double()
        model.set_adapter("second")
        self.assertGreater(error(model(input_ids=IDS), y), 1e-6)
        model.set_adapter("default")
        self.assertLess(error(model(input_ids=IDS), y), 1e-6)
        loaded = wrapped(config)
        set_peft_model_state_dict(loaded, get_peft_model_state_dict(model, adapter_name="default"))
        use(loaded)
        self.assertLess(error(loaded(input_ids=IDS), y), 1e-6)


class EqualOutputs(Compared, unittest.TestCase):
    def test_each_method(self) -> None:
        for name, config in CONFIGS.items():
            with self.subTest(name):
                self.compare(config)

    def test_new_adapters_start_as_in_peft_and_compile_whole(self) -> None:
        for name, config in CONFIGS.items():
            with self.subTest(name):
                torch.manual_seed(0)
                model = get_peft_model(Model(), config()).eval()
                y = model(input_ids=IDS)
                oftc_torch.peft.use(model)
                self.assertLess(error(model(input_ids=IDS), y), 1e-6)
                layer = next(m for m in model.modules() if isinstance(m, Derived))
                if layer.derived_refusal(layer.active_adapters) is None:
                    x = torch.randn(3, layer.get_base_layer().in_features)
                    torch._dynamo.reset()
                    compiled = torch.compile(layer, fullgraph=True, backend="aot_eager")
                    torch.testing.assert_close(compiled(x), layer(x))


if __name__ == "__main__":
    unittest.main()
