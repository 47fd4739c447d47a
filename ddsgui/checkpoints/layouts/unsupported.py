"""Models that people take for a StyleGAN2 generator, recognised by the names in their files.

A registry like that of layouts: the first kind that matches names the model. A layout that learns to read one of them
takes its row out of here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any

import numpy as np
from torch import Tensor

from ddsgui.checkpoints.layouts.layout import Contents
from ddsgui.checkpoints.messages import printable_text
from ddsgui.checkpoints.pickles.allowlist import unsafe_error
from ddsgui.checkpoints.pickles.objects import PickledObject
from ddsgui.checkpoints.pickles.stubs import Stub
from ddsgui.errors import CheckpointError

MAX_NAMES, MAX_NAME_LENGTH = 4_000, 120  # enough to recognise a model, and quick
MAX_DEPTH = 16  # of containers in containers
MAX_ITEMS = 64  # of a list

_ONLY = "ddsgui mixes StyleGAN2 only, so choose a StyleGAN2 generator"
_GENERATOR = "choose the file that holds the generator, often called G_ema or g_ema"
_PUBLISHED = (
    "ddsgui mixes the published StyleGAN2 only, so choose a checkpoint of rosinality's or NVIDIA's programs"
)


_DECODER = "choose the StyleGAN2 checkpoint that it was trained for"


class UnsupportedModel:
    """A kind of model, what to do about it, and its signs: patterns, each of which must match a name in the file.

    A name is the dotted path of a tensor, or a class in angle brackets.
    """

    def __init__(self, what: str, advice: str, *signs: str) -> None:
        self.what, self.advice = what, advice  # the rest of a sentence that begins with the file's name
        self.signs = [re.compile(sign, re.MULTILINE) for sign in signs]

    def matches(self, names: str, has_generator: bool) -> bool:
        """Return whether the names, one per line, have every sign; `has_generator`: a generator is among them."""
        if has_generator and self.advice is _GENERATOR:
            return False
        return all(sign.search(names) for sign in self.signs)


UNSUPPORTED = (
    UnsupportedModel("is StyleGAN-XL", _ONLY, r"<SuperresGenerator>"),
    UnsupportedModel("is StyleGAN3 (alias-free)", _ONLY, r"synthesis\.L\d+_\d+_\d+\."),
    UnsupportedModel("is StyleGAN3 (alias-free)", _ONLY, r"synthesis\.input\.(freqs|phases|transform)$"),
    UnsupportedModel("is EG3D, a 3D-aware generator", _ONLY, r"<TriPlaneGenerator>"),
    UnsupportedModel("is EG3D, a 3D-aware generator", _ONLY, r"backbone\.synthesis\.b4\.const$"),
    UnsupportedModel("is the first StyleGAN", _ONLY, r"<G_style>|<G_synthesis_stylegan>|/StyleMod/"),
    UnsupportedModel(
        "is the first StyleGAN", _ONLY, r"progression\.\d+\.conv1?\.", r"style\.\d+\.(linear\.)?weight"
    ),
    UnsupportedModel("is the first StyleGAN", _ONLY, r"g_mapping\.dense0\.|\.style_mod\.lin\."),
    UnsupportedModel(
        "is a progressive GAN (ProGAN)",
        _ONLY,
        r"<G_paper>|ToRGB_lod\d+/weight",
        r"<G_paper>|4x4/Dense/weight",
    ),
    UnsupportedModel("is a progressive GAN (ProGAN)", _ONLY, r"scaleLayers\.\d+\.", r"toRGBLayers\.\d+\."),
    UnsupportedModel("is BigGAN", _ONLY, r"(^|\.)shared\.weight$", r"blocks\.0\.0\.conv1\."),
    UnsupportedModel("is BigGAN", _ONLY, r"(^|\.)generator\.gen_z\."),
    UnsupportedModel(
        "is lucidrains' StyleGAN2, which has a different network",
        _PUBLISHED,
        r"(^|\.)(G|GE)\.blocks\.0\.to_style1\.",
    ),
    UnsupportedModel(
        "is a StyleGAN2 of adriansahlman's stylegan2_pytorch, which has a different network",
        _PUBLISHED,
        r"(^|\.)(G_synthesis\.conv_blocks|to_data_layers)\.\d",
    ),
    UnsupportedModel("is a GenForce StyleGAN", _PUBLISHED, r"synthesis\.layer0\.", r"synthesis\.output\d\."),
    UnsupportedModel(
        "is an MMagic StyleGAN", _PUBLISHED, r"(^|\.)generator(_ema)?\.(constant_input|style_mapping)\."
    ),
    UnsupportedModel(
        "is a segmentation network, perhaps of the paper's own program",
        "paint that part once in ddsgui instead, with Paint a part or segment train",
        r"\A(layers\.\d*[02468]\.(weight|bias)\n?){4,}\Z",
    ),
    UnsupportedModel("is GFPGAN, a face restoration network", _ONLY, r"(^|\.)stylegan_decoder"),
    UnsupportedModel("is CodeFormer, a face restoration network", _ONLY, r"(^|\.)fuse_convs_dict\."),
    UnsupportedModel(
        "is an upscaler (ESRGAN)", _ONLY, r"(^|\.)conv_first\.weight$", r"(^|\.)(body|RRDB_trunk)\.\d+\."
    ),
    UnsupportedModel(
        "is a LoRA, an add-on for a diffusion model",
        _ONLY,
        r"[._](lora_(up|down|A|B)|hada_w1_a|lokr_w1)\b|_lora\.(up|down)\.",
    ),
    UnsupportedModel(
        "is a ControlNet, an add-on for a diffusion model", _ONLY, r"(^|\.)(control_model|controlnet_\w+)\."
    ),
    UnsupportedModel(
        "is a textual inversion, an add-on for a diffusion model",
        _ONLY,
        r"(^|\.)(string_to_param|emb_params)\b",
    ),
    UnsupportedModel("is a diffusion model", _ONLY, r"(^|\.)diffusion_model\."),
    UnsupportedModel(
        "is a diffusion model",
        _ONLY,
        r"(^|\.)time_embed(ding|_mlp)?\.",
        r"(^|\.)(input_blocks|down_blocks)\.\d+\.",
    ),
    UnsupportedModel(
        "is a diffusion model", _ONLY, r"(^|\.)(double_blocks|joint_blocks|transformer_blocks)\.\d+\."
    ),
    UnsupportedModel("is a diffusion model", _ONLY, r"(^|\.)blocks\.\d+\.adaLN_modulation\."),
    UnsupportedModel("is a diffusion model", _ONLY, r"(^|\.)map_layer0\.", r"(^|\.)enc\.\d+x\d+_"),
    UnsupportedModel("is a diffusion model", _ONLY, r"(^|\.)downs\.\d+\.\d+\.", r"(^|\.)mid_block1\."),
    UnsupportedModel("is a VQGAN", _ONLY, r"(^|\.)quantize\.embedding\.weight$"),
    UnsupportedModel("is a VAE, perhaps of a diffusion model", _ONLY, r"(^|\.)(post_)?quant_conv\."),
    UnsupportedModel(
        "is a VAE", _ONLY, r"(^|\.)encoder\.", r"(^|\.)(fc_)?(mu|mean|logvar|log_var|var)\.weight$"
    ),
    UnsupportedModel(
        "is an image encoder (pSp or e4e) without its StyleGAN2 decoder",
        _DECODER,
        r"(^|\.)(encoder\.)?input_layer\.\d+\.",
        r"(^|\.)(encoder\.)?styles\.\d+\.",
    ),
    UnsupportedModel(
        "is a face recognition network (ArcFace)",
        _ONLY,
        r"(^|\.)input_layer\.\d+\.",
        r"(^|\.)output_layer\.\d+\.",
    ),
    UnsupportedModel(
        "is CLIP",
        _ONLY,
        r"(^|\.)(visual|vision_model)\.",
        r"(^|\.)(text_model|token_embedding|text_projection)\b",
    ),
    UnsupportedModel("is a text encoder", _ONLY, r"(^|\.)text_model\.encoder\."),
    UnsupportedModel(
        "is a language model", _ONLY, r"(^|\.)(lm_head\.weight|layers\.\d+\.self_attn\.q_proj\.weight)$"
    ),
    UnsupportedModel(
        "is an image classifier (ResNet)", _ONLY, r"(^|\.)layer4\.\d+\.conv1\.weight$", r"(^|\.)layer1\.0\."
    ),
    UnsupportedModel(
        "is an image classifier (ViT)", _ONLY, r"(^|\.)(cls|class)_token$", r"(^|\.)(patch_embed|conv_proj)"
    ),
    UnsupportedModel(
        "is an image classifier", _ONLY, r"(^|\.)features\.\d+\.", r"(^|\.)classifier\.(\d+\.)?weight$"
    ),
    UnsupportedModel(
        "has a StyleGAN2 discriminator but no generator",
        _GENERATOR,
        r"(^|\.)final_conv\.0\.weight$",
        r"(^|\.)final_linear\.\d\.weight$",
    ),
    UnsupportedModel(
        "has a discriminator but no generator",
        _GENERATOR,
        r"<Discriminator>|<D_\w+>|(^|\.)b4\.out\.weight$|(^|[./])(4x4/MinibatchStddev|FromRGB(_lod\d+)?/weight)",
    ),
    UnsupportedModel(
        "has an optimiser's state but no generator", _GENERATOR, r"(^|\.)param_groups$", r"(^|\.)state$"
    ),
)
_GENERATOR_NAMES = re.compile(r"<Generator>|<Gs?>|<G_\w+>|synthesis[./]|\.modulation\.weight$", re.MULTILINE)


def match(contents: Contents) -> UnsupportedModel | None:
    """Return the kind of model that a file holds; None if it is not one of the known kinds."""
    names = "\n".join(
        name[:MAX_NAME_LENGTH].replace("\n", " ") for name in islice(_names(contents.data), MAX_NAMES)
    )
    has_generator = _GENERATOR_NAMES.search(names) is not None
    return next((model for model in UNSUPPORTED if model.matches(names, has_generator)), None)


def unsupported_error(contents: Contents) -> CheckpointError:
    """Return the error for a file without a StyleGAN2 generator: what it is or, if unknown, some names in it."""
    if isinstance(contents.data, Tensor | np.ndarray):
        shape = " × ".join(map(str, contents.data.shape)) or "1"
        return CheckpointError(
            f"{contents.name} is an array of {shape} numbers, not a model; if it is a latent, give it to mix --latent."
        )
    model = match(contents)
    if model is not None:
        return CheckpointError(f"{contents.name} {model.what}; {model.advice}.")
    if (stub := _first_stub(contents.data)) is not None:
        return unsafe_error(contents.name, stub.name)
    return CheckpointError(f"{contents.name} has no StyleGAN2 generator in it{_first_keys(contents.data)}.")


def _first_keys(content: Any) -> str:
    if not isinstance(content, Mapping) or not content:
        return ""
    keys = [printable_text(key) for key in list(content)[:4]]
    return f"; it holds {', '.join(keys)}{', …' if len(content) > 4 else ''}"


def _first_stub(content: Any, depth: int = 0) -> Stub | None:
    """Return the first object of a class of another program, which may hold the network."""
    if isinstance(content, Stub):
        return content
    if depth > MAX_DEPTH or not isinstance(content, Mapping | list | tuple):
        return None
    inside = list(content.values() if isinstance(content, Mapping) else content)[:MAX_ITEMS]
    stubs = (_first_stub(value, depth + 1) for value in inside)
    return next((stub for stub in stubs if stub is not None), None)


def _names(content: Any, path: str = "", depth: int = 0) -> Iterator[str]:
    """Yield the dotted paths of everything inside, and the classes of other programs' objects in angle brackets."""
    if depth > MAX_DEPTH:
        return
    if isinstance(content, PickledObject):
        yield f"<{content.kind}>"
        for part in content.parts():
            yield from _names(part, path, depth + 1)
    elif isinstance(content, Mapping):
        if isinstance(content, Stub):
            yield f"<{content.name.rpartition('.')[2]}>"
        for key, value in content.items():
            if isinstance(key, str):  # an optimiser numbers its tensors, and has many
                inner = f"{path}.{key[:MAX_NAME_LENGTH]}" if path else key
                yield inner
                yield from _names(value, inner, depth + 1)
    elif isinstance(content, list | tuple):
        for value in content[:MAX_ITEMS]:
            yield from _names(value, path, depth + 1)
