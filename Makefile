# Everything a person or CI runs. Nothing but Python 3.11+, git and make has to be there.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.ready
CLUSTER ?= auto
IMAGE ?= atlas-streams-peering:dev
# Each worker has a control plane of its own; a module's tests stay together, in the order of tests/conftest.py. More
# workers than processors: much of a test with a control plane is waiting.
PARALLEL ?= --numprocesses 5 --dist loadfile --no-loadscope-reorder
FLAGS ?=

export PIP_DISABLE_PIP_VERSION_CHECK := 1
# pytest keeps the tests as it has compiled them; where that is forbidden, each worker compiles all of them each time.
export PYTHONDONTWRITEBYTECODE :=

.DEFAULT_GOAL := help

help: ## Show this list
	@grep -hE '^[a-z0-9-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  %-15s %s\n", $$1, $$2}'

$(STAMP): requirements/dev.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "Python 3.11 or newer is needed: make PYTHON=python3.12 …")'
	@echo "Setting up $(VENV) from the locked requirements (about half a minute, once) …"
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --require-hashes -r requirements/dev.lock
	@$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation --editable .
	@touch $@

setup: $(STAMP) ## Make the virtual environment

demo: $(STAMP) ## The main job on a real Kubernetes API; KEEP=1 leaves it running, PODS=1 runs the operator as a pod
	@$(BIN)/python -m demo --cluster $(CLUSTER) $(if $(PODS),--pods) $(if $(KEEP),--keep)

# Exit code 1 of pytest: all tests were run, and some failed. Anything else is no matter of a second try.
test: $(STAMP) ## All tests but those of e2e-argocd and e2e-pods; SECOND_TRY=1 runs what failed once more, by itself
	@$(BIN)/python -m local_cluster fetch
	@$(BIN)/python -m local_cluster fetch helm >/dev/null
	@$(BIN)/python -m pytest $(PARALLEL) $(FLAGS) -m "not argocd and not pods" $(if $(SECOND_TRY),\
		|| { test $$? -eq 1 && echo "What failed among several workers is run once more by itself:" \
			&& $(BIN)/python -m pytest --last-failed -m "not argocd and not pods"; })

e2e-argocd: $(STAMP) ## The tests with a real Argo CD; its first build takes about ten minutes
	@$(BIN)/python -m local_cluster fetch
	@$(BIN)/python -m local_cluster fetch helm >/dev/null
	@$(BIN)/python -m local_cluster fetch redis >/dev/null
	@$(BIN)/python -m local_cluster fetch argocd >/dev/null
	@$(BIN)/python -m pytest tests/gitops

# IMAGE_BASE=debian builds on this machine's own packages, where no registry has the Dockerfile's base.
e2e-pods: $(STAMP) ## The tests on real pods: on Linux, as root; the first build takes about ten minutes; IMAGE_BASE=debian
	@$(BIN)/python -m local_cluster fetch
	@$(BIN)/python -m local_cluster fetch helm >/dev/null
	@$(BIN)/python -m local_cluster fetch node
	@IMAGE_BASE=$(IMAGE_BASE) $(BIN)/python -m pytest tests/pods

unit: $(STAMP) ## The tests that need no control plane
	@$(BIN)/python -m pytest $(PARALLEL) tests/unit tests/simulator

lint: $(STAMP) ## Lint, format check, types and import contracts
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

format: $(STAMP) ## Format the code
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

crds: $(STAMP) ## Write crds/ and docs/reference/ from the models
	@$(BIN)/python -m atlas_streams_peering.kinds.resources crds
	@$(BIN)/python -m documentation reference
	@$(BIN)/python -m chart sync

chart: $(STAMP) ## Write the chart's generated files and docs/values.md
	@$(BIN)/python -m chart sync

plugin-docs: $(STAMP) ## Write the checks of the doctor into docs/doctor.md
	@$(BIN)/python -m documentation doctor

manifests: $(STAMP) ## Write deploy/ from the chart
	@$(BIN)/python -m chart manifests deploy

olm: $(STAMP) ## Write olm/, the bundle for the Operator Lifecycle Manager
	@$(BIN)/python -m olm olm

golden: $(STAMP) ## Write the chart's golden renders anew
	@$(BIN)/python -m chart golden

argocd: $(STAMP) ## Write argocd/'s generated files from its Lua
	@$(BIN)/python -m argo sync

argocd-testdata: $(STAMP) ## Write the objects that argocd/ is tested on anew, with a real operator
	@$(BIN)/python -m local_cluster fetch
	@$(BIN)/python -m argo testdata

docs: $(STAMP) ## Build the documentation site into site/; SERVE=1 shows it on this machine
	@$(BIN)/python -m documentation $(if $(SERVE),serve,build) site
	@$(if $(SERVE),,echo "site/index.html")

links: $(STAMP) ## List the addresses outside the site that the documentation links to
	@$(BIN)/python -m documentation links

bench: $(STAMP) ## Print time, requests, memory and CPU: SIZES="1000 5000" BENCH_FLAGS="--pending 1 --against COMMAND"
	@$(BIN)/python -m benchmarks $(SIZES) $(BENCH_FLAGS)

image: $(STAMP) ## Build the image with docker, podman or buildah: IMAGE=name IMAGE_FLAGS="…"
	@$(BIN)/python -m image $(IMAGE) $(IMAGE_FLAGS)

image-test: $(STAMP) ## Check the image that `make image` has built, and run it
	@IMAGE=$(IMAGE) $(BIN)/python -m pytest tests/image

lock: ## Write the locked requirements anew
	@tools/lock

clean: ## Remove what the commands above made here
	@rm -rf $(VENV) .demo site .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache

.PHONY: help setup demo test e2e-argocd e2e-pods unit lint format crds chart plugin-docs manifests olm golden argocd argocd-testdata docs links bench image image-test lock clean
