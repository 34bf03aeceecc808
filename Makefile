# make run    set up and start the app on http://127.0.0.1:8050   (ARGS="my.csv --port 8060")
# make test   set up, then style, types and every test, in a real browser too
# make test-full   the same with everything that is tried at random tried as often as promised: hours
# make bench  speed and quality beside the peers, into docs/performance.md   (ARGS=--quick)
# make fuzz   load so many hostile files made from a seed   (N=1000000 SEED=1)
# make load   many users at once, into docs/reliability.md           (ARGS=--quick)
# make soak   an hour of use with faults                             (MINUTES=60)
# make audit  known weaknesses of the locked packages; fails when any could not be looked up
# make lock   renew the lock files from requirements*.txt

VENV := .venv
BIN := $(VENV)/bin
NEWEST := for p in python3.13 python3.12 python3.11 python3; do \
	$$p -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done
PYTHON ?= $(shell $(NEWEST))
PIP := $(BIN)/python -m pip --disable-pip-version-check install --quiet --require-hashes
LOCK := $(BIN)/uv pip compile --no-config --default-index https://pypi.org/simple --universal --python-version 3.11 \
	--fork-strategy fewest --generate-hashes --no-annotate --no-header --quiet --upgrade

N ?= 20000
SEED ?= 0

.PHONY: run test test-full check bench load soak fuzz audit lock clean

run: $(VENV)/run.stamp
	@$(BIN)/python app.py $(ARGS)

test: check
	@browser="$$($(BIN)/python tests/browser_path.py --install)" && \
	export BROWSER_PATH="$$browser" && $(BIN)/python -m pytest -m quiet -q && $(BIN)/python -m pytest -m "not quiet" -n 2 --dist worksteal $(ARGS)

test-full: $(VENV)/test.stamp
	@$(MAKE) test ARGS="--full $(ARGS)"

check: $(VENV)/test.stamp
	@$(BIN)/ruff check .
	@$(BIN)/mypy

bench: $(VENV)/run.stamp
	@$(BIN)/python -m benchmarks $(ARGS)

load: $(VENV)/test.stamp
	@browser="$$($(BIN)/python tests/browser_path.py --install)" && BROWSER_PATH="$$browser" $(BIN)/python -m benchmarks.load $(ARGS)

soak: $(VENV)/test.stamp
	@browser="$$($(BIN)/python tests/browser_path.py --install)" && \
	BROWSER_PATH="$$browser" $(BIN)/python -m benchmarks.soak --minutes $(or $(MINUTES),60) $(ARGS)

fuzz: $(VENV)/run.stamp
	@$(BIN)/python -m benchmarks.fuzz --count $(N) --seed $(SEED)

audit: | $(BIN)/python
	@$(BIN)/python tests/audit.py $(ARGS)

lock: $(VENV)/test.stamp
	@$(LOCK) requirements.txt -o requirements.lock
	@$(LOCK) requirements-dev.txt -c requirements.lock -o requirements-dev.lock

clean:
	rm -rf $(VENV)

# A stamp is newer than the lock that it was installed from: a second start installs nothing.
$(VENV)/run.stamp: requirements.lock | $(BIN)/python
	@echo "Installing what the app needs (once, a few minutes) …"
	@$(PIP) -r requirements.lock
	@touch $@

$(VENV)/test.stamp: requirements-dev.lock $(VENV)/run.stamp
	@echo "Installing what the tests need …"
	@$(PIP) -r requirements-dev.lock
	@touch $@

$(BIN)/python:
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer with venv is needed (on Debian: apt install python3-venv)." >&2; exit 1; }
	@echo "Making $(VENV) with $(PYTHON) …"
	@$(PYTHON) -m venv $(VENV)
