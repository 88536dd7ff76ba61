# `make help` says what there is. Only Python 3.11+, make and git have to be on the machine.
SHELL := /bin/sh
.DELETE_ON_ERROR:
.DEFAULT_GOAL := help

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
export PORT ?= 8000

.PHONY: help
help: ## Say what there is
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 16

# --- setting up ---------------------------------------------------------------------------------
# A stamp is written last, so what was interrupted is done again. A linked .venv (many work trees) is left as it is.
.PHONY: install
install: $(VENV)/.stamp static/vendor/.stamp ## Install what the product needs

$(VENV)/bin/python:
	@sh tools/make_venv.sh "$(PYTHON)" "$(VENV)"

$(VENV)/.stamp: requirements/base.txt | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/base.txt
	@touch $@

$(VENV)/.stamp-dev: requirements/dev.txt | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/dev.txt
	@touch $@ $(VENV)/.stamp

static/vendor/.stamp: package-lock.json tools/copy_vendor.py tools/icons.txt | $(VENV)/.stamp
	PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/npm ci --omit=dev --ignore-scripts --no-audit --no-fund --loglevel=error
	$(BIN)/python tools/copy_vendor.py
	@touch $@

# --- running ------------------------------------------------------------------------------------
.PHONY: run
run: install ## Run the product with a sample company at http://127.0.0.1:$PORT
	@exec $(BIN)/python -m cs_platform.launch

# --- testing ------------------------------------------------------------------------------------
.PHONY: test
test: $(VENV)/.stamp-dev static/vendor/.stamp ## Set everything up and run all tests
	$(BIN)/python -m pytest -n 2

.PHONY: check
check: $(VENV)/.stamp-dev ## Check style, types, layers, migrations and the quick tests
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python manage.py makemigrations --check --dry-run
	$(BIN)/python -m pytest -n 2 -q -m "not browser and not servers and not slow"

# --- dependencies -------------------------------------------------------------------------------
COMPILE := $(BIN)/uv pip compile pyproject.toml --quiet --generate-hashes --no-emit-index-url --universal \
	--python-version 3.11 --no-annotate --custom-compile-command "make lock"

.PHONY: lock
lock: $(VENV)/.stamp-dev ## Lock the Python packages again after a change of pyproject.toml
	$(COMPILE) --output-file requirements/base.txt
	$(COMPILE) --extra dev --output-file requirements/dev.txt
