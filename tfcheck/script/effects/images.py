"""Images: readers, folders and generators of them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, cast

from tfcheck.script.data import Data, Scaling, Shape
from tfcheck.script.store import ObjectState
from tfcheck.script.values import (
    NONE,
    Const,
    Function,
    Ref,
    Tuple,
    Unknown,
    Value,
    constant,
    integer,
    number,
)

from .array_sources import stacked
from .data_steps import opaque, same_values, source, step, together
from .datasets import PIXELS
from .registry import FUNCTIONS, function, method

if TYPE_CHECKING:
    from tfcheck.script.calls import Call

# Readers whose pixels are whole numbers from 0 to 255.
_READERS = {
    "cv2.imread": "cv2.imread",
    "PIL.Image.open": "Image.open",
    "keras.utils.load_img": "load_img",
    "tensorflow.io.decode_jpeg": "decode_jpeg",
    "tensorflow.io.decode_png": "decode_png",
    "tensorflow.io.decode_bmp": "decode_bmp",
    "tensorflow.image.decode_jpeg": "decode_jpeg",
    "tensorflow.image.decode_png": "decode_png",
    "imageio.imread": "imageio.imread",
    "imageio.v2.imread": "imageio.imread",
    "imageio.v3.imread": "imageio.imread",
    "scipy.misc.imread": "misc.imread",
    "scipy.ndimage.imread": "ndimage.imread",
    "skimage.io.imread": "io.imread",
}
# The picture changes, its values stay within their bounds.
_KEEPS = (
    "cv2.cvtColor cv2.resize cv2.GaussianBlur cv2.flip cv2.medianBlur cv2.equalizeHist cv2.blur "
    "cv2.bilateralFilter cv2.rotate cv2.erode cv2.dilate cv2.morphologyEx cv2.transpose "
    "PIL.Image.fromarray keras.utils.img_to_array tensorflow.image.resize "
    "tensorflow.image.resize_with_pad "
    "tensorflow.image.resize_with_crop_or_pad tensorflow.image.random_flip_left_right "
    "tensorflow.image.random_flip_up_down tensorflow.image.flip_left_right "
    "tensorflow.image.rot90 tensorflow.image.random_crop tensorflow.image.central_crop "
    "tensorflow.image.resize_images tensorflow.image.grayscale_to_rgb "
    "tensorflow.image.rgb_to_grayscale tensorflow.image.crop_to_bounding_box"
).split()
_SCALES = (
    "tensorflow.image.convert_image_dtype tensorflow.image.per_image_standardization"
).split()
_METHODS_THAT_KEEP = "resize convert crop rotate resize_images thumbnail".split()
# What reads or scales by a convention of its own, or not always the same way.
_GENERATOR = "keras.preprocessing.image.ImageDataGenerator"
_SCALING_ARGUMENTS = (
    "featurewise_std_normalization",
    "samplewise_std_normalization",
    "zca_whitening",
)


def _read(call: Call) -> Value:
    return source(
        _READERS[call.path], call.site, Scaling.RAW, ranges=PIXELS, ground="data set", form="array"
    )


FUNCTIONS.update(dict.fromkeys(_READERS, _read))


@function("matplotlib.pyplot.imread", "matplotlib.image.imread")
def _imread(call: Call) -> Value:
    reason = "imread gives 0 to 1 for a PNG, and 0 to 255 for all else"
    return source("imread", call.site, Scaling.OPAQUE, reason=reason)


@function("skimage.transform.resize", "skimage.transform.rescale")
def _resize(call: Call) -> Value:
    """Pixels of 8 bits become 0 to 1, unless they are to stay."""
    data = _image(call)
    if data is None:
        return call.args[0] if call.args else call.lost("no image")
    if constant(call.arg(None, "preserve_range")) is True:
        return step(data, "resize", call.site, ranges=together(data.ranges))
    return step(data, "resize", call.site, Scaling.SCALES)


@function("tensorflow.io.decode_image", "tensorflow.image.decode_image")
def _decode_image(call: Call) -> Value:
    if call.arg(None, "dtype") is not None:
        reason = "decode_image scales or not, as its dtype says"
        return source("decode_image", call.site, Scaling.OPAQUE, reason=reason)
    return source("decode_image", call.site, Scaling.RAW, ranges=PIXELS, ground="data set")


def _image(call: Call) -> Data | None:
    value = call.arg(0, "src", "img", "image", "images", "x")
    return value if isinstance(value, Data) else None


def _keep(call: Call) -> Value:
    data = _image(call)
    name = call.path.rpartition(".")[2]
    if data is None:
        return call.args[0] if call.args else call.lost(f"{name} of no image")
    return step(data, name, call.site, ranges=together(data.ranges))


def _scale(call: Call) -> Value:
    data = _image(call)
    name = call.path.rpartition(".")[2]
    return step(data, name, call.site, Scaling.SCALES) if data else call.lost(f"{name} of no image")


FUNCTIONS.update(dict.fromkeys(_KEEPS, _keep))
FUNCTIONS.update(dict.fromkeys(_SCALES, _scale))


@method("array", *_METHODS_THAT_KEEP)
def _method_that_keeps(call: Call) -> Value:
    data = cast("Data", call.receiver)
    return step(data, call.method, call.site, ranges=together(data.ranges))


def preprocess_input(call: Call) -> Value:
    """``preprocess_input`` of an application model; each scales in the way that it wants."""
    data = _image(call)
    if data is None:
        return call.args[0] if call.args else call.lost("no image")
    family = Const(call.path.removesuffix(".preprocess_input"))
    facts = {
        "shape": data.shape,
        "settings": {"of": family, "mode": call.arg(None, "mode") or NONE},
    }
    return step(data, "preprocess_input", call.site, Scaling.SCALES, **facts)


# Generators


@function(_GENERATOR)
def _generator(call: Call) -> Value:
    state = ObjectState(_GENERATOR, dict(call.keywords), call.site, more=call.more)
    if call.args:
        state = ObjectState(_GENERATOR, {}, call.site, more=call.lost("arguments without names"))
    return call.interpreter.store.allocate(state)


def _prepared(call: Call, images: Data) -> Data:
    """Images as a generator gives them, by the arguments that it was made with."""
    state = cast("ObjectState", call.interpreter.store.get(cast("Ref", call.receiver)))
    if state.more is not None:
        return opaque(images, state.more)
    if any(constant(state.config.get(name)) is True for name in _SCALING_ARGUMENTS):
        return step(images, "ImageDataGenerator", call.site, Scaling.SCALES)
    function_ = state.config.get("preprocessing_function", NONE)
    if constant(function_) is not None:
        images = _by_function(call, images, function_)
    rescale = state.config.get("rescale", NONE)
    if constant(rescale) is None:
        return same_values(images, "ImageDataGenerator", call.site, form="array", content=None)
    factor = number(rescale)
    if factor is None:
        return opaque(images, call.lost("it is rescaled by a factor that is not known"))
    ranges = images.ranges
    if ranges is None:
        return step(images, f"rescale={factor:.4g}", call.site, Scaling.SCALES)
    moved = ranges.through(lambda each: factor * each, falls=factor < 0)
    return step(images, f"rescale={factor:.4g}", call.site, ranges=moved, shape=images.shape)


def _by_function(call: Call, images: Data, function_: Value) -> Data:
    inner = type(call)(call.interpreter, call.site, [images])
    result = call.interpreter.calls.call(function_, inner)
    if isinstance(result, Data):
        return result
    name = function_.code.name if isinstance(function_, Function) else "a function"
    return opaque(images, call.lost(f"{name} prepares the images"))


_CHANNELS = {"rgb": 3, "rgba": 4, "grayscale": 1}


def _shape(call: Call, first: int) -> Shape:
    """A batch of the images that a folder gives; ``first`` is the place of ``target_size``."""
    state = cast("ObjectState", call.interpreter.store.get(cast("Ref", call.receiver)))
    sizes = call.interpreter.calls.items(call.arg(first, "target_size") or _TARGET_SIZE) or ()
    channels = _CHANNELS.get(str(constant(call.arg(first + 1, "color_mode") or Const("rgb"))))
    kept = constant(state.config.get("data_format", NONE)) in (None, "channels_last")
    if not kept or len(sizes) != 2 or call.more is not None:
        return (None,) * 4
    height, width = map(integer, sizes)
    return (None, height, width, channels)


_TARGET_SIZE = Tuple((Const(256), Const(256)))

_CLASS_MODES = {
    "categorical": ("one-hot", None),
    "binary": ("integer", 2),
    "sparse": ("integer", None),
}


@method(_GENERATOR, "flow_from_directory", "flow_from_dataframe")
def _flow_from(call: Call) -> Value:
    images = source("images of a folder", call.site, Scaling.RAW, ranges=PIXELS, ground="data set")
    first = 1 if call.method == "flow_from_directory" else 5
    mode = constant(call.arg(first + 3, "class_mode") or Const("categorical"))
    x = replace(_prepared(call, images), shape=_shape(call, first))
    if mode is None or mode == "input":
        return _yielding(call, x, x if mode == "input" else None)
    classes = call.interpreter.calls.items(call.arg(None, "classes") or NONE)
    kind, count = _CLASS_MODES.get(str(mode), (None, None))
    several = count or (len(classes) if classes else None)
    shapes: dict[str | None, Shape] = {"integer": (None,), "one-hot": (None, several)}
    facts: dict[str, Any] = {"labels": kind, "classes": several, "shape": shapes.get(kind)}
    y = source("labels by folder", call.site, Scaling.NOT_NUMBERS, **facts)
    return _yielding(call, x, y)


@method(_GENERATOR, "flow")
def _flow(call: Call) -> Value:
    x, y = call.arg(0, "x"), call.arg(1, "y")
    images = stacked(call, x) if isinstance(x, (Ref, Tuple)) else x
    if not isinstance(images, Data):
        lost = call.lost("a generator of images that are not known")
        return images if isinstance(images, Unknown) else lost
    return _yielding(call, _prepared(call, images), y)


def _yielding(call: Call, x: Data, y: Value | None) -> Data:
    elements = (x,) if y is None else (x, y)
    return Data(f"ImageDataGenerator.{call.method}", call.site, form="generator", elements=elements)


@method(_GENERATOR, "apply_transform", "random_transform", "standardize", "fit")
def _prepare_generator(call: Call) -> Value:
    return call.lost("what a generator of images prepares")


# Folders


@function("keras.utils.image_dataset_from_directory")
def _image_dataset(call: Call) -> Value:
    images = source(
        "image_dataset_from_directory",
        call.site,
        Scaling.RAW,
        ranges=PIXELS,
        dtype="float32",
        ground="data set",
        form="tensor",
    )
    mode = constant(call.arg(2, "label_mode") or Const("int"))
    kind, count = _CLASS_MODES.get("sparse" if mode == "int" else str(mode), (None, None))
    y = source("labels by folder", call.site, Scaling.NOT_NUMBERS, labels=kind, classes=count)
    elements: tuple[Value, ...] = (images,) if mode is None else (images, y)
    return Data("image_dataset_from_directory", call.site, form="dataset", elements=elements)
