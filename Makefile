# Holdfast: build, run, test. `make` alone says what there is.
# Everything goes into one target directory; CARGO_TARGET_DIR is honoured.

SHELL := /bin/bash
.DEFAULT_GOAL := help
.PHONY: help run test check fuzz soak bench dev bundle bindings fixtures sqlx icons deny

help: ## Say what there is
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /  make \1\t/' | expand -t 18

run: ## Install what is missing, build, and open Holdfast (without a display: run its demonstration)
	@tools/run

test: ## Install what tests need, then run everything: formats, lints, scenarios, page, real window
	@tools/test

check: ## Between two commits: format, lints, types, unit tests and the scenarios of what changed; BASE=REV for more
	@tools/check

bench: ## Compare with pg_dump, restic and others side by side; QUICK=1 on a tenth of the data, ROWS="stream files" for some
	@tools/bench

fuzz: ## Fuzz every parser, SECONDS=60 for each; TARGET="vault_tree dump_tap" for some
	@SECONDS_EACH=$(or $(SECONDS),60) tools/fuzz run $(TARGET)

soak: ## Torture the vault for SECONDS=300, with restic judging every step; HOLDFAST_SEED repeats a run
	@tools/soak $(or $(SECONDS),300)

dev: ## Open the window with Vite behind it; changes show at once
	@tools/setup run
	@tools/page packages
	@ui/node_modules/.bin/tauri dev

bundle: ## Make the packages of this system
	@tools/setup bundle
	@tools/page packages
	@ui/node_modules/.bin/tauri build -- --profile dist

bindings: ## Write the page's types from the contract
	@HOLDFAST_UPDATE_BINDINGS=1 cargo test --quiet -p contract --test bindings

fixtures: ## Write what the page's fixtures answer, for the contract to read
	@HOLDFAST_UPDATE_FIXTURES=1 npm --prefix ui exec -- vitest run --root ui src/ipc/mock/answers.test.ts

sqlx: ## Write the descriptions of the checked SQL queries
	@if [ -x tools/sqlx-prepare ]; then tools/sqlx-prepare; else echo "there are no checked SQL queries yet"; fi

icons: ## Draw the icons of the application and the tray from their sources
	@node tools/icons.mjs

deny: ## Check dependencies: advisories, licences, layers (needs cargo-deny)
	@cargo deny check
