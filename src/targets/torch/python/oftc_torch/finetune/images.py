"""An image classifier made of printed modules: the embedding of patches, the blocks, and the classifier."""

import json
import sys
from collections.abc import Sequence
from pathlib import Path

import torch
from torch import Tensor, nn

from .decoder import _made
from .weights import Files


class ImageClassifier(nn.Module):
    """Computes the logits (images, classes) of patches (images, patches, numbers of a patch)."""

    def __init__(
        self, embedding: nn.Module, blocks: Sequence[nn.Module], head: nn.Module, labels: Sequence[str]
    ) -> None:
        super().__init__()
        self.embedding = embedding
        self.blocks = nn.ModuleList(blocks)
        self.head = head
        #: The names of the classes.
        self.labels = list(labels)

    def forward(self, patches: Tensor) -> Tensor:
        tokens = self.embedding(patches=patches)
        images, each, _ = tokens.shape
        first = torch.arange(images, dtype=torch.int32, device=tokens.device).repeat_interleave(each) * each
        seen = torch.stack((first, first + each - 1), dim=1)
        x = tokens.flatten(0, 1)
        for block in self.blocks:
            x = block(x=x, seen=seen)
        return self.head(x=x.unflatten(0, (images, each)))


def read_classifier(
    folder: Path, device: torch.device, dtype: torch.dtype = torch.float32
) -> tuple[ImageClassifier, dict[str, nn.Parameter]]:
    """The classifier that `writeTorchClassifier` wrote, and its trained parameters by their paths in the adapter."""
    job = json.loads((folder / "classifier.json").read_text())
    files = Files(device, dtype)
    parameters: dict[str, nn.Parameter] = {}

    def module(description: dict) -> nn.Module:
        trained: dict[str, str] = {}
        result = _made(description, files, trained)
        names = dict(result.named_parameters())
        parameters.update({path: names[name] for name, path in trained.items()})
        return result

    sys.path.insert(0, str(folder))
    try:
        parts = module(job["embedding"]), [module(block) for block in job["blocks"]], module(job["head"])
    finally:
        sys.path.remove(str(folder))
    return ImageClassifier(*parts, labels=job["labels"]), parameters
