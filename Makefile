# Everything a person types. `make` alone says what there is.
.DEFAULT_GOAL := help
SHELL := bash
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
DISTRIBUTIONS := shared services/audit-api services/regex-extractor services/inference-worker services/trainer-orchestrator deploy/local cli

help: ## show this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-8s %s\n", $$1, $$2}'

up: setup ## set up and start everything on this machine; Ctrl-C stops it
	@exec $(BIN)/larder up

demo: setup ## the whole loop, unattended, on a folder of its own; prints a table
	@exec $(BIN)/python -m larder_local.demo

test: setup browser sshd ## set up and run every test, browser tests included
	@deploy/local/run-tests

check: setup ## format, lint, types, import rules
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo
	cd frontend && npm run --silent lint && npm run --silent typecheck

setup: $(VENV)/.installed frontend/dist/.built ## install what is needed; done by the others

format: setup ## format and fix what can be fixed
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

lock: setup ## pin the dependencies anew
	$(BIN)/pip install --quiet uv
	$(BIN)/python deploy/lock/lock.py

$(VENV)/.installed: requirements.lock requirements-nats.lock $(addsuffix /pyproject.toml,$(DISTRIBUTIONS))
	@deploy/local/install $(PYTHON) $(VENV) $(DISTRIBUTIONS)
	@touch $@

FRONTEND_SOURCES := $(shell find frontend/src frontend/public frontend/index.html frontend/*.json frontend/*.ts -type f 2>/dev/null)
frontend/dist/.built: $(FRONTEND_SOURCES)
	@deploy/local/build-frontend
	@touch $@

browser: ## a Chromium for the browser tests
	@deploy/local/install-browser

sshd: ## an OpenSSH server for the tests of rented machines
	@deploy/local/install-sshd

clean: ## remove what was installed and built; data is kept
	rm -rf $(VENV) frontend/node_modules frontend/dist

.PHONY: help up demo test check setup format lock browser sshd clean
