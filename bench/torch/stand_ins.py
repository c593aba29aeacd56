"""
Imports PEFT's layers where the packages that PEFT depends on are absent: stand-ins take the place of those packages.
PEFT_SRC names the folder `src` of a checkout of huggingface/peft.
"""

import importlib.abc
import importlib.machinery
import importlib.metadata
import os
import sys
import types

ABSENT = ("accelerate", "bitsandbytes", "deepspeed", "diffusers", "huggingface_hub", "transformers")


class _Meta(type):
    """The type of classes that stand for anything: their attributes are such classes, too."""

    def __getattr__(cls, name: str):
        if name.startswith("__"):
            raise AttributeError(name)
        return _stand_in(name)

    def __call__(cls, *args, **kwargs):
        # A class of PEFT's that inherits from a stand-in is made as usual.
        if cls.__module__ != __name__:
            return super().__call__(*args, **kwargs)
        # A decorator without arguments gives back what it decorates.
        return args[0] if len(args) == 1 and not kwargs and callable(args[0]) else super().__call__()

    def __or__(cls, other):
        return object

    __ror__ = __or__

    def __iter__(cls):
        return iter(())


def _stand_in(name: str) -> type:
    return _Meta(name, (), {})


class _Module(types.ModuleType):
    __path__: list[str] = []
    __version__ = "99.0.0"

    def __getattr__(self, name: str):
        if name.startswith("__"):
            raise AttributeError(name)
        value = (lambda *args, **kwargs: False) if name.startswith(("is_", "check_")) else _stand_in(name)
        setattr(self, name, value)
        return value


class _Finder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    def find_spec(self, name, path, target=None):
        if name.split(".")[0] in ABSENT:
            return importlib.machinery.ModuleSpec(name, self, is_package=True)
        return None

    def create_module(self, spec):
        return _Module(spec.name)

    def exec_module(self, module):
        pass


def install() -> None:
    """Makes `import peft` work. Raises SystemExit with a sentence where PEFT_SRC names no checkout."""
    source = os.environ.get("PEFT_SRC")
    if not source or not os.path.isdir(os.path.join(source, "peft", "tuners")):
        raise SystemExit(
            "bench/torch compares with PEFT's own layers: clone https://github.com/huggingface/peft and set PEFT_SRC "
            "to its folder src"
        )
    sys.meta_path.insert(0, _Finder())
    sys.path.insert(0, source)
    version = importlib.metadata.version
    importlib.metadata.version = lambda name: "99.0.0" if name in (*ABSENT, "peft") else version(name)
