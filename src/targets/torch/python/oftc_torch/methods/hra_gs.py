# Printed by oftc (npm run docs): change the layer or the printer rather than this file.
"""y = x·(W·reflectSpan(u))ᵀ

A part before the frozen layer maps x to z, and one after it maps base(z) to y.
"""

from collections.abc import Sequence

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

import oftc_torch


def _forward_before(x: Tensor, u: Tensor) -> tuple[Tensor, ...]:
    S = u.t() @ u
    S2 = u.t()
    S2 = oftc_torch.solve(S, S2)
    h = x @ S2.to(x.dtype).t()
    z = torch.addmm(x, h, u.to(x.dtype).t(), alpha=-2)
    return z, S, S2, h


def _backward_before(
    needs: Sequence[bool], grad_z: Tensor, x: Tensor, u: Tensor, S: Tensor, S2: Tensor, h: Tensor
) -> tuple[Tensor | None, ...]:
    grad_x = None
    grad_u = None
    if needs[1]:
        S3 = S.t()
        G = (h.t() @ grad_z).to(u.dtype)
    g = grad_z @ u.to(grad_z.dtype)
    if needs[1]:
        G2 = (g.t() @ x).to(u.dtype)  # (A·B)ᵀ = Bᵀ·Aᵀ
        G2 = -2.0 * G2
        G2 = oftc_torch.solve(S3, G2)
        del S3
        G3 = G2 @ S2.t()
        G4 = G3 @ u.t()
        G = -2.0 * G + G2 - G4
        del G4
        G2 = u @ G3
        del G3
        grad_u = -G2 + G.t()
        del G, G2
    if needs[0]:
        grad_x = torch.addmm(grad_z, g, S2.to(grad_z.dtype), alpha=-2)
    return grad_x, grad_u


class BeforeFunction(torch.autograd.Function):
    """Returns z, and the tensors that the backward pass reads."""

    @staticmethod
    def forward(x: Tensor, u: Tensor) -> tuple[Tensor, ...]:
        dtype = oftc_torch.compute_dtype(x)
        with oftc_torch.without_autocast(x):
            return _forward_before(x.to(dtype), u)

    @staticmethod
    def setup_context(ctx, inputs, output) -> None:
        ctx.save_for_backward(*inputs, *output[1:])
        ctx.mark_non_differentiable(*output[1:])
        ctx.set_materialize_grads(False)

    @staticmethod
    @once_differentiable
    def backward(ctx, grad_z: Tensor, *_) -> tuple[Tensor | None, ...]:
        if grad_z is None:
            return (None,) * 2
        x, u, *saved = ctx.saved_tensors
        needs = ctx.needs_input_grad
        with oftc_torch.without_autocast(grad_z):
            return _backward_before(needs, grad_z, x.to(grad_z.dtype), u, *saved)
