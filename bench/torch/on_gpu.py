"""
Times a training step of PEFT's layers as they are, with derived passes, and of the frozen layer alone, in turns on one
GPU. A method that fails has the reason in place of its times. Prints one JSON object. PEFT is the installed one, or the
one in PEFT_SRC.
`python3 bench/torch/on_gpu.py --sizes tokens,in,out … [--rounds n] [--methods name …] [--device cuda|mps|xpu|cpu]`
"""

import argparse
import importlib.util
import json
import math
import os
import sys
import time
import warnings

here = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [here, os.path.join(here, "../../src/targets/torch/python")]

import torch  # noqa: E402
import torch.distributed.tensor  # noqa: E402,F401  (PEFT reads it without importing it)

if os.environ.get("PEFT_SRC") or importlib.util.find_spec("peft") is None:
    import stand_ins

    stand_ins.install()
warnings.simplefilter("ignore")

import oftc_torch.peft  # noqa: E402
from intervals import interval  # noqa: E402
from methods import base, made  # noqa: E402
from torch import nn  # noqa: E402

# The least seconds that a sample lasts, as in bench/interleave.ts.
SAMPLE = 0.02

parser = argparse.ArgumentParser()
parser.add_argument("--sizes", nargs="+", required=True)
parser.add_argument("--methods", nargs="+", default=["OFT b=32", "LoRA r=16"])
parser.add_argument("--rounds", type=int, default=15)
parser.add_argument("--device", choices=["cuda", "mps", "xpu", "cpu"])
options = parser.parse_args()


def found() -> str:
    if torch.cuda.is_available():
        return "cuda"
    if torch.backends.mps.is_available():
        return "mps"
    if hasattr(torch, "xpu") and torch.xpu.is_available():
        return "xpu"
    raise SystemExit(f"PyTorch {torch.__version__} finds no GPU here: neither CUDA or ROCm, nor MPS, nor XPU")


kind = options.device or found()
device = torch.device(kind)
wait = {
    "cuda": torch.cuda.synchronize,
    "mps": torch.mps.synchronize,
    "xpu": lambda: torch.xpu.synchronize(),
    "cpu": lambda: None,
}[kind]


def name_of() -> str:
    if kind == "cuda":
        return f"{torch.cuda.get_device_name()}, {'ROCm ' + torch.version.hip if torch.version.hip else 'CUDA ' + str(torch.version.cuda)}"
    return torch.xpu.get_device_name() if kind == "xpu" else kind


def timed(layer: nn.Module, x: torch.Tensor, g: torch.Tensor, repeats: int) -> float:
    wait()
    begin = time.perf_counter()
    for _ in range(repeats):
        x.grad = None
        for p in layer.parameters():
            p.grad = None
        layer(x).backward(g)
    wait()
    return (time.perf_counter() - begin) / repeats


def row(method: str, tokens: int, inputs: int, outputs: int) -> dict:
    x = torch.randn(tokens, inputs, device=device, requires_grad=True)
    g = torch.randn(tokens, outputs, device=device)
    layers = {"frozen": base(inputs, outputs), "peft": made(method, inputs, outputs)}
    taken = made(method, inputs, outputs)
    used = oftc_torch.peft.use(nn.ModuleDict({"layer": taken}))
    if used:
        layers["derived"] = taken
    repeats = {}
    for key, layer in layers.items():
        layer.to(device)
        timed(layer, x, g, 2)
        repeats[key] = max(1, math.ceil(SAMPLE / timed(layer, x, g, 1)))
    seconds: dict[str, list[float]] = {key: [] for key in layers}
    for turn in range(options.rounds):
        order = list(layers.items())
        first = turn % len(order)
        for key, layer in order[first:] + order[:first]:
            seconds[key].append(timed(layer, x, g, repeats[key]))
    return {key: interval(s) for key, s in seconds.items()}


rows = []
for size in options.sizes:
    sizes = [int(n) for n in size.split(",")]
    for method in options.methods:
        of = {"method": method, "size": sizes}
        try:
            rows.append({**of, "seconds": row(method, *sizes)})
        except Exception as e:  # noqa: BLE001  (a method that fails is reported)
            rows.append({**of, "error": f"{type(e).__name__}: {e}"})
        print(json.dumps(rows[-1]), file=sys.stderr)

json.dump(
    {
        "torch": torch.__version__,
        "device": name_of(),
        "tf32": kind == "cuda" and torch.backends.cuda.matmul.allow_tf32,
        "rows": rows,
    },
    sys.stdout,
)
