"""How much of the machine a script may use."""

from __future__ import annotations

import os
import resource
from dataclasses import dataclass

GIGABYTE = 1 << 30


@dataclass(frozen=True, slots=True)
class Limits:
    """``memory`` bytes, address space of each process and together in use; None: ``memory`` of the
    address space is not limited, because CUDA reserves more of it than any machine has.
    ``seconds`` of wall time; ``file`` and ``output`` bytes; ``processes`` at a time.
    """

    seconds: float
    memory: int
    address_space: bool = True
    file: int = GIGABYTE // 2
    output: int = 20 << 20
    processes: int = 512

    @classmethod
    def usual(cls, seconds: float, gpu: bool) -> Limits:
        """TensorFlow needs almost 3 GB of address space to train one layer."""
        return cls(seconds, max(6 * GIGABYTE, physical_memory() * 6 // 10), not gpu)

    def apply(self) -> None:
        """Bind this process, and all that it starts, for good."""
        processor = int(self.seconds + 2) * (os.cpu_count() or 1)
        _lower(resource.RLIMIT_CORE, 0)
        _lower(resource.RLIMIT_FSIZE, self.file)
        _lower(resource.RLIMIT_CPU, processor)
        if self.address_space:
            _lower(resource.RLIMIT_AS, self.memory)


def physical_memory() -> int:
    """In bytes."""
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")


def _lower(which: int, value: int) -> None:
    _, hard = resource.getrlimit(which)
    least = value if hard == resource.RLIM_INFINITY else min(value, hard)
    resource.setrlimit(which, (least, least))
