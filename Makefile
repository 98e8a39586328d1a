# Two commands matter: `make demo` runs the whole thing, `make test` proves it. Each installs what it needs.
SHELL := /bin/bash
.DEFAULT_GOAL := help
BASE_PYTHON ?= $(firstword $(shell command -v python3.11 python3.12 python3))
PYTHON := .venv/bin/python
DAYS ?=
NAME ?=
SEED ?=
INPUTS ?=
ROUNDS ?=
CUSTOMERS ?=
SUDO := $(if $(filter-out 0,$(shell id -u)),sudo)
LOCK := $(PYTHON) -m uv pip compile --quiet --universal --generate-hashes --no-header --no-annotate pyproject.toml

.PHONY: help chromium promtool venv lock lint test test-fast rules demo smoke crash fuzz golden bench-models bench-lateness

help:  ## Show the commands
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 14

venv: .venv/installed  ## Make .venv and install the locked requirements

.venv/installed: requirements.lock requirements-dev.lock
	$(BASE_PYTHON) -m venv .venv
	$(PYTHON) -m pip install --quiet --require-hashes -r requirements-dev.lock
	@touch $@

lock:  ## Pin every requirement anew, with hashes (requirements-dev.lock holds requirements.lock and more)
	$(PYTHON) -m pip install --quiet uv
	$(LOCK) --extra demo -o requirements.lock
	$(LOCK) --extra demo --extra dev -c requirements.lock -o requirements-dev.lock

lint: venv  ## ruff and mypy
	$(PYTHON) -m ruff check --no-cache .
	$(PYTHON) -m ruff format --check .
	$(PYTHON) -m mypy

test-fast: venv  ## What needs no server, under a minute
	$(PYTHON) -m pytest -q -n auto --dist worksteal -m "not stack and not slow"

rules: venv promtool  ## Prometheus rules and Grafana dashboards: promtool, each query, each metric's name
	$(PYTHON) -m pytest -q tests/observability

demo: venv  ## The simulated shop, the flow, a panel and the dashboard; DAYS=60 ends by itself
	$(PYTHON) -m demo $(if $(DAYS),--days $(DAYS))

smoke: venv  ## The main job on real parts, killed in the middle, checked against the shop
	$(PYTHON) -m tests.e2e.smoke

golden: venv  ## Record the golden files of tests/golden anew, from the real connector; NAME=… one of them
	$(PYTHON) -m tests.golden.record $(NAME)

crash: venv  ## Random actions and kill -9 on real parts, checked against the shop; SEED=1 ROUNDS=30
	$(PYTHON) -m tests.crash $(if $(SEED),--seed $(SEED)) $(if $(ROUNDS),--rounds $(ROUNDS))

fuzz: venv  ## A million broken records through the decoders and the stages; INPUTS=… SEED=1
	$(PYTHON) -m tests.fuzz $(if $(INPUTS),--inputs $(INPUTS)) $(if $(SEED),--seed $(SEED))

bench-models: venv  ## The lifetime models beside the lifetimes library: ratios of fits and predictions
	$(PYTHON) -m benchmarks.models

bench-lateness: venv  ## How late the alerts of a million customers are, on real parts; CUSTOMERS=50000
	$(PYTHON) -m benchmarks.lateness $(if $(CUSTOMERS),--customers $(CUSTOMERS))

chromium:  ## The browser that the dashboard is tested in, by apt where it is missing
	@command -v chromium chromium-browser google-chrome >/dev/null \
		|| { $(SUDO) apt-get update -qq && $(SUDO) apt-get install -y -qq --no-install-recommends chromium; }

promtool: stack/target/promtool/usr/bin/promtool  ## What rules are tested with, from Debian's package where it is missing

stack/target/promtool/usr/bin/promtool:
	@command -v promtool >/dev/null || { mkdir -p stack/target/promtool && cd stack/target/promtool && $(SUDO) apt-get update -qq \
		&& apt-get download -qq prometheus && dpkg-deb -x prometheus_*.deb . && rm prometheus_*.deb; }

test: lint test-fast chromium promtool  ## Everything, on the real stack
	$(PYTHON) -m pytest -q -n auto --dist worksteal -m "database or (slow and not stack)"
	$(PYTHON) -m pytest -q -m "stack and not database"
