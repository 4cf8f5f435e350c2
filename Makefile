# make demo        installs, trains the quick preset on MSRA if there is no bundle yet, tags sentences, serves
# make test        installs, passes the tests
# make test-fast   the same without what trains, downloads, opens a browser or takes long for another reason
# make check       style, types and the examples in docstrings
# Everything lands in .venv, data, runs and bundles beside this file.

PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV ?= .venv
BUNDLE ?= bundles/default
PY := $(VENV)/bin/python
INSTALLED := $(VENV)/.installed

.PHONY: demo bundle setup check format test test-fast test-peers test-label-studio e2e lock clean

demo: $(BUNDLE)/bundle.json
	$(PY) -m model $(BUNDLE) --format inline examples/sentences.txt
	ZITAG_BUNDLE=$(BUNDLE) $(PY) -m app

bundle: $(BUNDLE)/bundle.json

$(BUNDLE)/bundle.json: | $(INSTALLED)
	$(PY) -m training.fit --preset quick --output $(BUNDLE)

setup: $(INSTALLED)

$(INSTALLED): locks/dev.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))' || \
	  { echo "training and its tests need Python 3.11 (tensorflow-addons runs on no later one): make PYTHON=/path/to/python3.11"; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(PY) -m pip install --quiet --disable-pip-version-check --require-hashes -r locks/dev.txt
	$(PY) -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

check: $(INSTALLED)
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/mypy
	$(PY) -m pytest -q --doctest-modules model training app

test: $(INSTALLED)
	$(PY) -m pytest

test-fast: $(INSTALLED)
	$(PY) -m pytest -m "not slow and not e2e" --hypothesis-profile=quick

# The formats against the libraries that they are from, which need another NumPy than TensorFlow does.
PEERS := datasets spacy label-studio-sdk doccano-transformer setuptools
test-peers:
	$(PYTHON) -m venv $(VENV)-peers
	$(VENV)-peers/bin/python -m pip install --quiet --disable-pip-version-check '.[bulk]' pytest pytest-timeout hypothesis anyio $(PEERS)
	$(VENV)-peers/bin/python -m pytest -m peers tests/training/formats

# The service against Label Studio itself, which first makes its tables, for a minute or more.
test-label-studio: $(INSTALLED)
	$(PYTHON) -m venv $(VENV)-label-studio
	$(VENV)-label-studio/bin/python -m pip install --quiet --disable-pip-version-check label-studio
	LABEL_STUDIO=$(abspath $(VENV)-label-studio)/bin/label-studio $(PY) -m pytest -m peers tests/app/labelstudio

# Needs Docker with compose: builds the images, then trains, serves, kills and restarts for real.
e2e: $(INSTALLED)
	$(PY) -m pytest -m e2e -rsP tests/deploy

# An hour of made-up bytes for the service; `make test` has 2,000 of them.
fuzz: $(INSTALLED)
	FUZZ_SECONDS=3600 $(PY) -m pytest --timeout=0 tests/abuse/test_fuzz.py

format: $(INSTALLED)
	$(VENV)/bin/ruff check --fix .
	$(VENV)/bin/ruff format .

# Needs uv. Run after a change of the dependencies in pyproject.toml, then commit the locks. locks/serve.txt is for all
# Pythons that serve, with markers; the others for 3.11, where training runs.
LOCK := uv pip compile --quiet --python-version 3.11 --generate-hashes --no-emit-index-url --no-annotate --no-header pyproject.toml
lock:
	$(LOCK) --universal --output-file locks/serve.txt
	$(LOCK) --extra train --output-file locks/train.txt
	$(LOCK) --extra gpu --output-file locks/gpu.txt
	$(LOCK) --extra gpu-serve --no-emit-package onnxruntime --output-file locks/gpu-serve.txt
	$(LOCK) --extra bulk --output-file locks/bulk.txt
	$(LOCK) --extra ray --output-file locks/ray.txt
	$(LOCK) --extra spark --output-file locks/spark.txt
	$(LOCK) --extra dev --output-file locks/dev.txt

clean:
	rm -rf $(VENV) $(VENV)-peers $(VENV)-label-studio build *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis
