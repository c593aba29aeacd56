"""
Times PEFT's layers as they are, with derived passes, and the frozen layer alone, forward and backward, in turns in one
process on one core. A step that is timed follows one of the same layer that is not, so that no layer pays for the
memory that another gave back. Prints one JSON object.
`python3 bench/torch/layers.py [--rounds n] [--tokens n] [--size n]`
"""

import argparse
import json
import statistics
import sys
import time

import one_core  # noqa: F401
import torch
from torch import nn

import oftc_torch.peft
from intervals import interval
from memory import peak_of
from methods import METHODS, base, made

parser = argparse.ArgumentParser()
parser.add_argument("--rounds", type=int, default=31)
parser.add_argument("--tokens", type=int, default=512)
parser.add_argument("--size", type=int, default=1024)
options = parser.parse_args()
n = options.size

x = torch.randn(options.tokens, n, requires_grad=True)
g = torch.randn(options.tokens, n)


def step(layer: nn.Module) -> None:
    x.grad = None
    for p in layer.parameters():
        p.grad = None
    layer(x).backward(g)


frozen = base(n, n)
results = {}
for name in METHODS:
    own, taken = made(name, n, n), made(name, n, n)
    oftc_torch.peft.use(nn.ModuleDict({"layer": taken}))
    layers = {"frozen": frozen, "peft": own, "derived": taken}
    if "two factors" in name:
        del layers["peft"]
    seconds: dict[str, list[float]] = {kind: [] for kind in layers}
    for turn in range(options.rounds):
        order = list(layers.items())
        first = turn % len(order)
        for kind, layer in order[first:] + order[:first]:
            step(layer)
            begin = time.process_time()
            step(layer)
            seconds[kind].append(time.process_time() - begin)
    peak = {kind: peak_of(lambda layer=layer: step(layer)) for kind, layer in layers.items()}
    others = [kind for kind in layers if kind != "frozen"]
    ratio = {kind: interval([a / b for a, b in zip(seconds[kind], seconds["frozen"])]) for kind in others}
    results[name] = {
        "milliseconds": {kind: 1e3 * statistics.median(t) for kind, t in seconds.items()},
        "overFrozen": ratio,
        "peakBytes": peak,
    }
    text = ", ".join(f"{kind} {ratio[kind]['median']:.3f}" for kind in others)
    if "peft" in layers:
        results[name]["derivedOverPeft"] = interval([a / b for a, b in zip(seconds["derived"], seconds["peft"])])
        results[name]["difference"] = max(oftc_torch.peft.check(nn.ModuleDict({"layer": taken})).values())
        ours = results[name]["derivedOverPeft"]
        text += f", derived/PEFT {ours['median']:.3f} [{ours['low']:.3f}, {ours['high']:.3f}]"
        text += f", difference {results[name]['difference']:.0e}"
    peaks = ", ".join(f"{kind} {n / 1e6:.1f}" for kind, n in peak.items())
    print(f"{name:24} over the frozen layer: {text}; peak MB: {peaks}", file=sys.stderr)

json.dump(
    {
        "torch": torch.__version__,
        "tokens": options.tokens,
        "size": n,
        "rounds": options.rounds,
        "methods": results,
    },
    sys.stdout,
    indent=2,
)
