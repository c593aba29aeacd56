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
    S3 = (S2 * B).sum(-1, keepdim=True)
    S4 = A @ A.t()
    S5 = B @ S4
    S6 = (S5 * B).sum(-1, keepdim=True)
    S = S + S3 + S3 + S6
    del S6
    S = torch.sqrt(S)
    S3 = m[..., None] / S
    y = h2 * S3.to(base.dtype)[:, 0]
    return y, h, h2, S2, S4, S5, S, S3


def _backward_after(
    needs: Sequence[bool],
    grad_y: Tensor,
    x: Tensor,
    W: Tensor,
    A: Tensor,
    B: Tensor,
    m: Tensor,
    h: Tensor,
    h2: Tensor,
    S2: Tensor,
    S4: Tensor,
    S5: Tensor,
    S: Tensor,
    S3: Tensor,
) -> tuple[Tensor | None, ...]:
    grad_base = None
    grad_x = None
    grad_A = None
    grad_B = None
    grad_m = None
    if needs[3] or needs[4] or needs[5]:
        G = (grad_y * h2).sum(0).to(A.dtype)
    if needs[3] or needs[4]:
        G2 = G[..., None] * m[..., None] / (S * S)
        G2 = -G2 * (0.5 / S)
        G3 = G2 * B
    if needs[3]:
        G4 = B.t() @ G3
        G5 = G4 @ A
        G4 = A.t() @ G4
    if needs[3] or needs[4]:
        G6 = G2 + G2
    if needs[3]:
        G7 = G6 * B
        G7 = W.to(A.dtype).t() @ G7
    if needs[4]:
        G3 = G3 @ S4
    if needs[5]:
        grad_m = G / S[:, 0]
    if needs[0] or needs[1] or needs[3] or needs[4]:
        grad_base = grad_y * S3.to(grad_y.dtype)[:, 0]
    if needs[4]:
        G = (grad_base.t() @ h).to(A.dtype)
        grad_B = G2 * S5 + G3 + G6 * S2 + G
        del G2, G6, G3, G
    if needs[1] or needs[3]:
        g = grad_base @ B.to(grad_y.dtype)
    if needs[3]:
        G = (x.t() @ g).to(A.dtype)
        G = G4 + G7 + G
        del G4, G7
        grad_A = G5 + G.t()
        del G5, G
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
        ctx.save_for_backward(inputs[1], inputs[2], inputs[3], inputs[4], inputs[5], *output[1:])
        ctx.mark_non_differentiable(*output[1:])
        ctx.set_materialize_grads(False)

    @staticmethod
    @oftc_torch.first_order
    def backward(ctx, grad_y: Tensor, *_) -> tuple[Tensor | None, ...]:
        if grad_y is None:
            return (None,) * 6
        x, W, A, B, m, *saved = ctx.saved_tensors
        needs = ctx.needs_input_grad
        with oftc_torch.without_autocast(grad_y):
            return _backward_after(needs, grad_y, x.to(grad_y.dtype), W, A, B, m, *saved)
