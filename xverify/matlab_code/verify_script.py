"""`verify_NAME.m`: runs the bundle in plain MATLAB code and compares every layer with PyTorch."""

from xverify.bundle.manifest import Manifest
from xverify.matlab_code.names import script_name, title
from xverify.matlab_code.path_code import add_path


def verify_script(manifest: Manifest) -> str:
    """The text of verify_NAME.m, in ASCII."""
    name = f"verify_{script_name(manifest.model)}"
    lines = [
        f"function result = {name}(varargin)",
        f"%{name.upper()} Compares every layer of the network '{title(manifest.model)}' with PyTorch.",
        f"%   {name.upper()}() runs the weights in plain MATLAB code, without any toolbox, and prints a row for each layer.",
        f"%   RESULT = {name.upper()}(...) also returns what it found. Options are those of xverify.verify.",
        "%",
        "%   xverify.dlt.verify(folder) does the same with a network of Deep Learning Toolbox.",
        "%   Tried in GNU Octave 7.3. Not yet run in MATLAB.",
        "",
        *add_path("xverify.verify"),
        "result = xverify.verify(here, varargin{:});",
        "if nargout == 0",
        "  clear result",
        "end",
        "end",
    ]
    return "\n".join(lines) + "\n"
