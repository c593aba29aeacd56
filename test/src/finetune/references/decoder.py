"""What the definitions of the families share: Llama's block in float64, with OFT on linear layers.

A family's script gives `run` its own subclass. The folder that the script gets has config.json, model.safetensors,
adapter.safetensors and run.json. The script writes expected.safetensors: the logits and gradients of the first batch, the
loss of each step of AdamW on the batches in turn, and the adapter after the last.
"""

import json
import math
import sys
from pathlib import Path

import torch
from oft import rotation
from safetensors.torch import load_file, save_file
from torch import Tensor


class Decoder:
    def __init__(self, folder: Path) -> None:
        self.config = json.loads((folder / "config.json").read_text())
        self.run = json.loads((folder / "run.json").read_text())
        self.weights = {name: t.double() for name, t in load_file(folder / "model.safetensors").items()}
        self.adapter = {
            name: t.double().requires_grad_() for name, t in load_file(folder / "adapter.safetensors").items()
        }
        self.heads = self.config.get("num_attention_heads") or self.config["decoder_attention_heads"]
        self.key_heads = self.config.get("num_key_value_heads", self.heads)
        width = self.config.get("hidden_size") or self.config["d_model"]
        self.width = self.config.get("head_dim") or width // self.heads

    def linear(self, x: Tensor, name: str) -> Tensor:
        v = self.adapter.get(f"{name}.oft_R.weight")
        if v is not None:
            blocks = x.unflatten(-1, (len(v), self.run["block"]))
            x = torch.einsum("trk,rkc->trc", blocks, rotation(v, self.run["block"])).flatten(1)
        weight = self.weights[f"{name}.weight"]
        if (change := self.adapter.get(f"{name}.D")) is not None:
            weight = weight + change
        y = x @ weight.T
        bias = self.weights.get(f"{name}.bias")
        return y if bias is None else y + bias

    def norm(self, x: Tensor, name: str) -> Tensor:
        scaled = x * torch.rsqrt(x.square().mean(-1, keepdim=True) + self.config["rms_norm_eps"])
        return scaled * self.weights[f"{name}.weight"]

    def window(self, layer: int) -> int | None:
        """The number of tokens that a token sees in a layer, itself included."""
        return None

    def frequencies(self, tokens: int, layer: int) -> tuple[Tensor, float]:
        """The angles per position of each pair of channels, for a sequence; and the factor of cos and sin."""
        channels = torch.arange(0, self.width, 2, dtype=torch.float64) / self.width
        return self.config["rope_theta"] ** -channels, 1.0

    def rotated(self, x: Tensor, layer: int) -> Tensor:
        """Turns the pairs (c, c + d/2) of each head's channels."""
        frequency, factor = self.frequencies(len(x), layer)
        angle = torch.arange(len(x), dtype=x.dtype)[:, None, None] * frequency
        cos, sin = factor * angle.cos(), factor * angle.sin()
        a, b = x.chunk(2, dim=-1)
        return torch.cat((a * cos - b * sin, b * cos + a * sin), dim=-1)

    def queries(self, x: Tensor, at: str) -> tuple[Tensor, Tensor, Tensor]:
        """Queries, keys and values (tokens, heads, channels), before they are turned."""
        q, k, v = (self.linear(x, f"{at}.{p}_proj").unflatten(-1, (-1, self.width)) for p in "qkv")
        return q, k, v

    def scores(self, products: Tensor) -> Tensor:
        return products / math.sqrt(self.width)

    def attention(self, x: Tensor, layer: int) -> Tensor:
        at = f"model.layers.{layer}.self_attn"
        q, k, v = self.queries(x, at)
        q, k = self.rotated(q, layer), self.rotated(k, layer)
        k, v = (t.repeat_interleave(self.heads // self.key_heads, dim=1) for t in (k, v))
        scores = self.scores(torch.einsum("ihd,jhd->hij", q, k))
        i, j = torch.arange(len(x))[:, None], torch.arange(len(x))
        window = self.window(layer)
        seen = (j <= i) if window is None else (j <= i) & (j > i - window)
        weights = scores.masked_fill(~seen, -torch.inf).softmax(-1)
        return self.linear(torch.einsum("hij,jhd->ihd", weights, v).flatten(1), f"{at}.o_proj")

    def gated(self, x: Tensor, at: str) -> Tensor:
        gate, up = self.linear(x, f"{at}.gate_proj"), self.linear(x, f"{at}.up_proj")
        return torch.nn.functional.silu(gate) * up

    def block(self, x: Tensor, layer: int) -> Tensor:
        at = f"model.layers.{layer}"
        x = x + self.attention(self.norm(x, f"{at}.input_layernorm"), layer)
        inner = self.gated(self.norm(x, f"{at}.post_attention_layernorm"), f"{at}.mlp")
        return x + self.linear(inner, f"{at}.mlp.down_proj")

    def embedded(self, ids: Tensor) -> Tensor:
        return self.weights["model.embed_tokens.weight"][ids]

    def logits(self, ids: Tensor) -> Tensor:
        """The logits of one sequence."""
        embedding = self.weights["model.embed_tokens.weight"]
        x = self.embedded(ids)
        for layer in range(self.config["num_hidden_layers"]):
            x = self.block(x, layer)
        tied = self.config.get("tie_word_embeddings", False)
        return self.norm(x, "model.norm") @ (embedding if tied else self.weights["lm_head.weight"]).T

    def predictions(self, batch: list) -> tuple[Tensor, Tensor]:
        """The logits of a batch's tokens, one text after another, and the tokens that they should predict."""
        z = torch.cat([self.logits(torch.tensor(ids[:-1])) for ids in batch])
        return z, torch.tensor([id for ids in batch for id in ids[1:]])


def run(definition: type[Decoder]) -> None:
    folder = Path(sys.argv[1])
    model = definition(folder)
    adapter = model.adapter
    optimizer = torch.optim.AdamW(adapter.values(), lr=model.run["rate"], weight_decay=model.run["decay"])
    expected: dict[str, Tensor] = {}
    losses = []
    batches = model.run["batches"]
    for step in range(model.run["steps"]):
        optimizer.zero_grad()
        z, labels = model.predictions(batches[step % len(batches)])
        loss = torch.nn.functional.cross_entropy(z, labels)
        loss.backward()
        losses.append(loss.detach())
        if "logits" not in expected:
            expected["logits"] = z.detach()
            expected |= {f"grad.{name}": t.grad.clone() for name, t in adapter.items()}
        optimizer.step()
    expected["losses"] = torch.stack(losses)
    expected |= {f"final.{name}": t.detach() for name, t in adapter.items()}
    save_file({name: t.contiguous() for name, t in expected.items()}, folder / "expected.safetensors")
