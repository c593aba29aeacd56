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
    S = u.T @ u
    S2 = u.T
    S3 = oftc_torch.solve(S, S2)
    h = x @ S3.to(x.dtype).T
    z = torch.addmm(x, h, u.to(x.dtype).T, alpha=-2)
    return z, S, S3, h


def _backward_before(
    needs: Sequence[bool], grad_z: Tensor, x: Tensor, u: Tensor, S: Tensor, S3: Tensor, h: Tensor
) -> tuple[Tensor | None, ...]:
    grad_x = None
    grad_u = None
    g = grad_z @ u.to(grad_z.dtype)
    if needs[0]:
        grad_x = torch.addmm(grad_z, g, S3.to(grad_z.dtype), alpha=-2)
    if needs[1]:
        S2 = S.T
        G = (g.T @ x).to(u.dtype)
        G2 = -2.0 * G
        G3 = oftc_torch.solve(S2, G2)
        G4 = (h.T @ grad_z).to(u.dtype)
        G5 = G3 @ S3.T
        G6 = G5 @ u.T
        G7 = -2.0 * G4 + G3 - G6
        G8 = u @ G5
        grad_u = -G8 + G7.T
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
