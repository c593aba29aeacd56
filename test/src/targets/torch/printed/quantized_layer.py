# Built by oftc 0.0.0 from qoft.ts: build it again rather than edit it.
"""The layer qoft, derived by oftc for b = 4, in = 20, out = 50, r = 5.

As written:
    y = x·(diag(I + 2Q + 2Q² + 2Q³ + Q⁴)·Wᵀ)

By these laws:
    A·(B·C) = A·B·C = (A·B)·C
    p(Q) = a(Q)·b(Q), each by Horner’s scheme over shared powers: I+2Q+2Q²+2Q³+Q⁴ = (I+Q)²·(I+Q²)
    diag(T)ᵀ = diag(Tᵀ)
    Qᵀ = −Q
    (c·A)·B = c·(A·B) = A·(c·B)
    packSkew(A·Q + Q·B) = packSkew((A + Bᵀ)·Q) for Qᵀ = −Q: packSkew(X) = −packSkew(Xᵀ)
"""

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor

from . import oftc_torch

#: The formats of tensors that are held quantised.
W_FORM = oftc_torch.Nf4((50, 20), block=64, nested=256)


def _forward_to_57548(x: Tensor, W_parts: Sequence[Tensor], v_0: Tensor) -> tuple[Tensor, ...]:
    I = torch.eye(4, dtype=v_0.dtype, device=v_0.device).expand((5, 4, 4))
    Q = oftc_torch.skew(v_0)
    S = Q @ Q
    S2 = I + S
    S = I + 2.0 * Q + S
    del I
    # p(Q) = a(Q)·b(Q), each by Horner’s scheme over shared powers: I+2Q+2Q²+2Q³+Q⁴ = (I+Q)²·(I+Q²)
    S3 = S2 @ S
    h = oftc_torch.block_matmul(x.unflatten(1, (5, 4)), S3.to(x.dtype))
    W = W_FORM.decode(x.dtype, *W_parts)
    y = h @ W.t()
    return y, Q, S2, S, S3


def _backward_to_57548(
    needs: Sequence[bool],
    grad_y: Tensor,
    x: Tensor,
    W_parts: Sequence[Tensor],
    v_0: Tensor,
    Q: Tensor,
    S2: Tensor,
    S: Tensor,
    S3: Tensor,
) -> tuple[Tensor | None, ...]:
    grad_x = None
    grad_v_0 = None
    W = W_FORM.decode(grad_y.dtype, *W_parts)
    g = grad_y @ W
    del W
    if needs[2]:
        G = torch.einsum("mki,mkj->kij", x.unflatten(1, (5, 4)), g.unflatten(1, (5, 4))).to(
            v_0.dtype
        )
        G2 = S2.transpose(-2, -1) @ G
        G = G @ S.transpose(-2, -1)
        G = G2 + G
        G = -G - G.transpose(-2, -1)
        G = G @ Q
        G = G + 2.0 * G2
        del G2
        grad_v_0 = oftc_torch.pack_skew(G)
        del G
    if needs[0]:
        grad_x = oftc_torch.block_matmul(
            g.unflatten(1, (5, 4)), S3.to(grad_y.dtype).transpose(-2, -1)
        )
    return grad_x, None, grad_v_0


def _forward_from_57549(x: Tensor, W_parts: Sequence[Tensor], v_0: Tensor) -> tuple[Tensor, ...]:
    I = torch.eye(4, dtype=v_0.dtype, device=v_0.device).expand((5, 4, 4))
    Q = oftc_torch.skew(v_0)
    S = Q @ Q
    S2 = I + S
    S = I + 2.0 * Q + S
    del I
    # p(Q) = a(Q)·b(Q), each by Horner’s scheme over shared powers: I+2Q+2Q²+2Q³+Q⁴ = (I+Q)²·(I+Q²)
    S3 = S2 @ S
    W = W_FORM.decode(v_0.dtype, *W_parts)
    S4 = torch.einsum("kij,nkj->kin", S3, W.unflatten(1, (5, 4))).reshape(20, 50)
    del W
    y = x @ S4.to(x.dtype)
    return y, Q, S2, S, S3


