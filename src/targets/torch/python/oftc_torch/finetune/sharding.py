"""Spreads a decoder over processes by FSDP2, on GPUs and on CPUs."""

import torch
import torch.distributed as dist
from torch import Tensor, nn

try:
    from torch.distributed.fsdp import fully_shard
except ImportError:  # before PyTorch 2.6
    from torch.distributed._composable.fsdp import fully_shard


def shard(decoder: nn.Module, device: torch.device) -> None:
    """Spreads the parameters of each block, those of an encoder too, and then all others, over the processes.

    On CPUs the parameters that a forward pass has gathered stay until the backward pass: PyTorch 2.6 gathers them again
    in place there, and its own check of versions then refuses the gradient.
    """
    on_cpu = device.type == "cpu"
    if on_cpu and not hasattr(torch.cpu.Stream, "record_event"):
        # PyTorch 2.6's stand-in for a stream lacks the methods that FSDP2 calls. On a CPU nothing is left to wait for.
        torch.cpu.Stream.record_event = lambda self, event=None: torch.cpu.Event()
        torch.cpu.Stream.wait_event = lambda self, event: None
    encoder = decoder.encoder
    for block in [*decoder.blocks, *([] if encoder is None else [*encoder.blocks, *encoder.memory])]:
        fully_shard(block, reshard_after_forward=not on_cpu)
    fully_shard(decoder, reshard_after_forward=not on_cpu)


def divides(device: torch.device) -> bool:
    """Whether the mean over processes is one. In PyTorch 2.6 gloo adds, and does not divide."""
    ones = torch.ones(dist.get_world_size(), device=device)
    mean = torch.zeros(1, device=device)
    dist.reduce_scatter_tensor(mean, ones, op=dist.ReduceOp.AVG)
    return mean.item() == 1


def whole(tensor: Tensor) -> Tensor:
    """The whole of a tensor that may be spread over processes; all of them call this."""
    return tensor.full_tensor() if hasattr(tensor, "full_tensor") else tensor


def spread_like(tensor: Tensor, like: Tensor) -> Tensor:
    """A whole tensor, spread over processes as another one is."""
    if not hasattr(like, "full_tensor"):
        return tensor
    from torch.distributed.tensor import distribute_tensor

    return distribute_tensor(tensor, like.device_mesh, like.placements)
