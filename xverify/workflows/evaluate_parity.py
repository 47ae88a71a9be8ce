"""`xverify evaluate-parity`: PyTorch and another implementation of a bundle's network on a whole data set, sample by sample.

Samples are read, prepared, run and judged a part at a time: memory does not depend on how many there are, but for their names.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from xverify.bundle.bundle import Bundle, load_bundle
from xverify.bundle.manifest import Preprocessing
from xverify.datasets.batches import in_batches
from xverify.datasets.open_data import open_data
from xverify.datasets.preprocessor import Preprocessor
from xverify.datasets.source import Source
from xverify.datasets.stream import Part, chosen_samples, part_size, parts
from xverify.errors import XverifyError
from xverify.parity.allowance import allowance_of
from xverify.parity.judge import InputJudge, Judge
from xverify.parity.results import SCHEMA_VERSION, Parity, Samples
from xverify.runtimes.answers import Answer, Answering
from xverify.workflows.classifier import Classifier, as_classifier, class_names, require_fit
from xverify.workflows.preprocessing import NOTHING_SAID, PreprocessingOptions, parse_preprocessing

if TYPE_CHECKING:
    from xverify.workflows.rebuilt_network import RebuiltNetwork

ONNXRUNTIME = "onnxruntime"
ENGINES = ("octave", "matlab")
_NAMED = 5
Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class ParityRequest:
    """What to compare, on which data.

    Attributes:
        bundle: The bundle's folder.
        data: CIFAR-10 as torchvision keeps it, a folder of images, or a .npz file.
        against: 'onnxruntime', 'octave', 'matlab', or a logits file or a folder of them.
        limit: Samples to compare, spread evenly over the data set; None for all.
        model: The network in PyTorch, as `export` takes it; '' for the manifest's.
        weights: Its weights file; None for the manifest's.
        trust: Whether a .pt2 file may be read.
        preprocessing: Where the bundle has none.
        threads: Threads of both sides; 0 leaves the choice to them.
        timeout: Seconds for one start of Octave or MATLAB; None for the default.
    """

    bundle: Path
    data: Path
    against: str = ONNXRUNTIME
    limit: int | None = None
    model: str = ""
    weights: Path | None = None
    trust: bool = False
    preprocessing: PreprocessingOptions = NOTHING_SAID
    threads: int = 0
    timeout: float | None = None


@dataclass(frozen=True)
class Case:
    """A data set that is ready to be judged.

    Attributes:
        bundle: The bundle.
        network: It as a classifier.
        source: The data set.
        classes: A name for each output.
        preprocessing: From images to the network's input.
        preprocessor: The same, ready to be applied.
        chosen: Places of the samples that are compared.
    """

    bundle: Bundle
    network: Classifier
    source: Source
    classes: Sequence[str]
    preprocessing: Preprocessing
    preprocessor: Preprocessor
    chosen: Sequence[int]


def evaluate_parity(request: ParityRequest, progress: Progress = lambda _, __: None) -> Parity:
    """Compares the decisions and the logits of both sides on every sample.

    Args:
        request: What to compare.
        progress: Called with the samples done and their total.

    Raises:
        XverifyError: The bundle, the data or the other side cannot be used, or PyTorch's network is not the bundle's.
    """
    from xverify.workflows.rebuilt_network import Origin, rebuild, torch_threads

    case = open_case(request)
    allowance = allowance_of(case.bundle, case.network.output)
    with torch_threads(request.threads):
        network = rebuild(case.bundle, case.network.output, Origin(request.model, request.weights, request.trust))
        other = _other_side(request, case)
        judge = Judge(allowance, case.classes)
        inputs = InputJudge([1 / (case.preprocessing.scale * deviation) for deviation in case.preprocessing.std])
        batch = None if network.any_batch else network.batch
        for answer in other.answers(samples_of(case, network)):
            expected = in_batches(network.run, answer.part.tensor, batch)
            _require_shape(answer, case)
            judge.add(answer.part.names, answer.part.labels, expected, answer.logits)
            for place, tensor in answer.inputs.items():
                inputs.add(answer.part.names[place], answer.part.tensor[place], tensor)
            progress(judge.compared, len(case.chosen))
    return _result(request, case, judge, inputs, network.name, other)


def samples_of(case: Case, network: "RebuiltNetwork") -> Iterator[Part]:
    """The chosen samples, as many at a time as suits PyTorch's network."""
    size = part_size(case.network.shape, 1 if network.any_batch else network.batch)
    return parts(case.source, case.chosen, case.preprocessor, size)


def write_samples(request: ParityRequest, path: Path) -> int:
    """Writes the samples' pixels to a .mat file, for xverify.evaluate on a machine without Python.

    Args:
        request: Of it the bundle, the data and the limit count.
        path: The file.

    Returns:
        How many samples it holds.

    Raises:
        XverifyError: As `evaluate_parity`; or the images differ in size, or are too large for one file.
    """
    from xverify.bundle.matfile import MAX_VARIABLE_BYTES
    from xverify.datasets.pixels_file import same_size, write_pixels

    case = open_case(request)
    images, size = [], 0
    for image in case.source.images(case.chosen):
        images.append(case.preprocessor.in_mode(image))
        size += images[-1].nbytes
        if not same_size([images[0], images[-1]]) or size > MAX_VARIABLE_BYTES:
            raise XverifyError(
                f"The samples of {request.data} do not fit into one array: their sizes differ, or they have more than 1.5 GB.",
                "Copy the image files themselves to the other machine, or take fewer: --limit N.",
            )
    names = [case.source.names[index] for index in case.chosen]
    _whole(path, lambda target: write_pixels(target, images, names, [int(case.source.labels[i]) for i in case.chosen]))
    return len(images)


