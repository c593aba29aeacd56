# Built by oftc 0.0.0 from layer.ts: build it again rather than edit it.
"""Tests of the layers of hoft against the layer as it is written."""

import unittest

from . import reference
from .config import HoftConfig
from .layer import HoftLayer
from .oftc_torch.tuner.testing import AddedCase


class TestHoftLayer(AddedCase, unittest.TestCase):
    layer = HoftLayer
    config = HoftConfig(r=4)
    features = (2, 3)
    written = staticmethod(reference.written)
    arguments = ("x", "weight", "bias", "hoft_u", "hoft_v")


if __name__ == "__main__":
    unittest.main()
