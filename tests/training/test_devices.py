"""What is set for the whole process before a run begins."""

import ctypes

import pytest

from xverify.training import devices


class _Library:
    def __init__(self) -> None:
        self.options: dict[int, int] = {}

    def mallopt(self, option: int, value: int) -> int:
        self.options[option] = value
        return 1


def test_glibc_is_told_to_keep_freed_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    library = _Library()
    monkeypatch.setattr(ctypes, "CDLL", lambda name: library)

    devices.keep_freed_memory()

    # M_MMAP_MAX, M_TRIM_THRESHOLD and M_ARENA_MAX of malloc.h
    assert library.options == {-4: 0, -1: 2**31 - 1, -8: 1}


def test_a_library_without_mallopt_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ctypes, "CDLL", lambda name: object())

    devices.keep_freed_memory()
