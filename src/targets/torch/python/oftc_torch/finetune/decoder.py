"""A decoder made of printed blocks: the embedding, the blocks, and the head with its loss."""

import importlib
from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils.checkpoint import checkpoint

from .weights import Files, Quantised


class Encoder(nn.Module):
    """An encoder, and the parts of the decoder's blocks that read its result."""

    def __init__(self, blocks: Sequence[nn.Module], memory: Sequence[nn.Module], placed: Mapping[str, nn.Module]) -> None:
        super().__init__()
        self.blocks = nn.ModuleList(blocks)
        self.memory = nn.ModuleList(memory)
        #: The modules that add positions to the rows of the embedding, for the encoder and for the decoder.
        self.placed = nn.ModuleDict(placed)

    def forward(self, h: Tensor, position: Tensor, seen: Tensor, masks: Sequence[Mapping[str, Tensor]]) -> Tensor:
        """The result (tokens, features) for the rows h of the embedding. `seen` has the range that each token sees."""
        h = self.placed["encoder"](x=h, position=position)
        for block, own in zip(self.blocks, masks, strict=True):
            h = _computed(block, x=h, seen=seen, **own)
        return h


def _computed(block: nn.Module, **inputs: Tensor) -> Any:
    """The result of a block. One with quantised weights is computed again, so that decoded weights are not kept."""
    if torch.is_grad_enabled() and any(isinstance(m, Quantised) for m in block.modules()):
        return checkpoint(block, use_reentrant=False, **inputs)
    return block(**inputs)


class Decoder(nn.Module):
    """Computes the loss of tokens, in rows one after another."""

    def __init__(
        self,
        embedding: Tensor,
        blocks: Sequence[nn.Module],
        head: nn.Module,
        *,
        logits: nn.Module | None,
        positions: int,
        short: int | None,
        windows: Sequence[int | None],
        scale: float,
        encoder: Encoder | None = None,
    ) -> None:
        super().__init__()
        #: The factor of the embedding's rows.
        self._scale = scale
        #: For each block, the number of tokens that a token sees; None for all before it.
        self._windows = windows
        #: The length above which a text has other rows of the rotary tables, which follow those.
        self._short = short
        self.register_buffer("embedding", embedding, persistent=False)
        self.blocks = nn.ModuleList(blocks)
        self.encoder = encoder
        self.head = head
        #: The head without its loss, with the same tensors; None for a decoder that continues no prompts.
        self.logits = logits
        #: The number of positions that the model has.
        self.positions = positions

    def rows(self, length: int) -> range:
        """The rows of the rotary tables for the tokens of a text."""
        first = 0 if self._short is None or length <= self._short else self._short
        return range(first, first + length)

    def _rows(self, ids: Tensor) -> Tensor:
        """The rows of the embedding."""
        h = nn.functional.embedding(ids, self.embedding)
        return h * self._scale if self._scale != 1 else h

    def hidden(
        self,
        ids: Tensor,
        position: Tensor,
        start: Tensor,
        source: Mapping[str, Tensor],
        masks: Sequence[Mapping[str, Tensor]] | None = None,
    ) -> Tensor:
        """The result of the last block, (tokens, features). All inputs but the masks have one element for each token.

        `source` has what the encoder reads, of a decoder that has one; its tokens are others.
        """
        h = self._rows(ids)
        starts = {window: seen_from(start, window) for window in set(self._windows)}
        encoder = self.encoder
        if encoder is None:
            for n, (block, window) in enumerate(zip(self.blocks, self._windows, strict=True)):
                h = _computed(block, x=h, position=position, start=starts[window], **(masks[n] if masks else {}))
            return h
        readers = len(encoder.blocks)
        every = masks or [{}] * (readers + 2 * len(self.blocks))
        rows = self._rows(source["source_ids"])
        result = encoder(rows, source["source_position"], source["source_seen"], every[:readers])
        h = encoder.placed["decoder"](x=h, position=position)
        for n, (block, memory) in enumerate(zip(self.blocks, encoder.memory, strict=True)):
            key, value = _computed(memory, x=result, **every[readers + n])
            given = {"sourceKeys": key, "sourceValues": value, "sourceSeen": source["source_read"]}
            h = _computed(block, x=h, start=starts[None], **given, **every[readers + len(self.blocks) + n])
        return h

    def forward(
        self,
        ids: Tensor,
        position: Tensor,
        start: Tensor,
        label: Tensor | None = None,
        weight: Tensor | None = None,
        last: Tensor | None = None,
        masks: Sequence[Mapping[str, Tensor]] | None = None,
        **source: Tensor,
    ) -> Tensor:
        """The sum over tokens of weight times cross-entropy, or the logits after the tokens with the indices `last`.

        `masks` has those of dropout for each block, and for the head. `source` has what the encoder reads. All other
        inputs have one element for each token.
        """
        h = self.hidden(ids, position, start, source, masks)
        if last is not None:
            return self.logits(x=h[last])
        return self.head(x=h, label=label, weight=weight[:, None], **(masks[-1] if masks else {})).sum()


