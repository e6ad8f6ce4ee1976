# Interpreting MNIST. Needs Python 3.11 or newer and make; everything else goes into .venv here.
#
#   make book      set up, compute what is missing, build the site: _build/html/index.html
#   make test      set up and pass the tests, on the built site (on a preview where none is built)
#   make verify    build the preview twice from clean clones, and compare every byte
#
# It sets up .venv; what is done there is `python -m mnist_interp book`, `test` and so on, which need no make.
#
# Variables, all optional, given as `make book NAME=VALUE`:
#   PYTHON         the Python to make .venv from, where the one found is not the one wanted
#   TORCH_INDEX    an index of packages to take torch and torchvision from. On Linux the ordinary torch brings CUDA
#                  (5.5 GB installed), which the book does not use: give the address that pytorch.org's installation
#                  page shows for Linux, Pip, CPU. Read when .venv is made.
#   KILLS, WHOLE   with `make verify`: how often a third build is killed; anything, for the whole book
#   PORT           where `make serve` listens (8000)
#   MNIST_INTERP_PREVIEW=1   with `make serve`: serve the preview

VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
LOCK := requirements.lock
PREVIEW := _build/preview
PORT ?= 8000
export PORT

.PHONY: help book preview serve test verify lint lock release clean

help:
	@echo "make book      compute what is missing, build the site: _build/html/index.html"
	@echo "make preview   the whole book on 3 seeds and 1 epoch: $(PREVIEW)/_build/html/index.html"
	@echo "make serve     rebuild and reload the browser on each saved edit, at port $(PORT)"
	@echo "make test      the tests, on the built site (on a preview where none is built)"
	@echo "make verify    the preview twice from clean clones, every byte compared; KILLS=10 kills a third as often"
	@echo "make lint      style, types, imports and workflows"
	@echo "make lock      add what pyproject.toml newly asks for, write $(LOCK) from what is installed"
	@echo "make release   packages, bill of materials and an archive of the built book: _build/release"
	@echo "make clean     remove _build; computed results stay in the cache, packages in $(VENV)"

book preview serve test: $(READY)
	@$(BIN)/python -m mnist_interp $@

verify: $(READY)
	@$(BIN)/python -m mnist_interp verify $(if $(KILLS),--kills $(KILLS)) $(if $(WHOLE),--whole)

lint: $(READY)
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-cache --no-logo
	@$(BIN)/check-jsonschema --builtin-schema vendor.github-workflows .github/workflows/*.yml
	@$(BIN)/check-jsonschema --builtin-schema vendor.citation-file-format CITATION.cff

lock: $(READY)
	@$(BIN)/pip install -q --disable-pip-version-check --no-build-isolation -e '.[cluster,notebook,test,dev]'
	@$(BIN)/python .ci/lock.py > $(LOCK).part && mv $(LOCK).part $(LOCK)
	@touch $(READY)

release: $(READY)
	@$(BIN)/python .ci/release.py

clean:
	@rm -rf _build conf.py

# Set up once; again only when the lock or the package's metadata changed. Packages are compiled as they are imported:
# most of their files never are.
$(READY): $(LOCK) pyproject.toml
	@sh .ci/make-venv $(VENV) $(PYTHON)
	@if [ -n "$(TORCH_INDEX)" ]; then $(BIN)/pip install -q --no-deps --index-url "$(TORCH_INDEX)" \
		$$(grep -E '^(torch|torchvision)==' $(LOCK)); fi
	@echo "Installing the packages of $(LOCK) into $(VENV)"
	@$(BIN)/pip install -q --disable-pip-version-check --no-compile -r $(LOCK)
	@$(BIN)/pip install -q --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@
