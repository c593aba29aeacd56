"""The MM-DiT block of Stable Diffusion 3 (arXiv 2403.03206) in float64, with OFT or LoRA on linear layers.

The folder given has case.json, tensors.safetensors with the block's weights and inputs, and adapter.safetensors. The
script writes expected.safetensors: the results, and the gradients that the cotangents of tensors.safetensors give.
"""

import json
import math
import sys
from pathlib import Path

import torch
from oft import rotation
from safetensors.torch import load_file, save_file
from torch import Tensor
from torch.nn import functional as F


class Block:
    def __init__(self, folder: Path) -> None:
        self.case = json.loads((folder / "case.json").read_text())
        self.tensors = {n: t.double().requires_grad_() for n, t in load_file(folder / "tensors.safetensors").items()}
        self.adapter = {n: t.double().requires_grad_() for n, t in load_file(folder / "adapter.safetensors").items()}

    def linear(self, x: Tensor, module: str) -> Tensor:
        weight, bias = self.tensors[f"{module}.weight"], self.tensors[f"{module}.bias"]
        if (v := self.adapter.get(f"{module}.oft_R.weight")) is not None:
            weight = weight @ torch.block_diag(*rotation(v, self.case["block"])).T
        if (a := self.adapter.get(f"{module}.lora_A.weight")) is not None:
            weight = weight + self.adapter[f"{module}.lora_B.weight"] @ a
        return x @ weight.T + bias

    def heads(self, x: Tensor, module: str, norm: str | None = None) -> Tensor:
        y = self.linear(x, module).unflatten(-1, (self.case["heads"], -1)).transpose(1, 2)
        if norm is not None and self.case["queryKeyNorms"]:
            y = y * torch.rsqrt(y.square().mean(-1, keepdim=True) + 1e-6) * self.tensors[f"{norm}.weight"]
        return y

    @staticmethod
    def attention(q: Tensor, k: Tensor, v: Tensor) -> Tensor:
        scores = q @ k.mT / math.sqrt(q.shape[-1])
        return (scores.softmax(-1) @ v).transpose(1, 2).flatten(2)

    @staticmethod
    def modulated(x: Tensor, shift: Tensor, scale: Tensor) -> Tensor:
        return F.layer_norm(x, x.shape[-1:], eps=1e-6) * (1 + scale[:, None]) + shift[:, None]

    def mlp(self, x: Tensor, module: str) -> Tensor:
        return self.linear(F.gelu(self.linear(x, f"{module}.net.0.proj"), approximate="tanh"), f"{module}.net.2")

    def end(self, x: Tensor, module: str, vectors: tuple[Tensor, ...]) -> Tensor:
        shift, scale, gate = vectors
        return x + gate[:, None] * self.mlp(self.modulated(x, shift, scale), module)

    def __call__(self) -> dict[str, Tensor]:
        image, context, c = (self.tensors[n] for n in ("image", "context", "conditioning"))
        dual, last = self.case["dual"], self.case["last"]
        of_image = self.linear(F.silu(c), "norm1.linear").chunk(9 if dual else 6, dim=1)
        of_context = self.linear(F.silu(c), "norm1_context.linear").chunk(2 if last else 6, dim=1)
        x = self.modulated(image, of_image[0], of_image[1])
        y = self.modulated(context, *(reversed(of_context) if last else of_context[:2]))
        keys = [self.heads(x, "attn.to_k", "attn.norm_k"), self.heads(y, "attn.add_k_proj", "attn.norm_added_k")]
        values = [self.heads(x, "attn.to_v"), self.heads(y, "attn.add_v_proj")]
        queries = [self.heads(x, "attn.to_q", "attn.norm_q")]
        if not last:
            queries.append(self.heads(y, "attn.add_q_proj", "attn.norm_added_q"))
        mixed = self.attention(*(torch.cat(t, dim=2) for t in (queries, keys, values)))
        count = image.shape[1]
        h = image + of_image[2][:, None] * self.linear(mixed[:, :count], "attn.to_out.0")
        if dual:
            z = self.modulated(image, of_image[6], of_image[7])
            q, k = (self.heads(z, f"attn2.to_{p}", f"attn2.norm_{p}") for p in "qk")
            alone = self.attention(q, k, self.heads(z, "attn2.to_v"))
            h = h + of_image[8][:, None] * self.linear(alone, "attn2.to_out.0")
        results = {"nextImage": self.end(h, "ff", of_image[3:6])}
        if not last:
            h = context + of_context[2][:, None] * self.linear(mixed[:, count:], "attn.to_add_out")
            results["nextContext"] = self.end(h, "ff_context", of_context[3:6])
        return results


for folder in map(Path, sys.argv[1:]):
    block = Block(folder)
    results = block()
    sum((results[n] * block.tensors[f"cotangent.{n}"]).sum() for n in results).backward()
    all_gradients = {n: t.grad for n, t in {**block.tensors, **block.adapter}.items() if t.grad is not None}
    expected = {n: t.detach() for n, t in results.items()} | {f"grad.{n}": t for n, t in all_gradients.items()}
    save_file({n: t.contiguous() for n, t in expected.items()}, folder / "expected.safetensors")
