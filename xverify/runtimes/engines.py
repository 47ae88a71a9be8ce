"""The programs that run MATLAB code: how each is found and started."""

import os
import shutil
from collections.abc import Sequence
from dataclasses import dataclass

from xverify.errors import XverifyError


@dataclass(frozen=True)
class Engine:
    """A program that runs MATLAB code.

    Attributes:
        name: What messages call it.
        programs: Its names on PATH, the best first.
        variable: The environment variable that names another program.
        arguments: What stands before the code to run.
        install: What to do where it is absent.
    """

    name: str
    programs: tuple[str, ...]
    variable: str
    arguments: tuple[str, ...]
    install: str

    def command(self, code: str) -> Sequence[str]:
        """The command line that runs `code` without a window.

        Raises:
            XverifyError: The program is not there.
        """
        return [self._program(), *self.arguments, code]

    def _program(self) -> str:
        if chosen := os.environ.get(self.variable):
            if found := shutil.which(chosen):
                return found
            raise XverifyError(
                f"{self.variable} is '{chosen}', which is no program.",
                f"Mend it, or unset it: then {self.name} is looked for on PATH.",
            )
        for program in self.programs:
            if found := shutil.which(program):
                return found
        raise XverifyError(f"{self.name} is not installed: there is no '{self.programs[0]}' on PATH.", self.install)


# Without --no-history a spurious error line appears; octave-cli, unlike octave, says nothing about a missing display.
OCTAVE = Engine(
    "GNU Octave",
    ("octave-cli", "octave"),
    "XVERIFY_OCTAVE",
    ("-qf", "--no-history", "--eval"),
    "Install it (Debian: apt-get install octave libopenblas0-pthread), or name the program in XVERIFY_OCTAVE.",
)
MATLAB = Engine(
    "MATLAB",
    ("matlab",),
    "XVERIFY_MATLAB",
    ("-batch",),
    "Put MATLAB on PATH or name the program in XVERIFY_MATLAB; or run verify_NAME.m of the bundle on a machine that has it.",
)
ENGINES = {"octave": OCTAVE, "matlab": MATLAB}
