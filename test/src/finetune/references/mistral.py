"""Mistral: each token sees those of a window."""

from decoder import Decoder, run


class Mistral(Decoder):
    def window(self, layer: int) -> int | None:
        return self.config["sliding_window"]


run(Mistral)
