"""Attention that takes the rows of q piece by piece, so that few scores exist at a time.

Scores may have a soft cap, which PyTorch's own attention lacks.
"""

from collections.abc import Iterator

import torch

# The most scores that exist at a time, unless a row has more.
_SCORES = 2**23
# The most rows of a piece. A piece has scores for each key that any of its rows sees.
_ROWS = 256


def bounds(start: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """The first and the last key that each row sees."""
    if start.dim() == 2:
        return start[:, 0], start[:, 1]
    return start, torch.arange(len(start), device=start.device)


def _pieces(start: torch.Tensor, heads: int, keys: int) -> Iterator[tuple[slice, slice, torch.Tensor]]:
    """Pieces of the rows, the keys that any of their rows sees, and which of these each row sees."""
    if len(start) == 0 or keys == 0:
        return
    first, last = bounds(start)
    size = max(1, min(_ROWS, _SCORES // (heads * keys)))
    ends = torch.stack([torch.stack((a.amin(), b.amax())) for a, b in zip(first.split(size), last.split(size))])
    for n, (least, most) in enumerate(ends.tolist()):
        rows, columns = slice(n * size, (n + 1) * size), slice(max(least, 0), min(most + 1, keys))
        if columns.start < columns.stop:
            j = torch.arange(columns.start, columns.stop, device=start.device)
            yield rows, columns, (first[rows, None] <= j) & (j <= last[rows, None])


def _softmax(q: torch.Tensor, k: torch.Tensor, seen: torch.Tensor, scale: float, soft_cap: float | None):
    """The softmax of the scores (K, G, T, S), and the slope of the scores. Both are float32 at least.

    The slope is scale, times that of the soft cap.
    """
    scores = torch.einsum("tngd,snd->ngts", q, k)
    scores, slope = scores.to(torch.promote_types(scores.dtype, torch.float32)) * scale, scale
    if soft_cap is not None:
        shares = torch.tanh(scores / soft_cap)
        scores, slope = shares * soft_cap, (1 - shares.square()) * scale
    weights = scores.masked_fill(~seen, -torch.inf).softmax(-1)
    # A row that sees nothing has no softmax.
    return weights.masked_fill(~seen, 0), slope


def _grouped(q: torch.Tensor, k: torch.Tensor) -> torch.Tensor:
    """The heads of q by the head of k that serves them: (T, K, G, d)."""
    return q.unflatten(1, (k.shape[1], q.shape[1] // k.shape[1]))


def attention_by_pieces(q, k, start, v, *, scale: float, soft_cap: float | None) -> torch.Tensor:
    """The result of attention (T, H, d)."""
    # The empty sum gives y a gradient, of zeros, where no row sees a key.
    rows_of_q, y = _grouped(q, k), torch.zeros_like(q) + q[:0].sum()
    for rows, columns, seen in _pieces(start, q.shape[1], k.shape[0]):
        weights, _ = _softmax(rows_of_q[rows], k[columns], seen, scale, soft_cap)
        y[rows] = torch.einsum("ngts,snd->tngd", weights.to(v.dtype), v[columns]).flatten(1, 2)
    return y


def gradients_by_pieces(q, k, start, v, g, *, scale: float, soft_cap: float | None) -> tuple[torch.Tensor, ...]:
    """The cotangents of q, k and v, given that of the result."""
    rows_of_q, rows_of_g = _grouped(q, k), _grouped(g, k)
    of_q, of_k, of_v = torch.zeros_like(q), torch.zeros_like(k), torch.zeros_like(v)
    for rows, columns, seen in _pieces(start, q.shape[1], k.shape[0]):
        weights, slope = _softmax(rows_of_q[rows], k[columns], seen, scale, soft_cap)
        of_weights = torch.einsum("tngd,snd->ngts", rows_of_g[rows], v[columns]).to(weights.dtype)
        of_scores = weights * (of_weights - (weights * of_weights).sum(-1, keepdim=True))
        of_products = (of_scores * slope).to(q.dtype)
        of_q[rows] = torch.einsum("ngts,snd->tngd", of_products, k[columns]).flatten(1, 2)
        of_k[columns] += torch.einsum("ngts,tngd->snd", of_products, rows_of_q[rows])
        of_v[columns] += torch.einsum("ngts,tngd->snd", weights.to(g.dtype), rows_of_g[rows])
    return of_q, of_k, of_v
