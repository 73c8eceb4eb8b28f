# make help lists what there is.

PYTHON ?= $(shell command -v python3 || command -v python)
ifeq ($(strip $(PYTHON)),)
$(error There is no Python here: install Python 3.11 or newer and try again)
endif

# Everything goes through ops/bootstrap.py: it makes .venv when it is missing or out of date.
APP := @exec "$(PYTHON)" ops/bootstrap.py
DEV := @exec "$(PYTHON)" ops/bootstrap.py --dev
BARE := @exec "$(PYTHON)" ops/bootstrap.py --no-install

.DEFAULT_GOAL := help
.PHONY: help run restart stop clean setup test lint fmt types contracts check states \
        bench bench-engine bench-match bench-shift bench-pay screenshots

help: ## this list
	@grep -hE '^[a-z-]+:.*## ' Makefile | sed -E 's/:[^#]*## /\t/' | while IFS="$$(printf '\t')" read -r name text; \
	do printf '  make %-16s %s\n' "$$name" "$$text"; done

run: ## start everything: HOST=127.0.0.1 PORT=8000 VAR_DIR=var, Ctrl-C stops it
	$(APP) ops.run start

restart: ## restart one process of the run: NAME=web, sockets, worker, beat, redis, postgres or all
	$(BARE) ops.run restart $(NAME)

stop: ## stop the run of this VAR_DIR, and what a killed one left behind
	$(BARE) ops.run stop

clean: ## stop it, and remove its data and the virtual environment
	@"$(PYTHON)" ops/bootstrap.py --clean

setup: ## make .venv with all tools, and do nothing else
	$(DEV) ops.check setup

test: ## all tests, in three processes; ARGS are pytest's, as in make test ARGS="-k offers", and then it is one
	$(DEV) ops.tests $(ARGS)

lint: ## ruff: rules and format
	$(DEV) ops.check lint

fmt: ## ruff: write the format
	$(DEV) ops.check fmt

types: ## mypy
	$(DEV) ops.check types

contracts: ## who may import whom
	$(DEV) ops.check contracts

check: ## lint, types, our modules in the browser, contracts, Django's deploy checks, migrations and the API's schema
	$(DEV) ops.check

states: ## write docs/states.md from the code
	$(DEV) ops.check states

bench: ## the load benchmark; BENCH is the module
	$(DEV) bench.main $(ARGS)

bench-engine: ## offers made, accepted and resolved a second, next to pgbench
	$(DEV) bench.engine $(ARGS)

bench-match: ## the matching next to scipy on the dense matrix: time, memory, quality
	$(DEV) bench.matching $(ARGS)

bench-shift: ## simulated shifts under our policy and the policies of others
	$(DEV) bench.shift.main $(ARGS)

bench-pay: ## resolving with pay and without, balances and statements of a large ledger
	$(DEV) bench.pay $(ARGS)

screenshots: ## docs' pictures, from a real browser
	$(DEV) ops.screenshots $(ARGS)
