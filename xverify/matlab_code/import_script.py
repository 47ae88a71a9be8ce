"""`import_NAME.m`: imports model.onnx and opens it in Deep Network Designer."""

from xverify.bundle.manifest import Manifest
from xverify.matlab_code.build_script import NOT_RUN
from xverify.matlab_code.names import script_name, title
from xverify.matlab_code.path_code import add_path


def import_script(manifest: Manifest) -> str:
    """The text of import_NAME.m, in ASCII."""
    name = f"import_{script_name(manifest.model)}"
    lines = [
        f"function net = {name}(varargin)",
        f"%{name.upper()} Imports the network '{title(manifest.model)}' from model.onnx and opens it in Deep Network Designer.",
        f"%   {name.upper()}() opens the app. NET = {name.upper()}() only imports. Options are those of xverify.dlt.import:",
        f"%   {name.upper()}('WithSoftmax', true) puts a softmaxLayer at the end.",
        "%",
        "%   Needs Deep Learning Toolbox and its Converter for ONNX Model Format (Home > Add-Ons).",
        f"%   {NOT_RUN}",
        "",
        *add_path("xverify.dlt.import"),
        "net = xverify.dlt.import(here, varargin{:});",
        "if nargout == 0",
        "  xverify.dlt.open(net);",
        "  clear net",
        "end",
        "end",
    ]
    return "\n".join(lines) + "\n"
