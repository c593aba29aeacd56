"""Causal attention with its gradients. T rows of q see S rows of k and v; K heads of k serve H heads of q.

A soft cap bounds the scores: a score s becomes soft_cap * tanh(s / soft_cap).
"""

from collections.abc import Callable
from typing import Optional, Tuple

import torch
import torch.nn.functional as F

from .attention_pieces import attention_by_pieces, bounds, gradients_by_pieces


def _seen(start: torch.Tensor, keys: int) -> torch.Tensor:
    """Whether row i sees key j, (T, S): start[i] <= j <= i, or first <= j <= last where start is (T, 2)."""
    j = torch.arange(keys, device=start.device)
    first, last = bounds(start)
    return (first[:, None] <= j) & (j <= last[:, None])


def _spread(k: torch.Tensor, heads: int) -> torch.Tensor:
    """Repeats each of the K heads of k (S, K, d) for the heads of q that it serves: (S, H, d)."""
    return k if heads == k.shape[1] else k.repeat_interleave(heads // k.shape[1], dim=1)


def _scores(q, k, start, scale: float, soft_cap: float | None) -> torch.Tensor:
    """The scaled scores (H, T, S), and -inf where a row does not see a key."""
    scores = torch.einsum("thd,shd->hts", q, _spread(k, q.shape[1])) * scale
    if soft_cap is not None:
        scores = soft_cap * torch.tanh(scores / soft_cap)
    return scores.masked_fill(~_seen(start, k.shape[0]), -torch.inf)


def _sequences(start: torch.Tensor) -> int | None:
    """The number of sequences, where they are equally long and each row sees its own up to itself; else None."""
    rows = len(start)
    if start.dim() == 2 or rows == 0:
        return None
    index = torch.arange(rows, device=start.device)
    count = int((start == index).sum())
    is_even = count > 0 and rows % count == 0 and bool((start == index - index % (rows // count)).all())
    return count if is_even else None


def _by_values(q, k, start, v, scale: float, soft_cap: float | None) -> torch.Tensor:
    """The result of `attention`, in a way that depends on the values of start."""
    if soft_cap is not None:
        return attention_by_pieces(q, k, start, v, scale=scale, soft_cap=soft_cap)
    count = _sequences(start)
    k, v = _spread(k, q.shape[1]), _spread(v, q.shape[1])
    q, k, v = (t.unflatten(0, (count or 1, len(t) // (count or 1))).transpose(1, 2) for t in (q, k, v))
    if count is not None:
        y = F.scaled_dot_product_attention(q, k, v, is_causal=True, scale=scale)
        return y.transpose(1, 2).flatten(0, 1)
    seen = _seen(start, k.shape[2])
    nothing = ~seen.any(1, keepdim=True)
    y = F.scaled_dot_product_attention(q, k, v, attn_mask=seen | nothing, scale=scale)
    return y.transpose(1, 2).flatten(0, 1).masked_fill(nothing[..., None], 0)


def _operators() -> tuple[Callable, Callable]:
    """Attention and its gradients as operators, which torch.compile takes whole: start decides how they work."""
    library = __name__.replace(".", "_")

    @torch.library.custom_op(f"{library}::attention", mutates_args=())
    def result(
        q: torch.Tensor, k: torch.Tensor, start: torch.Tensor, v: torch.Tensor, scale: float, soft_cap: Optional[float]
    ) -> torch.Tensor:
        return _by_values(q, k, start, v, scale, soft_cap).contiguous()

    @torch.library.custom_op(f"{library}::attention_gradients", mutates_args=())
    def gradients(
        q: torch.Tensor,
        k: torch.Tensor,
        start: torch.Tensor,
        v: torch.Tensor,
        g: torch.Tensor,
        scale: float,
        soft_cap: Optional[float],
    ) -> Tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        # An operator has no autograd inside.
        of_q, of_k, of_v = gradients_by_pieces(q, k, start, v, g, scale=scale, soft_cap=soft_cap)
        return of_q.contiguous(), of_k.contiguous(), of_v.contiguous()

    result.register_fake(lambda q, k, start, v, scale, soft_cap: q.new_empty(q.shape))
    gradients.register_fake(
        lambda q, k, start, v, g, scale, soft_cap: tuple(t.new_empty(t.shape) for t in (q, k, v))
    )
    return result, gradients


_OPERATORS = _operators()


def attention(q, k, start, v, *, scale: float, soft_cap: float | None = None) -> torch.Tensor:
    """The rows of v, weighted by the softmax of each row's scores: (T, H, d), and 0 for a row that sees nothing."""
    if torch.compiler.is_compiling():
        return _OPERATORS[0](q, k, start, v, scale, soft_cap)
    return _by_values(q, k, start, v, scale, soft_cap)


def attention_gradients(
    q, k, start, v, g, *, scale: float, soft_cap: float | None = None
) -> tuple[torch.Tensor, ...]:
    """The cotangents of q, k and v, given that of the result. PyTorch differentiates its own attention."""
    if torch.compiler.is_compiling():
        return _OPERATORS[1](q, k, start, v, g, scale, soft_cap)
    if soft_cap is not None:
        return gradients_by_pieces(q, k, start, v, g, scale=scale, soft_cap=soft_cap)
    with torch.enable_grad():
        given = [t.detach().requires_grad_() for t in (q, k, v)]
        y = attention(given[0], given[1], start, given[2], scale=scale)
    return torch.autograd.grad(y, given, g)


def attention_lse(q, k, start, *, scale: float, soft_cap: float | None = None) -> torch.Tensor:
    """The logarithm (T, H) of the sum of the exponentials of each row's scores; 0 where a row sees nothing."""
    lse = _scores(q, k, start, scale, soft_cap).logsumexp(-1)
    return torch.where(lse.isneginf(), 0.0, lse).T


def _grad_scores(q, k, start, v, lse, g, delta, scale, soft_cap):
    """The softmax of the scores, and the cotangents of the scaled scores before their cap, both (H, T, S)."""
    scores = _scores(q, k, start, scale, soft_cap)
    weights = torch.exp(scores - lse.T[..., None])
    grad = weights * (torch.einsum("thd,shd->hts", g, _spread(v, q.shape[1])) - delta.T[..., None])
    if soft_cap is not None:
        grad = grad * (1 - (scores.masked_fill(scores.isneginf(), 0) / soft_cap).square())
    return weights, grad


def attention_query(q, k, start, v, lse, g, delta, *, scale: float, soft_cap: float | None = None) -> torch.Tensor:
    """The cotangent of q (T, H, d), given that of the output. `delta` (T, H) is the sum of g times the output."""
    _, grad = _grad_scores(q, k, start, v, lse, g, delta, scale, soft_cap)
    return torch.einsum("hts,shd->thd", grad, _spread(k, q.shape[1])) * scale


def attention_key_value(q, k, start, v, lse, g, delta, *, scale: float, soft_cap: float | None = None) -> torch.Tensor:
    """The cotangents of k and of v, stacked: (S, 2, K, d)."""
    weights, grad = _grad_scores(q, k, start, v, lse, g, delta, scale, soft_cap)
    both = torch.stack(
        [torch.einsum("hts,thd->shd", grad, q) * scale, torch.einsum("hts,thd->shd", weights, g)], dim=1
    )
    return both.unflatten(2, (k.shape[1], q.shape[1] // k.shape[1])).sum(3)
