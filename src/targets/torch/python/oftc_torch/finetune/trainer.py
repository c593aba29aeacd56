"""Losses, steps and states of a decoder in one of several processes, by PyTorch's own DDP, FSDP2 and AdamW."""

import contextlib
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor, nn
from torch.nn.parallel import DistributedDataParallel

from .decoder import Decoder
from .dropout import Dropout
from .sharding import divides, shard, spread_like, whole

#: The ε that AdamW adds to the root.
EPSILON = 1e-8


class Trainer:
    """Trains the named parameters. Every process has its own part of each batch, and all call the same methods."""

    def __init__(
        self,
        decoder: Decoder,
        names: Mapping[str, str],
        device: torch.device,
        *,
        processes: int,
        fsdp: bool,
        betas: Sequence[float],
        decay: float,
        dropout: Dropout | None = None,
    ) -> None:
        self._decoder = decoder
        self._dropout = dropout
        self._device = device
        self._model: nn.Module = decoder
        # DDP and FSDP2 divide the sum of gradients by the number of processes, and a loss is a sum over them.
        self._scale = processes
        if fsdp:
            shard(decoder, device)
            self._scale = processes if divides(device) else 1
        self._parameters = {path: decoder.get_parameter(name) for path, name in names.items()}
        if processes > 1 and not fsdp:
            # Buffers are frozen, and alike in all processes.
            self._model = DistributedDataParallel(decoder, broadcast_buffers=False)
        self._optimizer = torch.optim.AdamW(
            self._parameters.values(), lr=0.0, betas=tuple(betas), eps=EPSILON, weight_decay=decay
        )

    def _inputs(self, batch: Mapping[str, Sequence[float]]) -> dict[str, Tensor]:
        def made(name: str, values: Sequence[float]) -> Tensor:
            dtype = torch.float32 if name == "weight" else torch.int32
            tensor = torch.tensor(values, dtype=dtype, device=self._device)
            # The first and the last token that each token sees.
            return tensor.view(-1, 2) if name in ("source_seen", "source_read") else tensor

        return {name: made(name, values) for name, values in batch.items()}

    @torch.no_grad()
    def loss(self, batch: Mapping[str, Sequence[float]]) -> float:
        """This process's part of the loss of a batch: the parts of all processes add up to it."""
        # DDP has nothing to add to a forward pass; FSDP2's hooks are on the decoder itself.
        return self._decoder(**self._inputs(batch), masks=self._steady).item()

    @torch.no_grad()
    def continued(
        self, prompts: Sequence[Mapping[str, Sequence[int]]], most: int, batch: int
    ) -> list[list[int] | None]:
        """The likeliest tokens after each prompt, at most so many, up to one of its `end`.

        None stands for a prompt after which a logit is not finite. A text also ends at the last position of the model.
        """
        texts: list[list[int] | None] = []
        for first in range(0, len(prompts), batch):
            some = prompts[first : first + batch]
            added: list[list[int] | None] = [[] for _ in some]
            going = list(range(len(some)))
            for _ in range(most):
                if not going:
                    break
                rows = [[*some[n]["ids"], *(added[n] or [])] for n in going]
                found = self._likeliest(rows, [some[n].get("source") for n in going])
                for n, id in zip(going, found, strict=True):
                    if id is None:
                        added[n] = None
                    elif id not in some[n]["end"]:
                        added[n].append(id)
                going = [
                    n
                    for n, row, id in zip(going, rows, found, strict=True)
                    if id is not None and id not in some[n]["end"] and len(row) + 1 < self._decoder.positions
                ]
            texts.extend(added)
        return texts

    def _likeliest(
        self, rows: Sequence[Sequence[int]], sources: Sequence[Mapping[str, Any] | None]
    ) -> list[int | None]:
        """The likeliest token after each row of tokens; None where a logit is not finite.

        `sources` has the text that the encoder reads for each row, of a decoder with an encoder.
        """
        lengths = torch.tensor([len(row) for row in rows])
        firsts = lengths.cumsum(0) - lengths
        inputs = {
            "ids": [id for row in rows for id in row],
            "position": [i for row in rows for i in self._decoder.rows(len(row))],
            "start": [first for row, first in zip(rows, firsts.tolist(), strict=True) for _ in row],
        }
        if self._decoder.encoder is not None:
            inputs |= _sources(sources, lengths.tolist())
        last = (firsts + lengths - 1).to(self._device)
        logits = self._decoder(**self._inputs(inputs), last=last, masks=self._steady)
        finite = logits.isfinite().all(-1).tolist()
        return [id if fine else None for id, fine in zip(logits.argmax(-1).tolist(), finite, strict=True)]

    @property
    def _steady(self) -> list[dict[str, Tensor]] | None:
        """Masks that drop nothing."""
        return self._dropout and self._dropout.ones()

    def step(
        self,
        batches: Sequence[Mapping[str, Sequence[float]]],
        rate: float,
        clip: float | None,
        step: int = 1,
        firsts: Sequence[int] = (),
        source_firsts: Sequence[int] = (),
    ) -> dict[str, Any]:
        """Takes a step along the mean gradient of several batches, and returns this process's part of the mean loss.

        Dropout goes by the number of the step, and by the index of this process's first token in each batch, and of the
        first one that the encoder reads. The norm is that of the whole gradient, before it is clipped. Where it is not finite no step is taken, and
        `culprit` is the path of a parameter whose gradient is not finite.
        """
        self._optimizer.zero_grad(set_to_none=True)
        loss = 0.0
        for n, batch in enumerate(batches):
            with self._syncing(n + 1 == len(batches)):
                masks = self._dropout and self._dropout.masks(
                    step, n, firsts[n], len(batch["ids"]), source_firsts[n], len(batch.get("source_ids", ()))
                )
                part = self._model(**self._inputs(batch), masks=masks) / len(batches)
                (part * self._scale).backward()
            loss += part.item()
        parameters = list(self._parameters.values())
        norm = whole(nn.utils.clip_grad_norm_(parameters, float("inf"))).item()
        if norm != norm or norm == float("inf"):
            culprit = next((p for p, t in self._parameters.items() if not whole(t.grad).isfinite().all()), None)
            return {"loss": loss, "norm": norm, "culprit": culprit}
        if clip is not None and norm > clip:
            torch._foreach_mul_([p.grad for p in parameters], clip / norm)
        for group in self._optimizer.param_groups:
            group["lr"] = rate
        self._optimizer.step()
        return {"loss": loss, "norm": norm}

    @contextlib.contextmanager
    def _syncing(self, last: bool) -> Iterator[None]:
        """Adds gradients over processes after the last batch only."""
        if isinstance(self._model, DistributedDataParallel):
            with contextlib.nullcontext() if last else self._model.no_sync():
                yield
            return
        if hasattr(self._model, "set_requires_gradient_sync"):
            self._model.set_requires_gradient_sync(last)
        yield

    def save(self, file: str | None) -> None:
        """Writes parameters p/…, and AdamW's means m/… and v/…; None writes nothing, but takes part."""
        state = {}
        for path, parameter in self._parameters.items():
            state[f"p/{path}"] = whole(parameter.detach())
            means = self._optimizer.state.get(parameter, {})
            if means:
                state[f"m/{path}"] = whole(means["exp_avg"])
                state[f"v/{path}"] = whole(means["exp_avg_sq"])
        if file is not None:
            save_file({name: tensor.contiguous().cpu() for name, tensor in state.items()}, file)

    @torch.no_grad()
    def restore(self, file: str, step: int) -> None:
        """Takes parameters and means from a file that `save` wrote after `step` steps, or one with parameters alone."""
        tensors = load_file(file)
        for path, parameter in self._parameters.items():

            def part(kind: str, like: Tensor = parameter, path: str = path) -> Tensor:
                return spread_like(tensors[f"{kind}/{path}"].reshape(like.shape).to(self._device), like)

            parameter.copy_(part("p"))
            self._optimizer.state.pop(parameter, None)
            if step > 0:
                self._optimizer.state[parameter] = {
                    "step": torch.tensor(float(step)),
                    "exp_avg": part("m"),
                    "exp_avg_sq": part("v"),
                }


def _sources(texts: Sequence[Mapping[str, Any]], lengths: Sequence[int]) -> dict[str, list[int]]:
    """What the encoder reads for rows of so many tokens, as a batch has it. The first `count` ids of a text are its own."""
    inputs: dict[str, list[int]] = {f"source_{name}": [] for name in ("ids", "position", "seen", "read")}
    for text, length in zip(texts, lengths, strict=True):
        first = len(inputs["source_ids"])
        seen = [first, first + text["count"] - 1]
        inputs["source_ids"] += text["ids"]
        inputs["source_position"] += range(len(text["ids"]))
        inputs["source_seen"] += seen * len(text["ids"])
        inputs["source_read"] += seen * length
    return inputs
