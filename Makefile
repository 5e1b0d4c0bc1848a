# Needs Python 3.11 and make; everything else goes into .venv.
PYTHON ?= $(shell command -v python3.11 || command -v python3)
BIN := .venv/bin
PIP := $(BIN)/python -m pip --quiet --disable-pip-version-check
SOURCES := pyproject.toml README.md LICENSE $(shell find optimizer models instances benchmarks -type f -not -path '*/__pycache__/*')
PACKAGES := optimizer models instances benchmarks

.PHONY: demo test quick lint types clean

## Install, solve the Anhui clusters for five minutes at most, show and keep the plan in out/anhui.
demo: .venv/installed
	@$(BIN)/clusterlane solve anhui --gap 0.02 --time-limit 300 -o out/anhui; \
	code=$$?; test $$code -ne 5 || echo 'This machine needs longer: .venv/bin/clusterlane solve anhui --time-limit 600 -o out/anhui'; \
	test $$code -eq 0 || test $$code -eq 4

## Lint, format, strict types, then every test, the slow ones and the wheel too.
test: lint types
	@$(BIN)/python -m pytest -n auto

## The tests that take no longer than a few seconds each.
quick: .venv/developed
	@$(BIN)/python -m pytest -n auto -m "not slow"

lint: .venv/developed
	@$(BIN)/ruff check --quiet .
	@$(BIN)/ruff format --quiet --check . || { $(BIN)/ruff format --check .; false; }

types: .venv/developed
	@$(BIN)/mypy --no-error-summary $(PACKAGES:%=-p clusterlane.%)

# The two ways to install replace each other; either is repeated when a source file is newer.
.venv/installed: $(SOURCES) | .venv/bin/python
	@rm -rf build .venv/developed
	@$(PIP) install '.[report]'
	@touch $@

.venv/developed: $(SOURCES) | .venv/bin/python
	@rm -rf build .venv/installed
	@$(PIP) install --config-settings editable_mode=strict --editable '.[dev]'
	@touch $@

.venv/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "clusterlane needs Python 3.11 or newer")'
	@$(PYTHON) -m venv .venv

clean:
	@rm -rf .venv build dist out *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +
