# Every task of the project. `make` alone lists them.
SHELL := /bin/bash -o pipefail
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

# The first of these that is 3.11, 3.12 or 3.13.
SUPPORTED := import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))
PYTHON ?= $(or $(firstword $(foreach python,python3 python3.13 python3.12 python3.11,\
  $(shell $(python) -c '$(SUPPORTED)' 2>/dev/null && echo $(python)))),python3)
VENV ?= .venv
PACKAGES := source-keap destination-chartmogul reconciliation standalone
BIN := $(VENV)/bin
UV := UV_COMPILE_BYTECODE=1 UV_NO_PROGRESS=1 $(BIN)/uv
BUILD := --no-deps --build-constraints requirements/build.txt
INSTALLED := $(VENV)/.installed
# Tests see what a user sees: without the two variables that hide buffering and slow starts.
RUN = env -u PYTHONUNBUFFERED -u PYTHONDONTWRITEBYTECODE CONNECTORS_BIN="$(CURDIR)/$(CONNECTORS)" $(BIN)/python
CONNECTORS_VENV ?= .venv-connectors
CONNECTORS := $(CONNECTORS_VENV)/bin
CLIENT_VENV ?= .venv-client
RELEASE_VENV ?= .venv-release

# Files that `make read`, `make write` and `make sync` use; give others on the command line.
SOURCE_CONFIG ?= secrets/keap.json
DESTINATION_CONFIG ?= secrets/chartmogul.json
SYNC_DIR ?= build/sync
CATALOG ?= $(SYNC_DIR)/catalog.json
STATE ?= $(SYNC_DIR)/state.json
SCENARIO ?= small
TESTS ?= tests

.PHONY: help
help: ## list the targets
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/  make \1\t\2/' | expand -t 22

.PHONY: setup
setup: $(INSTALLED) $(CONNECTORS_VENV)/.installed ## create the virtual environments and install the locked versions (other targets do it themselves)

$(BIN)/uv: requirements/uv.txt
	@$(PYTHON) -c '$(SUPPORTED)' \
	  || { echo "Python 3.11, 3.12 or 3.13 is needed, but '$(PYTHON)' is $$($(PYTHON) --version 2>&1). Call: make PYTHON=/path/to/python3.12 $(MAKECMDGOALS)" >&2; exit 1; }
	@echo "setup: creating $(VENV) with $$($(PYTHON) --version)"
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/uv.txt
	@touch $@

# Everything, for tests and analysts.
$(INSTALLED): $(BIN)/uv requirements/dev.txt requirements/build.txt $(PACKAGES:%=%/pyproject.toml)
	@echo "setup: installing the locked versions"
	@VIRTUAL_ENV="$(CURDIR)/$(VENV)" $(UV) pip sync --quiet --require-hashes --build-constraints requirements/build.txt requirements/dev.txt requirements/uv.txt
	@VIRTUAL_ENV="$(CURDIR)/$(VENV)" $(UV) pip install --quiet $(BUILD) $(PACKAGES:%=--editable ./%)
	@touch $@

# The connectors alone, as their users have them: what they need and nothing else.
$(CONNECTORS_VENV)/.installed: $(BIN)/uv requirements/connectors.txt $(PACKAGES:%=%/pyproject.toml)
	@$(PYTHON) -m venv --without-pip $(CONNECTORS_VENV)
	@VIRTUAL_ENV="$(CURDIR)/$(CONNECTORS_VENV)" $(UV) pip sync --quiet --require-hashes requirements/connectors.txt
	@VIRTUAL_ENV="$(CURDIR)/$(CONNECTORS_VENV)" $(UV) pip install --quiet $(BUILD) --editable ./source-keap --editable ./destination-chartmogul --editable ./standalone
	@touch $@

.PHONY: demo
demo: setup ## run the pair against local simulators and prove that MRR agrees (no accounts needed)
	@$(RUN) -m tests.demo

.PHONY: test
test: setup ## run all tests (one part of them: make test TESTS=tests/pair)
	@$(RUN) -m pytest -n 3 --dist worksteal $(TESTS)

.PHONY: test-client
test-client: setup $(CLIENT_VENV)/.installed ## drive both connectors with PyAirbyte, in an environment of its own
	@CLIENT_PYTHON="$(CURDIR)/$(CLIENT_VENV)/bin/python" $(RUN) -m pytest tests/client

