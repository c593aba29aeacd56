# Built by oftc 0.0.0 from layer.ts: build it again rather than edit it.
"""The model with hoft's layers."""

from .layer import HoftLayer
from .oftc_torch.tuner import MethodModel


class HoftModel(MethodModel):
    """A model whose linear layers have adapters of hoft."""

    prefix = "hoft_"
    tuner_layer_cls = HoftLayer
