"""How the models of keras.applications want their pixels, and what was done to some."""

from __future__ import annotations

from tfcheck.script.data import Data, Range
from tfcheck.script.values import constant

# The scale that weights were trained on, by the module of an application.
SCALES = {
    "convnext": "0 to 255",
    "densenet": "zero mean and unit spread",
    "efficientnet": "0 to 255",
    "efficientnet_v2": "0 to 255",
    "inception_resnet_v2": "-1 to 1",
    "inception_v3": "-1 to 1",
    "mobilenet": "-1 to 1",
    "mobilenet_v2": "-1 to 1",
    "mobilenet_v3": "0 to 255",
    "nasnet": "-1 to 1",
    "resnet": "-124 to 151, in BGR",
    "resnet50": "-124 to 151, in BGR",
    "resnet_v2": "-1 to 1",
    "vgg16": "-124 to 151, in BGR",
    "vgg19": "-124 to 151, in BGR",
    "xception": "-1 to 1",
}
AS_THEY_ARE = "0 to 255"

# The module of a model, by the beginning of its name; the longest that fits.
_MODULES = {
    "ConvNeXt": "convnext",
    "DenseNet": "densenet",
    "EfficientNet": "efficientnet",
    "EfficientNetV2": "efficientnet_v2",
    "InceptionResNetV2": "inception_resnet_v2",
    "InceptionV3": "inception_v3",
    "MobileNet": "mobilenet",
    "MobileNetV2": "mobilenet_v2",
    "MobileNetV3": "mobilenet_v3",
    "NASNet": "nasnet",
    "ResNet50": "resnet",
    "ResNet101": "resnet",
    "ResNet152": "resnet",
    "ResNet50V2": "resnet_v2",
    "ResNet101V2": "resnet_v2",
    "ResNet152V2": "resnet_v2",
    "VGG16": "vgg16",
    "VGG19": "vgg19",
    "Xception": "xception",
}
PIXELS, UNIT = Range(0, 255), Range(0, 1)
_BY_255 = frozenset({"x / 255", "x / 127.5", "x * 0.00392157"})


def module_of(name: str) -> str | None:
    """``resnet_v2`` for ResNet50V2."""
    fitting = [each for each in _MODULES if name.startswith(each)]
    return _MODULES[max(fitting, key=len)] if fitting else None


def preprocessed(step: Data) -> str | None:
    """The module of the ``preprocess_input`` that made ``step``, with its default settings."""
    if step.what != "preprocess_input" or constant(step.settings.get("mode")) is not None:
        return None
    module = str(constant(step.settings.get("of"))).removeprefix("keras.applications.")
    return module if module in SCALES else None


def scalings(data: Data) -> list[Data]:
    """The steps on the way that bring pixels from 0 to 255 to a small scale, newest first."""
    return [step for step in data.chain() if _scales(step)]


def _scales(step: Data) -> bool:
    module = preprocessed(step)
    if module is not None:
        return SCALES[module] != AS_THEY_ARE
    by_255 = step.what.startswith("rescale=0.00") or step.what in _BY_255
    return by_255 or (step.what == "Rescaling" and _shrinks(step))


def _shrinks(step: Data) -> bool:
    before = step.main.ranges if step.main is not None else None
    if before is None or step.ranges is None:
        return False
    return step.ranges.overall.size * 100 < before.overall.size
