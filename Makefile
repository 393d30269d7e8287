# `make demo` and `make test` work on a fresh machine with Python 3.11; the rest is for working on AudQL.
PYTHON ?= python3
VENV ?= .venv
BIN = $(VENV)/bin
STAMP = $(VENV)/.installed

.PHONY: demo test fmt tables clean

$(STAMP): pyproject.toml
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev]'
	touch $@

demo: $(STAMP)  ## the main job on real HR data: two days and a bad one
	PATH="$(abspath $(BIN)):$$PATH" sh examples/demo.sh

test: $(STAMP)  ## everything that CI runs
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m pytest -n auto

fmt: $(STAMP)
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

tables: $(STAMP)  ## after a change of grammar/audql.lark
	$(BIN)/python -m audql.syntax.tables

clean:
	rm -rf $(VENV) .demo build dist
