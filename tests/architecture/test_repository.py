"""Nothing in the repository belongs to one machine: no path of its disk, no host that only it reaches."""

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

MACHINE_PATH = re.compile(rb"(?<![\w.])/(?:work|root|home|Users|tmp)/[\w.]")
REGISTRY = re.compile(rb"pypi\.org|pythonhosted\.org|registry\.npmjs|deb\.debian\.org")


def repository_files() -> list[Path]:
    """Every file that git has, or would add."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    try:
        listing = subprocess.run(command, cwd=ROOT, capture_output=True, check=True, text=True).stdout
    except (OSError, subprocess.CalledProcessError) as error:
        pytest.skip(f"this is no git repository, or git is not installed: {error}")
    files = [ROOT / name for name in listing.split("\0") if name]
    return [file for file in files if file.is_file()]


def test_no_file_names_a_path_of_a_machine() -> None:
    tests = ROOT / "tests"  # they make up paths to see what xverify says about them
    files = [file for file in repository_files() if tests not in file.parents]
    assert files
    assert [str(file.relative_to(ROOT)) for file in files if MACHINE_PATH.search(file.read_bytes())] == []


def test_no_file_names_a_package_registry() -> None:
    files = repository_files()
    assert files
    assert [str(file.relative_to(ROOT)) for file in files if REGISTRY.search(file.read_bytes())] == []


def test_the_lock_gives_every_package_one_version_and_no_address() -> None:
    lines = (ROOT / "requirements.lock").read_text(encoding="utf-8").splitlines()
    requirements = [line.split("#")[0].strip() for line in lines]
    pinned = [line for line in requirements if line]
    assert pinned
    assert [line for line in pinned if not re.fullmatch(r"[a-z0-9-]+==[0-9a-z.]+( ; .+)?", line)] == []
    names = [line.partition("==")[0] for line in pinned]
    assert sorted(set(names)) == names


@pytest.mark.parametrize("text", [b"see /home/ann/x", b"(/tmp/run1)", b"'/root/.cache'"])
def test_a_machine_path_is_seen(text: bytes) -> None:
    assert MACHINE_PATH.search(text)


@pytest.mark.parametrize("text", [b"docs/work/in", b"/proc/cpuinfo", b"../tmp/x", b"https://example.net/home/ann"])
def test_other_paths_are_not(text: bytes) -> None:
    assert not MACHINE_PATH.search(text)
