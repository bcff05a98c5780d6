# One command each: install, run, test, check, e2e, lock, bench.
SHELL := /bin/bash
PYTHON ?= python3
BIN := .venv/bin

.PHONY: install run test check e2e lock bench format

install: .venv/.installed

.venv/.installed: requirements/dev.txt pyproject.toml
	@echo "1/3 making .venv"
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@echo "2/3 fetching pinned packages (about a minute the first time)"
	@$(BIN)/python -m pip install -qq --disable-pip-version-check --require-hashes -r requirements/dev.txt
	@echo "3/3 putting the command at $(BIN)/auditbot"
	@$(BIN)/python -m pip install -qq --disable-pip-version-check --no-build-isolation --no-deps -e .
	@touch $@

run: install
	@$(BIN)/python -m bot.demo

check: install
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	PYTHONPATH=. $(BIN)/lint-imports
	$(BIN)/auditbot council check councils/telford_and_wrekin
	$(BIN)/auditbot council check councils/central_bedfordshire

test: check
	$(BIN)/python -m pytest -n 2

e2e: install
	bash tests/e2e/run.sh

bench: install
	$(BIN)/python bench/turn.py

format: install
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

# Needs uv on the PATH; writes pins and hashes, and no download address.
lock:
	uv pip compile -q --generate-hashes --no-emit-index-url --no-header --universal --python-version 3.11 requirements/run.in -o requirements/run.txt
	uv pip compile -q --generate-hashes --no-emit-index-url --no-header --universal --python-version 3.11 requirements/dev.in -o requirements/dev.txt
	uv pip compile -q --generate-hashes --no-emit-index-url --no-header --universal --python-version 3.11 requirements/e2e.in -o requirements/e2e.txt
	uv pip compile -q --generate-hashes --no-emit-index-url --no-header --universal --python-version 3.11 requirements/fuzz.in -o requirements/fuzz.txt
	uv pip compile -q --generate-hashes --no-emit-index-url --no-header --universal --python-version 3.11 requirements/bench.in -o requirements/bench.txt
