# Every target sets up what it needs, in .venv, from the lock files. `make` alone lists the targets.

PYTHON ?= python3
ARGS ?=

VENV := .venv
BIN := $(VENV)/bin
RUNTIME := $(VENV)/.runtime-installed
DEV := $(VENV)/.dev-installed

export PIP_DISABLE_PIP_VERSION_CHECK := 1
export PIP_NO_INPUT := 1

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.NOTPARALLEL:
.PHONY: help demo demo-cloud run local test test-openstack check docs format bench crash faults fuzz lock clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' Makefile

demo: $(RUNTIME) ## play the main job on loopback and show every request with its answers
	@$(BIN)/appc demo $(ARGS)

run: $(RUNTIME) ## start the controller (settings: APPC_* variables)
	@$(BIN)/appc serve $(ARGS)

demo-cloud: $(RUNTIME) ## run the demonstration's cloud alone
	@$(BIN)/appc demo-cloud $(ARGS)

local: $(DEV) ## run two controllers on a real Kafka and Redis on loopback, without containers
	@$(BIN)/python -m compose.local.up

# One process more than there are processors: many tests wait for servers.
test: $(DEV) ## run all of tests/, or ARGS="tests/lcm -k lock"
	@$(BIN)/pytest -n $$(($$(nproc) + 1)) --maxprocesses 8 --dist worksteal $(ARGS)

test-openstack: $(DEV) ## run the VM actions on a real OpenStack on loopback, made when missing (10 minutes)
	@PYTHON=$(PYTHON) openstack_lab/run.sh $(abspath $(BIN)/pytest) $(ARGS)

check: $(DEV) ## format, lint, types, layers, lock files: everything but the tests
	@failed=; \
	step() { echo "$$1"; shift; "$$@" || failed=yes; }; \
	step Format $(BIN)/ruff format --quiet --check .; \
	step Lint $(BIN)/ruff check --quiet --output-format concise .; \
	step Types $(BIN)/mypy; \
	step Layers $(BIN)/lint-imports --no-logo; \
	step "Lock files" $(BIN)/pip check; \
	test -z "$$failed"

# Not with --quiet: mkdocs would then count no warnings, and a dead link is one.
docs: $(DEV) ## build the documentation site into build/site; a dead link is an error
	@NO_MKDOCS_2_WARNING=1 $(BIN)/python -m mkdocs build $(ARGS)

format: $(DEV) ## put the code into the one format and mend what the linter can mend
	@$(BIN)/ruff check --quiet --fix-only .
	@$(BIN)/ruff format .

bench: $(DEV) ## run every program in bench/
	@for program in $(wildcard bench/*.py); do echo "== $$program"; $(BIN)/python "$$program" $(ARGS) || exit 1; done

crash: $(DEV) ## run all of endurance/: deaths, outages and restarts at length (half an hour), or ARGS="-k deaths"
	@$(BIN)/pytest endurance -rA $(ARGS)

faults: $(DEV) ## long test: two thousand requests on a cloud that spoils a tenth of its answers (some minutes)
	@APPC_TEST_REQUESTS=2000 $(BIN)/pytest tests/southbound/openstack/test_faults_through_the_pool.py $(ARGS)

fuzz: $(DEV) ## long test: every operation of /openapi.json with a hundred times the calls (APPC_TEST_SEED=n for others)
	@APPC_TEST_EXAMPLES=300 $(BIN)/pytest -s tests/e2e/test_fuzzing.py $(ARGS)

lock: $(DEV) ## write the lock files anew after a change in pyproject.toml; ARGS=--upgrade for newer versions
	@$(call compile,requirements.lock,--group build)
	@$(call compile,requirements-dev.lock,--group dev --constraint requirements.lock)

clean: ## remove .venv, caches and builds (the controller's own state in var/ stays)
	rm -rf $(VENV) build dist .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

define compile
echo "Writing $(1)" && \
$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --system-certs \
	--custom-compile-command "make lock" $(2) $(ARGS) --output-file $(1) pyproject.toml
endef

define install
@echo "Installing $(1) into $(VENV) (takes a minute or two the first time)"
@$(BIN)/python -m pip install --quiet --require-hashes --requirement $(1)
@$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation --editable .
@touch $@
endef

$(BIN)/pip:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
		echo "Python 3.11 or newer is needed; if it is installed under another name: make PYTHON=python3.12" >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
		echo "Python's venv module is not installed; on Debian and Ubuntu: apt-get install python3-venv" >&2; exit 1; }
	@$(PYTHON) -m venv $(VENV)

$(RUNTIME): requirements.lock pyproject.toml | $(BIN)/pip
	$(call install,requirements.lock)

$(DEV): requirements-dev.lock pyproject.toml | $(BIN)/pip
	$(call install,requirements-dev.lock)
