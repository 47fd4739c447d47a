"""The names of models that people take for a StyleGAN2 generator, told from what lies inside their files."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any

from ddsgui.checkpoints.messages import printable_text
from ddsgui.checkpoints.pickle_file import PersistentModule, TflibNetwork
from ddsgui.errors import CheckpointError

MAX_NAMES, MAX_LENGTH = 4_000, 120  # that are looked at: enough to know a model, and quick
MAX_DEPTH = 16  # of containers within containers

_ONLY = "ddsgui mixes StyleGAN2 only, so choose a StyleGAN2 generator"
_GENERATOR = "choose the file that holds the generator, often called G_ema or g_ema"
_BUILT = (
    "ddsgui mixes the published StyleGAN2 only, so choose a checkpoint of rosinality's or NVIDIA's programs"
)

# What it is, what to do, and its signs: patterns that must all be found, each within one of the names in the file.
# A name is the dotted path of a tensor, or a class in angle brackets. The first kind that fits is the answer.
_KINDS: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("is StyleGAN-XL", _ONLY, (r"<SuperresGenerator>",)),
    ("is StyleGAN3 (alias-free)", _ONLY, (r"synthesis\.L\d+_\d+_\d+\.",)),
    ("is StyleGAN3 (alias-free)", _ONLY, (r"synthesis\.input\.(freqs|phases|transform)$",)),
    ("is EG3D, which draws solid scenes", _ONLY, (r"<TriPlaneGenerator>",)),
    ("is EG3D, which draws solid scenes", _ONLY, (r"backbone\.synthesis\.b4\.const$",)),
    ("is StyleGAN, the first", _ONLY, (r"<G_style>|<G_synthesis_stylegan>|/StyleMod/",)),
    ("is StyleGAN, the first", _ONLY, (r"progression\.\d+\.conv1?\.", r"style\.\d+\.(linear\.)?weight")),
    ("is StyleGAN, the first", _ONLY, (r"g_mapping\.dense0\.|\.style_mod\.lin\.",)),
    (
        "is a progressive GAN (ProGAN)",
        _ONLY,
        (r"<G_paper>|ToRGB_lod\d+/weight", r"<G_paper>|4x4/Dense/weight"),
    ),
    ("is a progressive GAN (ProGAN)", _ONLY, (r"scaleLayers\.\d+\.", r"toRGBLayers\.\d+\.")),
    ("is BigGAN", _ONLY, (r"(^|\.)shared\.weight$", r"blocks\.0\.0\.conv1\.")),
    ("is BigGAN", _ONLY, (r"(^|\.)generator\.gen_z\.",)),
    ("is lucidrains' StyleGAN2, whose network differs", _BUILT, (r"(^|\.)(G|GE)\.blocks\.0\.to_style1\.",)),
    ("is a StyleGAN of GenForce's program", _BUILT, (r"synthesis\.layer0\.", r"synthesis\.output\d\.")),
    (
        "is a StyleGAN of MMagic's program",
        _BUILT,
        (r"(^|\.)generator(_ema)?\.(constant_input|style_mapping)\.",),
    ),
    ("is GFPGAN, which restores faces", _ONLY, (r"(^|\.)stylegan_decoder",)),
    ("is CodeFormer, which restores faces", _ONLY, (r"(^|\.)fuse_convs_dict\.",)),
    ("is an upscaler (ESRGAN)", _ONLY, (r"(^|\.)conv_first\.weight$", r"(^|\.)(body|RRDB_trunk)\.\d+\.")),
    (
        "is a LoRA, an addition to a diffusion model",
        _ONLY,
        (r"[._](lora_(up|down|A|B)|hada_w1_a|lokr_w1)\b|_lora\.(up|down)\.",),
    ),
    (
        "is a ControlNet, an addition to a diffusion model",
        _ONLY,
        (r"(^|\.)(control_model|controlnet_\w+)\.",),
    ),
    (
        "is a textual inversion, an addition to a diffusion model",
        _ONLY,
        (r"(^|\.)(string_to_param|emb_params)\b",),
    ),
    ("is a diffusion model", _ONLY, (r"(^|\.)diffusion_model\.",)),
    (
        "is a diffusion model",
        _ONLY,
        (r"(^|\.)time_embed(ding|_mlp)?\.", r"(^|\.)(input_blocks|down_blocks)\.\d+\."),
    ),
    ("is a diffusion model", _ONLY, (r"(^|\.)(double_blocks|joint_blocks|transformer_blocks)\.\d+\.",)),
    ("is a diffusion model", _ONLY, (r"(^|\.)blocks\.\d+\.adaLN_modulation\.",)),
    ("is a diffusion model", _ONLY, (r"(^|\.)map_layer0\.", r"(^|\.)enc\.\d+x\d+_")),
    ("is a diffusion model", _ONLY, (r"(^|\.)downs\.\d+\.\d+\.", r"(^|\.)mid_block1\.")),
    ("is a VQGAN", _ONLY, (r"(^|\.)quantize\.embedding\.weight$",)),
    ("is a VAE, of a diffusion model perhaps", _ONLY, (r"(^|\.)(post_)?quant_conv\.",)),
    ("is a VAE", _ONLY, (r"(^|\.)encoder\.", r"(^|\.)(fc_)?(mu|mean|logvar|log_var|var)\.weight$")),
    (
        "is an encoder of pictures (pSp or e4e) without its StyleGAN2 decoder",
        "choose the StyleGAN2 checkpoint that it was trained for",
        (r"(^|\.)(encoder\.)?input_layer\.\d+\.", r"(^|\.)(encoder\.)?styles\.\d+\."),
    ),
    (
        "is a recogniser of faces (ArcFace)",
        _ONLY,
        (r"(^|\.)input_layer\.\d+\.", r"(^|\.)output_layer\.\d+\."),
    ),
    (
        "is CLIP",
        _ONLY,
        (r"(^|\.)(visual|vision_model)\.", r"(^|\.)(text_model|token_embedding|text_projection)\b"),
    ),
    ("is a text encoder", _ONLY, (r"(^|\.)text_model\.encoder\.",)),
    ("is a language model", _ONLY, (r"(^|\.)(lm_head\.weight|layers\.\d+\.self_attn\.q_proj\.weight)$",)),
    (
        "is a classifier of pictures (ResNet)",
        _ONLY,
        (r"(^|\.)layer4\.\d+\.conv1\.weight$", r"(^|\.)layer1\.0\."),
    ),
    (
        "is a classifier of pictures (ViT)",
        _ONLY,
        (r"(^|\.)(cls|class)_token$", r"(^|\.)(patch_embed|conv_proj)"),
    ),
    ("is a classifier of pictures", _ONLY, (r"(^|\.)features\.\d+\.", r"(^|\.)classifier\.(\d+\.)?weight$")),
    (
        "holds a discriminator of StyleGAN2 and no generator",
        _GENERATOR,
        (r"(^|\.)final_conv\.0\.weight$", r"(^|\.)final_linear\.\d\.weight$"),
    ),
    (
        "holds a discriminator and no generator",
        _GENERATOR,
        (
            r"<Discriminator>|<D_\w+>|(^|\.)b4\.out\.weight$|(^|/)4x4/MinibatchStddev|(^|/)FromRGB(_lod\d+)?/weight",
        ),
    ),
    (
        "holds an optimiser's state and no generator",
        _GENERATOR,
        (r"(^|\.)param_groups$", r"(^|\.)state$"),
    ),
)
_RULES = [(what, advice, [re.compile(s, re.M) for s in signs]) for what, advice, signs in _KINDS]
_GENERATING = re.compile(r"<Generator>|<Gs?>|<G_\w+>|synthesis[./]|\.modulation\.weight$", re.M)


def what_is(content: Any) -> str | None:
    """The rest of a sentence that begins with the file's name: what it is and what to do. None if nobody knows.

    `content` is what a reader made of the file: a state dict, a training state, NVIDIA's objects, lists of those.
    """
    names = "\n".join(name[:MAX_LENGTH].replace("\n", " ") for name in islice(_names(content), MAX_NAMES))
    generator = _GENERATING.search(names) is not None
    for what, advice, signs in _RULES:
        if not (generator and advice is _GENERATOR) and all(sign.search(names) for sign in signs):
            return f"{what}; {advice}"
    return None


def unsupported_error(content: Any, name: str) -> CheckpointError:
    """What is said of a file without a StyleGAN2 generator: what it is or, if nobody knows, a few names in it."""
    return CheckpointError(
        f"{name} {what_is(content) or f'has no StyleGAN2 generator in it{_some(content)}'}."
    )


def _some(content: Any) -> str:
    if not isinstance(content, Mapping) or not content:
        return ""
    shown = [printable_text(key) for key in list(content)[:4]]
    return f"; it holds {', '.join(shown)}{', …' if len(content) > 4 else ''}"


def _names(content: Any, path: str = "", depth: int = 0) -> Iterator[str]:
    """The dotted paths of everything within, and the classes of NVIDIA's objects in angle brackets."""
    if depth > MAX_DEPTH:
        return
    if isinstance(content, PersistentModule):
        yield f"<{content.class_name}>"
        for kind in ("_modules", "_parameters", "_buffers"):
            yield from _names(content.state.get(kind), path, depth + 1)
    elif isinstance(content, TflibNetwork):
        yield f"<{content.build_function or content.name}>"
        yield from content.variables
        yield from _names(list(content.components.values()), path, depth + 1)
    elif isinstance(content, Mapping):
        for key, value in content.items():
            if isinstance(key, str):  # an optimiser counts its tensors, and has many
                inner = f"{path}.{key[:MAX_LENGTH]}" if path else key
                yield inner
                yield from _names(value, inner, depth + 1)
    elif isinstance(content, list | tuple):
        for value in content[:64]:
            yield from _names(value, path, depth + 1)
