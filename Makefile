# The whole set-up is here: `make run` and `make test` on a machine with Python 3.11, make and git.
PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV   := .venv
BIN    := $(VENV)/bin
PORT   ?= 8000
RUN    := $(VENV)/.run-installed
DEV    := $(VENV)/.dev-installed
PIP    := $(BIN)/python -m pip install --quiet --disable-pip-version-check --require-virtualenv

.DEFAULT_GOAL := help
.PHONY: help run demo test lint bench check lock templates messages clean

help:  ## this list
	@awk -F':.*## ' '/^[a-z]+:.*## /{printf "  make %-10s %s\n", $$1, $$2}' Makefile

$(VENV)/bin/python:
	@echo "[1/3] virtual environment with $$($(PYTHON) --version)"
	@$(PYTHON) -c 'import sys; sys.exit("Python 3.11 or newer is needed; found "+sys.version.split()[0]+". Set PYTHON=/path/to/python3.11.") if sys.version_info < (3,11) else None'
	@$(PYTHON) -m venv $(VENV)

$(RUN): requirements.lock pyproject.toml | $(VENV)/bin/python
	@echo "[2/3] the libraries of requirements.lock (a minute or two the first time)"
	@$(PIP) --require-hashes -r requirements.lock
	@echo "[3/3] the product itself"
	@$(BIN)/python -c "import sysconfig, pathlib; p = pathlib.Path(sysconfig.get_path('purelib'))/'dpa_service_checkout.pth'; p.write_text(str(pathlib.Path.cwd())+'\n')"
	@printf '#!/bin/sh\nexec "%s/$(BIN)/python" -m dpa_service.cli "$$@"\n' "$(CURDIR)" > $(BIN)/dpa && chmod +x $(BIN)/dpa
	@touch $@

$(DEV): requirements-dev.lock $(RUN)
	@echo "      the libraries of the tests (requirements-dev.lock)"
	@$(PIP) --require-hashes -r requirements-dev.lock
	@touch $@

run: $(RUN)  ## set up, make the example agreement, serve on 127.0.0.1:8000
	@$(BIN)/dpa demo --out out
	@$(BIN)/dpa serve --port $(PORT)

demo: $(RUN)  ## the same without serving
	@$(BIN)/dpa demo --out out

test: $(DEV)  ## every test, PostgreSQL included
	@$(BIN)/python -m pytest -n 2 --dist loadgroup $(TESTS)

lint: $(DEV)  ## style, types, import rule, clause library
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-cache
	@$(BIN)/dpa clauses check

bench: $(DEV)  ## ratios in one run
	@$(BIN)/python -m bench

templates: $(DEV)  ## rebuild templates/docx from the house style
	@$(BIN)/python -m tools.house_template
	@$(BIN)/python -m tools.assessment_template

messages: $(DEV)  ## collect the texts of the pages, merge and compile their translations
	@$(BIN)/python -m tools.messages

lock: $(VENV)/bin/python  ## resolve the lock files anew
	@$(PIP) uv
	@$(BIN)/uv pip compile -q pyproject.toml --extra dev --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header -o requirements-dev.lock
	@$(BIN)/uv pip compile -q pyproject.toml -c requirements-dev.lock --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header -o requirements.lock

clean:  ## remove everything that make made
	@rm -rf $(VENV) .cache out var .pytest_cache .mypy_cache .ruff_cache .hypothesis
