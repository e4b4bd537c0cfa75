# Two commands on a fresh machine: `make demo` and `make test`. Each sets everything up.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed

.PHONY: demo test setup lint types check clean

demo: setup
	$(BIN)/potok demo

test: setup lint types
	QT_QPA_PLATFORM=offscreen $(BIN)/pytest -n logical --maxprocesses 4 --dist worksteal

setup: $(STAMP)

$(STAMP): constraints.txt pyproject.toml tools/setup.sh tools/system_libraries.sh
	PYTHON=$(PYTHON) VENV=$(VENV) sh tools/setup.sh

lint: setup
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .

types: setup
	$(BIN)/basedpyright --level error

clean:
	rm -rf $(VENV) .pytest_cache .ruff_cache .hypothesis *.egg-info
