"""All kinds of fault, by name."""

from collections.abc import Mapping

from planting.kinds.activations import ACTIVATION_KINDS
from planting.kinds.kind import Kind
from planting.kinds.normalization import NORMALIZATION_KINDS
from planting.kinds.orders import ORDER_KINDS
from planting.kinds.parameters import PARAMETER_KINDS
from planting.kinds.preprocessing import PREPROCESSING_KINDS
from planting.kinds.recurrent import RECURRENT_KINDS
from planting.kinds.values import VALUE_KINDS
from planting.kinds.windows import WINDOW_KINDS

KINDS: Mapping[str, Kind] = {
    kind.name: kind
    for kind in (
        *PARAMETER_KINDS,
        *NORMALIZATION_KINDS,
        *ACTIVATION_KINDS,
        *WINDOW_KINDS,
        *ORDER_KINDS,
        *RECURRENT_KINDS,
        *PREPROCESSING_KINDS,
        *VALUE_KINDS,
    )
}
