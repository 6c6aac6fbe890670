# Everything starts here; `make` alone lists the targets.
PORT ?= 8000
SERVE ?= 1
LAUNCH = .venv/bin/python -m config.launch
# As many as there are processors, two at least; each may need a gigabyte and a half.
WORKERS ?= $(shell n=$$(nproc 2>/dev/null || echo 2); echo $$((n < 2 ? 2 : n > 6 ? 6 : n)))
PYTEST = .venv/bin/python -m pytest --dist loadfile --no-loadscope-reorder
# The browser's driver keeps an event loop in its process; tests that fork run in processes without one.
# Some of the others wait for workers that were killed, for minutes: one more hand works meanwhile.
HANDS = $(shell echo $$(($(WORKERS) + 1)))
# Where tests of the first part fail, the browser's run all the same, so that one run tells everything that is wrong.
BOTH_PARTS = $(PYTEST) -n $(HANDS) --ignore=tests/browser; first=$$?; [ $$first -le 1 ] || exit $$first; \
	$(PYTEST) -n $(WORKERS) tests/browser && exit $$first
ALL_TESTS = $(if $(ARGS),$(PYTEST) -n $(WORKERS) $(ARGS),$(BOTH_PARTS))

.PHONY: help setup demo serve worker test lint format documents bench conformance campaign lock env-example

help:  ## list the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

setup:  ## make .venv from the lock and see that the PDF printer works
	@.ci/prepare venv print

demo: setup  ## set everything up, play the demo's year, serve it (SERVE=0: stop after the table)
	@$(LAUNCH) demo --port $(PORT) $(if $(filter 0,$(SERVE)),--no-serve)

serve: setup  ## web, worker, sweeper and scheduler on http://localhost:8000 (PORT=...)
	@$(LAUNCH) serve --port $(PORT)

worker: setup  ## one more worker
	@$(LAUNCH) worker

documents: setup  ## every document that the demo made: pages = XML = database, schema and official rules
	@$(LAUNCH) run .venv/bin/python -m tests.documents

test: setup  ## all tests; installs what they need where that needs no question (ROLLCALL_PICTURES=1: pages in var/screens)
	@.ci/prepare test
	@$(ALL_TESTS)

lint: setup  ## style, types, templates, migrations, production settings
	@.venv/bin/ruff check
	@.venv/bin/ruff format --check -q
	@.venv/bin/mypy
	@.venv/bin/djlint --lint --quiet templates billing usage licenses ground
	@$(LAUNCH) run .venv/bin/python manage.py makemigrations --check --dry-run --verbosity 0
	@.ci/check-deploy
	@echo "lint: clean"

format:  ## bring the code into the common form
	@.venv/bin/ruff check --fix -q
	@.venv/bin/ruff format -q

bench: setup  ## every promise about speed, beside a peer in the same run; all are measured, then a missed one fails (SIZE=10m: a large month, 10,000 contracts)
	@missed=0; \
	.venv/bin/python -m tests.bench.rating || missed=1; \
	$(LAUNCH) run .venv/bin/python -m tests.bench --size $(or $(SIZE),1m) || missed=1; \
	.venv/bin/python -m tests.bench.settle || missed=1; \
	.venv/bin/python -m tests.bench.explain || missed=1; \
	.venv/bin/python -m tests.bench.verify || missed=1; \
	.venv/bin/python -m tests.bench.documents || missed=1; \
	$(LAUNCH) run .venv/bin/python -m tests.bench.numbering || missed=1; \
	.venv/bin/python -m tests.bench.ingest || missed=1; \
	.venv/bin/python -m tests.bench.lists || missed=1; \
	BENCH_INVOICES=$(if $(filter 10m,$(SIZE)),10000,2000) .venv/bin/python -m tests.bench.storing || missed=1; \
	BENCH_CONTRACTS=$(if $(filter 10m,$(SIZE)),10000,400) .venv/bin/python -m tests.bench.billing || missed=1; \
	exit $$missed

conformance: setup  ## every known export, broken file and published price against its figures (ONLY=, SAMPLES=, NASTY=, CASES=)
	@.venv/bin/python -m tests.conformance

campaign: setup  ## the tests at full size: every fault point, many kills, long searches, every page after every story, mutants
	@.ci/prepare test
	@export ROLLCALL_CAMPAIGN=1; $(ALL_TESTS)
	@ROLLCALL_EVERY_PAGE=1 $(PYTEST) -n $(HANDS) tests/billing tests/usage tests/portal tests/licenses
	@.venv/bin/python -m tests.campaign.mutants --workers $(WORKERS)

lock: setup  ## resolve the dependencies again
	@.venv/bin/uv pip compile --universal --generate-hashes --python-version 3.11 --extra fast --extra sheets --extra zstd \
		--group portal --group dev pyproject.toml -o requirements.lock -q \
		--no-emit-index-url --no-emit-find-links --no-header

env-example: setup  ## write .env.example from the declared settings
	@.venv/bin/python -c 'from config.environment import example_file; print(example_file(), end="")' > .env.example
