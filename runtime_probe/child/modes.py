"""Which program trains an arm: found among those of the fit, or made in the fastest mode."""

from __future__ import annotations

import json
import time
from collections.abc import Hashable

import tensorflow as tf

from runtime_probe.child.order import Order
from runtime_probe.child.program import Program, tensors
from runtime_probe.child.setup import Setup

# XLA saves what operations cost besides their arithmetic; its convolutions for CPUs are slow.
_SLOW_IN_XLA = frozenset(
    "Conv2D Conv3D DepthwiseConv2dNative Conv2DBackpropInput Conv3DBackpropInputV2".split()
)
_LONG_STEP = 0.02  # seconds: no overhead of operations explains it
_TIMED = 0.05  # seconds of steps that are timed, at least, if they are that many
_TOO_LONG = 2.0  # seconds of the first step after which no other is timed
_COMPILING = 1.0  # seconds that compiling takes at least …
_COMPILING_BY_TRACING = 7.0  # … and as a multiple of tracing
_SHARE = 0.2  # of the time that is left, which compiling may take

_CANNOT_COMPILE = (tf.errors.OpError, NotImplementedError, TypeError, ValueError)


def program(setup: Setup, order: Order, steps: int, deadline: float) -> Program:
    """The program that trains this setup in ``order``, for runs of ``steps`` steps from each state.

    ``deadline`` is a time of ``time.monotonic``. The first program that is made for a fit decides
    the mode of all its arms; only one that XLA cannot compile runs as a graph nevertheless.
    """
    programs = setup.workshop.programs
    key = _key(setup, order)
    kept: Program | None = programs.get(key)
    if kept is not None and kept.repeatable:
        return kept
    made = _made(setup, order, steps, deadline)
    if not made.repeatable:
        tf.random.set_seed(order.seed)  # which a trace takes its random numbers from
        made = Program(setup, order, made.mode)
    setup.workshop.mode = setup.workshop.mode or made.mode
    programs[key] = made
    return made


def _made(setup: Setup, order: Order, steps: int, deadline: float) -> Program:
    mode = setup.workshop.mode
    if mode == "xla":
        return _compiled(setup, order) or Program(setup, order, "graph")
    if mode is not None:
        return Program(setup, order, mode)
    if setup.model.run_eagerly or tf.config.functions_run_eagerly():
        return Program(setup, order, "eager")
    return _fastest(setup, order, steps, deadline)


def _fastest(setup: Setup, order: Order, steps: int, deadline: float) -> Program:
    """A graph, unless compiling pays within the runs of one arm, and was seen to be faster."""
    started = time.monotonic()
    graph = Program(setup, order, "graph")
    compiling = max(_COMPILING, _COMPILING_BY_TRACING * (time.monotonic() - started))
    if not graph.repeatable or graph.operations & _SLOW_IN_XLA:
        return graph
    pace = _pace(graph, setup, order)
    work = pace * steps * len(setup.states)
    left = deadline - time.monotonic()
    if pace > _LONG_STEP or work < 2 * compiling or compiling > _SHARE * left:
        return graph
    compiled = _compiled(setup, order)
    if compiled is None or _pace(compiled, setup, order) > pace:
        return graph
    return compiled


def _compiled(setup: Setup, order: Order) -> Program | None:
    """The program by XLA, None where that cannot compile it or would draw other random numbers."""
    try:
        made = Program(setup, order, "xla")
        if not made.repeatable:
            return None
        _pace(made, setup, order)
    except _CANNOT_COMPILE:
        return None
    return made


def _pace(program: Program, setup: Setup, order: Order) -> float:
    """Seconds that a step takes, once the program has warmed up."""
    data, sizes, rows = tensors(setup.sample), order.sizes, order.block(0)
    program.begin(setup.states[0], setup.optimizer.learning_rate, 0)

    def timed(steps: int) -> float:
        started = time.monotonic()
        made = len(program.run(data, rows, sizes, 0, steps))
        return (time.monotonic() - started) / made

    pace = timed(1)
    if pace < _TOO_LONG:
        steps, pace = 1, 0.0
        while pace * steps < _TIMED and steps <= order.steps:
            pace = timed(steps)
            steps *= 4
    program.seconds_per_step = pace
    return pace


def _key(setup: Setup, order: Order) -> Hashable:
    """What a program is made for; rates and the values of the data are given to each run."""
    optimizer = setup.optimizer
    config = {name: value for name, value in optimizer.config.items() if name != "name"}
    if optimizer.learning_rate is not None:
        del config["learning_rate"]
    data = tensors(setup.sample)
    leaves = tf.nest.flatten(data)
    return (
        id(setup.model),
        tuple(each.trainable for each in setup.model.variables),
        id(optimizer.kind),
        json.dumps(config, sort_keys=True, default=repr),
        repr(optimizer.scaling),
        setup.loss if isinstance(setup.loss, str) else id(setup.loss),
        repr(setup.loss_weights),
        str(tf.nest.map_structure(lambda _: None, data)),
        tuple(None if each is None else (each.shape, each.dtype) for each in leaves),
        order.batch,
    )
