# Every task of the project. `make` alone lists them.
SHELL := /bin/bash -o pipefail
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

PYTHON ?= python3
VENV ?= .venv
PACKAGES := source-keap destination-chartmogul reconciliation
BIN := $(VENV)/bin
UV := VIRTUAL_ENV=$(CURDIR)/$(VENV) UV_COMPILE_BYTECODE=1 UV_NO_PROGRESS=1 $(BIN)/uv
INSTALLED := $(VENV)/.installed

.PHONY: help
help: ## list the targets
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/  make \1\t\2/' | expand -t 22

.PHONY: setup
setup: $(INSTALLED) ## create the virtual environment and install the locked versions (other targets do it themselves)

$(BIN)/uv: requirements/uv.txt
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' \
	  || { echo "Python 3.11, 3.12 or 3.13 is needed, but '$(PYTHON)' is $$($(PYTHON) --version 2>&1). Call: make PYTHON=/path/to/python3.12 $(MAKECMDGOALS)" >&2; exit 1; }
	@echo "setup: creating $(VENV) with $$($(PYTHON) --version)"
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/uv.txt
	@touch $@

$(INSTALLED): $(BIN)/uv requirements/dev.txt $(PACKAGES:%=%/pyproject.toml)
	@echo "setup: installing the locked versions"
	@$(UV) pip sync --quiet --require-hashes requirements/dev.txt requirements/uv.txt
	@$(UV) pip install --quiet --no-deps --no-build-isolation $(PACKAGES:%=--editable ./%)
	@touch $@

.PHONY: lock
lock: $(BIN)/uv # renew requirements/*.txt from requirements/*.in (versions and hashes, no addresses)
	@for name in uv connectors analysts dev client; do \
	  case $$name in analysts|dev) constraint="-c requirements/connectors.txt";; *) constraint=;; esac; \
	  $(UV) pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-annotate \
	    --custom-compile-command "make lock" $$constraint $(LOCK_ARGS) -o requirements/$$name.txt requirements/$$name.in; \
	done
