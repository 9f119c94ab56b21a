# `make demo` and `make test` do everything on a fresh machine.
PYTHON ?= python3
VENV := $(CURDIR)/.venv
export PATH := $(VENV)/bin:$(PATH)
export LD_LIBRARY_PATH := $(VENV)/lib:$(LD_LIBRARY_PATH)

.PHONY: help setup build demo test check bench clean

help:
	@echo "make demo    build, run the real graph on a real RGB-D frame, ask, draw"
	@echo "make test    every test and check"
	@echo "make check   lint, types and import rules only"
	@echo "make bench   accuracy and speed tables"

$(VENV)/.installed: $(wildcard requirements/*.txt)
	$(PYTHON) -m venv $(VENV)
	$(VENV)/bin/pip install -q --upgrade pip
	$(VENV)/bin/pip install -q $(foreach f,base ros build demo dev,-r requirements/$(f).txt)
	touch $@

setup: $(VENV)/.installed

build: setup
	@AMENT_PREFIX_PATH=$(VENV) CMAKE_PREFIX_PATH=$(VENV) cmake -S . -B build -G Ninja \
	  -DPython3_EXECUTABLE=$(VENV)/bin/python -DCMAKE_INSTALL_PREFIX=$(VENV) -DBUILD_TESTING=OFF > build.log 2>&1 \
	  && cmake --build build >> build.log 2>&1 && cmake --install build >> build.log 2>&1 \
	  || (cat build.log; exit 1)
	@mv build.log build/

demo: build
	$(VENV)/bin/hispatial demo

check: setup
	ruff check .
	ruff format --check .
	mypy
	lint-imports

test: build check
	pytest

bench: build
	$(VENV)/bin/python -m benchmarks

clean:
	rm -rf build install log demo_output
