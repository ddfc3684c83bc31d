.DEFAULT_GOAL := help
.PHONY: help setup sweep test check faults soak benchmark article ui up down cluster-test audit sbom lock clean

VENV := .venv
BIN := $(VENV)/bin
STUDY ?= configs/study.yaml
TRACKING ?= sqlite:///mlflow.db
PORT ?= 5000
WORKERS ?= 2

# The first of these that runs and is Python 3.11; PYTHON=... names another one.
find_python = for python in $(PYTHON) python3.11 python3 python; do \
	  "$$python" -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))' >/dev/null 2>&1 && break; python=; done; \
	if [ -z "$$python" ]; then \
	  echo "This needs Python 3.11, and found: $$(python3 --version 2>&1 || true)" >&2; \
	  echo "Install Python 3.11, or say where it is: make $(MAKECMDGOALS) PYTHON=/path/to/python3.11" >&2; exit 1; fi

help:  ## this list
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /  make \1\t/' | expand -t 21

setup: $(VENV)/ready  ## the environment in .venv; every other target does this first

# Without its stamp an environment may be half installed: it is made anew.
$(VENV)/installed: requirements.txt
	@$(find_python); \
	[ -e $@ ] || { echo "Setting up $(VENV), once: two or three minutes"; "$$python" -m venv --clear $(VENV); }
	@rm -f $@
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.txt
	@touch $@

$(VENV)/ready: $(VENV)/installed pyproject.toml
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

sweep: setup  ## set up and run a study: STUDY=configs/study.yaml
	$(BIN)/python -m sweep.launch $(STUDY)

test: setup  ## the tests: what needs services beside what computes
	$(BIN)/python -m pytest --numprocesses 2 --dist loadscope

check: setup  ## lint, format, types and who may import what
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports

faults: setup  ## every fault campaign whole, not sampled: half an hour
	FAULTS=whole $(BIN)/python -m pytest tests/faults tests/sweep/recording tests/sweep/launch/test_known_comparisons.py

soak: setup  ## ten minutes of random faults from a printed seed
	$(BIN)/python -m tests.faults.soak

benchmark: setup  ## measure this against what one would run instead
	$(BIN)/python -m benchmarks

article: setup  ## the article's programs on six kinds of data, ten minutes; writes docs/article.md
	$(BIN)/python -m benchmarks.article

ui: setup  ## MLflow's pages for TRACKING=sqlite:///mlflow.db, at PORT=5000
	MLFLOW_DISABLE_TELEMETRY=true MLFLOW_SERVER_ENABLE_JOB_EXECUTION=false \
	  $(BIN)/mlflow ui --backend-store-uri $(TRACKING) --host 127.0.0.1 --port $(PORT)

up:  ## the cluster in containers, with WORKERS=2 workers; docs/cluster.md
	@deploy/make_secrets.sh
	docker compose up --build --detach --wait --scale ray-worker=$(WORKERS)

down:  ## take the cluster down, and keep its data
	docker compose --profile '*' down --remove-orphans

cluster-test: setup  ## try the cluster for real: faults, restarts, strangers; ten minutes, needs Docker
	$(BIN)/python -m tests.cluster

audit: setup  ## known vulnerabilities of what is installed, here and in the image; asks PyPI, or what AUDIT says
	$(BIN)/pip-audit --strict --progress-spinner off --disable-pip --requirement requirements.txt \
	  --requirement deploy/requirements.txt --requirement deploy/requirements-gpu.txt $(AUDIT)

sbom: setup  ## what the image holds beside its base: sbom.json, in CycloneDX
	$(BIN)/cyclonedx-py requirements deploy/requirements.txt --pyproject pyproject.toml --output-reproducible -o sbom.json

lock: setup  ## write requirements.txt anew from pyproject.toml, and those of the image
	$(BIN)/uv pip compile --quiet --upgrade --universal --generate-hashes --no-emit-index-url --no-header \
	  --extra postgres --group dev pyproject.toml --output-file requirements.txt
	for gpu in "" -gpu; do \
	  $(BIN)/uv pip compile --quiet --universal --generate-hashes --no-emit-index-url --no-header --constraints requirements.txt \
	    --extra postgres $${gpu:+--extra gpu} pyproject.toml deploy/requirements.in --output-file deploy/requirements$$gpu.txt || exit 1; \
	done

clean:  ## remove the environment and what tools left behind, but no results
	rm -rf $(VENV) *.egg-info build .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
