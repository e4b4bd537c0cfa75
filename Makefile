# Two commands on a fresh machine: `make demo` and `make test`. Each sets everything up.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
# One more than there are cores, at most four: many tests wait for a time-out or a process.
WORKERS := $(shell $(PYTHON) -c "import os; print(min(4, 1 + len(os.sched_getaffinity(0)) if hasattr(os, 'sched_getaffinity') else 4))")

.PHONY: demo test setup lint types check clean

demo: setup
	$(BIN)/potok demo

test: setup lint types
	QT_QPA_PLATFORM=offscreen $(BIN)/pytest -n $(WORKERS) --dist worksteal

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
