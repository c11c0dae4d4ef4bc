# Stellar Arbitrage. `make help` lists what there is.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PACKAGES := libs/markets libs/messages libs/eventlog libs/runtime libs/contracts \
            services/scanner services/executor services/accounts services/ws-gateway services/auditor services/localnet cli
READY := $(VENV)/.ready
SECONDS ?= 60
SEED ?= 7
WORKERS ?= 2

.PHONY: help demo up test test-long check fix bench lock clean
.DEFAULT_GOAL := help

help:  ## list the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

$(READY): requirements.lock $(PACKAGES:%=%/pyproject.toml)
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed: make PYTHON=python3.11 ...")'
	$(PYTHON) -m venv --clear $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --no-index $(PACKAGES:%=-e ./%)
	@touch $@

demo: $(READY)  ## the main job on this machine: SECONDS=60 SEED=7
	$(BIN)/arb demo --seconds $(SECONDS) --seed $(SEED)

up: $(READY)  ## the same without an end, or against the network in .env
	$(BIN)/arb up

PYTEST := $(BIN)/python -m pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder

test: $(READY)  ## the tests, on two cores: WORKERS=2
	$(PYTEST) -m 'not long'

test-long: $(READY)  ## those that take minutes: kills in turn and at every place, two executors, full ledgers, exchanged keys
	$(PYTEST) -m long

check: $(READY)  ## formatting, lint, types, architecture (what CI runs)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache

fix: $(READY)  ## let ruff mend what it can
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

bench: $(READY)  ## every bench
	$(BIN)/arb bench all

lock:  ## resolve requirements.in again (needs uv)
	uv pip compile --quiet --generate-hashes --no-emit-index-url --no-header --python-version 3.11 requirements.in -o requirements.lock
	uv pip compile --quiet --generate-hashes --no-emit-index-url --no-header --python-version 3.11 -c requirements.lock deploy/requirements-runtime.in -o deploy/requirements-runtime.lock
	uv pip compile --quiet --generate-hashes --no-emit-index-url --no-header --python-version 3.11 -c requirements.lock deploy/requirements-build.in -o deploy/requirements-build.lock

clean:  ## remove what set-up and runs have made
	rm -rf $(VENV) .arb .mypy_cache .ruff_cache .pytest_cache .hypothesis
