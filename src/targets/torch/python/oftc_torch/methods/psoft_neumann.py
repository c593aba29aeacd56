# Printed by oftc (npm run docs): change the layer or the printer rather than this file.
"""y = x·(W + (B·((diag(b)·(I + 2Q + 2Q² + 2Q³ + Q⁴))·diag(a) − I))·A)ᵀ

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
    S = torch.addmm(I, Q, Q)
    S2 = 2.0 * I + Q
    S3 = torch.addmm(I, S2, Q)
    S4 = S @ S3
    S5 = S4 * a
    S6 = b[..., None] * S5 - I
    del I
    h2 = h @ S6.to(base.dtype).t()
    y = torch.addmm(base, h2, B.to(base.dtype).t())
    return y, h, Q, S, S2, S3, S4, S5, S6


def _backward_after(
    needs: Sequence[bool],
    grad_y: Tensor,
    A: Tensor,
    B: Tensor,
    v: Tensor,
    a: Tensor,
    b: Tensor,
    h: Tensor,
    Q: Tensor,
    S: Tensor,
    S2: Tensor,
    S3: Tensor,
    S4: Tensor,
    S5: Tensor,
    S6: Tensor,
) -> tuple[Tensor | None, ...]:
    grad_base = None
    grad_x = None
    grad_v = None
    grad_a = None
    grad_b = None
    if needs[1] or needs[4] or needs[5] or needs[6]:
        # (A·B)ᵀ = Bᵀ·Aᵀ; (c·A)·B = c·(A·B) = A·(c·B); A·C + B·C = (A + B)·C, (a ⊙ A·C) + (b ⊙ B·C)
        # = (a ⊙ A + b ⊙ B)·C for columns a and b, and likewise on the left, for a matrix C, no
        # vector, that no token flows through; packSkew(A·Q + Q·B) = packSkew((A + Bᵀ)·Q) for Qᵀ =
        # −Q: packSkew(X) = −packSkew(Xᵀ); (a + b) + c = a + b + c
        g = grad_y @ B.to(grad_y.dtype)
    if needs[4] or needs[5] or needs[6]:
        G = (g.t() @ h).to(v.dtype)
    if needs[4] or needs[5]:
        G2 = G * b[..., None]
    if needs[4]:
        G3 = G2 * a
        G4 = S.t() @ G3
        G5 = S2.t() @ G4
        G3 = G3 @ S3.t()
        G3 = -G4 - G3 - G3.t()
        del G4
        G3 = torch.addmm(G5, G3, Q)
        del G5
        grad_v = oftc_torch.pack_skew(G3)
        del G3
    if needs[5]:
        grad_a = (G2 * S4).sum(0)
        del G2
    if needs[6]:
        G = (G * S5).sum(-1, keepdim=True)
        grad_b = G[:, 0]
        del G
    if needs[1]:
        g = g @ S6.to(grad_y.dtype)
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
