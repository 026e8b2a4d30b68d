# Needle. `make help` lists what can be made; nothing is needed but Python 3.11+, git and make.
.DEFAULT_GOAL := help
PYTHON ?= python3
VENV := .venv
PEERS := .venv-peers
PIP := -m pip install --quiet --disable-pip-version-check --editable
SETUP := setup.cfg pyproject.toml

.PHONY: help demo tour test lint peers torture formats conformance benchmarks clean

help: ## show this list
	@awk -F':.*## ' '/^[a-z-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

demo: $(VENV)/.web ## start a small LMS, Needle and an LRS here, to try everything (PORT=9410: other ports)
	@$(VENV)/bin/python -m examples.demo $(if $(PORT),--port $(PORT))

tour: $(VENV)/.web ## make the whole trip by itself, launch to learning record, and print each step
	@$(VENV)/bin/python -m examples.tour

test: $(VENV)/.test ## install and run the tests (add NEEDLE_TEST_POSTGRES_URL for PostgreSQL too)
	@$(VENV)/bin/python -m pytest --ignore=tests/peers -m "not torture" -n auto --dist loadfile $(ARGS)

lint: $(VENV)/.test $(VENV)/.lint ## ruff, mypy, the import contracts, and each package alone
	@$(VENV)/bin/ruff check .
	@$(VENV)/bin/mypy
	@$(VENV)/bin/lint-imports --no-cache
	@$(VENV)/bin/python .ci/imports.py

peers: $(PEERS)/.peers ## the same trip with Open edX's platform, Ralph and headless Chromium
	@$(PEERS)/bin/python .ci/chromium.py
	@$(PEERS)/bin/python -m pytest tests/peers $(ARGS)

torture: $(VENV)/.test ## kills, fuzzing and attacks at full count (KILLS=100, SEQUENCES=50; NEEDLE_TEST_POSTGRES_URL for PostgreSQL too)
	@NEEDLE_TEST_KILLS=$(or $(KILLS),100) NEEDLE_TEST_DAMAGES=$(or $(DAMAGES),1000) NEEDLE_TEST_SEQUENCES=$(or $(SEQUENCES),50) $(VENV)/bin/python -m pytest -m torture --ignore=tests/peers -n auto --dist loadfile $(ARGS)

formats: $(VENV)/.test ## read every sample of the shared folder and write docs/formats.md
	@NEEDLE_TEST_FORMATS=write $(VENV)/bin/python -m pytest -q tests/catalogue_sync/test_formats.py

conformance: $(VENV)/.test ## run the certification's public cases and write docs/conformance.md
	@NEEDLE_TEST_CONFORMANCE=write $(VENV)/bin/python -m pytest -q tests/acceptance/certification

benchmarks: $(VENV)/.test ## every benchmark in its quick form
	@for file in benchmarks/*.py; do $(VENV)/bin/python $$file --quick || exit 1; done

clean: ## remove what these commands made
	rm -rf $(VENV) $(PEERS) .demo .mypy_cache .pytest_cache .ruff_cache .hypothesis *.egg-info

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "Needle needs Python 3.11 or newer; say which with: make PYTHON=python3.12 ..."; exit 1; }
	@$(PYTHON) -m venv $(VENV)

$(PEERS)/bin/python:
	@$(PYTHON) -m venv $(PEERS)

$(VENV)/.web: $(VENV)/bin/python $(SETUP)
	@echo "Installing Needle into $(VENV) ..."
	@$(VENV)/bin/python $(PIP) '.[web,sources,semantic]'
	@touch $@

$(VENV)/.test: $(VENV)/bin/python $(SETUP)
	@echo "Installing Needle and what its tests need into $(VENV) ..."
	@$(VENV)/bin/python $(PIP) '.[web,sources,postgres,semantic,multilingual,test]'
	@touch $@ $(VENV)/.web

$(VENV)/.lint: $(VENV)/bin/python $(SETUP)
	@$(VENV)/bin/python $(PIP) '.[lint]'
	@touch $@

$(PEERS)/.peers: $(PEERS)/bin/python $(SETUP)
	@echo "Installing the heavy peers into $(PEERS) (about 500 MB) ..."
	@$(PEERS)/bin/python $(PIP) '.[web,sources,postgres,semantic,multilingual,test,peers]'
	@touch $@
