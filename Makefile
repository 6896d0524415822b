# Every command that a person needs. `make help` lists them.

# One target folder for everything, wherever cargo was told to put it.
export CARGO_TERM_COLOR ?= auto

.PHONY: help run test soak bench bench-quick lint fuzz needs

help: ## List these commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: ## Build in release and open the door on http://localhost:8080, with everything in ./data
	@cargo build --release --locked -p doorward
	@exec "$$(scripts/target-folder)/release/doorward" serve

needs: ## Install what the tests need: PostgreSQL, Chromium, Python, Node packages, cargo-nextest
	@scripts/install-test-needs

test: needs ## Run everything on SQLite and on PostgreSQL, and the journeys in Chromium
	scripts/test

soak: needs ## Long runs: the market through its oracle, power cuts and kills, then the journeys over and over
	scripts/soak

bench: ## Print every figure: figure <name> <value> <unit>
	scripts/bench

bench-quick: ## The same in at most 15 minutes
	scripts/bench --quick

lint: ## Formatting, clippy with warnings as errors, and tidy
	cargo fmt --all --check
	cargo clippy --workspace --all-targets --locked -- -D warnings
	cargo run --quiet --locked -p xtask -- tidy

fuzz: ## The parsers that face the network, under libFuzzer, one minute each
	scripts/fuzz
