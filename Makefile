PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
DEMO_ARGS ?=
TEST_ARGS ?=
CHAOS_ARGS ?=
HOSTILE_ARGS ?=

.DEFAULT_GOAL := help
.PHONY: help demo test lint bench load hostile chaos docs docs-serve app worker clean

help:  ## Show this help
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /  make \1\t/' | expand -t 16

demo: $(VENV)/runtime  ## Train two small networks and open the dashboard (DEMO_ARGS=--no-serve: do not open it)
	$(BIN)/saliencnn demo $(DEMO_ARGS)

app: $(VENV)/runtime  ## Open the dashboard on the store that is there
	$(BIN)/saliencnn app

worker: $(VENV)/runtime  ## Train the retries that people have queued
	$(BIN)/saliencnn worker

# A third worker on two cores only shares them, and starts what each starts once more.
test: lint  ## Check style, types and imports, and run all tests
	$(BIN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder $(TEST_ARGS)

lint: $(VENV)/dev  ## Check style, types and imports alone
	$(BIN)/ruff format --check saliencnn pipelines app tests
	$(BIN)/ruff check saliencnn pipelines app tests
	$(BIN)/mypy --num-workers 2
	$(BIN)/lint-imports

bench: $(VENV)/dev  ## Measure speed side by side with the limits; fails if one is missed
	$(BIN)/python -m tests.benchmarks

load: $(VENV)/dev  ## Let 50 people use the dashboard of the store that is there; fails if they wait too long
	$(BIN)/python -m tests.load

hostile: $(VENV)/dev  ## Give the program 2,000 hostile inputs; fails if one is answered badly
	$(BIN)/python -m tests.hostile $(HOSTILE_ARGS)

chaos: $(VENV)/dev  ## Kill the program a hundred times, fill its disk, shift its clock; fails if anything is lost
	$(BIN)/python -m tests.chaos $(CHAOS_ARGS)

docs: $(VENV)/dev  ## Build the documentation into site/
	$(BIN)/mkdocs build --strict

docs-serve: $(VENV)/dev  ## Show the documentation, renewed as it is edited
	$(BIN)/mkdocs serve

clean:  ## Remove the virtual environment; the store under mlruns/ stays
	rm -rf $(VENV) *.egg-info

$(VENV)/python: 
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
		echo "saliencnn needs Python 3.11 or newer; $(PYTHON) is $$($(PYTHON) --version). Try make PYTHON=python3.12"; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade pip
	@touch $@

$(VENV)/runtime: $(VENV)/python pyproject.toml constraints.txt
	$(BIN)/python -m pip install --quiet -c constraints.txt -e .
	@touch $@

$(VENV)/dev: $(VENV)/runtime
	$(BIN)/python -m pip install --quiet -c constraints.txt -e '.[dev]'
	@touch $@
