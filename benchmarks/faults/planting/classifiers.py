"""torchvision's classification models and timm's small ones that must raise no false alarm: which, and on what images.

One or two sizes of every family, chosen so that one network of one seed, exported twice and run by all, costs some twenty
seconds of a core. Weights and BatchNorm statistics are random, by xverify's own seeding. Images are small and higher than
wide, two at a time; where positional embeddings or windows fix the size, one image of that size.
"""

import importlib.util
from collections.abc import Mapping

Shape = tuple[int, ...]

_IMAGES: Shape = (2, 3, 96, 64)


def _one(size: int) -> Shape:
    return (1, 3, size, size)


# fmt: off
TORCHVISION: Mapping[str, Shape] = {
    **dict.fromkeys(
        (
            "alexnet", "convnext_small", "densenet169", "efficientnet_b1", "efficientnet_v2_s", "googlenet", "mnasnet0_5", "mnasnet1_0",
            "mobilenet_v2", "mobilenet_v3_large", "regnet_x_400mf", "regnet_x_800mf", "regnet_y_400mf", "regnet_y_800mf", "resnet34",
            "resnet50", "resnext50_32x4d", "shufflenet_v2_x1_0", "shufflenet_v2_x1_5", "squeezenet1_0", "swin_v2_t", "vgg11", "vgg11_bn",
            "wide_resnet50_2",
        ),
        _IMAGES,
    ),
    "inception_v3": (2, 3, 96, 80),  # the smallest that its strides leave something of
    "maxvit_t": _one(224),
    "vit_b_32": _one(224),
}
"""Beside those of tests/networks: resnet18, mobilenet_v3_small, densenet121, squeezenet1_1, shufflenet_v2_x0_5, efficientnet_b0,
convnext_tiny, vit_b_16 and swin_t. The larger sizes have the same operations more often; vit_l and vit_h have 304 and 633 million
parameters."""

TIMM: Mapping[str, Shape] = {
    **dict.fromkeys(
        (
            "convnextv2_atto", "crossvit_tiny_240", "dla46_c", "edgenext_xx_small", "efficientvit_b0", "efficientvit_m0", "fastvit_t8",
            "fbnetc_100", "ghostnet_050", "hgnetv2_b0", "inception_next_atto", "lambda_resnet26t", "lcnet_050", "mambaout_femto",
            "mixnet_s", "mobilenetv4_conv_small", "mobileone_s0", "mobilevit_xxs", "mobilevitv2_050", "nf_regnet_b0", "poolformer_s12",
            "pvt_v2_b0", "regnetz_005", "repghostnet_050", "repvgg_a0", "resnet10t", "rexnet_100", "semnasnet_075", "shvit_s1",
            "skresnet18", "starnet_s1", "swiftformer_xs", "tiny_vit_5m_224", "tinynet_e", "xcit_nano_12_p16_224",
        ),
        _IMAGES,
    ),
    "coat_lite_tiny": _one(224),
    "convit_tiny": _one(224),
    "deit_tiny_patch16_224": _one(224),
    "eca_halonext26ts": _one(256),
    "efficientformerv2_s0": _one(224),
    "gmlp_ti16_224": _one(224),
    "levit_128s": _one(224),
    "mixer_s32_224": _one(224),
    "pit_ti_224": _one(224),
    "resmlp_12_224": _one(224),
    "visformer_tiny": _one(224),
}
# fmt: on


def has_timm() -> bool:
    """Whether timm, an optional package, is installed."""
    return importlib.util.find_spec("timm") is not None
