"""OFT's rotations by their definition, for the references of models."""

import torch
from torch import Tensor


def rotation(v: Tensor, size: int) -> Tensor:
    """The blocks of R: the Cayley transform (I + Q)(I - Q)^-1 with four terms of the Neumann series.

    `v` (blocks, size (size - 1) / 2) has the strict upper triangle of each Q, row by row.
    """
    q = torch.zeros(len(v), size, size, dtype=v.dtype)
    rows, columns = torch.triu_indices(size, size, 1)
    q[:, rows, columns] = v
    q = q - q.mT
    return torch.eye(size, dtype=v.dtype) + 2 * (q + q @ q + q @ q @ q) + q @ q @ q @ q
