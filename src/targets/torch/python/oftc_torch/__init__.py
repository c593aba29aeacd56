"""The functions that the PyTorch code printed by oftc calls."""

from .attention import attention, attention_gradients, attention_key_value, attention_lse, attention_query
from .first_order import first_order
from .frozen import check_features, check_tokens, refuse_gradients
from .indexing import amax, gather, isqrt, pad, scatter_add
from .initial import given, hold, start
from .matrices import block_matmul, pack_skew, skew, solve, triangle_side
from .precision import compute_dtype, like, without_autocast
from .quantized_forms import Int4, Int8, Nf4
from .quantized_module import QuantizedModule
from .signature import with_signature

__all__ = [
    "Int4",
    "Int8",
    "Nf4",
    "QuantizedModule",
    "amax",
    "attention",
    "attention_gradients",
    "attention_key_value",
    "attention_lse",
    "attention_query",
    "block_matmul",
    "check_features",
    "check_tokens",
    "compute_dtype",
    "first_order",
    "gather",
    "given",
    "hold",
    "isqrt",
    "like",
    "pack_skew",
    "pad",
    "refuse_gradients",
    "scatter_add",
    "skew",
    "solve",
    "start",
    "triangle_side",
    "with_signature",
    "without_autocast",
]
