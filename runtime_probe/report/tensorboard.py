"""The runs of a probe as event files, which TensorBoard reads.

The format is small and has not changed in ten years: records of TFRecord, each a protobuf message
``Event``. It is written here, because the packages that write it import TensorFlow or NumPy.

See https://www.tensorflow.org/tutorials/load_data/tfrecord and ``event.proto``, ``summary.proto``
of https://github.com/tensorflow/tensorflow/tree/master/tensorflow/core.
"""

from __future__ import annotations

import re
import struct
import time
from collections.abc import Iterator
from pathlib import Path

from runtime_probe.records import Reached, Trial
from runtime_probe.report import Report

_VARINT, _DOUBLE, _BYTES, _FLOAT = 0, 1, 2, 5
_CASTAGNOLI = 0x82F63B78


def write(report: Report, folder: Path) -> None:
    """Write a file for each run, in a folder of its name. Raises ``OSError`` where that fails."""
    now = time.time()
    for fit in report.fits:
        for trial in report.of_fit(Trial, fit):
            path = folder / _run(fit, trial) / f"events.out.tfevents.{now:.0f}.tfcheck"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(b"".join(map(_record, _events(fit, trial, now))))


def _run(fit: Reached, trial: Trial) -> Path:
    changes = "+".join(trial.changes) or "as-written"
    names = (f"fit-{fit.fit}-line-{fit.line}", changes, f"seed-{trial.seed}")
    return Path(*(re.sub(r"[^\w+-]", "_", each) for each in names))


def _events(fit: Reached, trial: Trial, now: float) -> Iterator[bytes]:
    yield _field(1, _DOUBLE, now) + _field(3, _BYTES, b"brain.Event:2")
    for tag, step, value in _scalars(fit, trial):
        scalar = _field(1, _BYTES, tag.encode()) + _field(2, _FLOAT, value)
        summary = _field(1, _BYTES, scalar)
        yield _field(1, _DOUBLE, now) + _field(2, _VARINT, step) + _field(5, _BYTES, summary)


def _scalars(fit: Reached, trial: Trial) -> Iterator[tuple[str, int, float]]:
    """Names, steps and values: those of losses as Keras optimises them, the rest as measured."""
    for step, loss in zip(trial.at, trial.losses, strict=True):
        yield "loss", step, loss
    for each in trial.measured:
        yield f"measured/{fit.metric}", each.step, each.metric
        yield "measured/loss", each.step, each.loss
        yield "measured/skill", each.step, each.skill
    for epoch, loss in enumerate(trial.validation_losses):
        yield "epoch_val_loss", epoch, loss


def _field(number: int, kind: int, value: float | bytes) -> bytes:
    """A field of a protobuf message."""
    key = _varint(number << 3 | kind)
    if isinstance(value, bytes):
        return key + _varint(len(value)) + value
    if kind == _VARINT:
        return key + _varint(int(value))
    return key + struct.pack("<d" if kind == _DOUBLE else "<f", value)


def _varint(value: int) -> bytes:
    """Seven bits a byte, the lowest first."""
    parts = bytearray()
    while value > 0x7F:
        parts.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*parts, value])


def _record(data: bytes) -> bytes:
    """A record of TFRecord: its length and its bytes, each with a checksum."""
    length = struct.pack("<Q", len(data))
    return length + _checksum(length) + data + _checksum(data)


def _checksum(data: bytes) -> bytes:
    """CRC-32C, rotated and shifted, so that a checksum of checksums is no fixed point."""
    crc = 0xFFFFFFFF
    for byte in data:
        crc = crc >> 8 ^ _TABLE[(crc ^ byte) & 0xFF]
    crc ^= 0xFFFFFFFF
    return struct.pack("<I", ((crc >> 15 | crc << 17) + 0xA282EAD8) & 0xFFFFFFFF)


def _table() -> Iterator[int]:
    for crc in range(256):
        for _ in range(8):
            crc = crc >> 1 ^ (_CASTAGNOLI if crc & 1 else 0)  # noqa: PLW2901
        yield crc


_TABLE = tuple(_table())