def _backward_from_57549(
    needs: Sequence[bool],
    grad_y: Tensor,
    x: Tensor,
    W_parts: Sequence[Tensor],
    v_0: Tensor,
    Q: Tensor,
    S2: Tensor,
    S: Tensor,
    S3: Tensor,
) -> tuple[Tensor | None, ...]:
    grad_x = None
    grad_v_0 = None
    W = W_FORM.decode(grad_y.dtype, *W_parts)
    g = grad_y @ W
    del W
    if needs[2]:
        G = torch.einsum("mki,mkj->kij", x.unflatten(1, (5, 4)), g.unflatten(1, (5, 4))).to(
            v_0.dtype
        )
        G2 = S2.transpose(-2, -1) @ G
        G = G @ S.transpose(-2, -1)
        G = G2 + G
        G = -G - G.transpose(-2, -1)
        G = G @ Q
        G = G + 2.0 * G2
        del G2
        grad_v_0 = oftc_torch.pack_skew(G)
        del G
    if needs[0]:
        grad_x = oftc_torch.block_matmul(
            g.unflatten(1, (5, 4)), S3.to(grad_y.dtype).transpose(-2, -1)
        )
    return grad_x, None, grad_v_0


class QoftFunction(torch.autograd.Function):
    """Returns y, and the tensors that the backward pass reads."""

    @staticmethod
    @oftc_torch.with_signature
    def forward(x: Tensor, W_codes: Tensor, v_0: Tensor, *parts: Tensor) -> tuple[Tensor, ...]:
        W_parts = (W_codes, *parts)
        dtype = oftc_torch.compute_dtype(x)
        with oftc_torch.without_autocast(x):
            if x.shape[0] <= 57548:
                return _forward_to_57548(x.to(dtype), W_parts, v_0)
            return _forward_from_57549(x.to(dtype), W_parts, v_0)

    @staticmethod
    def setup_context(ctx, inputs, output) -> None:
        ctx.save_for_backward(*inputs, *output[1:])
        ctx.mark_non_differentiable(*output[1:])
        ctx.set_materialize_grads(False)

    @staticmethod
    @oftc_torch.first_order
    def backward(ctx, grad_y: Tensor, *_) -> tuple[Tensor | None, ...]:
        if grad_y is None:
            return (None,) * 8
        x, W_codes, v_0, *saved = ctx.saved_tensors
        W_parts, saved = (W_codes, *saved[:5]), saved[5:]
        needs = ctx.needs_input_grad
        with oftc_torch.without_autocast(grad_y):
            if x.shape[0] <= 57548:
                return (
                    *_backward_to_57548(needs, grad_y, x.to(grad_y.dtype), W_parts, v_0, *saved),
                    *[None] * 5,
                )
            return (
                *_backward_from_57549(needs, grad_y, x.to(grad_y.dtype), W_parts, v_0, *saved),
                *[None] * 5,
            )


class Qoft(oftc_torch.QuantizedModule):
    """The layer qoft; tokens are all dimensions of its input but the last."""

    def __init__(
        self,
        W: Tensor | Mapping[str, Tensor],
        device: torch.device | None = None,
        dtype: torch.dtype | None = None,
    ) -> None:
        super().__init__()
        self.hold_quantized("weight", W_FORM, W, device)
        oftc_torch.hold(
            self, "oft_R.weight", torch.zeros((5, 6), device=device, dtype=dtype), trainable=True
        )
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Gives every parameter the start that the layer declares."""
        known = {"v.0": self.oft_R.weight}
        oftc_torch.start(self.oft_R.weight, "zeros", known)

    def forward(self, x: Tensor) -> Tensor:
        oftc_torch.check_features("qoft", x, 20)
        W_parts = self.quantized("weight")
        results = QoftFunction.apply(x.reshape(-1, 20), W_parts[0], self.oft_R.weight, *W_parts[1:])
        return results[0].reshape(*x.shape[:-1], 50)

    def extra_repr(self) -> str:
        return f"in_features=20, out_features=50, b=4, r=5, {super().extra_repr()}"
