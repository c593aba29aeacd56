"""Qwen2: biases on queries, keys and values, which `Decoder` adds where they are, and windows in later layers."""

from decoder import Decoder, run


class Qwen2(Decoder):
    def window(self, layer: int) -> int | None:
        return self.config["sliding_window"] if layer >= self.config["max_window_layers"] else None


run(Qwen2)
