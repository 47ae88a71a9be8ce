"""All files of a bundle that are generated text: what workflows/contents.py writes beside the data."""

from collections.abc import Sequence

from xverify.bundle.manifest import Manifest
from xverify.bundle.weights import Operation, StoredParameter
from xverify.matlab_code.build_script import build_script
from xverify.matlab_code.import_script import import_script
from xverify.matlab_code.names import script_name
from xverify.matlab_code.readme import readme
from xverify.matlab_code.verify_script import verify_script


def generated_files(
    manifest: Manifest, graph: Sequence[Operation], parameters: Sequence[StoredParameter]
) -> dict[str, str]:
    """File name -> text; ASCII for MATLAB code. The same arguments give the same text.

    Args:
        manifest: Of the bundle; its `files` may still be empty.
        graph: The steps of weights.mat.
        parameters: Its parameters.
    """
    name = script_name(manifest.model)
    return {
        f"build_{name}.m": build_script(manifest, graph, parameters),
        f"import_{name}.m": import_script(manifest),
        f"verify_{name}.m": verify_script(manifest),
        "README.md": readme(manifest, graph, parameters),
    }
