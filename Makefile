# `make app` opens the lab, `make test` checks it; both set everything up on a fresh machine.

PYTHON ?= python3
PORT ?= 8501
DATA_MNIST ?=
DATA_NOISYOFFICE ?=
VENV := .venv
BIN := $(VENV)/bin
MNIST := $(if $(DATA_MNIST),--data-root $(DATA_MNIST))

.PHONY: app test lint train measure bench readme clean

app: $(VENV)/app.done
	$(BIN)/streamlit run streamlit_app.py --server.port $(PORT)

test: $(VENV)/test.done
	$(BIN)/python -m pytest

lint: $(VENV)/test.done
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

# Every shipped weight again, hours on two cores; DATA_NOISYOFFICE names the corpus's folder.
train: $(VENV)/app.done
	$(BIN)/python scripts/train_digits.py $(MNIST)
	$(BIN)/python scripts/train_pages.py --data-root $(DATA_NOISYOFFICE)
	$(MAKE) measure

measure: $(VENV)/app.done
	$(BIN)/python scripts/encode_digits.py $(MNIST)
	$(BIN)/python scripts/measure_confusion.py $(MNIST)
	$(BIN)/python -m ae evaluate digits --update-cards
	$(BIN)/python -m ae evaluate pages --data-root $(DATA_NOISYOFFICE) --partition VA --update-cards
	$(MAKE) readme

bench: $(VENV)/app.done
	$(BIN)/python scripts/benchmark.py

readme: $(VENV)/app.done
	$(BIN)/python scripts/make_readme.py

$(VENV)/app.done: requirements.txt
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install -r requirements.txt
	touch $@

$(VENV)/test.done: requirements-dev.txt $(VENV)/app.done
	$(BIN)/python -m pip install -r requirements-dev.txt
	sh scripts/install_system.sh
	touch $@

clean:
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .hypothesis
