"""Well-known models that are not a StyleGAN2 generator, recognised by the names in their files."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest
import torch

from ddsgui.checkpoints.layouts.layout import Contents
from ddsgui.checkpoints.layouts.nvlabs_pytorch import PersistentModule
from ddsgui.checkpoints.layouts.nvlabs_tensorflow import TflibNetwork
from ddsgui.checkpoints.layouts.registry import read_contents
from ddsgui.checkpoints.layouts.unsupported import match, unsupported_error

GOLDEN = Path(__file__).parents[2] / "checkpoints/golden"
T = torch.zeros(1)


def module(class_name: str, *parameters: str) -> PersistentModule:
    """Make one of NVIDIA's modules with these tensors."""
    top = PersistentModule(class_name, {"_modules": {}, "_parameters": {}})
    for name in parameters:
        state, (*path, last) = top.state, name.split(".")
        for part in path:
            child = state["_modules"].setdefault(
                part, PersistentModule("Module", {"_modules": {}, "_parameters": {}})
            )
            state = child.state
        state["_parameters"][last] = T
    return top


def tensors(*names: str) -> dict[str, Any]:
    return dict.fromkeys(names, T)


FILES: dict[str, tuple[Any, str]] = {
    "stylegan3": ({"G_ema": module("Generator", "synthesis.L0_36_512.weight"), "D": None}, "StyleGAN3"),
    "stylegan3-tensors": (tensors("synthesis.input.freqs", "mapping.fc0.weight"), "StyleGAN3"),
    "stylegan-xl": ({"G_ema": module("SuperresGenerator", "mapping.fc0.weight")}, "StyleGAN-XL"),
    "eg3d": ({"G_ema": module("TriPlaneGenerator", "backbone.synthesis.b4.const")}, "EG3D"),
    "stylegan": (
        (TflibNetwork("G", build_function="G_style"), TflibNetwork("D", build_function="D_basic")),
        "the first StyleGAN",
    ),
    "stylegan-variables": (
        TflibNetwork("Gs", variables=tensors("4x4/Const/StyleMod/weight")),
        "the first StyleGAN",
    ),
    "stylegan-rosinality": (
        {"g_running": tensors("generator.progression.0.conv1.weight", "style.1.linear.weight_orig")},
        "the first StyleGAN",
    ),
    "progan": (
        TflibNetwork("Gs", variables=tensors("4x4/Dense/weight", "ToRGB_lod0/weight")),
        "progressive GAN",
    ),
    "progan-zoo": (
        {"netG": tensors("scaleLayers.0.0.module.weight", "toRGBLayers.0.module.weight")},
        "progressive GAN",
    ),
    "biggan": (tensors("shared.weight", "linear.weight_orig", "blocks.0.0.conv1.weight_orig"), "BigGAN"),
    "genforce": (
        {"models": {"generator_smooth": tensors("synthesis.layer0.weight", "synthesis.output0.weight")}},
        "GenForce",
    ),
    "mmagic": ({"state_dict": tensors("generator_ema.constant_input.weight")}, "MMagic"),
    "lucidrains": ({"GAN": tensors("G.blocks.0.to_style1.weight", "D.to_logit.weight")}, "lucidrains"),
    "adriansahlman": (
        {"state_dict": tensors("G_mapping.main.0.weight", "G_synthesis.conv_blocks.0.weight")},
        "adriansahlman",
    ),
    "stable-diffusion": (
        {
            "state_dict": tensors(
                "model.diffusion_model.time_embed.0.weight", "first_stage_model.quant_conv.weight"
            )
        },
        "a diffusion model",
    ),
    "diffusers": (
        tensors("down_blocks.0.resnets.0.conv1.weight", "time_embedding.linear_1.weight"),
        "diffusion",
    ),
    "guided-diffusion": (tensors("time_embed.0.weight", "input_blocks.0.0.weight"), "a diffusion model"),
    "flux": (tensors("double_blocks.0.img_attn.qkv.weight"), "a diffusion model"),
    "edm": (
        {"ema": module("EDMPrecond", "model.map_layer0.weight", "model.enc.32x32_conv.weight")},
        "diffusion",
    ),
    "lora": (tensors("lora_unet_down_blocks_0_attentions_0_to_q.lora_down.weight"), "a LoRA"),
    "lora-peft": (tensors("base_model.model.to_q.lora_A.weight"), "a LoRA"),
    "controlnet": (tensors("control_model.input_blocks.0.0.weight"), "ControlNet"),
    "textual-inversion": ({"string_to_param": {"*": T}, "name": "x"}, "textual inversion"),
    "vae": (tensors("encoder.conv_in.weight", "post_quant_conv.weight"), "a VAE"),
    "vae-plain": (tensors("encoder.0.weight", "fc_mu.weight", "decoder.0.weight"), "a VAE"),
    "vqgan": ({"state_dict": tensors("quantize.embedding.weight", "quant_conv.weight")}, "VQGAN"),
    "encoder": (
        {"state_dict": tensors("encoder.input_layer.0.weight", "encoder.styles.0.convs.0.weight")},
        "pSp or e4e",
    ),
    "arcface": (
        tensors("input_layer.0.weight", "body.0.shortcut_layer.0.weight", "output_layer.0.weight"),
        "face recognition",
    ),
    "codeformer": ({"params_ema": tensors("fuse_convs_dict.32.scale.0.weight")}, "CodeFormer"),
    "gfpgan": ({"params_ema": tensors("stylegan_decoder.style_mlp.1.weight")}, "GFPGAN"),
    "esrgan": ({"params": tensors("conv_first.weight", "body.0.rdb1.conv1.weight")}, "upscaler"),
    "resnet": (
        tensors("conv1.weight", "layer1.0.conv1.weight", "layer4.0.conv1.weight", "fc.weight"),
        "ResNet",
    ),
    "vgg": (tensors("features.0.weight", "classifier.6.weight"), "classifier"),
    "vit": (tensors("cls_token", "patch_embed.proj.weight", "head.weight"), "ViT"),
    "clip": (tensors("visual.conv1.weight", "token_embedding.weight", "text_projection"), "CLIP"),
    "text-encoder": (
        {"state_dict": tensors("text_model.encoder.layers.0.self_attn.q_proj.weight")},
        "text encoder",
    ),
    "language": (tensors("model.layers.0.self_attn.q_proj.weight", "lm_head.weight"), "language model"),
    "discriminator": (
        tensors("convs.0.0.weight", "final_conv.0.weight", "final_linear.0.weight"),
        "discriminator",
    ),
    "discriminator-nvlabs": (module("Discriminator", "b4.out.weight", "b8.fromrgb.weight"), "discriminator"),
    "optimiser": ({"state": {0: {"exp_avg": T}}, "param_groups": [{"lr": 0.1}]}, "optimiser"),
}


