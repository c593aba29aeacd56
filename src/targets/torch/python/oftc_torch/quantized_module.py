"""Modules that hold frozen tensors quantised, under the names that bitsandbytes gives the parts."""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

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
        """The offset of nested scales, as a tensor. Raises ValueError for a description of something else."""
        if parts[QUANT_STATE].is_meta:
            return {".nested_offset": torch.empty((), device="meta")} if self.nested else {}
        try:
            fields = json.loads(bytes(parts[QUANT_STATE].tolist()))
            found = (fields["quant_type"], tuple(fields["shape"]), fields["blocksize"], fields.get("nested_blocksize"))
            offset = float(fields["nested_offset"]) if self.nested and found[3] else 0.0
        except (ValueError, KeyError, TypeError) as error:
            raise ValueError(f"its quant state cannot be read: {error!r}") from error
        if found != ("nf4", self.shape, self.block, self.nested):
            raise ValueError(
                f"it is {found[0]} of shape {found[1]} in blocks of {found[2]}{_nested(found[3])}, and the layer is "
                f"built for nf4 of shape {self.shape} in blocks of {self.block}{_nested(self.nested)}: "
                "take that weight, or build the layer for this one"
            )
        return {".nested_offset": torch.tensor(offset, device=parts[""].device)} if self.nested else {}

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

    Groups are neighbouring inputs; or, where they are `indexed`, as a tensor says.
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
        return parts | ({".groups": (torch.int32, (ins,))} if self.indexed else {})

    def encode(self, weight: Tensor, dtype: torch.dtype) -> dict[str, Tensor]:
        """The parts of a float32 matrix. Groups are neighbouring inputs."""
        codes, scales, zeros = quantize_int4(weight, self.group)
        parts = {"": pack_pairs(codes.flatten(), padding=0), ".scales": scales, ".zeros": zeros}
        of = torch.arange(self.shape[1], dtype=torch.int32, device=weight.device) // self.group
        return parts | ({".groups": of} if self.indexed else {})

    def derive(self, parts: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """No tensors."""
        return {}

    def inputs(self) -> list[str]:
        """The endings of the parts that `decode` takes."""
        return list(self.layout())

    def decode(self, dtype: torch.dtype, codes: Tensor, scales: Tensor, zeros: Tensor, *groups: Tensor) -> Tensor:
        """The matrix that the parts stand for."""
        return dequantize_int4(codes, scales, zeros, *(groups or (self.group,)), self.shape, dtype)


def quantized_parts(form: Any, path: str, weight: Tensor | Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The parts of a weight: of floats, which are quantised here, or of tensors by bitsandbytes' names.

    The names are those of a linear layer: "weight", "weight.absmax". Raises ValueError for a weight that does not fit.
    """
    if isinstance(weight, Mapping):
        names = part_names(form, "weight")
        check_rows(weight.get("weight_format"))
        missing = [name for name in names.values() if name not in weight]
        if missing:
            raise ValueError(f"{path}: the given tensors have no {', '.join(missing)}")
        return checked_parts(form, path, {part: weight[name] for part, name in names.items()})
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
    """The parts in their shapes. Raises ValueError for one of another dtype, or with more or fewer elements."""
    fitting = {}
    for part, (dtype, shape) in form.layout().items():
        tensor, name = parts[part].detach(), part_names(form, path)[part]
        if tensor.dtype != dtype:
            raise ValueError(f"{name} has {dtype}, and the given tensor has {tensor.dtype}")
        if shape is not None and tensor.numel() != math.prod(shape):
            raise ValueError(f"{name} has shape {shape}, and the given tensor has {tuple(tensor.shape)}")
        fitting[part] = tensor.flatten() if shape is None else tensor.reshape(shape)
    return fitting


def part_names(form: Any, path: str) -> dict[str, str]:
    """The name of each part in a state dict: "weight.absmax" for ".absmax", and SCB, beside the weight, for "SCB"."""
    beside = path.removesuffix("weight") if path.split(".")[-1] == "weight" else f"{path}."
    return {part: path + part if part == "" or part.startswith(".") else beside + part for part in form.layout()}


def held_bits(tensor: Tensor) -> Tensor:
    """Float32 numbers as integers of the same bits, which `.half()` and `.to(dtype)` leave as they are."""
    return tensor.view(torch.int32) if tensor.is_floating_point() else tensor


class QuantizedModule(nn.Module):
    """A module that holds frozen tensors quantised, as buffers. Its state dict has bitsandbytes' names and dtypes."""

    def __init__(self) -> None:
        super().__init__()
        self._forms: dict[str, Any] = {}

    def hold_quantized(
        self, path: str, form: Any, weight: Tensor | Mapping[str, Tensor], device: torch.device | None
    ) -> None:
        """Holds a tensor, whose path is that of its codes. Raises ValueError for one that does not fit the form."""
        self._forms[path] = form
        parts = quantized_parts(form, path, weight)
        for part, tensor in (parts | form.derive(parts)).items():
            self.register_buffer(self._place(path, part), held_bits(tensor.to(device)), persistent=False)

    def quantized(self, path: str) -> list[Tensor]:
        """The parts of a tensor that its decoding takes, the codes first."""
        form = self._forms[path]
        layout = form.layout()
        return [self._part(path, part, layout) for part in form.inputs()]

    def dequantized(self, path: str, dtype: torch.dtype = torch.float32) -> Tensor:
        """The tensor that the parts stand for."""
        return self._forms[path].decode(dtype, *self.quantized(path))

    def extra_repr(self) -> str:
        return ", ".join(f"{path}: {form}" for path, form in self._forms.items())

    @staticmethod
    def _place(path: str, part: str) -> str:
        """The name of a part's buffer."""
        return path.replace(".", "_") + (part if part in ("", "SCB") else part.replace(".", "_"))

    def _part(self, path: str, part: str, layout: Mapping[str, Any]) -> Tensor:
        held = getattr(self, self._place(path, part))
        dtype = layout[part][0] if part in layout else torch.float32
        return held.view(dtype) if dtype.is_floating_point else held

    def _save_to_state_dict(self, destination: dict[str, Any], prefix: str, keep_vars: bool) -> None:
        super()._save_to_state_dict(destination, prefix, keep_vars)
        for path, form in self._forms.items():
            layout = form.layout()
            for part, name in part_names(form, prefix + path).items():
                destination[name] = self._part(path, part, layout)

    def _load_from_state_dict(
        self, state_dict, prefix, local_metadata, strict, missing_keys, unexpected_keys, error_msgs
    ) -> None:
        for path, form in self._forms.items():
            names = part_names(form, prefix + path)
            found = {part: state_dict.pop(name) for part, name in names.items() if name in state_dict}
            missing = [name for part, name in names.items() if part not in found]
            rows = state_dict.pop(names["SCB"].removesuffix("SCB") + "weight_format", None) if "SCB" in names else None
            if missing and strict:
                missing_keys.extend(missing)
            if missing and found:
                error_msgs.append(
                    f"{prefix}{path} is quantised, and there is no {', '.join(missing)}: "
                    "a weight of floats is quantised by the constructor"
                )
            if missing:
                continue
            try:
                check_rows(rows)
                parts = checked_parts(form, prefix + path, found)
                parts |= form.derive(parts)
            except ValueError as error:
                error_msgs.append(f"{prefix}{path}: {error}")
                continue
            for part, tensor in parts.items():
                self._set(self._place(path, part), tensor, local_metadata.get("assign_to_params_buffers", False))
        super()._load_from_state_dict(
            state_dict, prefix, local_metadata, strict, missing_keys, unexpected_keys, error_msgs
        )

    def _set(self, name: str, tensor: Tensor, assign: bool) -> None:
        held = getattr(self, name)
        if assign:
            setattr(self, name, held_bits(tensor))
        elif held.shape == tensor.shape:
            held.copy_(held_bits(tensor))
        else:  # bytes of JSON, which have any length
            setattr(self, name, held_bits(tensor).to(held.device, copy=True))
