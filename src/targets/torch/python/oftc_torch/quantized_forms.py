"""The formats of quantised tensors: the parts of each, their names, and how they are made, checked and decoded."""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from .initial import WEIGHT
from .quantized import (
    dequantize_absmax,
    dequantize_int4,
    dequantize_int8,
    dequantize_nf4,
    dynamic_map,
    nf4_map,
    pack_pairs,
    quantize_blocks,
    quantize_int4,
    quantize_int8,
    row_scales,
)

#: The ending of the tensor in which bitsandbytes describes an NF4 weight, as bytes of JSON.
QUANT_STATE = ".quant_state.bitsandbytes__nf4"
#: The ending of the tensor that keeps the number of inputs in a group. Groups of 6 and of 7 may be equally many.
GROUP_SIZE = ".group_size"
#: The endings of the parts that hold largest absolute values, where they are floats.
LARGEST = (".absmax", ".nested_absmax", "SCB")


@dataclass(frozen=True)
class Nf4:
    """bitsandbytes' NF4: codes of 4 bits, with a scale for each `block` elements of the flat tensor.

    With `nested`, scales are codes of 8 bits themselves, and each `nested` of them share a scale.
    """

    shape: tuple[int, ...]
    block: int
    nested: int | None = None

    def layout(self) -> dict[str, tuple[torch.dtype, tuple[int, ...] | None]]:
        """The dtype and the shape of each part, by the ending of its name; a shape of None is any vector's."""
        count = math.prod(self.shape)
        blocks = -(-count // self.block)
        parts = {
            "": (torch.uint8, (-(-count // 2), 1)),
            ".absmax": (torch.uint8 if self.nested else torch.float32, (blocks,)),
            ".quant_map": (torch.float32, (16,)),
        }
        if self.nested:
            parts[".nested_absmax"] = (torch.float32, (-(-blocks // self.nested),))
            parts[".nested_quant_map"] = (torch.float32, (256,))
        return parts | {QUANT_STATE: (torch.uint8, None)}

    def encode(self, weight: Tensor, dtype: torch.dtype) -> dict[str, Tensor]:
        """The parts of a float32 tensor, which had another dtype before. The offset of scales is their mean."""
        quant_map = nf4_map(weight.device)
        codes, absmax = quantize_blocks(weight.flatten(), self.block, quant_map)
        parts = {"": pack_pairs(codes, padding=7), ".absmax": absmax, ".quant_map": quant_map}
        fields = {
            "quant_type": "nf4",
            "blocksize": self.block,
            "dtype": str(dtype).removeprefix("torch."),
            "shape": list(self.shape),
        }
        if self.nested:
            offset, book = absmax.mean(), dynamic_map(weight.device)
            parts[".absmax"], parts[".nested_absmax"] = quantize_blocks(absmax - offset, self.nested, book)
            parts[".nested_quant_map"] = book
            fields |= {"nested_blocksize": self.nested, "nested_dtype": "float32", "nested_offset": offset.item()}
        state = torch.tensor(list(json.dumps(fields).encode()), dtype=torch.uint8, device=weight.device)
        return parts | {QUANT_STATE: state}

    def derive(self, parts: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """The offset of nested scales, as a tensor. Raises ValueError for a description or a map of something else."""
        if parts[QUANT_STATE].is_meta:
            return self._offset(0.0, parts[""].device)
        try:
            fields = json.loads(bytes(parts[QUANT_STATE].tolist()))
            found = (fields["quant_type"], tuple(fields["shape"]), fields["blocksize"], fields.get("nested_blocksize"))
            offset = float(fields["nested_offset"]) if self.nested and found[3] else 0.0
        except (ValueError, KeyError, TypeError) as error:
            raise ValueError(
                "its quant state cannot be read: it is the bytes of a JSON object with quant_type, shape and "
                "blocksize, as bitsandbytes writes them"
            ) from error
        if found != ("nf4", self.shape, self.block, self.nested):
            raise ValueError(
                f"it is {found[0]} of shape {found[1]} in blocks of {found[2]}{_nested(found[3])}, and the layer is "
                f"built for nf4 of shape {self.shape} in blocks of {self.block}{_nested(self.nested)}: "
                "take that weight, or build the layer for this one"
            )
        if not torch.equal(parts[".quant_map"], nf4_map(parts[".quant_map"].device)):
            raise ValueError("its quant_map has other values than NF4's: quantise the weight as nf4")
        if not math.isfinite(offset):
            raise ValueError(f"its nested_offset is {offset}, which no scale has")
        return self._offset(offset, parts[""].device)

    def _offset(self, offset: float, device: torch.device) -> dict[str, Tensor]:
        return {".nested_offset": torch.tensor(offset, dtype=torch.float32, device=device)} if self.nested else {}

    def inputs(self) -> list[str]:
        """The endings of the parts that `decode` takes."""
        nested = [".nested_absmax", ".nested_quant_map", ".nested_offset"] if self.nested else []
        return ["", ".absmax", ".quant_map", *nested]

    def decode(self, dtype: torch.dtype, codes: Tensor, absmax: Tensor, quant_map: Tensor, *outer: Tensor) -> Tensor:
        """The tensor that the parts stand for."""
        if self.nested:
            absmax = dequantize_absmax(absmax, *outer, self.nested)
        return dequantize_nf4(codes, absmax, quant_map, self.shape, self.block, dtype)


def _nested(block: int | None) -> str:
    return f" with scales in blocks of {block}" if block else ""


@dataclass(frozen=True)
class Int8:
    """bitsandbytes' int8: codes of 8 bits, and the largest absolute value of each row of a matrix (out, in)."""

    shape: tuple[int, int]

    def layout(self) -> dict[str, tuple[torch.dtype, tuple[int, ...] | None]]:
        """The dtype and the shape of each part, by the ending of its name."""
        return {"": (torch.int8, self.shape), "SCB": (torch.float32, self.shape[:1])}

    def encode(self, weight: Tensor, dtype: torch.dtype) -> dict[str, Tensor]:
        """The parts of a float32 matrix."""
        codes, scb = quantize_int8(weight)
        return {"": codes, "SCB": scb}

    def derive(self, parts: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """No tensors."""
        return {}

    def inputs(self) -> list[str]:
        """The endings of the parts that `decode` takes."""
        return ["", "SCB"]

    def decode(self, dtype: torch.dtype, codes: Tensor, scb: Tensor) -> Tensor:
        """The matrix that the parts stand for."""
        return dequantize_int8(codes, row_scales(scb), dtype)


@dataclass(frozen=True)
class Int4:
    """Codes of 4 bits, with a scale and a zero for each output and group of inputs of a matrix (out, in).

    Groups are neighbouring inputs, whose number the part ".group_size" keeps; or, where they are `indexed`, as a tensor
    says.
    """

    shape: tuple[int, int]
    group: int
    indexed: bool = False

    def layout(self) -> dict[str, tuple[torch.dtype, tuple[int, ...] | None]]:
        """The dtype and the shape of each part, by the ending of its name."""
        outs, ins = self.shape
        groups = -(-ins // self.group)
        parts = {
            "": (torch.uint8, (-(-outs * ins // 2), 1)),
            ".scales": (torch.float32, (groups, outs)),
            ".zeros": (torch.uint8, (groups, outs)),
        }
        return parts | ({".groups": (torch.int32, (ins,))} if self.indexed else {GROUP_SIZE: (torch.int32, ())})

    def encode(self, weight: Tensor, dtype: torch.dtype) -> dict[str, Tensor]:
        """The parts of a float32 matrix. Groups are neighbouring inputs."""
        codes, scales, zeros = quantize_int4(weight, self.group)
        parts = {"": pack_pairs(codes.flatten(), padding=0), ".scales": scales, ".zeros": zeros}
        if self.indexed:
            parts[".groups"] = torch.arange(self.shape[1], dtype=torch.int32, device=weight.device) // self.group
        else:
            parts[GROUP_SIZE] = torch.tensor(self.group, dtype=torch.int32, device=weight.device)
        return parts

    def derive(self, parts: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """No tensors. Raises ValueError for groups of another size, and for those that have no scale."""
        groups = parts[".groups" if self.indexed else GROUP_SIZE]
        if groups.is_meta:
            return {}
        count = len(parts[".scales"])
        if self.indexed and not bool(((groups >= 0) & (groups < count)).all()):
            raise ValueError(f"its groups name others than the {count} that have scales")
        if not self.indexed and groups.item() != self.group:
            raise ValueError(
                f"it has groups of {groups.item()} inputs, and the layer is built for groups of {self.group}: "
                "take that weight, or build the layer for this one"
            )
        return {}

    def inputs(self) -> list[str]:
        """The endings of the parts that `decode` takes."""
        return [part for part in self.layout() if part != GROUP_SIZE]

    def decode(self, dtype: torch.dtype, codes: Tensor, scales: Tensor, zeros: Tensor, *groups: Tensor) -> Tensor:
        """The matrix that the parts stand for."""
        return dequantize_int4(codes, scales, zeros, *(groups or (self.group,)), self.shape, dtype)


def quantized_parts(form: Any, path: str, weight: Tensor | Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The parts of a weight: of floats, which are quantised here, or of tensors by bitsandbytes' names.

    The names are those of a linear layer: "weight", "weight.absmax". Raises ValueError for a weight that does not fit,
    and for tensors of something else beside it; TypeError for what is neither.
    """
    if isinstance(weight, Mapping):
        names = part_names(form, "weight")
        check_rows(weight.get("weight_format"))
        missing = [name for name in names.values() if name not in weight]
        if missing:
            raise ValueError(f"{path}: the given tensors have no {', '.join(missing)}")
        others = [name for name in weight if name not in (*names.values(), "weight_format")]
        parts = checked_parts(form, path, {part: weight[name] for part, name in names.items()})
        if others:
            raise ValueError(
                f"{path} is made of {', '.join(names.values())}, and {', '.join(others)} would be dropped: build the "
                "layer with the first alone, and call load_state_dict to take the others"
            )
        return parts
    if not isinstance(weight, Tensor):
        raise TypeError(
            f"{path} is a tensor of shape {form.shape}, and a {type(weight).__name__} is given: {WEIGHT}, or "
            "linear.state_dict() where it is quantised already"
        )
    if not weight.is_floating_point():
        raise ValueError(
            f"{path} is quantised here from floats, and the given tensor has {weight.dtype}: where it is quantised "
            "already, give all of its tensors by their names, as linear.state_dict() has them"
        )
    if tuple(weight.shape) != form.shape:
        raise ValueError(f"{path} has shape {form.shape}, and the given tensor has {tuple(weight.shape)}")
    if weight.is_meta:
        return {
            part: torch.empty(shape if shape is not None else 0, dtype=dtype, device="meta")
            for part, (dtype, shape) in form.layout().items()
        }
    if not weight.isfinite().all():
        raise ValueError(f"{path} has values that are not finite, which no scale fits")
    return form.encode(weight.detach().float(), weight.dtype)


def check_rows(weight_format: Tensor | None) -> None:
    """Raises ValueError where bitsandbytes says that int8 codes are not in rows, as old versions laid them out."""
    if weight_format is not None and weight_format.item() != 0:
        raise ValueError(f"its codes are not in rows (weight_format {weight_format.item()}): save it in rows, as 0")


def checked_parts(form: Any, path: str, parts: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """
    The parts in their shapes. Raises ValueError for one of another dtype or size, for floats that are not finite, and
    for largest absolute values below 0.
    """
    fitting = {}
    for part, (dtype, shape) in form.layout().items():
        tensor, name = parts[part].detach(), part_names(form, path)[part]
        if tensor.dtype != dtype:
            raise ValueError(f"{name} has {dtype}, and the given tensor has {tensor.dtype}")
        if shape is not None and tensor.numel() != math.prod(shape):
            raise ValueError(f"{name} has shape {shape}, and the given tensor has {tuple(tensor.shape)}")
        if tensor.is_floating_point() and not tensor.is_meta:
            if not tensor.isfinite().all():
                raise ValueError(f"{name} has values that are not finite: take the weight as it was quantised")
            if part in LARGEST and (tensor < 0).any():
                raise ValueError(f"{name} has values below 0, and it holds largest absolute values")
        fitting[part] = tensor.flatten() if shape is None else tensor.reshape(shape)
    return fitting


def part_names(form: Any, path: str) -> dict[str, str]:
    """The name of each part in a state dict: "weight.absmax" for ".absmax", and SCB, beside the weight, for "SCB"."""
    beside = path.removesuffix("weight") if path.split(".")[-1] == "weight" else f"{path}."
    return {part: path + part if part == "" or part.startswith(".") else beside + part for part in form.layout()}