@pytest.mark.parametrize("kind", FILES)
def test_a_well_known_model_is_named(kind: str) -> None:
    content, words = FILES[kind]
    contents = Contents("x.pt", content)
    model = match(contents)
    assert model is not None
    assert words in model.what
    assert model.what.startswith(("is ", "has "))
    assert model.advice
    assert str(unsupported_error(contents)) == f"x.pt {model.what}; {model.advice}."


@pytest.mark.parametrize(
    "content", [{}, [], None, 3, "text", {"a": T}, {1: {2: T}}, tensors("weight", "bias")]
)
def test_an_unknown_file_is_not_named(content: Any) -> None:
    assert match(Contents("x.pt", content)) is None


@pytest.mark.parametrize("name", ["nvlabs_stylegan2_ada.pkl", "tensorflow_stylegan2.pkl"])
def test_a_file_with_a_generator_does_not_hold_a_discriminator_alone(name: str) -> None:
    assert match(read_contents(GOLDEN / name)) is None


def test_matching_a_strange_file_is_quick() -> None:
    endless: dict[str, Any] = {}
    endless["x"] = endless
    long = {f"{i:06}" + "1" * 100_000: {"." * 300: T, i: T} for i in range(300)}
    many = {f"a.{i}." + "1." * 60: T for i in range(20_000)}
    begun = time.process_time()
    for content in (endless, long, many, {10**5000: T}, {"a\nparam_groups": T, "b\nstate": T}):
        assert match(Contents("x.pt", content)) is None
    assert time.process_time() - begun < 5
