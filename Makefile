.DEFAULT_GOAL := help
.PHONY: help setup sweep article calibrate accuracy ui site pictures test test-all check coverage faults soak benchmark \
  up down cluster-test lock audit sbom release clean named

# Each target sets up the environments that it needs, and no others. .venv is what running needs; the next two add to it.
VENV := .venv
TEST := $(VENV)-test
BENCHMARK := $(VENV)-benchmark
ACCURACY := $(VENV)-accuracy
TOOLS := $(VENV)-tools
BIN := $(VENV)/bin

STUDY ?= configs/study.yaml
TRACKING ?= sqlite:///mlflow.db
PORT ?= 5000
WORKERS ?= 2
PYTEST := $(TEST)/bin/python -m pytest
TESTS := --numprocesses 3 --dist loadscope --no-loadscope-reorder
COMPILE = $(TOOLS)/bin/uv pip compile --quiet --upgrade --universal --python-version 3.11 --generate-hashes \
  --no-emit-index-url --no-header
LOCKS := requirements.txt requirements/test.txt requirements/benchmark.txt requirements/tools.txt \
  deploy/requirements.txt deploy/requirements-gpu.txt
VERSION = $(shell sed -n 's/^__version__ = "\(.*\)"/\1/p' sweep/__init__.py)
NAMED := $(if $(PYTHON),named)  # a Python that is named may be another one than last time
export PYTHON

help:  ## this list
	@sed -nE 's/^## (.*)/\n\1/p; s/^([a-z-]+):.*  ## (.*)/  make \1\t\2/p' Makefile | expand -t 21

## To run studies, with Python 3.11, 3.12 or 3.13; PYTHON=python3.12 chooses one

setup: $(VENV)/ready  ## install what studies need, and nothing else, into .venv

sweep: setup  ## run a study: STUDY=configs/study.yaml
	$(BIN)/python -m sweep.launch $(STUDY)

article: setup  ## the article's programs on six kinds of data, ten minutes; writes docs/article.md
	$(BIN)/python -m benchmarks.article

calibrate: setup  ## how often verdicts err, over hours; goes on where it stopped; PARTS=made-up, MINUTES=30; writes docs/calibration.md
	$(BIN)/python -m benchmarks.calibration $(PARTS) $(if $(MINUTES),--minutes $(MINUTES))

accuracy: setup $(ACCURACY)/installed  ## how good the recommended model is, beside baselines and NeuralForecast; half an hour; writes docs/accuracy.md
	$(BIN)/python -m benchmarks.accuracy --write

ui: setup  ## MLflow's pages for TRACKING=sqlite:///mlflow.db, at PORT=5000
	$(BIN)/sweep ui --tracking $(TRACKING) --port $(PORT)

## To read and to show

site: $(TOOLS)/installed  ## the site of docs/, to read from site/index.html; fetches nothing
	$(TOOLS)/bin/zensical build --clean --strict

pictures: setup  ## those of the README, from a run of configs/study.yaml; needs Chromium; writes docs/pictures/
	$(BIN)/python -m benchmarks.pictures

## To change the program

check: $(TOOLS)/installed $(TEST)/installed  ## lint, format, types and who may import what
	$(TOOLS)/bin/ruff check
	$(TOOLS)/bin/ruff format --check
	$(TOOLS)/bin/mypy
	$(TOOLS)/bin/lint-imports

test: $(TEST)/installed $(TOOLS)/installed  ## the promises, in a few minutes; tests/README.md
	$(PYTEST) $(TESTS)

test-all: test  ## those and the rest: trainings, services, browsers, and a sample of slow cases and campaigns
	$(PYTEST) $(TESTS) --rest

coverage: $(TEST)/installed $(TOOLS)/installed  ## the tests of test-all, and which lines and branches none of them reaches
	$(PYTEST) $(TESTS) --all --cov

faults: $(TEST)/installed  ## every fault campaign whole, not sampled: three quarters of an hour
	FAULTS=whole $(PYTEST) tests/faults tests/sweep/tracking tests/sweep/launch/test_known_comparisons.py tests/sweep/study/test_error_rates.py

soak: $(TEST)/installed  ## ten minutes of random faults from a printed seed
	$(TEST)/bin/python -m tests.faults.soak

benchmark: $(BENCHMARK)/installed  ## measure this against what one would run instead
	$(BENCHMARK)/bin/python -m benchmarks

