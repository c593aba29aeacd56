# Printed by oftc (npm run docs): change the layer or the printer rather than this file.
"""y = x·(W + (B·((diag(b)·cayley(Q))·diag(a) − I))·A)ᵀ

A part before the frozen layer maps x to z, and one after it maps base(z) to y.
"""

from collections.abc import Sequence

import torch
from torch import Tensor

import oftc_torch


def _forward_after(
    base: Tensor, x: Tensor, A: Tensor, B: Tensor, v: Tensor, a: Tensor, b: Tensor
) -> tuple[Tensor, ...]:
    r = A.shape[0]
    h = x @ A.to(base.dtype).t()
    I = torch.eye(r, dtype=v.dtype, device=v.device)
    Q = oftc_torch.skew(v)
    S = I - Q
    S2 = I + Q
    del Q
    R = oftc_torch.solve(S, S2)
    S = R * a
    S2 = b[..., None] * S - I
    del I
    h2 = h @ S2.to(base.dtype).t()
    y = torch.addmm(base, h2, B.to(base.dtype).t())
    return y, h, R, S, S2


def _backward_after(
    needs: Sequence[bool],
    grad_y: Tensor,
    A: Tensor,
    B: Tensor,
    v: Tensor,
    a: Tensor,
    b: Tensor,
    h: Tensor,
    R: Tensor,
    S: Tensor,
    S2: Tensor,
) -> tuple[Tensor | None, ...]:
    r = A.shape[0]
    grad_base = None
    grad_x = None
    grad_v = None
    grad_a = None
    grad_b = None
    if needs[4]:
        I = torch.eye(r, dtype=v.dtype, device=v.device)
        S3 = I + R
        del I
    if needs[1] or needs[4] or needs[5] or needs[6]:
        g = grad_y @ B.to(grad_y.dtype)  # (A·B)ᵀ = Bᵀ·Aᵀ
    if needs[4] or needs[5] or needs[6]:
        G = (g.t() @ h).to(v.dtype)
    if needs[4] or needs[5]:
        G2 = G * b[..., None]
    if needs[4]:
        G3 = G2 * a
        G3 = G3 @ S3.t()
        G3 = S3.t() @ G3
        del S3
        G3 = 0.5 * G3
        grad_v = oftc_torch.pack_skew(G3)
        del G3
    if needs[5]:
        grad_a = (G2 * R).sum(0)
        del G2
    if needs[6]:
        G = (G * S).sum(-1, keepdim=True)
        grad_b = G[:, 0]
        del G
    if needs[1]:
        g = g @ S2.to(grad_y.dtype)
        grad_x = g @ A.to(grad_y.dtype)
    return grad_y, grad_x, None, None, grad_v, grad_a, grad_b


class AfterFunction(torch.autograd.Function):
    """Returns y, and the tensors that the backward pass reads."""

    @staticmethod
    @oftc_torch.with_signature
    def forward(
        base: Tensor, x: Tensor, A: Tensor, B: Tensor, v: Tensor, a: Tensor, b: Tensor
    ) -> tuple[Tensor, ...]:
        dtype = oftc_torch.compute_dtype(base)
        with oftc_torch.without_autocast(base):
            return _forward_after(base.to(dtype), x.to(dtype), A, B, v, a, b)

    @staticmethod
    def setup_context(ctx, inputs, output) -> None:
        ctx.save_for_backward(inputs[2], inputs[3], inputs[4], inputs[5], inputs[6], *output[1:])
        ctx.mark_non_differentiable(*output[1:])
        ctx.set_materialize_grads(False)

    @staticmethod
    @oftc_torch.first_order
    def backward(ctx, grad_y: Tensor, *_) -> tuple[Tensor | None, ...]:
        if grad_y is None:
            return (None,) * 7
        A, B, v, a, b, *saved = ctx.saved_tensors
        needs = ctx.needs_input_grad
        with oftc_torch.without_autocast(grad_y):
            return _backward_after(needs, grad_y, A, B, v, a, b, *saved)