def seen_from(start: Tensor, window: int | None) -> Tensor:
    """The first token that each token sees, given the first of its sequence and the number of tokens that it sees."""
    if window is None:
        return start
    place = torch.arange(len(start), dtype=start.dtype, device=start.device)
    return torch.maximum(start, place - (window - 1))


def _made(description: Mapping[str, Any], files: Files, trained: dict[str, str]) -> nn.Module:
    """A printed module with its tensors. Adds the paths of trained tensors to `trained`, by their module's names."""
    of = getattr(importlib.import_module(description["file"]), description["class"])
    given = {name: torch.empty(shape, device="meta") for name, shape in description["given"].items()}
    module = of(**given, device="meta")
    plain = {}
    for path, source in description["tensors"].items():
        tensor = files.read(source["file"], source["name"])
        if "storage" in source:
            _quantise(module, path, Quantised(tensor, source["storage"], tuple(source["shape"])))
        else:
            # Each block trains a copy of its own; frozen tensors are shared.
            plain[path] = tensor.clone() if "trained" in source else tensor
        if "trained" in source:
            trained[path] = source["trained"]
    module.load_state_dict(plain, assign=True)
    return module


def _sharing(description: Mapping[str, Any], head: nn.Module) -> nn.Module:
    """A printed module that holds the very tensors of another one."""
    of = getattr(importlib.import_module(description["file"]), description["class"])
    given = {name: torch.empty(shape, device="meta") for name, shape in description["given"].items()}
    module = of(**given, device="meta")
    for path in [*dict(module.named_parameters()), *dict(module.named_buffers())]:
        below, _, name = path.rpartition(".")
        setattr(module.get_submodule(below), name, getattr(head.get_submodule(below), name))
    return module


def _quantise(module: nn.Module, path: str, quantised: Quantised) -> None:
    """Puts a quantised layer in the place of the module at "….weight", with the adapter below it."""
    parent, _, name = path.removesuffix(".weight").rpartition(".")
    parent = module.get_submodule(parent)
    for child, below in getattr(parent, name).named_children():
        quantised.add_module(child, below)
    for parameter, value in getattr(parent, name).named_parameters(recurse=False):
        if parameter != "weight":
            quantised.register_parameter(parameter, value)
    setattr(parent, name, quantised)


def read_decoder(
    job: Mapping[str, Any], device: torch.device, dtype: torch.dtype = torch.float32
) -> tuple[Decoder, dict[str, str]]:
    """The decoder that a job describes, and the names of its trained parameters by their paths in the adapter."""
    files = Files(device, dtype)
    names: dict[str, str] = {}

    def made(description: Mapping[str, Any], below: str) -> nn.Module:
        trained: dict[str, str] = {}
        module = _made(description, files, trained)
        names.update({path: f"{below}.{name}" for name, path in trained.items()})
        return module

    blocks = [made(block, f"blocks.{n}") for n, block in enumerate(job["blocks"])]
    head = made(job["head"], "head")
    encoder = None
    if "encoder" in job:
        parts = job["encoder"]
        encoder = Encoder(
            [made(block, f"encoder.blocks.{n}") for n, block in enumerate(parts["blocks"])],
            [made(block, f"encoder.memory.{n}") for n, block in enumerate(parts["memory"])],
            {stack: made(placed, f"encoder.placed.{stack}") for stack, placed in parts["placed"].items()},
        )
    table = job["embedding"]
    embedding = files.read(table["file"], table["name"])
    logits = _sharing(job["logits"], head) if "logits" in job else None
    windows = [block["window"] for block in job["blocks"]]
    sizes = {name: job[name] for name in ("positions", "short")}
    scale = table["scale"]
    return Decoder(embedding, blocks, head, logits=logits, windows=windows, scale=scale, encoder=encoder, **sizes), names
