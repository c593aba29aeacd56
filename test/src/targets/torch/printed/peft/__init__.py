# Built by oftc 0.0.0 from layer.ts: build it again rather than edit it.
"""Adds the method hoft to PEFT: import it before get_peft_model and PeftModel.from_pretrained."""

from .config import HoftConfig
from .layer import HoftLayer
from .model import HoftModel
from .oftc_torch.tuner import register

__all__ = ["HoftConfig", "HoftLayer", "HoftModel"]

register(HoftConfig, HoftModel)
