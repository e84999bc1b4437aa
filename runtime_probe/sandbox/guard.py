"""The strongest guard that the system offers, and what it leaves open."""

from __future__ import annotations

import sys

from runtime_probe.records import Guarded
from runtime_probe.sandbox import audit
from runtime_probe.sandbox.bounds import Bounds

_WRITING = "writing, deleting and renaming outside the copy"
_SECRETS = "reading what is hidden in the home folder, but for Python and data sets"
_NETWORK = "the network"
_SERVICES = "local services over sockets"
_PROGRAMS = "other programs"
_METADATA = "modes, owners and times of files outside the copy"
_NATIVE = "native code, which audit hooks do not see"

_REFUSES = {
    "landlock": (_WRITING, _SECRETS),
    "namespaces": (_WRITING, _NETWORK),
    "audit hooks": (_WRITING, _SECRETS, _NETWORK, _PROGRAMS),
}


def hold(bounds: Bounds, gpu: bool) -> Guarded:
    """Keep this process and all that it starts within ``bounds``, for good.

    It must have one thread only, because some guards bind no more than that one.
    """
    if sys.platform == "linux":
        guarded = _on_linux(bounds, gpu)
    else:
        audit.restrict(bounds)
        gaps = (_NATIVE, "processes that leave its session, which may outlive it")
        guarded = Guarded("audit hooks", _REFUSES["audit hooks"], gaps)
    audit.refuse_network()
    return guarded


def _on_linux(bounds: Bounds, gpu: bool) -> Guarded:
    from runtime_probe.sandbox import kernel, landlock, namespaces, seccomp

    kernel.gain_no_privileges()
    guard, gaps = "landlock", landlock.restrict(bounds, gpu)
    if gaps is None:
        guard, gaps = "namespaces", namespaces.enter(bounds)
    kernel.drop_capabilities()
    if gaps is None:
        guard, gaps = "audit hooks", (_NATIVE,)
        audit.restrict(bounds)
    if seccomp.refuse_network():
        refuses = dict.fromkeys((*_REFUSES[guard], _NETWORK, _SERVICES, _METADATA))
        return Guarded(guard, tuple(refuses), gaps)
    if guard == "landlock":
        gaps = (*gaps, "the network from native code, TCP aside", _METADATA)
    return Guarded(guard, _REFUSES[guard], (*gaps, _SERVICES))
