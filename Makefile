# Needs make and Python 3.11 (or 3.12), nothing else: the first target that wants the environment creates it in .venv.
PYTHON ?= $(shell command -v python3.11 || command -v python3.12 || command -v python3)
VENV   ?= .venv
BIN    := $(VENV)/bin
READY  := $(VENV)/.ready
JOBS   ?= 2

# Where the state lives, and no usage statistics: this is finance data.
export SVERKA_HOME ?= $(CURDIR)/data
export DO_NOT_TRACK := 1
export DBT_SEND_ANONYMOUS_USAGE_STATS := false
export PYTHONUTF8 := 1

.DEFAULT_GOAL := help
.PHONY: help run ui test lint lint-python lint-sql format bench lock clean

help:  ## show these targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: $(READY)  ## write the demonstration world into $SVERKA_HOME (./data), run every day of it, print the summary
	@$(BIN)/sverka demo

ui: $(READY)  ## open Dagster on this home: assets, runs, checks, schedule
	@$(BIN)/sverka ui

test: $(READY)  ## run the tests
	@$(BIN)/python -m pytest -n $(JOBS) --dist loadfile --no-loadscope-reorder $(PYTEST_ARGS)

lint: lint-python lint-sql  ## ruff, mypy, sqlfluff

lint-python: $(READY)
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy

lint-sql: $(READY)
	@$(BIN)/sqlfluff lint --processes $(JOBS) --disable-progress-bar dbt_project

format: $(READY)  ## let ruff and sqlfluff rewrite what they can
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .
	@$(BIN)/sqlfluff fix --processes $(JOBS) --disable-progress-bar dbt_project

bench: $(READY)  ## the job on 1M payments beside plain SQL, and parsing (BENCH_ARGS="--payments 20000", "--only parsing")
	@$(BIN)/python -m tests.benchmarks.bench $(BENCH_ARGS)

lock:  ## resolve requirements.lock anew from pyproject.toml (needs uv)
	@uv pip compile pyproject.toml --group dev --python-version 3.11 --generate-hashes \
		--no-strip-extras --no-emit-index-url --no-emit-find-links --custom-compile-command "make lock" --quiet --output-file requirements.lock

clean:  ## remove the environment and the caches, never the data
	@rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .hypothesis dbt_project/target dbt_project/logs

# hatchling, the build backend, is in the lock: nothing is fetched that has no hash.
$(READY): requirements.lock pyproject.toml
	@echo "Preparing $(VENV) with $(PYTHON) (once; some minutes)"
	@$(PYTHON) -c 'import sys; sys.exit("Sverka needs Python 3.11 or 3.12, this is " + sys.version if not (3, 11) <= sys.version_info[:2] <= (3, 12) else 0)'
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-input --no-compile --require-hashes -r requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-input --no-deps --no-build-isolation -e .
	@touch $@
