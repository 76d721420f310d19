# `make app` opens the lab, `make test` checks it; both set everything up on a fresh machine.

PYTHON ?= python3
PORT ?= 8501
# Where data lies that is not to be downloaded; NoisyOffice always has to be named to train on it.
DATA_MNIST ?=
DATA_NOISYOFFICE ?=
VENV := .venv
BIN := $(VENV)/bin
MNIST := $(if $(DATA_MNIST),--data-root $(DATA_MNIST))
# The folder itself, where scripts download MNIST to if none is named.
MNIST_FOLDER := $(or $(DATA_MNIST),data/mnist)
CORPUS = $(or $(DATA_NOISYOFFICE),$(error Say where NoisyOffice is: make $@ DATA_NOISYOFFICE=folder))

.PHONY: app test soak load audit lint train measure measure-rendered bench readme clean

app: $(VENV)/app.done
	$(BIN)/python -m streamlit run streamlit_app.py --server.port $(PORT)

test: $(VENV)/test.done
	$(BIN)/python -m pytest -n 2 --dist loadfile

# 10,000 damaged files, a PDF of 500 pages, and twenty visitors for ten minutes: about an hour on an idle
# machine; writes docs/robustness.md.
soak: $(VENV)/test.done
	$(BIN)/python scripts/soak.py
	$(MAKE) load

# The visitors alone: ten minutes, and one for memory and the start.
load: $(VENV)/test.done
	$(BIN)/python scripts/benchmark.py hosting
	$(BIN)/python scripts/benchmark.py load

# Known holes in the packages that are installed; needs https://pypi.org.
audit: $(VENV)/test.done
	$(BIN)/python scripts/audit.py

lint: $(VENV)/test.done
	$(BIN)/python -m ruff check .
	$(BIN)/python -m ruff format --check .
	$(BIN)/python -m mypy

# Weights for everything again, days on two cores; docs/page-model.md says what the shipped ones learned besides.
train: $(VENV)/app.done
	$(BIN)/python scripts/train_pages.py --data-root $(CORPUS)
	$(BIN)/python scripts/train_regions.py --data-root $(CORPUS)
	$(BIN)/python scripts/train_regions.py --data-root $(CORPUS) --init regions
	$(BIN)/python scripts/train_digits.py $(MNIST)
	$(MAKE) measure

measure: $(VENV)/app.done
	$(BIN)/python -m ae evaluate pages --data-root $(CORPUS) --partition VA --update-cards
	$(BIN)/python -m ae evaluate digits --update-cards
	$(BIN)/python scripts/measure_confusion.py $(MNIST)
	$(BIN)/python scripts/encode_digits.py $(MNIST)
	$(BIN)/python -m ae evaluate latent --data-root $(MNIST_FOLDER) --update-cards
	$(BIN)/python scripts/measure_lessons.py $(MNIST)
	$(MAKE) readme

# Half an hour on two cores; needs the fonts that scripts/render_pages.py names.
measure-rendered: $(VENV)/test.done
	$(BIN)/python -m ae evaluate rendered --update-cards
	$(BIN)/python scripts/measure_regions.py
	$(BIN)/python scripts/measure_transfer.py
	$(MAKE) readme

bench: $(VENV)/test.done
	$(BIN)/python scripts/benchmark.py $(if $(DATA_NOISYOFFICE),--data-root $(DATA_NOISYOFFICE))

readme: $(VENV)/app.done
	$(BIN)/python scripts/make_readme.py

$(VENV)/app.done: requirements.txt
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed: make PYTHON=python3.11")'
	$(BIN)/python -m pip --version >/dev/null 2>&1 || $(PYTHON) -m venv --clear $(VENV)
	$(BIN)/python -m pip install -r requirements.txt
	touch $@

$(VENV)/test.done: requirements-dev.txt requirements-ocr.txt requirements-cluster.txt $(VENV)/app.done
	$(BIN)/python -m pip install -r requirements-dev.txt
	sh scripts/install_system.sh $(BIN)/python
	touch $@

clean:
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .hypothesis
