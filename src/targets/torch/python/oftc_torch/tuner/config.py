"""The fields that the configurations of all methods have."""

from dataclasses import dataclass, field, fields
from typing import Any, ClassVar

from peft.config import PeftConfig
from peft.utils import PeftType


@dataclass
class MethodConfig(PeftConfig):
    """The modules that a method adapts. A method adds its sizes, and the settings that it was built with."""

    #: The method's name, in lower case.
    method: ClassVar[str]
    #: The settings that the derived code has fixed. They are fields, so that a saved adapter states them.
    built: ClassVar[dict[str, Any]] = {}

    target_modules: list[str] | str | None = field(
        default=None, metadata={"help": "Ends of the modules' names, a pattern of whole names, or 'all-linear'."}
    )
    exclude_modules: list[str] | str | None = field(
        default=None, metadata={"help": "Names of modules that are not adapted, or a pattern of them."}
    )
    layers_to_transform: list[int] | int | None = field(
        default=None, metadata={"help": "The numbers of the blocks to adapt; all without it."}
    )
    layers_pattern: list[str] | str | None = field(
        default=None, metadata={"help": "The name of the list of blocks that layers_to_transform counts in."}
    )
    modules_to_save: list[str] | None = field(
        default=None, metadata={"help": "Other modules that are trained and saved whole."}
    )

    def __post_init__(self) -> None:
        super().__post_init__()
        self.peft_type = PeftType(self.method.upper())
        shared = {f.name for f in fields(MethodConfig)}
        for size in (f for f in fields(self) if f.name not in shared | set(self.built) and f.type in (int, "int")):
            value = getattr(self, size.name)
            if not isinstance(value, int) or isinstance(value, bool) or value < 1:
                raise ValueError(f"{size.name} is a positive whole number, and {self.method} got {value!r}")
        for name in ("target_modules", "exclude_modules"):
            value = getattr(self, name)
            setattr(self, name, set(value) if isinstance(value, list) else value)
        if isinstance(self.target_modules, str) and (self.layers_to_transform is not None or self.layers_pattern):
            raise ValueError(
                "layers_to_transform and layers_pattern choose among listed modules: give target_modules as a list"
            )
        if self.layers_pattern and self.layers_to_transform is None:
            raise ValueError("layers_pattern needs layers_to_transform: give both, or neither")
        for name, value in self.built.items():
            if getattr(self, name) != value:
                raise ValueError(
                    f"{self.method} is built with {name} = {value!r}, and not {getattr(self, name)!r}: "
                    f"build it with --set {name}={getattr(self, name)}"
                )
