# One virtual environment, filled in two steps: `make demo` installs only what running needs, the
# developing targets add the rest on top. Both lists are locked together, so the pins never differ.
# They are complete, so they are installed as they stand, without resolving: where a newer release of
# a pinned package exists, pip resolves an extra such as coverage[toml] to that and then refuses it.

VENV ?= .venv
PYTHON ?= $(shell scripts/find-python)
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check
INSTALL := $(PIP) install --quiet --no-deps

# Percent of branches that the tests must reach: in all, and in the rooms where a slip adds a wrong song.
COVERAGE_FLOOR ?= 95
STRICT_FLOOR ?= 100
STRICT_ROOMS := src/segue/errors/*,src/segue/runtime/*,src/segue/runs/store/*,src/segue/sessions/*,src/segue/music/matching/*
WORKERS ?= 3
TESTS ?= tests
TEST_MARKS := $(CURDIR)/.test-marks

RUN := $(VENV)/.run-installed
DEV := $(VENV)/.dev-installed

# Each module is compiled once, not in every process that imports it.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help demo test test-model quick explore check bench lock clean

help: ## List the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /  make \1\t/' | expand -t 16

demo: $(RUN) ## Sync a real playlist end to end; needs no key, no account, no Docker
	$(BIN)/segue demo

# In one order, so that a commit has one verdict; pytest called by hand shuffles, and so does
# `make explore`. A process that dies ends the run: xdist would wait for ever for what it had.
test: $(DEV) ## Run every test, with branch coverage; TESTS names some
	@rm -f $(TEST_MARKS)
	export TEST_MARKS=$(TEST_MARKS); \
	$(BIN)/pytest --quiet --instafail --randomly-dont-reorganize -n $(WORKERS) --dist loadfile --no-loadscope-reorder --max-worker-restart=0 --ignore=tests/model $(TESTS); ended=$$?; \
	$(BIN)/python -m tests.fakes.measured && \
	$(BIN)/coverage report --skip-covered --fail-under=$(COVERAGE_FLOOR) && \
	$(BIN)/coverage report --include='$(STRICT_ROOMS)' --skip-covered --show-missing --fail-under=$(STRICT_FLOOR) && \
	exit $$ended

test-model: $(DEV) ## Run agents on a real, small model, where this machine has one
	$(BIN)/python -m scripts.model_parts $(BIN)/pytest --quiet --randomly-dont-reorganize --durations=5 tests/model

quick: $(DEV) ## Run the unit and contract tests of what changed, without starting a server
	$(BIN)/python -m scripts.quick

explore: $(DEV) ## Run the property tests on more examples, other ones in every run
	$(BIN)/pytest --quiet -n $(WORKERS) -m hypothesis --hypothesis-profile=explore tests/unit

check: $(DEV) ## Format, lint, types, import rules, house lints, docs in sync, spelling
	BIN=$(BIN) scripts/check

bench: $(DEV) ## Measure starting, importing, syncing, conversing; writes benchmarks/results.md
	$(BIN)/python -m benchmarks.startup
	$(BIN)/python -m benchmarks.importing
	$(BIN)/python -m benchmarks.sync
	$(BIN)/python -m benchmarks.long_conversation

lock: $(DEV) ## Resolve the hashed requirement files anew
	UV=$(BIN)/uv scripts/lock

clean: ## Remove the virtual environment and every cache; keeps .segue, which holds your data
	rm -rf $(VENV) .pytest_cache .ruff_cache .hypothesis .import_linter_cache .coverage .test-marks

$(VENV)/bin/python:
	$(PYTHON) -m venv $(VENV)

$(RUN): requirements/build.txt requirements/run.txt pyproject.toml | $(VENV)/bin/python
	$(INSTALL) --require-hashes -r requirements/build.txt -r requirements/run.txt
	$(INSTALL) --no-build-isolation -e .
	$(PIP) check
	@touch $@

$(DEV): requirements/dev.txt $(RUN)
	$(INSTALL) --require-hashes -r requirements/dev.txt
	$(PIP) check
	@touch $@
