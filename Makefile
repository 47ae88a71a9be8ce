# Every target makes what it needs: `make demo` and `make test` each work alone in a fresh clone.
# Python packages go into .venv, in the versions that requirements.lock lists. Outside this folder nothing changes,
# except that root on Debian gets python3-venv and, for the tests, octave and chromium.

PYTHON ?= python3
BIN := .venv/bin

# torchvision is built for one release of torch: `make lock` keeps the two together.
TORCH := torch==2.14.1 torchvision==0.29.1

.DEFAULT_GOAL := help
.PHONY: help demo test lint bench lock clean octave chromium

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "make %-6s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

# GNU Octave, where it is there, runs the MATLAB weights beside onnxruntime. The page is named last, whatever the verdict.
demo: .venv/installed ## export the trained CIFAR-10 network and compare every layer with PyTorch
	$(BIN)/xverify export cifar10 --weights fixtures/cifar10_net/checkpoint.safetensors \
	  --classes fixtures/cifar10_net/classes.txt -o out/cifar10-net --force
	$(BIN)/xverify compare out/cifar10-net --all --html out/cifar10-net.html --against onnxruntime \
	  $$(command -v octave-cli >/dev/null && echo --against octave); \
	  code=$$?; echo; echo "The report, for a browser: $(CURDIR)/out/cifar10-net.html"; exit $$code

# One worker a core, but at most four: each loads PyTorch and takes up to 1 GB. One thread a worker, because workers
# that all use all cores wait for each other.
test: lint octave chromium ## everything that CI runs: lint, then all tests
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest -n auto --maxprocesses=4 --dist loadgroup -rs

lint: .venv/installed ## the linters alone: ruff, mypy, import rules
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo

bench: .venv/installed ## measure against the peers (some minutes)
	$(BIN)/python benchmarks/run.py

# Keeps the versions that requirements.lock has where they still fit; `rm requirements.lock` first for the newest.
lock: ## write requirements.lock after a change of the dependencies in pyproject.toml
	@echo "Resolving with uv, installed for this in build/uv."
	@$(PYTHON) -m venv build/uv
	@build/uv/bin/pip install -qq --disable-pip-version-check uv
	printf '%s\n' $(TORCH) | build/uv/bin/uv pip compile pyproject.toml --extra train --group dev --constraint - \
	  --universal --python-version 3.11 --fork-strategy fewest --annotation-style line \
	  --custom-compile-command 'make lock' --quiet --output-file requirements.lock

clean: ## remove everything that these targets made, .venv too
	rm -rf .venv build dist out *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache

PIP_INSTALL := $(BIN)/pip install -qq --disable-pip-version-check --no-input
DEBIAN_INSTALL := apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends
IS_DEBIAN_ROOT := [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null

.venv/installed: requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
	  echo "xverify needs Python 3.11 or newer, and '$(PYTHON)' is not one. Name another: make PYTHON=python3.12 ..." >&2; \
	  exit 1; }
	@$(PYTHON) -c 'import ensurepip' 2>/dev/null || { \
	  $(IS_DEBIAN_ROOT) && echo "Installing python3-venv." && { $(DEBIAN_INSTALL) python3-venv; } >/dev/null && \
	  $(PYTHON) -c 'import ensurepip' 2>/dev/null; } || { \
	  echo "$(PYTHON) cannot make virtual environments. On Debian, as root: apt-get install python3-venv" >&2; \
	  exit 1; }
	@echo "Installing what requirements.lock lists into .venv: with PyTorch 6 GB, some minutes."
	@$(PYTHON) -m venv .venv
	@$(PIP_INSTALL) -r requirements.lock
	@$(PIP_INSTALL) --no-deps --no-build-isolation -e .
	@touch $@

# Without Octave the tests that run MATLAB code skip and say so. CI must not lose them unnoticed: there a failure stops.
octave:
	@command -v octave-cli >/dev/null || { \
	  $(IS_DEBIAN_ROOT) && echo "Installing GNU Octave, which runs the MATLAB code in tests." && \
	  { $(DEBIAN_INSTALL) octave libopenblas0-pthread; } >/dev/null; } || { \
	  echo "GNU Octave is not here: tests of MATLAB code will skip. On Debian: apt-get install octave libopenblas0-pthread" >&2; \
	  [ -z "$$CI" ]; }

# The same for the HTML report, which is tested in a real browser.
chromium:
	@command -v chromium >/dev/null || command -v google-chrome >/dev/null || { \
	  $(IS_DEBIAN_ROOT) && echo "Installing chromium, which shows the HTML report in tests." && \
	  { $(DEBIAN_INSTALL) chromium; } >/dev/null; } || { \
	  echo "chromium is not here: tests of the HTML report in a browser will skip. On Debian: apt-get install chromium" >&2; \
	  [ -z "$$CI" ]; }
