# Printed by oftc (npm run docs): change the layer or the printer rather than this file.
"""y = (x·Wᵀ) ⊙ (alpha ⊙ cos(theta)) + ([−h[:, :, 1]; h[:, :, 0]] as (tokens, g*k)) ⊙ (alpha ⊙
sin(theta))

A part before the frozen layer maps x to z, and one after it maps base(z) to y.
"""

from collections.abc import Sequence

import torch
from torch import Tensor

import oftc_torch


def _forward_after(base: Tensor, theta: Tensor, alpha: Tensor, g: int) -> tuple[Tensor, ...]:
    tokens = base.shape[0]
    k = base.shape[1] // g
    S = torch.cos(theta)
    S2 = alpha * S
    h = -base.unflatten(1, (k, 2, g // 2))[:, :, 1][:, :, None]
    h2 = base.unflatten(1, (k, 2, g // 2))[:, :, 0][:, :, None]
    h = torch.cat((h, h2), dim=2).reshape(tokens, g * k)
    del h2
    S3 = torch.sin(theta)
    S4 = alpha * S3
    y = torch.addcmul(base * S2.to(base.dtype), h, S4.to(base.dtype))
    return y, S, S2, S3, S4


def _backward_after(
    needs: Sequence[bool],
    grad_y: Tensor,
    base: Tensor,
    theta: Tensor,
    alpha: Tensor,
    g: int,
    S: Tensor,
    S2: Tensor,
    S3: Tensor,
    S4: Tensor,
) -> tuple[Tensor | None, ...]:
    tokens = grad_y.shape[0]
    k = grad_y.shape[1] // g
    grad_base = None
    grad_theta = None
    grad_alpha = None
    if needs[1] or needs[2]:
        h = -base.unflatten(1, (k, 2, g // 2))[:, :, 1][:, :, None]
        h2 = base.unflatten(1, (k, 2, g // 2))[:, :, 0][:, :, None]
        h = torch.cat((h, h2), dim=2).reshape(tokens, g * k)
        del h2
        G = (grad_y * base).sum(0).to(theta.dtype)
    if needs[1]:
        G2 = G * alpha * -S3
    if needs[1] or needs[2]:
        G3 = (grad_y * h).sum(0).to(theta.dtype)
        del h
    if needs[1]:
        grad_theta = G3 * alpha * S + G2
    if needs[2]:
        grad_alpha = G3 * S3 + G * S
    if needs[0]:
        g2 = grad_y * S4.to(grad_y.dtype)
        g3 = g2.unflatten(1, (k, 2, g // 2))[:, :, 1][:, :, None]
        g2 = -g2.unflatten(1, (k, 2, g // 2))[:, :, 0][:, :, None]
        g2 = torch.cat((g3, g2), dim=2).reshape(tokens, g * k)
        del g3
        grad_base = torch.addcmul(g2, grad_y, S2.to(grad_y.dtype))
    return grad_base, grad_theta, grad_alpha


class AfterFunction(torch.autograd.Function):
    """Returns y, and the tensors that the backward pass reads."""

    @staticmethod
    @oftc_torch.with_signature
    def forward(base: Tensor, theta: Tensor, alpha: Tensor, g: int) -> tuple[Tensor, ...]:
        dtype = oftc_torch.compute_dtype(base)
        with oftc_torch.without_autocast(base):
            return _forward_after(base.to(dtype), theta, alpha, g)

    @staticmethod
    def setup_context(ctx, inputs, output) -> None:
        ctx.save_for_backward(inputs[0], inputs[1], inputs[2], *output[1:])
        ctx.sizes = inputs[3:]
        ctx.mark_non_differentiable(*output[1:])
        ctx.set_materialize_grads(False)

    @staticmethod
    @oftc_torch.first_order
    def backward(ctx, grad_y: Tensor, *_) -> tuple[Tensor | None, ...]:
        if grad_y is None:
            return (None,) * 4
        base, theta, alpha, *saved = ctx.saved_tensors
        needs = ctx.needs_input_grad
        with oftc_torch.without_autocast(grad_y):
            return _backward_after(needs, grad_y, base.to(grad_y.dtype), theta, alpha, *ctx.sizes, *saved) + (
                None,
            )
