# Everything runs from the project's own .venv; only Python 3.11 or newer and make are needed.
PYTHON ?= python3
BIN := .venv/bin
INSTALLED := .venv/.installed

# What images of containers often set: each of the hundreds of processes of a build would compile all of it again.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help demo test test-long ui check bench docs lock clean

help: ## show what can be made
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 11

$(INSTALLED): requirements.lock pyproject.toml
	$(PYTHON) -m venv --clear .venv
	$(BIN)/pip install --disable-pip-version-check --quiet --progress-bar on --require-hashes --requirement requirements.lock
	$(BIN)/pip install --disable-pip-version-check --quiet --no-deps --no-build-isolation --editable .
	@touch $@

demo: $(INSTALLED) ## simulate an operator's exports and make the reports of 2025Q3 and 2025Q4
	$(BIN)/netstats demo

TESTED := $(BIN)/python -m pytest --numprocesses auto --maxprocesses 4

test: $(INSTALLED) ## run the tests, but for the long ones
	$(TESTED) -m "not long"

test-long: $(INSTALLED) ## run the long tests: whole operators built again and again, worlds drawn by the hundred
	$(TESTED) -m long

ui: $(INSTALLED) ## open the Dagster UI on the loopback address
	$(BIN)/netstats ui

check: $(INSTALLED) ## lint Python and SQL, check types, layers and the definitions, fuzz the decoders for 20 seconds
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/sqlfluff lint --config dbt_project/.sqlfluff dbt_project/models
	DG_CLI_CONFIG=orchestration/dg.toml VIRTUAL_ENV=$(CURDIR)/.venv $(BIN)/dg check defs
	$(BIN)/python -m tests.fuzz.fuzz_decoders --seconds 20

bench: $(INSTALLED) ## time the parts against their peers
	@for bench in bench/[a-z]*.py; do $(BIN)/python $$bench || exit 1; done

docs: $(INSTALLED) ## build the static documentation of the warehouse in docs/dbt
	$(BIN)/netstats docs

lock: $(INSTALLED) ## resolve the dependencies of pyproject.toml into requirements.lock
	$(BIN)/pip install --disable-pip-version-check --quiet uv
	$(BIN)/uv pip compile pyproject.toml --group dev --python-version 3.11 --universal --generate-hashes \
	  --no-emit-index-url --no-strip-extras --no-annotate --custom-compile-command "make lock" --output-file requirements.lock

clean: ## remove what was made: state, demo exports, caches (not .venv)
	rm -rf state operators/demo/exports docs/dbt dbt_project/target .pytest_cache .mypy_cache .ruff_cache .hypothesis
