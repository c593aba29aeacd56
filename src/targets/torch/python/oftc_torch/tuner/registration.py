"""Makes a method known to PEFT."""

import peft
from peft.mapping import PEFT_TYPE_TO_CONFIG_MAPPING, PEFT_TYPE_TO_PREFIX_MAPPING, PEFT_TYPE_TO_TUNER_MAPPING
from peft.utils import PeftType, register_peft_method

from .config import MethodConfig
from .model import MethodModel


def register(config: type[MethodConfig], model: type[MethodModel]) -> None:
    """
    Registers a method, so that `get_peft_model` takes its configuration. Raises ValueError where PEFT has a method of
    this name, and RuntimeError for a PEFT that is too old. A module that is loaded again registers again.
    """
    missing = getattr(model, "__abstractmethods__", ())
    if missing:
        lacking = ", ".join(sorted(missing))
        raise RuntimeError(f"PEFT {peft.__version__} has no {lacking} in BaseTuner: install a newer one")
    name = config.method.upper()
    known = PEFT_TYPE_TO_CONFIG_MAPPING.get(name)
    if known is not None:
        if known.__module__ != config.__module__:
            raise ValueError(
                f"PEFT has a method {config.method} already, of {known.__module__}: build this one from a layer with "
                "another name"
            )
        for mapping in (PEFT_TYPE_TO_CONFIG_MAPPING, PEFT_TYPE_TO_PREFIX_MAPPING, PEFT_TYPE_TO_TUNER_MAPPING):
            mapping.pop(name, None)
    _name(name)
    register_peft_method(name=config.method, config_cls=config, model_cls=model, prefix=model.prefix)


def _name(name: str) -> None:
    """Adds a member to PeftType, which register_peft_method asks for, and which PEFT lets no one else extend."""
    if name in PeftType.__members__:
        return
    member = str.__new__(PeftType, name)
    member._name_ = member._value_ = name
    type.__setattr__(PeftType, name, member)
    PeftType._member_names_.append(name)
    PeftType._member_map_[name] = member
    PeftType._value2member_map_[name] = member
