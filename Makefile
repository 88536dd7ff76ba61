# `make help` says what there is. Only Python 3.11+, make and git have to be on the machine.
SHELL := /bin/sh
.DELETE_ON_ERROR:
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
export PORT ?= 8000

.PHONY: help
help: ## Say what there is
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 16

# --- running ------------------------------------------------------------------------------------
.PHONY: run
run: ## Run the product with a sample company at http://127.0.0.1:$PORT (make run PORT=8001)
	@python=$$(sh tools/find_python.sh "$(PYTHON)") && "$$python" cs_platform/launch/preflight.py
	@$(MAKE) install
	@trap : INT; $(BIN)/python -m cs_platform.launch || { code=$$?; [ $$code = 130 ] || exit $$code; }

.PHONY: reset
reset: install ## Remove the sample company and all other data of this checkout
	@$(BIN)/python -m cs_platform.launch.reset

# --- setting up ---------------------------------------------------------------------------------
.PHONY: install
install: ## Install what the product needs into this checkout
	@$(call ALONE,$(VENV)/.stamp static/vendor/.stamp)

.PHONY: install-dev
install-dev: ## Install what its tests need too
	@$(call ALONE,$(VENV)/.stamp-dev static/vendor/.stamp)

# Two commands at the same time would install over each other.
ALONE = python=$$(sh tools/find_python.sh "$(PYTHON)") && "$$python" tools/locked.py Makefile $(MAKE) -s $(1)

# A stamp is written last, so what was interrupted is done again.
PIP := $(BIN)/python -m pip --disable-pip-version-check install --quiet --require-hashes

.PHONY: venv
venv:
	@sh tools/make_venv.sh "$(PYTHON)" "$(VENV)"

$(VENV)/.stamp: requirements/local.txt | venv
	@echo "Installing the Python packages (the first time takes a minute or two) ..."
	@$(PIP) -r requirements/local.txt
	@touch $@

$(VENV)/.stamp-dev: requirements/dev.txt | venv
	@echo "Installing the Python packages of the product and its tests (the first time takes a minute or two) ..."
	@$(PIP) -r requirements/dev.txt
	@touch $@ $(VENV)/.stamp

static/vendor/.stamp: package-lock.json tools/copy_vendor.py tools/icons.txt | $(VENV)/.stamp
	@echo "Installing the browser's packages ..."
	@# The wheel's Node trusts its own list of authorities; a company's proxy is known to the system's.
	@NODE_USE_SYSTEM_CA=1 PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/npm ci --omit=dev --ignore-scripts --no-audit --no-fund --loglevel=error
	@$(BIN)/python tools/copy_vendor.py
	@touch $@

# --- testing ------------------------------------------------------------------------------------
.PHONY: test
test: install-dev ## Set everything up, Chromium included, and run all tests
	@sh tools/install_chromium.sh $(BIN)/python
	@$(BIN)/python -m pytest -n 2 $(PYTEST_ARGS)

.PHONY: check
check: install-dev ## Check style, types, layers, missing migrations and the quick tests
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo
	$(BIN)/python manage.py makemigrations --check --dry-run
	$(BIN)/python -m pytest -n 2 -q -m "not browser and not servers and not slow" $(PYTEST_ARGS)

.PHONY: pictures
pictures: install-dev ## Take the documentation's pictures from a running product with the sample company
	@sh tools/install_chromium.sh $(BIN)/python
	@$(BIN)/python tools/take_pictures.py

.PHONY: bench
bench: install-dev ## Measure against the bare work that can't be avoided, one line each
	@$(BIN)/python -m benchmarks

# --- dependencies -------------------------------------------------------------------------------
# The three agree, because the smaller ones take their versions from the largest.
COMPILE := $(BIN)/uv pip compile pyproject.toml --quiet --generate-hashes --no-emit-index-url --universal \
	--python-version 3.11 --no-annotate --custom-compile-command "make lock"

.PHONY: lock
lock: install-dev ## Lock the Python packages again after a change of pyproject.toml (UPGRADE=1 takes newer ones)
	$(COMPILE) $(if $(UPGRADE),--upgrade) --extra dev --extra local --output-file requirements/dev.txt
	$(COMPILE) --extra local --constraints requirements/dev.txt --output-file requirements/local.txt
	$(COMPILE) --constraints requirements/dev.txt --output-file requirements/base.txt
