# Printed by oftc (npm run docs): change the layer or the printer rather than this file.
"""y = x·(W + B·A)ᵀ

A part before the frozen layer maps x to z, and one after it maps base(z) to y.
"""

from collections.abc import Sequence

import torch
from torch import Tensor

import oftc_torch


def _forward_after(base: Tensor, x: Tensor, A: Tensor, B: Tensor) -> tuple[Tensor, ...]:
    h = x @ A.to(base.dtype).t()
    y = torch.addmm(base, h, B.to(base.dtype).t())
    return y, h


def _backward_after(
    needs: Sequence[bool], grad_y: Tensor, x: Tensor, A: Tensor, B: Tensor, h: Tensor
) -> tuple[Tensor | None, ...]:
    grad_base = None
    grad_x = None
    grad_A = None
    grad_B = None
    if needs[3]:
        grad_B = (grad_y.t() @ h).to(A.dtype)
    if needs[1] or needs[2]:
        g = grad_y @ B.to(grad_y.dtype)
    if needs[2]:
        grad_A = (g.t() @ x).to(A.dtype)  # (A·B)ᵀ = Bᵀ·Aᵀ
    if needs[1]:
        grad_x = g @ A.to(grad_y.dtype)
    return grad_y, grad_x, grad_A, grad_B


class AfterFunction(torch.autograd.Function):
    """Returns y, and the tensors that the backward pass reads."""

    @staticmethod
    @oftc_torch.with_signature
    def forward(base: Tensor, x: Tensor, A: Tensor, B: Tensor) -> tuple[Tensor, ...]:
        dtype = oftc_torch.compute_dtype(base)
        with oftc_torch.without_autocast(base):
            return _forward_after(base.to(dtype), x.to(dtype), A, B)

    @staticmethod
    def setup_context(ctx, inputs, output) -> None:
        ctx.save_for_backward(inputs[1], inputs[2], inputs[3], *output[1:])
        ctx.mark_non_differentiable(*output[1:])
        ctx.set_materialize_grads(False)

    @staticmethod
    @oftc_torch.first_order
    def backward(ctx, grad_y: Tensor, *_) -> tuple[Tensor | None, ...]:
        if grad_y is None:
            return (None,) * 4
        x, A, B, *saved = ctx.saved_tensors
        needs = ctx.needs_input_grad
        with oftc_torch.without_autocast(grad_y):
            return _backward_after(needs, grad_y, x.to(grad_y.dtype), A, B, *saved)
