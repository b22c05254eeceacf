# Two commands matter: `make up` runs the fleet on this machine, `make test` tests all of it.

PYTHON ?= python3
BIN := .venv/bin
ON_TWO_CORES := -n 2 --dist loadscope --no-loadscope-reorder
unexport PYTHONDONTWRITEBYTECODE  # hundreds of processes would compile everything at every start

.DEFAULT_GOAL := help
.PHONY: help up check format test test-fast test-kafka bench docs clean

help:  ## List the targets
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 16

.venv/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "Shopfleet needs Python 3.11 or newer: make up PYTHON=python3.11"; exit 1; }
	$(PYTHON) -m venv .venv

.venv/.installed: pyproject.toml constraints.txt | .venv/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[local]'
	@touch $@

.venv/.installed-dev: pyproject.toml constraints.txt | .venv/.installed
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[local,dev]'
	@touch $@

up: .venv/.installed  ## Start the fleet with demo stores; the board's address is printed
	@exec $(BIN)/shopfleet up

check: .venv/.installed-dev  ## Lint, types and import boundaries
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: .venv/.installed-dev  ## Format the code and mend what the linter can
	$(BIN)/ruff check --fix-only .
	$(BIN)/ruff format .

test: .venv/.installed-dev  ## The whole suite on real PostgreSQL and the embedded broker
	$(BIN)/python -m pytest $(ON_TWO_CORES)

test-fast: .venv/.installed-dev  ## What needs neither database nor broker
	$(BIN)/python -m pytest -m "not db and not kafka"

test-kafka: .venv/.installed-dev  ## The whole suite on Apache Kafka: one node, and three for the cluster tests
	SHOPFLEET_TEST_KAFKA=apache $(BIN)/python -m pytest $(ON_TWO_CORES)

bench: .venv/.installed-dev  ## Measure, each figure beside a plain ceiling in the same run
	$(BIN)/python -m bench

docs: .venv/.installed-dev  ## Write the generated documents anew
	$(BIN)/python -m tests.generate

clean:  ## Remove the virtual environment and the local data
	rm -rf .venv .shopfleet deploy/kafka/target