## To run a cluster in containers, with Docker and Compose

up:  ## start it, with WORKERS=2 workers; docs/cluster.md
	@deploy/make_secrets.sh
	docker compose up --build --detach --wait --scale ray-worker=$(WORKERS)

down:  ## take it down, and keep its data
	docker compose --profile '*' down --remove-orphans

cluster-test: $(TEST)/installed  ## try one for real: faults, restarts, strangers; ten minutes
	$(TEST)/bin/python -m tests.cluster

## To look after the project

lock: $(TOOLS)/installed  ## renew the locks: requirements.txt, requirements/*.txt and deploy/requirements*.txt
	$(COMPILE) --extra postgres pyproject.toml --output-file requirements.txt
	$(COMPILE) --group tools --output-file requirements/tools.txt
	for group in test benchmark; do \
	  $(COMPILE) --constraints requirements.txt --extra postgres --group $$group pyproject.toml \
	    $$(sed -n 's/^\([a-z0-9._-]*\)==.*/--no-emit-package \1/p' requirements.txt) --output-file requirements/$$group.txt && \
	  sed -i.all '/^$$/,$$d' requirements/$$group.txt && \
	  rm requirements/$$group.txt.all || exit 1; \
	done
	for gpu in "" -gpu; do \
	  $(COMPILE) --constraints requirements.txt --constraints requirements/test.txt --extra postgres --extra excel $${gpu:+--extra gpu} \
	    pyproject.toml deploy/requirements.in --output-file deploy/requirements$$gpu.txt || exit 1; \
	done

audit: $(TOOLS)/installed  ## known vulnerabilities of what is installed, here and in the image; asks PyPI, or what AUDIT says
	$(TOOLS)/bin/pip-audit --strict --progress-spinner off --disable-pip $(LOCKS:%=--requirement %) $(AUDIT)

sbom: $(TOOLS)/installed  ## what the image holds beside its base: sbom.json, in CycloneDX
	$(TOOLS)/bin/cyclonedx-py requirements deploy/requirements.txt --pyproject pyproject.toml --output-reproducible -o sbom.json

release: $(TOOLS)/installed  ## build, try and tag the version in sweep/__init__.py; CONTRIBUTING.md
	@[ -z "$$(git status --porcelain)" ] || { echo "These are not committed:" >&2; git status --short >&2; exit 1; }
	@grep -qF "## [$(VERSION)]" CHANGELOG.md || { echo "CHANGELOG.md has no section [$(VERSION)]" >&2; exit 1; }
	@! git show-ref --quiet --tags v$(VERSION) || { echo "The tag v$(VERSION) is there already" >&2; exit 1; }
	rm -rf dist
	$(TOOLS)/bin/uv build --quiet --build-constraints requirements.txt --require-hashes
	$(TOOLS)/bin/python -m venv dist/trial
	dist/trial/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --no-index dist/*.whl
	cd dist && trial/bin/python -c 'import sweep, workers; assert sweep.__version__ == "$(VERSION)"'
	rm -rf dist/trial
	git tag --annotate v$(VERSION) --message "statesweep $(VERSION)"

clean:  ## remove the environments and what tools left behind, but no results
	rm -rf $(VENV) $(TEST) $(BENCHMARK) $(ACCURACY) $(TOOLS) *.egg-info build dist .coverage* .pytest_cache .mypy_cache .ruff_cache \
	  .hypothesis .import_linter_cache .cache site
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(VENV)/installed: requirements.txt $(NAMED)
	@requirements/environment.sh $(VENV) $<

$(VENV)/ready: $(VENV)/installed pyproject.toml
	@PYTHONWARNINGS=ignore $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

$(TEST)/installed $(BENCHMARK)/installed: $(VENV)-%/installed: requirements/%.txt $(VENV)/ready
	@requirements/environment.sh $(VENV)-$* $< $(VENV)

$(ACCURACY)/installed: requirements/accuracy.in | $(VENV)/ready
	rm -f $@
	$(BIN)/python -m venv --clear $(ACCURACY)
	$(ACCURACY)/bin/python -m pip install --quiet --disable-pip-version-check --requirement $<
	$(ACCURACY)/bin/python -m pip check --quiet --disable-pip-version-check
	@touch $@

$(TOOLS)/installed: requirements/tools.txt $(NAMED)
	@requirements/environment.sh $(TOOLS) $<
