# Printed by oftc (npm run docs): change the layer or the printer rather than this file.
"""y = x·((W + B·A) ⊙ ((m as (out, 1)) / detach(sqrt(Σ[in]((W + B·A) ⊙ (W + B·A))))))ᵀ

A part before the frozen layer maps x to z, and one after it maps base(z) to y.
"""

from collections.abc import Sequence

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

import oftc_torch


def _forward_after(
    base: Tensor, x: Tensor, W: Tensor, A: Tensor, B: Tensor, m: Tensor
) -> tuple[Tensor, ...]:
    h = x @ A.to(base.dtype).T
    h2 = torch.addmm(base, h, B.to(base.dtype).T)
    S = W.to(A.dtype) * W.to(A.dtype)
    S2 = S[:, None].sum(-1)
    S3 = W.to(A.dtype) @ A.T
    S4 = S3 * B
    S5 = S4[:, None].sum(-1)
    S6 = A @ A.T
    S7 = B @ S6
    S8 = S7 * B
    S9 = S8[:, None].sum(-1)
    S10 = S2[:, 0][..., None] + S5[:, 0][..., None] + S5[:, 0][..., None] + S9[:, 0][..., None]
    S11 = torch.sqrt(S10[:, 0][..., None])
    S12 = m[..., None] / S11[:, 0][..., None]
    y = h2 * S12.to(base.dtype)[:, 0]
    return y, h, h2, S11, S12


def _backward_after(
    needs: Sequence[bool],
    grad_y: Tensor,
    x: Tensor,
    A: Tensor,
    B: Tensor,
    h: Tensor,
    h2: Tensor,
    S11: Tensor,
    S12: Tensor,
) -> tuple[Tensor | None, ...]:
    grad_base = None
    grad_x = None
    grad_A = None
    grad_B = None
    grad_m = None
    if needs[0] or needs[1] or needs[3] or needs[4]:
        grad_base = grad_y * S12.to(grad_y.dtype)[:, 0]
    if needs[1] or needs[3]:
        g = grad_base @ B.to(grad_y.dtype)
    if needs[1]:
        grad_x = g @ A.to(grad_y.dtype)
    if needs[3]:
        grad_A = (g.T @ x).to(A.dtype)
    if needs[4]:
        grad_B = (grad_base.T @ h).to(A.dtype)
    if needs[5]:
        g2 = grad_y * h2
        G = g2.T.sum(-1).to(A.dtype)
        grad_m = G / S11[:, 0]
    return grad_base, grad_x, None, grad_A, grad_B, grad_m


class AfterFunction(torch.autograd.Function):
    """Returns y, and the tensors that the backward pass reads."""

    @staticmethod
    def forward(
        base: Tensor, x: Tensor, W: Tensor, A: Tensor, B: Tensor, m: Tensor
    ) -> tuple[Tensor, ...]:
        dtype = oftc_torch.compute_dtype(base)
        with oftc_torch.without_autocast(base):
            return _forward_after(base.to(dtype), x.to(dtype), W, A, B, m)

    @staticmethod
    def setup_context(ctx, inputs, output) -> None:
        ctx.save_for_backward(inputs[1], inputs[3], inputs[4], *output[1:])
        ctx.mark_non_differentiable(*output[1:])

    @staticmethod
    @once_differentiable
    def backward(ctx, grad_y: Tensor, *_) -> tuple[Tensor | None, ...]:
        x, A, B, *saved = ctx.saved_tensors
        needs = ctx.needs_input_grad
        with oftc_torch.without_autocast(grad_y):
            return _backward_after(needs, grad_y, x.to(grad_y.dtype), A, B, *saved)
