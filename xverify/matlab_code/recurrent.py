"""LSTM and GRU. PyTorch's axes are (batch, time, channel), or (time, batch, channel) without batch_first; MATLAB's CBT."""

from collections.abc import Sequence

from xverify.matlab_code.literals import number, text
from xverify.matlab_code.step import CodeLayer, Step, UnsupportedStepError, Written, zeros
from xverify.matlab_code.value import Operand
from xverify.matlab_code.window_settings import Option

GATES = {"lstmLayer": 4, "bilstmLayer": 8, "gruLayer": 6}
"""Rows of Bias for each hidden unit."""


def recurrent(step: Step) -> Written:
    """One layer, or several one after the other.

    Where PyTorch's network reads the last hidden state alone, 'OutputMode' is 'last'. Where it takes the last time step of the
    sequence, a functionLayer does too: 'last' would be one layer less, but then there were no sequence to compare. Of a bilstmLayer
    'last' would also be something else: the backward direction's last step is the sequence's first.
    """
    labels = "BTC" if step.scalar("batch_first", 0) else "TBC"
    step.require_labels(labels)
    suffixes = _suffixes(step)
    outputs = _outputs(step, several=len(suffixes) > 1)
    names = [step.fresh(f"{step.name}_layer{place + 1}") for place in range(len(suffixes) - 1)]
    sequence, hidden = outputs.get("sequence"), outputs.get("hidden")
    if sequence is None:
        layers = _stacked(step, suffixes, [*names, step.name], "last")
        return Written(tuple(layers), {step.output: Operand(step.name, "1BC", step.shape)})
    layers = _stacked(step, suffixes, [*names, sequence], "sequence")
    values = {sequence: Operand(sequence, labels, step.shapes[sequence])}
    if hidden is not None:
        layers.append(time_step(hidden, sequence))
        values[hidden] = Operand(hidden, "1BC", step.shapes[hidden])
    return Written(tuple(layers), values)


def time_step(name: str, source: str, position: int = 0) -> CodeLayer:
    """One time step of a sequence, as features: `position` from 1, or 0 for the last."""
    index = str(position) if position else "size(X, 3)"
    function = f"@(X) dlarray(stripdims(X(:, :, {index})), 'CB')"
    arguments = (function, f"'Name', {text(name)}", "'Formattable', true")
    comment = f"time step {position} of {source}" if position else f"the last time step of {source}"
    comment += ": format CBT to CB"
    return CodeLayer(name, "functionLayer", arguments, (source,), comment=comment, whole_time=position > 0)


def _suffixes(step: Step) -> list[str]:
    """The endings of the parameters' names, one a layer: [''] for one layer, ['_l0', '_l1'] for two."""
    names = [name.removeprefix("InputWeights") for name in step.operation.parameters if name.startswith("InputWeights")]
    if any(name.endswith("_reverse") for name in names):
        raise UnsupportedStepError("MATLAB has no bidirectional GRU")
    return names


def _outputs(step: Step, *, several: bool) -> dict[str, str]:
    """'sequence' and 'hidden' -> the name of that output."""
    positions = step.numbers("elements") or [0.0, 1.0, 2.0]
    found = dict(zip([int(position) for position in positions], step.operation.outputs, strict=False))
    if 2 in found:
        raise UnsupportedStepError("it returns the cell state")
    if 1 in found and (several or step.operation.op == "bilstmLayer"):
        raise UnsupportedStepError("it returns the hidden states of several layers or directions")
    return {("sequence", "hidden")[position]: output for position, output in found.items()}


def _stacked(step: Step, suffixes: Sequence[str], names: Sequence[str], mode: str) -> list[CodeLayer]:
    """One layer a suffix; only the last one's output may be its last time step alone."""
    layers = []
    source = step.data.layer
    for suffix, name in zip(suffixes, names, strict=True):
        hidden = step.array(f"RecurrentWeights{suffix}").shape[1]
        options: list[Option] = [("OutputMode", text(mode if name == names[-1] else "sequence"))]
        if step.operation.op == "gruLayer":
            options.append(("ResetGateMode", "'recurrent-bias-after-multiplication'"))
        options += [(kind, step.code(f"{kind}{suffix}")) for kind in ("InputWeights", "RecurrentWeights")]
        if step.has(f"Bias{suffix}"):
            options.append(("Bias", step.code(f"Bias{suffix}")))
        else:
            options += [("Bias", zeros(GATES[step.operation.op] * hidden, 1)), ("BiasLearnRateFactor", "0")]
        arguments = (number(hidden), f"'Name', {text(name)}", *(f"'{option}', {value}" for option, value in options))
        layers.append(CodeLayer(name, step.operation.op, arguments, (source,)))
        source = name
    return layers
