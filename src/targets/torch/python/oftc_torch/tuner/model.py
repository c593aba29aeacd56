"""The model in which layers with a method's adapters take the place of linear layers."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, ClassVar

from peft.tuners.tuners_utils import BaseTuner
from peft.utils import TRANSFORMERS_MODELS_TO_LORA_TARGET_MODULES_MAPPING
from torch import nn

from .config import MethodConfig
from .layer import MethodLayer


class MethodModel(BaseTuner):
    """A model with adapters. A subclass names the class of its layers, and the prefix of their tensors."""

    tuner_layer_cls: ClassVar[type[MethodLayer]]
    #: Where target_modules is left out, a method adapts the modules that LoRA would.
    target_module_mapping = TRANSFORMERS_MODELS_TO_LORA_TARGET_MODULES_MAPPING

    def _create_and_replace(
        self,
        config: MethodConfig,
        adapter_name: str,
        target: nn.Module,
        target_name: str,
        parent: nn.Module,
        current_key: str,
        **_: Any,
    ) -> None:
        try:
            if isinstance(target, self.tuner_layer_cls):
                target.update_layer(adapter_name, config)
                return
            layer = self.tuner_layer_cls(target, adapter_name, config)
        except (TypeError, ValueError) as error:
            raise type(error)(f"{current_key}: {error}") from error
        if adapter_name not in self.active_adapters:
            layer.requires_grad_(False)
        self._replace_module(parent, target_name, layer, target)

    @contextmanager
    def _enable_peft_forward_hooks(self, *_: Any, **kwargs: Any) -> Iterator[None]:
        # PeftModel calls this with the arguments of each call, before it drops those that the layers never see.
        if kwargs.get("adapter_names") is not None:
            raise ValueError("one call takes the same adapters for all rows: leave out adapter_names")
        yield
