# One command each: install, run, test, check, e2e, lock, bench.
SHELL := /bin/bash
PYTHON ?= python3
BIN := .venv/bin
# What comes as source only is built with the pinned build tool, not with one fetched unseen.
PIPPED := -qq --disable-pip-version-check --require-hashes --no-build-isolation

.PHONY: install run test check e2e lock bench corpus bench-documents bench-ingest chaos-mail fuzz format

install: .venv/.installed

.venv/.installed: requirements/build.txt requirements/dev.txt pyproject.toml
	@echo "1/3 making .venv"
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@echo "2/3 fetching pinned packages (about a minute the first time)"
	@$(BIN)/python -m pip install $(PIPPED) -r requirements/build.txt
	@$(BIN)/python -m pip install $(PIPPED) -r requirements/dev.txt
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

# ARGS="--write docs/ingest.md" keeps the table in the page; ARGS="--only WORDS" runs some of it.
corpus: install
	$(BIN)/python -m tests.returned $(ARGS)

bench: install
	$(BIN)/python bench/turn.py

# Letters by SMTP to receipts sent, by the real service. ARGS="--short --report" is quick and never fails.
bench-ingest: install
	$(BIN)/python bench/ingest.py $(ARGS)

# The whole service is killed 200 times at random, within 20 minutes; `make test` does it ten times.
chaos-mail: install
	CHAOS_KILLS=$${CHAOS_KILLS:-200} CHAOS_MINUTES=$${CHAOS_MINUTES:-20} \
		$(BIN)/python -m pytest -s tests/mail/test_killed_at_random.py

# The other libraries that it is compared with live in an environment of their own. ARGS=--report never fails.
bench-documents: install .venv-bench/.installed
	$(BIN)/python bench/documents.py $(ARGS)

.venv-bench/.installed: requirements/bench.txt
	@test -x .venv-bench/bin/python || $(PYTHON) -m venv .venv-bench
	@.venv-bench/bin/python -m pip install $(PIPPED) -r requirements/build.txt
	@.venv-bench/bin/python -m pip install $(PIPPED) -r requirements/bench.txt
	@touch $@

# FUZZ_SECONDS=600 by default. What it learns is kept in artefacts/fuzz, and so is every finding.
fuzz: install .venv-fuzz/.installed
	.venv-fuzz/bin/python -m tests.fuzz.run $(ARGS)

.venv-fuzz/.installed: requirements/fuzz.txt
	@test -x .venv-fuzz/bin/python || $(PYTHON) -m venv .venv-fuzz
	@.venv-fuzz/bin/python -m pip install $(PIPPED) -r requirements/build.txt
	@.venv-fuzz/bin/python -m pip install $(PIPPED) -r requirements/fuzz.txt
	@touch $@

format: install
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

# Needs uv on the PATH; writes pins and hashes, and no download address.
lock:
	uv pip compile -q --generate-hashes --no-emit-index-url --no-header --universal --python-version 3.11 requirements/build.in -o requirements/build.txt
	uv pip compile -q --generate-hashes --no-emit-index-url --no-header --universal --python-version 3.11 requirements/run.in -o requirements/run.txt
	uv pip compile -q --generate-hashes --no-emit-index-url --no-header --universal --python-version 3.11 requirements/dev.in -o requirements/dev.txt
	uv pip compile -q --generate-hashes --no-emit-index-url --no-header --universal --python-version 3.11 requirements/e2e.in -o requirements/e2e.txt
	uv pip compile -q --generate-hashes --no-emit-index-url --no-header --universal --python-version 3.11 requirements/fuzz.in -o requirements/fuzz.txt
	uv pip compile -q --generate-hashes --no-emit-index-url --no-header --universal --python-version 3.11 requirements/bench.in -o requirements/bench.txt
