"""A manifest made by hand."""

from typing import Any

from xverify.bundle.manifest import (
    Environment,
    Error,
    Initializer,
    Input,
    Layer,
    Manifest,
    MatlabParameter,
    Model,
    Noise,
    NoiseFloor,
    Output,
    Parameter,
    StoredArray,
    Tolerance,
)

SHA = "0" * 64


def stored(name: str, shape: tuple[int, ...], dims: str) -> StoredArray:
    return StoredArray(
        file="reference.mat",
        variable=name,
        offset=128,
        shape=shape,
        dtype="float32",
        permutation=tuple(range(len(shape))),
        dims=dims,
        matlab_dims="",
    )


def layer(identifier: str, path: str, operation: str, shape: tuple[int, ...], **changes: Any) -> Layer:
    dims = changes.setdefault("dims", "NCHW" if len(shape) == 4 else "NC")
    fields: dict[str, Any] = {
        "id": identifier,
        "module_path": path,
        "module_type": "torch.nn.Module",
        "fx_node": identifier,
        "source_line": "",
        "operation": operation,
        "onnx_tensor": identifier,
        "alias_of": "",
        "matlab_layer": "",
        "matlab_note": "",
        "shape": shape,
        "dtype": "float32",
        "inputs": ("x",),
        "parameters": (),
        "array": stored(identifier, shape, dims),
        "magnitude": 3.5,
        "rms": 0.9,
        "all_zero": False,
        "noise_floor": NoiseFloor(accumulated=Error(1e-7, 1e-8), local=Error(1e-7, 1e-8)),
        "tolerance": Tolerance(local=6e-7, accumulated=1e-6, reason="calibrated"),
    }
    return Layer(**fields | changes)


def manifest(**changes: Any) -> Manifest:
    norm = "features.denseblock3.denselayer12.norm1"
    fields: dict[str, Any] = {
        "format_version": 1,
        "bundle_id": "0b0e7a52-3ab7-4c2e-b0ad-1d6c9a4e52c1",
        "model": Model("densenet121", "torchvision:densenet121", "seeded, randomised", opset=17, ir_version=8),
        "inputs": (Input("x", "x", "x", "float32", (2, 3, 224, 192), "NCHW", stored("x", (2, 3, 224, 192), "NCHW")),),
        "outputs": (Output("logits", "classifier"),),
        "layers": (
            layer(
                "features_conv0",
                "features.conv0",
                "convolution",
                (2, 64, 112, 96),
                parameters=("features.conv0.weight", "features.conv0.bias"),
                matlab_layer="convolution2dLayer",
            ),
            layer(
                "dens_dens_12_norm1",
                norm,
                "batch_norm",
                (2, 608, 14, 12),
                parameters=tuple(f"{norm}.{name}" for name in ("weight", "bias", "running_mean", "running_var")),
                matlab_layer="batchNormalizationLayer",
            ),
            layer(
                "dens_dens_12_drop",
                "features.denseblock3.denselayer12.drop",
                "dropout",
                (2, 608, 14, 12),
                alias_of="dens_dens_12_norm1",
                onnx_tensor="",
                matlab_note="removed: dropout does nothing in inference",
            ),
            layer("add_7", "", "add", (2, 608, 14, 12), parameters=("scale",), matlab_layer="additionLayer"),
            layer(
                "enco_enco_11_self_at",
                "encoder.layers.encoder_layer_11.self_attention",
                "scaled_dot_product_attention",
                (2, 12, 197, 64),
                dims="",
                matlab_note="no layer of Deep Learning Toolbox takes queries, keys and values as they are",
            ),
            layer("classifier", "classifier", "linear", (2, 10), matlab_layer="fullyConnectedLayer"),
        ),
        "parameters": (
            Parameter("scale", (608,), "float32", SHA, ("scale",), (MatlabParameter("scale", "Scale", "C"),)),
        ),
        "initializers": (Initializer("scale", (608,), "float32", SHA, ("scale",), "identical"),),
        "noise": Noise(k_local=6, k_accumulated=10, noise_runs=4, float64=True),
        "environment": Environment(
            xverify="0.1.0",
            python="3.11.9",
            torch="2.9.1",
            onnx="1.19.0",
            onnxruntime="1.23.0",
            numpy="2.3.4",
            platform="Linux-6.1-x86_64",
            cpu="Intel Xeon Platinum 8375C",
            cpu_capability="AVX512",
            torch_threads=4,
            seed=0,
            date="2026-01-31T12:00:00Z",
            command="xverify export torchvision:densenet121 -o densenet121",
        ),
        "files": {"reference.mat": SHA, "model.onnx": SHA, "weights.mat": SHA},
        "warnings": ("features.relu5 is all zero",),
    }
    return Manifest(**fields | changes)
