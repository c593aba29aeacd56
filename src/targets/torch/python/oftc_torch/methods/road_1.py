# Printed by oftc (npm run docs): change the layer or the printer rather than this file.
"""y = (x·Wᵀ) ⊙ (S₀ ⊙ cos(S₁)) + ([−h[:, :, 1]; h[:, :, 0]] as (tokens, g*k)) ⊙ (S₀ ⊙ sin(S₁))

A part before the frozen layer maps x to z, and one after it maps base(z) to y.
"""

from collections.abc import Sequence

import torch
from torch import Tensor

import oftc_torch


def _forward_after(base: Tensor, theta: Tensor, alpha: Tensor, g: int) -> tuple[Tensor, ...]:
    tokens = base.shape[0]
    k = base.shape[1] // g
    S = alpha.unflatten(0, (k, g // 2))[:, None]
    S = torch.cat((S, S), dim=1).reshape(g * k)
    S2 = theta.unflatten(0, (k, g // 2))[:, None]
    S2 = torch.cat((S2, S2), dim=1).reshape(g * k)
    S3 = torch.cos(S2)
    S4 = S * S3
    h = -base.unflatten(1, (k, 2, g // 2))[:, :, 1][:, :, None]
    h2 = base.unflatten(1, (k, 2, g // 2))[:, :, 0][:, :, None]
    h = torch.cat((h, h2), dim=2).reshape(tokens, g * k)
    del h2
    S2 = torch.sin(S2)
    S5 = S * S2
    y = torch.addcmul(base * S4.to(base.dtype), h, S5.to(base.dtype))
    return y, S, S3, S4, S2, S5


def _backward_after(
    needs: Sequence[bool],
    grad_y: Tensor,
    base: Tensor,
    theta: Tensor,
    g: int,
    S: Tensor,
    S3: Tensor,
    S4: Tensor,
    S2: Tensor,
    S5: Tensor,
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
        G2 = G * S * -S2
    if needs[1] or needs[2]:
        G3 = (grad_y * h).sum(0).to(theta.dtype)
        del h
    if needs[1]:
        G2 = G3 * S * S3 + G2
        G2 = G2.unflatten(0, (k, 2, g // 2))[:, 0][:, None] + G2.unflatten(0, (k, 2, g // 2))[:, 1][
            :, None
        ]
        grad_theta = G2[:, 0][:, None].reshape(g * k // 2)
        del G2
    if needs[2]:
        G = G3 * S2 + G * S3
        G = G.unflatten(0, (k, 2, g // 2))[:, 0][:, None] + G.unflatten(0, (k, 2, g // 2))[:, 1][
            :, None
        ]
        grad_alpha = G[:, 0][:, None].reshape(g * k // 2)
        del G
    if needs[0]:
        g2 = grad_y * S5.to(grad_y.dtype)
        g3 = g2.unflatten(1, (k, 2, g // 2))[:, :, 1][:, :, None]
        g2 = -g2.unflatten(1, (k, 2, g // 2))[:, :, 0][:, :, None]
        g2 = torch.cat((g3, g2), dim=2).reshape(tokens, g * k)
        del g3
        grad_base = torch.addcmul(g2, grad_y, S4.to(grad_y.dtype))
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
        ctx.save_for_backward(inputs[0], inputs[1], *output[1:])
        ctx.sizes = inputs[3:]
        ctx.mark_non_differentiable(*output[1:])
        ctx.set_materialize_grads(False)

    @staticmethod
    @oftc_torch.first_order
    def backward(ctx, grad_y: Tensor, *_) -> tuple[Tensor | None, ...]:
        if grad_y is None:
            return (None,) * 4
        base, theta, *saved = ctx.saved_tensors
        needs = ctx.needs_input_grad
        with oftc_torch.without_autocast(grad_y):
            return _backward_after(needs, grad_y, base.to(grad_y.dtype), theta, *ctx.sizes, *saved) + (
                None,
            )
