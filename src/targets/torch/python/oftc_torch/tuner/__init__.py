"""
The parts that all methods share which `oftc build --target peft` adds to PEFT. They need PEFT, as no other part of
oftc_torch does.
"""

from .config import MethodConfig
from .layer import MethodLayer
from .model import MethodModel
from .registration import register

__all__ = ["MethodConfig", "MethodLayer", "MethodModel", "register"]
