"""Puts derived passes in place of those of PEFT's layers: `oftc_torch.peft.use(model)`."""

from .check import check
from .layers import restore, use

__all__ = ["check", "restore", "use"]
