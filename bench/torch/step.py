"""
Times a training step of a whole model in PyTorch: the printed blocks of oftc, and the same model written by hand with
PEFT's layers, in turns in one process on one core. `python3 bench/torch/step.py FOLDER OFT|LORA ROUNDS`, where FOLDER
has job.json and config.json. Prints one JSON object.
"""

import json
import statistics
import sys
import time
from pathlib import Path

import one_core  # noqa: F401
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from intervals import interval
from oftc_torch.finetune.decoder import read_decoder
from oftc_torch.finetune.trainer import Trainer
from peft.tuners.lora.config import LoraConfig
from peft.tuners.lora.layer import Linear as LoRALinear
from peft.tuners.oft.config import OFTConfig
from peft.tuners.oft.layer import Linear as OFTLinear

torch.manual_seed(0)

folder, method, rounds = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
config = json.loads((folder / "config.json").read_text())
job = json.loads((folder / "job.json").read_text())
sys.path.insert(0, str(folder))
hidden, heads, kv = config["hidden_size"], config["num_attention_heads"], config["num_key_value_heads"]
SEQUENCES, LENGTH, RATE, CLIP = 4, 64, 1e-4, 1.0
PATHS = {
    "q": "self_attn.q_proj", "k": "self_attn.k_proj", "v": "self_attn.v_proj", "o": "self_attn.o_proj",
    "gate": "mlp.gate_proj", "up": "mlp.up_proj", "down": "mlp.down_proj",
}  # fmt: skip


def adapted(weight: Tensor) -> nn.Module:
    linear = nn.Linear(weight.shape[1], weight.shape[0], bias=False).requires_grad_(False)
    linear.weight.data = weight
    if method == "OFT":
        return OFTLinear(linear, "default", OFTConfig(oft_block_size=32, r=0, use_cayley_neumann=True), r=0)
    return LoRALinear(linear, "default", LoraConfig(r=16), r=16, lora_alpha=16)


def rotated(x: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
    a, b = x.chunk(2, dim=-1)
    return torch.cat((a * cos - b * sin, b * cos + a * sin), dim=-1)


class Block(nn.Module):
    """A block of Llama as a person writes it, with one of PEFT's layers for each projection."""

    def __init__(self, of: nn.Module) -> None:
        super().__init__()
        for name, path in PATHS.items():
            setattr(self, name, adapted(of.get_parameter(f"{path}.weight").data))
        self.before = nn.RMSNorm(hidden, eps=config["rms_norm_eps"]).requires_grad_(False)
        self.after = nn.RMSNorm(hidden, eps=config["rms_norm_eps"]).requires_grad_(False)
        self.cos, self.sin = of.cosTable.data[:LENGTH], of.sinTable.data[:LENGTH]

    def forward(self, x: Tensor) -> Tensor:
        h = self.before(x)
        split = lambda t, n: t.unflatten(-1, (n, -1)).transpose(1, 2)  # noqa: E731
        q = rotated(split(self.q(h), heads), self.cos, self.sin)
        k = rotated(split(self.k(h), kv), self.cos, self.sin)
        mixed = F.scaled_dot_product_attention(q, k, split(self.v(h), kv), is_causal=True, enable_gqa=True)
        x = x + self.o(mixed.transpose(1, 2).flatten(2))
        h = self.after(x)
        return x + self.down(F.silu(self.gate(h)) * self.up(h))


class ByHand(nn.Module):
    def __init__(self, of: nn.Module) -> None:
        super().__init__()
        self.embedding = of.embedding
        self.blocks = nn.ModuleList(Block(b) for b in of.blocks)
        self.norm = nn.RMSNorm(hidden, eps=config["rms_norm_eps"]).requires_grad_(False)

    def forward(self, ids: Tensor, labels: Tensor) -> Tensor:
        h = F.embedding(ids, self.embedding)
        for block in self.blocks:
            h = block(h)
        return F.cross_entropy((self.norm(h) @ self.embedding.T).flatten(0, 1), labels.flatten())


ids = torch.randint(config["vocab_size"], (SEQUENCES, LENGTH + 1))
start = [s * LENGTH for s in range(SEQUENCES) for _ in range(LENGTH)]
batch = {
    "ids": ids[:, :-1].flatten().tolist(),
    "position": list(range(LENGTH)) * SEQUENCES,
    "start": start,
    "label": ids[:, 1:].flatten().tolist(),
    "weight": [1 / len(start)] * len(start),
}
decoder, names = read_decoder(job, torch.device("cpu"))
trainer = Trainer(
    decoder, names, torch.device("cpu"), processes=1, fsdp=False, betas=(0.9, 0.999), decay=0.01
)
by_hand = ByHand(decoder)
trained = [p for n, p in by_hand.named_parameters() if "oft_" in n or "lora_" in n]
for p in trained:
    p.requires_grad_(True)
optimizer = torch.optim.AdamW(trained, lr=RATE, weight_decay=0.01)


def step_by_hand() -> float:
    optimizer.zero_grad(set_to_none=True)
    loss = by_hand(ids[:, :-1], ids[:, 1:])
    loss.backward()
    nn.utils.clip_grad_norm_(trained, CLIP)
    optimizer.step()
    return loss.item()


steps = {"byHand": step_by_hand, "printed": lambda: trainer.step([batch], RATE, CLIP)["loss"]}
losses = {kind: [step() for _ in range(3)] for kind, step in steps.items()}
seconds: dict[str, list[float]] = {kind: [] for kind in steps}
for turn in range(rounds):
    for kind in list(steps)[:: 1 if turn % 2 == 0 else -1]:
        begin = time.process_time()
        steps[kind]()
        seconds[kind].append(time.process_time() - begin)
ratio = interval([a / b for a, b in zip(seconds["printed"], seconds["byHand"])])
print(
    f"{method}: by hand {1e3 * statistics.median(seconds['byHand']):.0f} ms, printed "
    f"{1e3 * statistics.median(seconds['printed']):.0f} ms, printed/by hand {ratio['median']:.3f} "
    f"[{ratio['low']:.3f}, {ratio['high']:.3f}]; losses {losses}",
    file=sys.stderr,
)
milliseconds = {kind: 1e3 * statistics.median(t) for kind, t in seconds.items()}
json.dump({"milliseconds": milliseconds, "printedOverByHand": ratio, "losses": losses}, sys.stdout)
