# make demo | test | test-all | check | bench | chaos | detect | mutants | truth; everything else is `.venv/bin/shopfloor --help`.
PYTHON ?= python3
ARGS ?=
ONLY ?=
SEEDS ?= 10
FIRST ?= 1
JOBS ?= 6
# For two processors: whole systems run one after the other and wait most of the time, the rest runs beside them.
WORKERS ?= 3
VENV := .venv
PIP := $(VENV)/bin/python -m pip install --quiet --disable-pip-version-check -c constraints.txt

.PHONY: demo test test-all check bench chaos detect mutants truth

demo: $(VENV)/demo.stamp
	@$(VENV)/bin/shopfloor demo $(ARGS)

# The heavy few at a tenth of their size; all else as it is.
test: export SHOPFLOOR_TEST_SIZE := small
# All of them whole.
test-all chaos mutants truth: export SHOPFLOOR_TEST_SIZE := whole

# What is compiled is kept, whatever the environment says: the tests start many programs.
test test-all: $(VENV)/test.stamp
	@PYTHONDONTWRITEBYTECODE= $(VENV)/bin/pytest -n $(WORKERS) --dist loadgroup $(ARGS)

check: $(VENV)/check.stamp
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/mypy
	$(VENV)/bin/lint-imports

bench: $(VENV)/test.stamp
	@$(VENV)/bin/python tests/bench/run.py $(ONLY)

chaos: $(VENV)/test.stamp
	@$(VENV)/bin/python tests/chaos/run.py "$(SEEDS)" "$(FIRST)" "$(ONLY)" "$(JOBS)"

# Data sets are read where SHOPFLOOR_NAB and SHOPFLOOR_SKAB say that they lie, or in .cache.
detect: $(VENV)/test.stamp
	@$(VENV)/bin/python -m tests.detect.run

mutants: $(VENV)/test.stamp
	@$(VENV)/bin/python tests/conformance/mutants.py

truth: $(VENV)/test.stamp
	@$(VENV)/bin/python tests/month/run.py "$(SEEDS)" "$(FIRST)"

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Python 3.11 or newer is needed: make demo PYTHON=/path/to/python3.11 · 需要 Python 3.11 或更新版本"; exit 2; }
	@echo "Creating $(VENV) … 正在创建 $(VENV) …"
	@$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); exit 2; }

$(VENV)/demo.stamp: pyproject.toml constraints.txt | $(VENV)/bin/python
	@echo "Installing the pinned dependencies … 正在安装依赖 …"
	@$(PIP) -e '.[demo,b2mml]' && touch $@

$(VENV)/test.stamp: pyproject.toml constraints.txt | $(VENV)/bin/python
	@echo "Installing the pinned dependencies of the tests … 正在安装测试依赖 …"
	@$(PIP) -e '.[demo,test]' && touch $@

$(VENV)/check.stamp: pyproject.toml constraints.txt | $(VENV)/bin/python
	@$(PIP) -e '.[demo,test,check]' && touch $@
