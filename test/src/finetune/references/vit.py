"""A Vision Transformer with a classifier (arXiv 2010.11929) in float64, with OFT or LoRA on linear layers.

The folder given has config.json, model.safetensors, adapter.safetensors, and run.json with the steps. The script writes
expected.safetensors: the logits and gradients of the first batch, and the loss of each step of AdamW.
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

folder = Path(sys.argv[1])
config, run = (json.loads((folder / f"{name}.json").read_text()) for name in ("config", "run"))
weights = {name: t.double() for name, t in load_file(folder / "model.safetensors").items()}
given = load_file(folder / "adapter.safetensors")
adapter = {name: t.double().requires_grad_() for name, t in given.items()}
images = load_file(folder / "images.safetensors")
WIDTH, HEADS = config["hidden_size"], config["num_attention_heads"]


def tensor(name: str) -> Tensor:
    return adapter[name] if name in adapter else weights[name]


def linear(x: Tensor, module: str) -> Tensor:
    weight, bias = tensor(f"{module}.weight"), weights.get(f"{module}.bias")
    if (v := adapter.get(f"{module}.oft_R.weight")) is not None:
        weight = weight @ torch.block_diag(*rotation(v, run["block"])).T
    bias = adapter.get(f"{module}.bias", bias)
    return x @ weight.T if bias is None else x @ weight.T + bias


def norm(x: Tensor, module: str) -> Tensor:
    weight, bias = weights[f"{module}.weight"], weights[f"{module}.bias"]
    return F.layer_norm(x, (WIDTH,), weight, bias, config["layer_norm_eps"])


def block(x: Tensor, at: str) -> Tensor:
    a = norm(x, f"{at}.layernorm_before")
    q, k, v = (
        linear(a, f"{at}.attention.attention.{p}").unflatten(-1, (HEADS, -1)).transpose(1, 2)
        for p in ("query", "key", "value")
    )
    mixed = ((q @ k.mT / math.sqrt(q.shape[-1])).softmax(-1) @ v).transpose(1, 2).flatten(2)
    h = x + linear(mixed, f"{at}.attention.output.dense")
    inner = F.gelu(linear(norm(h, f"{at}.layernorm_after"), f"{at}.intermediate.dense"))
    return h + linear(inner, f"{at}.output.dense")


def logits(pixels: Tensor) -> Tensor:
    """The logits of images (images, channels, rows, columns)."""
    of = "vit.embeddings"
    projection = f"{of}.patch_embeddings.projection"
    kernel = weights[f"{projection}.weight"]
    patches = F.conv2d(pixels, kernel, weights[f"{projection}.bias"], stride=kernel.shape[2:])
    tokens = torch.cat([weights[f"{of}.cls_token"].expand(len(pixels), 1, WIDTH), patches.flatten(2).mT], dim=1)
    x = tokens + weights[f"{of}.position_embeddings"]
    for n in range(config["num_hidden_layers"]):
        x = block(x, f"vit.encoder.layer.{n}")
    return linear(norm(x[:, 0], "vit.layernorm"), "classifier")


optimizer = torch.optim.AdamW(adapter.values(), lr=run["rate"], weight_decay=run["decay"])
expected: dict[str, Tensor] = {}
losses = []
for step in range(run["steps"]):
    optimizer.zero_grad()
    z = logits(images[f"pixels.{step % 2}"].double())
    loss = F.cross_entropy(z, images[f"labels.{step % 2}"].long())
    loss.backward()
    losses.append(loss.detach())
    if step == 0:
        expected["logits"] = z.detach()
        expected |= {f"grad.{name}": t.grad.clone() for name, t in adapter.items()}
    optimizer.step()
expected["losses"] = torch.stack(losses)
save_file({name: t.contiguous() for name, t in expected.items()}, folder / "expected.safetensors")