.PHONY: check
check: $(INSTALLED) ## format, lint, types, licences, and known weaknesses of dependencies where they can be looked up
	@$(BIN)/ruff format --check --quiet . || { echo "check: 'make format' mends this" >&2; exit 1; }
	@$(BIN)/ruff check --quiet .
	@$(BIN)/mypy
	@said=$$($(RUN) -m pytest -q -p no:cacheprovider tests/contract/test_licences.py 2>&1) || { echo "$$said" >&2; exit 1; }
	@if $(MAKE) $(RELEASE_VENV)/.installed > /dev/null 2>&1; then $(MAKE) audit AUDIT_OPTIONS=--if-reachable; \
	  else echo "check: pip-audit could not be installed, so known weaknesses were not looked up" >&2; fi

.PHONY: format
format: $(INSTALLED) ## format the code, mend what the linter can, write the tables of docs/airbyte.md anew
	@$(BIN)/ruff format --quiet . && $(BIN)/ruff check --quiet --fix .
	@$(RUN) -m tests.airbyte.fields

.PHONY: simulators
simulators: $(INSTALLED) ## run both API simulators in the foreground (SCENARIO=small|hostile|generated:1000:1, KEAP_PORT, CHARTMOGUL_PORT)
	@exec $(BIN)/python -m tests.simulators --scenario $(SCENARIO)

.PHONY: read
read: $(CONNECTORS_VENV)/.installed $(SOURCE_CONFIG) $(CATALOG) ## print Keap's records as Airbyte messages (SOURCE_CONFIG=..., CATALOG=..., STATE=...)
	@exec $(CONNECTORS)/source-keap read --update-config --config $(SOURCE_CONFIG) --catalog $(CATALOG) $(if $(wildcard $(STATE)),--state $(STATE))

.PHONY: write
write: $(CONNECTORS_VENV)/.installed $(DESTINATION_CONFIG) $(CATALOG) ## write Airbyte messages from standard input into ChartMogul (DESTINATION_CONFIG=...)
	@exec $(CONNECTORS)/destination-chartmogul write --config $(DESTINATION_CONFIG) --catalog $(CATALOG) --state-file $(STATE)

AIRBYTE_VENV ?= .venv-airbyte
CONNECTION ?= deploy/airbyte/connection.toml

.PHONY: airbyte
airbyte: $(AIRBYTE_VENV)/.installed ## set both connectors and their connection up in an Airbyte server (CONNECTION=..., ARGS=--plan; docs/airbyte.md)
	@exec $(AIRBYTE_VENV)/bin/python deploy/airbyte/connect.py $(CONNECTION) $(ARGS)

$(AIRBYTE_VENV)/.installed: $(BIN)/uv deploy/airbyte/requirements.txt
	@$(PYTHON) -m venv --without-pip $(AIRBYTE_VENV)
	@VIRTUAL_ENV="$(CURDIR)/$(AIRBYTE_VENV)" $(UV) pip sync --quiet --require-hashes deploy/airbyte/requirements.txt
	@touch $@

SYNC := keap-chartmogul-sync
HERE = --folder $(SYNC_DIR) $(if $(filter-out $(SYNC_DIR)/state.json,$(STATE)),--state $(STATE))
ACCOUNTS = $(HERE) --source-config $(SOURCE_CONFIG) --destination-config $(DESTINATION_CONFIG) \
  --source $(CONNECTORS)/source-keap --destination $(CONNECTORS)/destination-chartmogul

.PHONY: sync
sync: $(CONNECTORS_VENV)/.installed ## Keap into ChartMogul, unattended too: state, logs and rejects in build/sync (SYNC_OPTIONS="--with-rejects ...")
	@exec $(CONNECTORS)/$(SYNC) run $(ACCOUNTS) $(if $(filter-out $(SYNC_DIR)/catalog.json,$(CATALOG)),--catalog $(CATALOG)) $(SYNC_OPTIONS)

.PHONY: plan
plan: $(CONNECTORS_VENV)/.installed ## what `make sync` would change in ChartMogul, and what that does to MRR; changes nothing
	@exec $(CONNECTORS)/$(SYNC) plan $(ACCOUNTS) $(if $(filter-out $(SYNC_DIR)/catalog.json,$(CATALOG)),--catalog $(CATALOG)) $(PLAN_OPTIONS)

.PHONY: status
status: $(CONNECTORS_VENV)/.installed ## the last sync, how far ChartMogul is behind, rejects, Keap's calls left, what to do next
	@$(CONNECTORS)/$(SYNC) status $(HERE) $(STATUS_OPTIONS)

