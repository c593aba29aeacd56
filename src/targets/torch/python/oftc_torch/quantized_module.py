"""Modules that hold frozen tensors quantised, under the names that bitsandbytes gives the parts."""

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor, nn

from .quantized_forms import check_rows, checked_parts, part_names, quantized_parts


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
        """
        The parts of a tensor that its decoding takes, the codes first. Raises ValueError for a path of another tensor.
        """
        form = self._form(path)
        layout = form.layout()
        return [self._part(path, part, layout) for part in form.inputs()]

    def dequantized(self, path: str, dtype: torch.dtype = torch.float32) -> Tensor:
        """The tensor that the parts stand for. Raises ValueError for a path of another tensor."""
        return self._form(path).decode(dtype, *self.quantized(path))

    def _form(self, path: str) -> Any:
        if path not in self._forms:
            raise ValueError(f"no {path!r} is held quantised: the paths are {', '.join(map(repr, self._forms))}")
        return self._forms[path]

    def _apply(self, fn, recurse=True):
        """Leaves the dtypes of buffers, which `.type(dtype)` would change too."""
        held = dict(self._buffers)
        super()._apply(fn, recurse)
        for name, before in held.items():
            if before is not None and self._buffers[name].dtype != before.dtype:
                self._buffers[name] = before.to(self._buffers[name].device)
        return self

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
                is_floats = "" in found and found[""].is_floating_point()
                error_msgs.append(
                    f"{prefix}{path} is quantised, and there is no {', '.join(missing)}: "
                    + ("a weight of floats is quantised by the constructor" if is_floats else "load all of its tensors")
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
