"""Faults put into a bundle's model.onnx"""

import shutil
from pathlib import Path

import onnx

from xverify.bundle.bundle import MANIFEST, MODEL


def copy_with_model(bundle: Path, folder: Path, model: onnx.ModelProto) -> Path:
    """A copy of a bundle with another model.onnx. Files that stay are hard links; the manifest is a copy, because `rehash` writes it."""
    folder.mkdir()
    for file in bundle.iterdir():
        if file.name == MANIFEST:
            shutil.copy(file, folder)
        elif file.name != MODEL:
            (folder / file.name).hardlink_to(file)
    (folder / MODEL).write_bytes(model.SerializeToString())
    return folder