.PHONY: doctor
doctor: ## what is missing on this machine for a sync, and what to do about it (needs nothing installed)
	@$(PYTHON) -c '$(SUPPORTED)' \
	  || { echo "Python 3.11, 3.12 or 3.13 is needed, but '$(PYTHON)' is $$($(PYTHON) --version 2>&1). Call: make PYTHON=/path/to/python3.12 doctor" >&2; exit 1; }
	@$(if $(wildcard $(CONNECTORS)/$(SYNC)),$(CONNECTORS)/$(SYNC),$(PYTHON) standalone/main.py) doctor $(ACCOUNTS) $(DOCTOR_OPTIONS)

$(SYNC_DIR)/catalog.json: $(CONNECTORS_VENV)/.installed $(SOURCE_CONFIG)
	@mkdir -p $(SYNC_DIR)
	@$(CONNECTORS)/source-keap catalog --config $(SOURCE_CONFIG) > $@.part && mv $@.part $@

secrets/%.json:
	@echo "$@ does not exist. The README shows what belongs in it; another place can be named, for example: make sync SOURCE_CONFIG=/etc/keap.json" >&2; exit 1

.PHONY: notebook
notebook: $(INSTALLED) ## open the audit notebooks in JupyterLab (on the demo's data unless RECONCILIATION_DATA says otherwise)
	@[ -n "$$RECONCILIATION_DATA" ] || [ -e build/demo/reconcile.json ] || $(MAKE) demo
	@exec $(BIN)/jupyter lab $(if $(filter 0,$(shell id -u)),--allow-root) reconciliation/notebooks

.PHONY: bench
bench: setup ## measure both connectors, as ratios and call counts, into docs/benchmarks.md
	@$(RUN) -m tests.bench

.PHONY: soak
soak: setup ## unattended syncs in every kind of trouble, for an hour or two (SOAK_DAYS=30, SOAK_MINUTES=10, SOAK_SEED=1, SOAK_EVERY=1)
	@$(RUN) -m tests.soak

.PHONY: release
release: setup $(RELEASE_VENV)/.installed ## build wheels and archives of all packages into build/release, tried in clean environments of each Python (PYTHONS="paths of more")
	@RELEASE_BIN="$(CURDIR)/$(RELEASE_VENV)/bin" $(RUN) -m deploy.release

.PHONY: audit
audit: $(INSTALLED) $(RELEASE_VENV)/.installed ## look up known weaknesses of everything that is locked (needs the network)
	@RELEASE_BIN="$(CURDIR)/$(RELEASE_VENV)/bin" $(RUN) -m deploy.release.audit $(AUDIT_OPTIONS)

$(RELEASE_VENV)/.installed: $(BIN)/uv requirements/release.txt
	@$(PYTHON) -m venv --without-pip $(RELEASE_VENV)
	@VIRTUAL_ENV="$(CURDIR)/$(RELEASE_VENV)" $(UV) pip sync --quiet --require-hashes requirements/release.txt
	@touch $@

.PHONY: clean
clean: ## remove what make made (environments, build/, caches), but for the state and rejects in build/sync
	@rm -rf $(VENV) $(CONNECTORS_VENV) $(CLIENT_VENV) $(AIRBYTE_VENV) $(RELEASE_VENV) .mypy_cache .pytest_cache .ruff_cache
	@find build -mindepth 1 -maxdepth 1 ! -path build/sync -exec rm -rf {} + 2>/dev/null || true
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(CLIENT_VENV)/.installed: $(BIN)/uv requirements/client.txt
	@echo "setup: installing PyAirbyte into $(CLIENT_VENV)"
	@$(PYTHON) -m venv --without-pip $(CLIENT_VENV)
	@VIRTUAL_ENV="$(CURDIR)/$(CLIENT_VENV)" $(UV) pip sync --quiet --require-hashes requirements/client.txt
	@touch $@

.PHONY: lock
lock: $(BIN)/uv # renew requirements/*.txt from requirements/*.in (versions and hashes, no addresses)
	@for name in uv build connectors analysts dev client release; do \
	  case $$name in analysts|dev) constraint="-c requirements/connectors.txt";; *) constraint=;; esac; \
	  $(UV) pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-annotate \
	    --custom-compile-command "make lock" $$constraint $(LOCK_ARGS) -o requirements/$$name.txt requirements/$$name.in; \
	done
	@for name in source-keap destination-chartmogul; do \
	  $(UV) pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-annotate \
	    --custom-compile-command "make lock" -c requirements/connectors.txt $(LOCK_ARGS) -o $$name/requirements.txt $$name/pyproject.toml; \
	done
	@$(UV) pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-annotate \
	  --custom-compile-command "make lock" -c requirements/client.txt $(LOCK_ARGS) -o deploy/airbyte/requirements.txt deploy/airbyte/requirements.in
