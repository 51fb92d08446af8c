# What a developer and an installation need, one command each; `make help` lists them.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes
CATALOGUES := $(patsubst %.po,%.mo,$(wildcard referral/web/translations/*/LC_MESSAGES/*.po))

# Code is compiled once and kept, whatever the environment says: a test run starts hundreds of
# processes, and each would compile all of it anew.
export PYTHONDONTWRITEBYTECODE :=
export PYTHONPYCACHEPREFIX := $(CURDIR)/build/pycache

.DEFAULT_GOAL := help
.PHONY: help run test check bench shots
.DELETE_ON_ERROR:

help: ## list these commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-7s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

run: $(VENV)/.run-ok $(CATALOGUES) ## the demo province on 127.0.0.1:8000 (HOST, PORT, INSTANCE_PATH, DATABASE_URL), with its jobs
	@BIN=$(BIN) exec bash tools/serve_demo.sh

test: $(VENV)/.dev-ok $(CATALOGUES) ## every test but the long ones; installs chromium and postgresql by apt when missing
	@bash tools/system-deps.sh
	@mkdir -p build
	$(BIN)/python -m pytest -n 2 -m "not long" --promises-report=build/promises-test.json

# B101, as S101 in pyproject.toml: asserts state invariants to the type checker, never check input.
check: $(VENV)/.dev-ok $(CATALOGUES) ## lint, types, import contracts, security, templates, generated pages
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo
	$(BIN)/bandit -q -c pyproject.toml --skip B101 -r referral
	$(BIN)/djlint templates --lint --quiet
	$(BIN)/python tools/make_promises.py --check
	$(BIN)/python -m tools.make_docs --check

bench: $(VENV)/.dev-ok $(CATALOGUES) ## measured medians of the main operations (FULL=1: 50,000 cases, both databases; OUT=file.json)
	$(BIN)/python -m bench $(if $(FULL),--full) $(if $(OUT),--out $(OUT))

shots: $(VENV)/.dev-ok $(CATALOGUES) ## every page on phone and desktop, light and dark, vi and en, into build/shots/
	@bash tools/system-deps.sh
	$(BIN)/python -m tools.make_shots

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "Python 3.11 or newer is needed; name it with PYTHON=..."; exit 1; }
	$(PYTHON) -m venv $(VENV)

$(VENV)/.run-ok: requirements.lock | $(BIN)/python
	$(PIP) -r requirements.lock
	@touch $@

$(VENV)/.dev-ok: requirements-dev.lock | $(BIN)/python
	$(PIP) -r requirements-dev.lock
	@touch $@ $(VENV)/.run-ok

# The catalogue needs Babel, which either lock brings.
%.mo: %.po | $(BIN)/python
	@test -e $(BIN)/pybabel || $(MAKE) --no-print-directory $(VENV)/.run-ok
	$(BIN)/pybabel --quiet compile --input-file $< --output-file $@
