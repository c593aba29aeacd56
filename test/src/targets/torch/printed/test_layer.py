# Built by oftc 0.0.0 from oft.ts: build it again rather than edit it.
"""Tests of the derived layer against the layer as it is written."""

import unittest

from . import layer, reference
from .oftc_torch.testing import LayerCase


class TestOft(LayerCase, unittest.TestCase):
    function = layer.OftFunction
    variants = [
        (layer._forward_to_29504, layer._backward_to_29504),
        (layer._forward_to_66829, layer._backward_to_66829),
        (layer._forward_from_66830, layer._backward_from_66830),
    ]
    written = staticmethod(reference.written)
    weight = staticmethod(reference.weight)

    @staticmethod
    def shapes(tokens):
        return {
            "x": ((tokens, 16), None, "input"),
            "W": ((12, 16), None, "frozen"),
            "v.0": ((4, 6), None, "trainable"),
        }


if __name__ == "__main__":
    unittest.main()
