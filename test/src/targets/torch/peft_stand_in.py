"""Stands in for PEFT where it is not installed: as much of its interface as methods that are added to it call."""

import contextlib
import enum
import sys
import types
from dataclasses import dataclass

import torch
from torch import nn


class PeftType(str, enum.Enum):
    LORA = "LORA"
    OFT = "OFT"


@dataclass
class PeftConfig:
    peft_type: str | None = None
    inference_mode: bool = False

    def __post_init__(self) -> None:
        pass


class BufferDict(nn.Module):
    def __init__(self, persistent: bool) -> None:
        super().__init__()
        self.persistent = persistent

    def __getitem__(self, key: str) -> torch.Tensor:
        return self._buffers[key]

    def __setitem__(self, key: str, tensor: torch.Tensor) -> None:
        self.register_buffer(key, tensor, persistent=self.persistent)

    def __delitem__(self, key: str) -> None:
        del self._buffers[key]

    def __contains__(self, key: str) -> bool:
        return key in self._buffers


class BaseTunerLayer:
    adapter_layer_names: tuple[str, ...] = ()
    other_param_names: tuple[str, ...] = ()
    merged = property(lambda self: bool(self.merged_adapters))
    disable_adapters = property(lambda self: self._disable_adapters)
    active_adapters = property(
        lambda self: [self._active_adapter] if isinstance(self._active_adapter, str) else self._active_adapter
    )

    def get_base_layer(self) -> nn.Module:
        return self.base_layer

    def set_adapter(self, names, inference_mode: bool = False) -> None:
        for own in self.adapter_layer_names:
            for name, p in getattr(self, own).items():
                p.requires_grad_(name in names and not inference_mode)
        self._active_adapter = names

    def delete_adapter(self, name: str) -> None:
        for own in (*self.adapter_layer_names, *self.other_param_names):
            del getattr(self, own)[name]

    def _move_adapter_to_device_of_base_layer(self, name: str) -> None:
        pass


class BaseTuner(nn.Module):
    def __init__(self, model: nn.Module, config: PeftConfig, adapter_name: str) -> None:
        super().__init__()
        self.model, self.peft_config, self.active_adapters = model, {}, [adapter_name]
        self.add_adapter(adapter_name, config)

    def add_adapter(self, adapter_name: str, config: PeftConfig) -> None:
        self.peft_config[adapter_name] = config
        for target in sorted(config.target_modules):
            self._create_and_replace(
                config, adapter_name, getattr(self.model, target), target, self.model, current_key=target
            )
        self.requires_grad_(False)
        self.set_adapter(self.active_adapters)

    def _replace_module(self, parent: nn.Module, name: str, module: nn.Module, _: nn.Module) -> None:
        setattr(parent, name, module)

    def layers(self) -> list[BaseTunerLayer]:
        return [m for m in self.model.modules() if isinstance(m, BaseTunerLayer)]

    def set_adapter(self, names) -> None:
        self.active_adapters = [names] if isinstance(names, str) else names
        for layer in self.layers():
            layer.set_adapter(self.active_adapters)

    def merge_adapter(self) -> None:
        for layer in self.layers():
            layer.merge()

    def unmerge_adapter(self) -> None:
        for layer in self.layers():
            layer.unmerge()

    @contextlib.contextmanager
    def disable_adapter(self):
        for layer in self.layers():
            layer._disable_adapters = True
        yield
        for layer in self.layers():
            layer._disable_adapters = False

    def forward(self, *args, adapter_names=None, **kwargs):
        with self._enable_peft_forward_hooks(*args, adapter_names=adapter_names, **kwargs):
            return self.model(*args, **kwargs)


CONFIGS: dict = {"LORA": PeftConfig, "OFT": PeftConfig}
TUNERS: dict = {}
PREFIXES: dict = {}


def register_peft_method(name, config_cls, model_cls, prefix) -> None:
    if name.upper() not in list(PeftType) or name.upper() in CONFIGS:
        raise ValueError(name)
    CONFIGS[PeftType(name.upper())], TUNERS[PeftType(name.upper())] = config_cls, model_cls
    PREFIXES[PeftType(name.upper())] = prefix


def get_peft_model(model: nn.Module, config: PeftConfig) -> BaseTuner:
    return TUNERS[config.peft_type](model, config, "default")


def install() -> None:
    """Makes `import peft` find this."""
    contents = {
        "peft": {"__version__": "0", "get_peft_model": get_peft_model},
        "peft.config": {"PeftConfig": PeftConfig},
        "peft.mapping": {
            "PEFT_TYPE_TO_CONFIG_MAPPING": CONFIGS,
            "PEFT_TYPE_TO_TUNER_MAPPING": TUNERS,
            "PEFT_TYPE_TO_PREFIX_MAPPING": PREFIXES,
        },
        "peft.tuners": {},
        "peft.tuners._buffer_dict": {"BufferDict": BufferDict},
        "peft.tuners.tuners_utils": {
            "BaseTuner": BaseTuner,
            "BaseTunerLayer": BaseTunerLayer,
            "check_adapters_to_merge": lambda layer, names: layer.active_adapters if names is None else names,
        },
        "peft.utils": {
            "PeftType": PeftType,
            "TRANSFORMERS_MODELS_TO_LORA_TARGET_MODULES_MAPPING": {},
            "register_peft_method": register_peft_method,
        },
        "peft.utils.integrations": {"gather_params_ctx": lambda *_, **__: contextlib.nullcontext()},
    }
    for name, values in contents.items():
        module = types.ModuleType(name)
        module.__path__ = []
        vars(module).update(values)
        sys.modules[name] = module
