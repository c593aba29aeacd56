"""Backward passes that are not differentiated again."""

import functools
import types

import torch


def first_order(backward):
    """
    The backward pass of an autograd function, whose results raise RuntimeError where they are differentiated.
    PyTorch's `once_differentiable` returns constants where the incoming gradient asks for no gradient.
    """

    class Refused(torch.autograd.Function):
        """The first `count` tensors, as functions of all."""

        @staticmethod
        def forward(count, *tensors):
            return tuple(t.view_as(t) for t in tensors[:count])

        @staticmethod
        def setup_context(ctx, inputs, output):
            pass

        @staticmethod
        def backward(ctx, *_):
            raise RuntimeError(
                "a first derivative of a derived layer is differentiated, and oftc derives no second ones: leave out "
                "create_graph=True, or take the layer as written, which is PEFT's own pass after restore(model)"
            )

    @functools.wraps(backward)
    def once(ctx, *gradients):
        # Gradients are enabled here under create_graph=True. Compiled graphs refuse second derivatives themselves.
        if torch.compiler.is_compiling() or not torch.is_grad_enabled():
            with torch.no_grad():
                return backward(ctx, *gradients)
        # Checkpointed tensors can be unpacked once.
        read = types.SimpleNamespace(
            saved_tensors=ctx.saved_tensors, needs_input_grad=ctx.needs_input_grad, sizes=getattr(ctx, "sizes", ())
        )
        with torch.no_grad():
            results = backward(read, *gradients)
        sources = [t for t in (*gradients, *read.saved_tensors) if t is not None and t.requires_grad]
        if torch._C._functorch.maybe_current_level() is None:
            # A tensor that the pass does not read may still have made one that it does.
            sources += [node.variable for node, _ in ctx.next_functions if hasattr(node, "variable")]
            sources.append(torch.zeros((), requires_grad=True))
        given = [r for r in results if r is not None]
        refused = iter(Refused.apply(len(given), *given, *sources))
        return tuple(None if r is None else next(refused) for r in results)

    return once
