"""
PEFT's layers that are measured, by name. Each is made on a frozen linear layer. A method that PEFT lacks raises
ImportError only when its layer is made.
"""

from collections.abc import Callable

import torch
from torch import nn


def base(inputs: int, outputs: int) -> nn.Linear:
    torch.manual_seed(0)
    return nn.Linear(inputs, outputs, bias=False).requires_grad_(False)


def _oft(linear: nn.Linear) -> nn.Module:
    from peft.tuners.oft.config import OFTConfig
    from peft.tuners.oft.layer import Linear

    return Linear(linear, "default", OFTConfig(oft_block_size=32, r=0, use_cayley_neumann=True), r=0)


def _boft(linear: nn.Linear) -> nn.Module:
    from peft.tuners.boft.config import BOFTConfig
    from peft.tuners.boft.layer import Linear

    return Linear(linear, "default", BOFTConfig(boft_block_size=32, boft_block_num=0, boft_n_butterfly_factor=1))


def _boft_two_factors(linear: nn.Linear) -> nn.Module:
    """A layer with the parameter of two factors, which PEFT itself makes on GPUs alone."""
    layer = _boft(linear)
    one = layer.boft_R["default"]
    layer.boft_R["default"] = nn.Parameter(torch.zeros(2, *one.shape[1:]))
    return layer


def _hra(linear: nn.Linear) -> nn.Module:
    from peft.tuners.hra.config import HRAConfig
    from peft.tuners.hra.layer import HRALinear

    return HRALinear(linear, "default", HRAConfig(r=8), r=8)


def _lora(linear: nn.Linear) -> nn.Module:
    from peft.tuners.lora.config import LoraConfig
    from peft.tuners.lora.layer import Linear

    return Linear(linear, "default", LoraConfig(r=16), r=16, lora_alpha=16)


def _dora(linear: nn.Linear) -> nn.Module:
    from peft.tuners.lora.config import LoraConfig
    from peft.tuners.lora.layer import Linear

    return Linear(linear, "default", LoraConfig(r=16, use_dora=True), r=16, lora_alpha=16)


def _road(linear: nn.Linear) -> nn.Module:
    from peft.tuners.road.config import RoadConfig
    from peft.tuners.road.layer import Linear

    return Linear(linear, "default", RoadConfig())


def _psoft(linear: nn.Linear) -> nn.Module:
    from peft.tuners.psoft.config import PsoftConfig
    from peft.tuners.psoft.layer import Linear

    return Linear(linear, "default", PsoftConfig(r=32, psoft_alpha=32))


METHODS: dict[str, Callable[[nn.Linear], nn.Module]] = {
    "OFT b=32": _oft,
    "BOFT b=32, one factor": _boft,
    "BOFT b=32, two factors": _boft_two_factors,
    "HRA r=8": _hra,
    "LoRA r=16": _lora,
    "DoRA r=16": _dora,
    "RoAd": _road,
    "PSOFT r=32": _psoft,
}


def made(method: str, inputs: int, outputs: int) -> nn.Module:
    """A layer whose parameters are drawn and get gradients."""
    layer = METHODS[method](base(inputs, outputs))
    torch.manual_seed(1)
    for name, p in layer.named_parameters():
        if "base_layer" not in name:
            p.requires_grad_(True)
            p.data += torch.randn_like(p) * 0.01
    return layer
