# Printed by oftc (npm run docs): change the layer or the printer rather than this file.
"""y = x·((W + B·A) ⊙ ((m as (out, 1)) / detach(sqrt(Σ[in]((W + B·A) ⊙ (W + B·A))))))ᵀ

A part before the frozen layer maps x to z, and one after it maps base(z) to y.
"""

from collections.abc import Sequence

import torch
from torch import Tensor

import oftc_torch


def _forward_after(
    base: Tensor, x: Tensor, W: Tensor, A: Tensor, B: Tensor, m: Tensor
) -> tuple[Tensor, ...]:
    h = x @ A.to(base.dtype).t()
    h2 = torch.addmm(base, h, B.to(base.dtype).t())
    # ⟨(A + U·V)ᵢ, Bᵢ⟩ = ⟨Aᵢ, Bᵢ⟩ + ⟨(U·V)ᵢ, Bᵢ⟩ for rows, when U·V has low rank; likewise for
    # columns
    S = (W.to(A.dtype) * W.to(A.dtype)).sum(-1, keepdim=True)
    S2 = W.to(A.dtype) @ A.t()
    # ⟨Aᵢ, (U·V)ᵢ⟩ = ⟨(A·Vᵀ)ᵢ, Uᵢ⟩ for rows, ⟨(Uᵀ·A)ⱼ, Vⱼ⟩ for columns, when U·V has low rank
    S2 = (S2 * B).sum(-1, keepdim=True)
    S3 = A @ A.t()
    S3 = B @ S3
    S3 = (S3 * B).sum(-1, keepdim=True)
    S = S + S2 + S2 + S3
    del S3
    S = torch.sqrt(S)
    S2 = m[..., None] / S
    y = h2 * S2.to(base.dtype)[:, 0]
    return y, h, h2, S, S2


def _backward_after(
    needs: Sequence[bool],
    grad_y: Tensor,
    x: Tensor,
    A: Tensor,
    B: Tensor,
    h: Tensor,
    h2: Tensor,
    S: Tensor,
    S2: Tensor,
) -> tuple[Tensor | None, ...]:
    grad_base = None
    grad_x = None
    grad_A = None
    grad_B = None
    grad_m = None
    if needs[5]:
        G = (grad_y * h2).sum(0).to(A.dtype)
        grad_m = G / S[:, 0]
    if needs[0] or needs[1] or needs[3] or needs[4]:
        grad_base = grad_y * S2.to(grad_y.dtype)[:, 0]
    if needs[4]:
        grad_B = (grad_base.t() @ h).to(A.dtype)
    if needs[1] or needs[3]:
        g = grad_base @ B.to(grad_y.dtype)
    if needs[3]:
        grad_A = (g.t() @ x).to(A.dtype)
    if needs[1]:
        grad_x = g @ A.to(grad_y.dtype)
    return grad_base, grad_x, None, grad_A, grad_B, grad_m


class AfterFunction(torch.autograd.Function):
    """Returns y, and the tensors that the backward pass reads."""

    @staticmethod
    @oftc_torch.with_signature
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
        ctx.set_materialize_grads(False)

    @staticmethod
    @oftc_torch.first_order
    def backward(ctx, grad_y: Tensor, *_) -> tuple[Tensor | None, ...]:
        if grad_y is None:
            return (None,) * 6
        x, A, B, *saved = ctx.saved_tensors
        needs = ctx.needs_input_grad
        with oftc_torch.without_autocast(grad_y):
            return _backward_after(needs, grad_y, x.to(grad_y.dtype), A, B, *saved)