def _whole(path: Path, write: Callable[[Path], None]) -> None:
    """Has a file written beside its place and moves it there."""
    import uuid

    target = path.resolve()
    partial = target.with_name(f".xverify-{uuid.uuid4().hex}.partial")
    try:
        write(partial)
        partial.replace(target)
    except OSError as error:
        raise XverifyError(f"{path} cannot be written: {error.strerror}.", "Write elsewhere.") from error
    finally:
        partial.unlink(missing_ok=True)


def open_case(request: ParityRequest) -> Case:
    """Opens the bundle and the data set.

    Raises:
        XverifyError: One of them cannot be used, or they do not belong together.
    """
    if request.limit is not None and request.limit < 1:
        raise XverifyError(f"--limit {request.limit} leaves nothing to compare.", "Give a number from 1.")
    bundle = load_bundle(request.bundle)
    network = as_classifier(bundle)
    preprocessing = _preprocessing(request, bundle)
    require_fit(preprocessing, bundle.manifest.inputs[0].shape)
    source = open_data(request.data, bundle.manifest.model.classes, network.outputs)
    return Case(
        bundle,
        network,
        source,
        class_names(bundle, source.classes, network.outputs),
        preprocessing,
        Preprocessor(preprocessing, network.shape[1:]),
        chosen_samples(len(source.names), request.limit),
    )


def _preprocessing(request: ParityRequest, bundle: Bundle) -> Preprocessing:
    own = bundle.manifest.preprocessing
    if own is None and request.preprocessing.given:
        if request.against != ONNXRUNTIME:
            raise XverifyError(
                f"{bundle.path} holds no preprocessing, and the MATLAB side reads it from there.",
                "Export the network again with --normalize (and --resize, --crop).",
            )
        return parse_preprocessing(request.preprocessing, None)
    if own is None:
        raise XverifyError(
            f"{bundle.path} does not say how images become the network's input.",
            "Export it again with --normalize MEAN/STD (and --resize, --crop), as in training; or give these options here.",
        )
    if request.preprocessing.given:
        raise XverifyError(
            f"{bundle.path} has a preprocessing of its own.",
            "Leave --normalize, --resize and --crop out, or export it again.",
        )
    return own


def _other_side(request: ParityRequest, case: Case) -> Answering:
    if request.against == ONNXRUNTIME:
        from xverify.runtimes.onnx_answers import OnnxAnswers

        return OnnxAnswers(case.bundle, request.threads)
    if request.against in ENGINES:
        from xverify.runtimes.engine_answers import EngineAnswers
        from xverify.runtimes.engines import ENGINES as PROGRAMS
        from xverify.runtimes.matlab_language import TIMEOUT

        timeout = TIMEOUT if request.timeout is None else request.timeout
        program = PROGRAMS[request.against]
        return EngineAnswers(program, case.bundle, case.network.shape, threads=request.threads, timeout=timeout)
    return _files(Path(request.against), case)


def _files(path: Path, case: Case) -> Answering:
    from xverify.datasets.logits_file import LogitsFiles, first_total
    from xverify.runtimes.file_answers import FileAnswers

    if not path.exists():
        raise XverifyError(
            f"'{path}' is neither a runtime nor a logits file.",
            f"Known runtimes: {', '.join((ONNXRUNTIME, *ENGINES))}; xverify.evaluate writes logits files.",
        )
    names, places = case.source.names, None
    if len(case.chosen) != len(names) and first_total(path, case.network.shape) == len(case.chosen):
        names = [names[index] for index in case.chosen]
        places = {index: place for place, index in enumerate(case.chosen)}
    files = LogitsFiles(path, case.bundle.manifest.bundle_id, names, case.network.outputs, case.network.shape)
    return FileAnswers(files, places)


def _require_shape(answer: Answer, case: Case) -> None:
    wanted = (len(answer.part), case.network.outputs)
    if answer.logits.shape != wanted:
        raise XverifyError(
            f"The other side gives outputs of shape {list(answer.logits.shape)}, not {list(wanted)}.",
            "The bundle was changed after its export: export it again.",
        )


def _result(
    request: ParityRequest, case: Case, judge: Judge, inputs: InputJudge, reference: str, other: Answering
) -> Parity:
    return Parity(
        schema_version=SCHEMA_VERSION,
        passed=judge.passed and judge.compared == len(case.chosen),
        network=case.bundle.manifest.model.name,
        bundle_id=case.bundle.manifest.bundle_id,
        reference=reference,
        against=other.name,
        data=str(request.data),
        data_kind=case.source.kind,
        preprocessing=case.preprocessing,
        samples=Samples(
            total=len(case.source.names), chosen=len(case.chosen), compared=judge.compared, labelled=judge.labelled
        ),
        agreement=judge.agreement(),
        accuracy=judge.accuracies(),
        logits=judge.logits(),
        inputs=inputs.result(),
        classes=judge.classes(),
        exchanges=judge.exchanges(),
        differences=tuple(judge.differences),
        notes=(*other.notes, *_empty_classes(case, judge)),
    )


def _empty_classes(case: Case, judge: Judge) -> Iterator[str]:
    """Says which classes no compared sample has: a folder that lies elsewhere would pass unseen."""
    found = {item.name for item in judge.classes()}
    empty = [name for name in case.classes if name not in found]
    if found and empty:
        named = f"{', '.join(empty[:_NAMED])}{', ...' if len(empty) > _NAMED else ''}"
        yield f"no sample of {len(empty)} of the {len(case.classes)} classes was compared: {named}"
