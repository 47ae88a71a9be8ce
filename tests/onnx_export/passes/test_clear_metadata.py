"""No note of the exporter is left in the file, and nothing else is lost."""

import onnx_ir as ir
from handmade_graphs import nodes, outputs, parsed, require_equal, run, state_of

from xverify.onnx_export.passes.clear_metadata import clear_metadata

SECRET = "/srv/of/someone/model.py"
TEXT = "net (float[2,3] x) => (float[2,3] y) <float[3] w = {1.0, 2.0, 3.0}> { a = Add(x, w) y = Relu(a) }"


def test_no_metadata_doc_string_or_path_is_left() -> None:
    model = parsed(TEXT)
    before = run(model)
    model.doc_string = model.graph.doc_string = model.graph.name = SECRET
    model.metadata_props["trace"] = model.graph.metadata_props["trace"] = SECRET
    values = [*model.graph.inputs, *model.graph.initializers.values()]
    for node in model.graph:
        node.doc_string = node.metadata_props["pkg.torch.onnx.stack_trace"] = SECRET
        values += node.outputs
    for value in values:
        value.doc_string = value.metadata_props["origin"] = SECRET
    assert ir.to_proto(model).SerializeToString().count(SECRET.encode()) > 10
    clear_metadata(state_of(model))
    data = ir.to_proto(model).SerializeToString()
    assert SECRET.encode() not in data
    assert b"trace" not in data
    require_equal(run(model), before)


def test_a_model_without_notes_keeps_its_nodes_and_names() -> None:
    model = parsed(TEXT)
    clear_metadata(state_of(model))
    assert (nodes(model), outputs(model)) == (nodes(parsed(TEXT)), ["y"])
    assert model.graph.name == "network"
