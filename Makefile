# Two commands for a fresh machine: `make run` shows the daemon at work, `make test` proves it.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DELETE_ON_ERROR:
.DEFAULT_GOAL := help

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP_INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-input
EDITABLE := $(PIP_INSTALL) --no-deps --no-build-isolation --editable .
LOCK_OPTIONS := --universal --python-version 3.11 --generate-hashes --no-annotate \
	--no-emit-index-url --no-emit-find-links --custom-compile-command "make lock" --quiet
# The extras that the image carries.
IMAGE_EXTRAS := pdf pki
# An environment made for development also runs the daemon; without one `make run` installs the runtime only.
RUNNABLE := $(if $(wildcard $(VENV)/.dev),$(VENV)/.dev,$(VENV)/.runtime)

# Many tests wait for a daemon or a timeout: three workers keep two cores busy. Each begins with
# neighbours, which share what they start.
SPREAD := -n 3 --dist worksteal

.PHONY: help run test check venv tools lock format dashboards catalogues previews image docs explanations prove bench clean

help: ## this list
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 10

run: $(RUNNABLE) ## start the demonstration: the daemon, SQLite, a local stand-in vendor, a year of history
	exec $(BIN)/uptime-daemon demo

test: tools check ## install what the tests need (apt only as root), then `make check`

check: $(VENV)/.dev ## format, lint, types, imports, all tests
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/pytest $(SPREAD)

venv: $(VENV)/.dev ## the development environment from the lock

tools: ## Chromium, Prometheus and the like, by apt as root
	.ci/install-tools

$(BIN)/python:
	.ci/make-venv $(PYTHON) $(VENV)

$(VENV)/.runtime: requirements/build.txt requirements/runtime.txt pyproject.toml | $(BIN)/python
	$(PIP_INSTALL) --require-hashes -r requirements/build.txt -r requirements/runtime.txt
	$(EDITABLE)
	touch $@

$(VENV)/.dev: requirements/dev.txt pyproject.toml | $(BIN)/python
	$(PIP_INSTALL) --require-hashes -r requirements/dev.txt
	$(EDITABLE)
	touch $@

lock: $(VENV)/.dev ## write the locks anew from pyproject.toml; `make lock UPGRADE=--upgrade` takes newer versions
	$(BIN)/uv pip compile $(LOCK_OPTIONS) pyproject.toml $(UPGRADE) --group dev -o requirements/dev.txt
	$(BIN)/uv pip compile $(LOCK_OPTIONS) pyproject.toml -c requirements/dev.txt -o requirements/runtime.txt
	$(BIN)/uv pip compile $(LOCK_OPTIONS) pyproject.toml $(IMAGE_EXTRAS:%=--extra %) -c requirements/dev.txt -o requirements/image.txt
	$(BIN)/uv pip compile $(LOCK_OPTIONS) --group build -c requirements/dev.txt -o requirements/build.txt

format: $(VENV)/.dev ## rewrite the code as the formatter and the safe fixes want it
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

dashboards: $(VENV)/.dev ## write grafana/dashboards/ and the rules for Kubernetes anew from grafana/
	$(BIN)/python -m grafana.sources

catalogues: $(VENV)/.dev ## bring every language's words in line with the sources (uptime_daemon/languages/catalogues/)
	$(BIN)/python -m uptime_daemon.languages.extraction

previews: $(VENV)/.dev ## pictures of the dashboards and their queries' answers, from the demonstration and a real Prometheus
	$(BIN)/python -m tests.grafana.previews

explanations: $(VENV)/.dev ## what `probe --debug` says of every kind at its real peer (docs/probe-debug.md); as root
	$(BIN)/python -m tests.probers.debug_page

image: $(BIN)/python ## the container image as an archive, built without a container engine; as root
	.ci/make-image dist/uptime-daemon.tar $(BIN)/pip

docs: $(VENV)/.dev ## the documentation as a site, in site/
	$(BIN)/python -m docs.sources build/docs
	cd build/docs && $(abspath $(BIN))/zensical build --clean --strict
	rm -rf site && mv build/docs/site site

prove: $(VENV)/.dev ## the long proofs
	HYPOTHESIS_PROFILE=thorough $(BIN)/pytest -n 2 -m prove --timeout 3600

bench: $(VENV)/.dev ## measure side by side with peers
	$(BIN)/python -m benchmarks

clean: ## remove everything that can be made again
	rm -rf $(VENV) build dist site .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache
