# Built by oftc 0.0.0 from layer.ts: build it again rather than edit it.
"""The configuration of hoft."""

from dataclasses import dataclass
from typing import Any, ClassVar

from .oftc_torch.tuner import MethodConfig


@dataclass
class HoftConfig(MethodConfig):
    """The sizes of hoft. https://arxiv.org/abs/2505.16531"""

    method: ClassVar[str] = "hoft"

    r: int = 4
