"""The signature of a function, kept with it."""

import inspect
from collections.abc import Callable


def with_signature(function: Callable) -> Callable:
    """
    The function, with its signature as an attribute that `inspect.signature` returns. PyTorch's `Function.apply` asks
    for the signature of `forward` at each call, and each time Python would derive it from the code again.
    """
    function.__signature__ = inspect.signature(function)
    return function
