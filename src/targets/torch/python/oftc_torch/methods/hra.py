# Printed by oftc (npm run docs): change the layer or the printer rather than this file.
"""y = x·(W·householder(u))ᵀ

A part before the frozen layer maps x to z, and one after it maps base(z) to y.
"""

from collections.abc import Sequence

import torch
from torch import Tensor

import oftc_torch


def _forward_before(x: Tensor, u: Tensor) -> tuple[Tensor, ...]:
    r = u.shape[1]
    row = torch.arange(r, device=x.device)[:, None]
    column = torch.arange(r, device=x.device)
    S = u.t() @ u
    S = torch.where(row < column, S, torch.where(row == column, 0.5 * S, 0.0))
    S2 = u.t()
    S2 = oftc_torch.solve(S, S2)
    h = x @ S2.to(x.dtype).t()
    z = torch.addmm(x, h, u.to(x.dtype).t(), alpha=-1)
    return z, S, S2, h


def _backward_before(
    needs: Sequence[bool], grad_z: Tensor, x: Tensor, u: Tensor, S: Tensor, S2: Tensor, h: Tensor
) -> tuple[Tensor | None, ...]:
    r = u.shape[1]
    row = torch.arange(r, device=grad_z.device)[:, None]
    column = torch.arange(r, device=grad_z.device)
    grad_x = None
    grad_u = None
    if needs[1]:
        S3 = S.t()
        G = (h.t() @ grad_z).to(u.dtype)
    g = grad_z @ u.to(grad_z.dtype)
    if needs[1]:
        G2 = (g.t() @ x).to(u.dtype)  # (A·B)ᵀ = Bᵀ·Aᵀ
        G2 = -G2
        G2 = oftc_torch.solve(S3, G2)
        del S3
        G3 = G2 @ S2.t()
        G3 = -G3
        G3 = torch.where(row < column, G3, torch.where(row == column, 0.5 * G3, 0.0))
        G4 = u @ G3
        G3 = G3 @ u.t()
        G = -G + G2 + G3
        del G2, G3
        grad_u = G4 + G.t()
        del G4, G
    if needs[0]:
        grad_x = torch.addmm(grad_z, g, S2.to(grad_z.dtype), alpha=-1)
    return grad_x, grad_u


class BeforeFunction(torch.autograd.Function):
    """Returns z, and the tensors that the backward pass reads."""

    @staticmethod
    @oftc_torch.with_signature
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
    @oftc_torch.first_order
    def backward(ctx, grad_z: Tensor, *_) -> tuple[Tensor | None, ...]:
        if grad_z is None:
            return (None,) * 2
        x, u, *saved = ctx.saved_tensors
        needs = ctx.needs_input_grad
        with oftc_torch.without_autocast(grad_z):
            return _backward_before(needs, grad_z, x.to(grad_z.dtype), u, *saved)
