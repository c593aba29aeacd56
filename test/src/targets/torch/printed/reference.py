# Built by oftc 0.0.0 from oft.ts: build it again rather than edit it.
"""The layer as it is written: every matrix is formed, and products keep their order."""

import torch
from torch import Tensor

from . import oftc_torch


def written(x: Tensor, W: Tensor, v_0: Tensor) -> tuple[Tensor, ...]:
    index = torch.arange(4, device=x.device)[:, None, None, None]
    row = torch.arange(4, device=x.device)[:, None]
    t = oftc_torch.skew(v_0)
    t2 = t @ t
    t3 = t2 @ t
    t4 = t3 @ t
    t5 = torch.eye(4, dtype=x.dtype, device=x.device) + 2.0 * t + 2.0 * t2 + 2.0 * t3 + t4
    t6 = torch.where(index == row, t5[:, :, None], 0.0).reshape(16, 16)
    t7 = t6 @ W.t()
    t8 = x @ t7
    return (t8,)


def weight(x: Tensor, W: Tensor, v_0: Tensor) -> tuple[Tensor, ...]:
    index = torch.arange(4, device=x.device)[:, None, None, None]
    row = torch.arange(4, device=x.device)[:, None]
    t = oftc_torch.skew(v_0)
    t2 = t @ t
    t3 = t2 @ t
    t4 = t3 @ t
    t5 = torch.eye(4, dtype=x.dtype, device=x.device) + 2.0 * t + 2.0 * t2 + 2.0 * t3 + t4
    t6 = torch.where(index == row, t5[:, :, None], 0.0).reshape(16, 16)
    t7 = t6 @ W.t()
    t8 = t7.t()
    return (t8,)
