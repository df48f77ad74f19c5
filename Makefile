# Everything runs on the Node 24 that npm installs; Node 20 or later is enough to start.
export PATH := $(CURDIR)/node_modules/.bin:$(PATH)
.DEFAULT_GOAL := help
.PHONY: help install run check test bench chaos screenshots deploy e2e clean
ARGS ?=
ONLY ?=
OVERLAY ?=

help: ## Lists these commands
	@awk -F ':.*## ' '/^[a-z0-9]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' Makefile

# stdout belongs to the program that runs next: npm may only write to stderr. The copy of the lock file tells what is
# installed, so that nothing asks the network twice. npm may refuse install scripts, and Node 24 comes by one.
install: ## Installs packages and Node 24, when package-lock.json changed
	@cmp -s package-lock.json node_modules/.installed || { set -e; exec >&2; \
	  echo 'Installing packages and Node 24: under a minute, once.'; \
	  npm ci --no-audit --no-fund --loglevel=error; \
	  test -x node_modules/node/bin/node || (cd node_modules/node && node installArchSpecificPackage.js); \
	  ln -sfn ../node/bin/node node_modules/.bin/node; \
	  ln -sfn ../../cli/kubescribe.ts node_modules/.bin/kubescribe; \
	  node_modules/.bin/node -e 'process.exit(process.version.startsWith("v24.") ? 0 : 1)'; \
	  cp package-lock.json node_modules/.installed; }

run: install ## Starts everything on one port; ARGS="--once", "--fresh" or "--no-demo"
	@exec node local/run.ts $(ARGS)

check: install ## Types, format, lint, unused code
	@node test/setup/gate.ts --checks

test: install ## Every check and every test
	@node test/setup/gate.ts

bench: install ## Measures, writes bench/results.json; ONLY=name for one, ARGS=size for another size of a long one
	@exec node bench/run.ts $(ONLY) $(ARGS)

chaos: install ## Kills everything at random moments of runs and looks for what was lost
	@exec node bench/chaos.ts $(ARGS)

screenshots: install ## Pictures of the pages for the README, with Debian's Chromium
	@command -v chromium >/dev/null || test "$$(id -u)" != 0 || \
	  { apt-get update -qq && apt-get install -y -qq --no-install-recommends chromium; } >&2
	@exec node docs/screenshots.ts $(ARGS)

deploy: install ## Applies OVERLAY=kind or production to kubectl's cluster and waits until it is Ready; ARGS="--image …"
	@test -n "$(OVERLAY)" || { echo 'Say which: make deploy OVERLAY=kind, or production' >&2; exit 2; }
	@exec node cli/kubescribe.ts deploy $(OVERLAY) $(ARGS)

e2e: install ## Deploys to the cluster of KUBECONFIG and looks on; E2E_IMAGE, IN_KUBE; ARGS="--keep", "--gentle" or steps
	@exec node test/e2e/run.ts $(ARGS)

clean: ## Removes packages and reports; the data in .kubescribe stays
	rm -rf node_modules test-report.json bench/results.json
