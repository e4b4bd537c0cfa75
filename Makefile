# Two commands on a fresh machine: `make demo` and `make test`. Each sets everything up.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed

.PHONY: demo test setup lint types check clean

demo: setup
	$(BIN)/potok demo

test: setup lint types
	QT_QPA_PLATFORM=offscreen $(BIN)/pytest

setup: $(STAMP)

$(STAMP): constraints.txt pyproject.toml tools/system_libraries.sh
	@$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "Potok needs Python 3.11 or newer: make PYTHON=python3.11 …")'
	$(PYTHON) -m venv $(VENV)
	PIP_CONSTRAINT=constraints.txt PIP_BUILD_CONSTRAINT=constraints.txt $(BIN)/python -m pip install --quiet --disable-pip-version-check -e ".[dev]"
	sh tools/system_libraries.sh $(BIN)/python
	@touch $(STAMP)

lint: setup
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .

types: setup
	$(BIN)/basedpyright --level error

clean:
	rm -rf $(VENV) .pytest_cache .ruff_cache .hypothesis *.egg-info
