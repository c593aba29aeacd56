# Printed by oftc (npm run docs): change the layer or the printer rather than this file.
"""y = x·(W·householder(u))ᵀ

A part before the frozen layer maps x to z, and one after it maps base(z) to y.
"""

from collections.abc import Sequence

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

import oftc_torch


def _forward_before(x: Tensor, u: Tensor) -> tuple[Tensor, ...]:
    r = u.shape[1]
    index = torch.arange(r, device=x.device)[:, None]
    index2 = torch.arange(r, device=x.device)
    S = u.T @ u
    S2 = torch.where(index < index2, S, torch.where(index == index2, 0.5 * S, 0.0))
    S3 = u.T
    S4 = oftc_torch.solve(S2, S3)
    h = x @ S4.to(x.dtype).T
    z = torch.addmm(x, h, u.to(x.dtype).T, alpha=-1)
    return z, S2, S4, h


def _backward_before(
    needs: Sequence[bool], grad_z: Tensor, x: Tensor, u: Tensor, S2: Tensor, S4: Tensor, h: Tensor
) -> tuple[Tensor | None, ...]:
    r = u.shape[1]
    index = torch.arange(r, device=grad_z.device)[:, None]
    index2 = torch.arange(r, device=grad_z.device)
    grad_x = None
    grad_u = None
    g = grad_z @ u.to(grad_z.dtype)
    if needs[0]:
        grad_x = torch.addmm(grad_z, g, S4.to(grad_z.dtype), alpha=-1)
    if needs[1]:
        S = S2.T
        G = (g.T @ x).to(u.dtype)
        G2 = -G
        G3 = oftc_torch.solve(S, G2)
        G4 = G3 @ S4.T
        G5 = -G4
        G6 = torch.where(index < index2, G5, torch.where(index == index2, 0.5 * G5, 0.0))
        G7 = u @ G6
        G8 = G6 @ u.T
        G9 = (h.T @ grad_z).to(u.dtype)
        G10 = -G9 + G3 + G8
        grad_u = G7 + G10.T
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

    @staticmethod
    @once_differentiable
    def backward(ctx, grad_z: Tensor, *_) -> tuple[Tensor | None, ...]:
        x, u, *saved = ctx.saved_tensors
        needs = ctx.needs_input_grad
        with oftc_torch.without_autocast(grad_z):
            return _backward_before(needs, grad_z, x.to(grad_z.dtype), u, *saved)
