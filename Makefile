# Every target here is a shorthand; CI runs the same ones. `make` lists them.
CONFIGURATION ?= Release
COUNT ?= 20
WATCH ?=
ARGS ?=
SOLUTION := FileMonitor.sln
CLI := samples/FileMonitor.Cli
AGENT := samples/FileMonitor.Agent
PACKAGES := artifacts/packages
COVERAGE := artifacts/coverage
READER := artifacts/inotify-reader/inotify_reader
BENCHMARKS := artifacts/benchmarks
CHOKIDAR := artifacts/chokidar
COVERED_LINES := 90
COVERED_ASSEMBLIES := FileMonitor FileMonitor.Durable FileMonitor.Extensions.FileProviders FileMonitor.Hosting FileMonitor.RabbitMq FileMonitor.Schemas FileMonitor.Sinks FileMonitor.Testing

export DOTNET_NOLOGO := 1
export DOTNET_CLI_TELEMETRY_OPTOUT := 1
export TESTINGPLATFORM_TELEMETRY_OPTOUT := 1
# Scripts read the summaries.
export DOTNET_CLI_UI_LANGUAGE := en

.DEFAULT_GOAL := help
.PHONY: help quick-check build test soak scenarios run-example run-agent run-collector run-fleet coverage bench bench-sources bench-uploads bloat format pack publish publish-agent deb audit docs ci clean

help: ## This list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

quick-check: build ## Build with all analysers, and check the formatting: before every commit
	dotnet format $(SOLUTION) --no-restore --verify-no-changes

build: ## Build everything; a warning is an error
	dotnet build $(SOLUTION) -c $(CONFIGURATION)

test: ## All tests (ARGS="--filter-class '*Debounce*'" for some)
	dotnet test --solution $(SOLUTION) -c $(CONFIGURATION) --no-progress $(ARGS)

soak: build ## All tests COUNT times (20), also on one processor and beside a busy one, then 200 seeds of replay; stops at the first failure
	CONFIGURATION=$(CONFIGURATION) bash .ci/soak $(COUNT)

scenarios: publish ## What loses changes elsewhere, played against the native command (one to two minutes)
	.ci/scenarios artifacts/cli/filemonitor

run-example: ## Watch a directory (WATCH=dir; a fresh one by default)
	@watched="$(WATCH)"; watched="$${watched:-$$(mktemp -d)}"; \
	echo "Watching $$watched: change something in it; Ctrl+C ends."; \
	dotnet run -c $(CONFIGURATION) --project $(CLI) -- watch "$$watched"

run-agent: ## Run the agent over a directory (WATCH=dir; a fresh one by default), and open its page on http://127.0.0.1:9090 (ARGS="--urls ...")
	@watched="$(WATCH)"; watched="$${watched:-$$(mktemp -d)}"; \
	echo "Watching $$watched: change something in it; Ctrl+C ends."; \
	dotnet run -c $(CONFIGURATION) --project $(AGENT) -- --root "$$watched" $(ARGS)

run-collector: ## Run the collector (ARGS="--config FILE"), and open its page on http://127.0.0.1:9091
	dotnet run -c $(CONFIGURATION) --project samples/FileMonitor.Collector -- $(ARGS)

run-fleet: ## Run RabbitMQ, PostgreSQL, the collector and two agents (ARGS=DIRECTORY keeps their files), and open the page on http://127.0.0.1:19090
	@CONFIGURATION=$(CONFIGURATION) samples/fleet/run $(ARGS)

coverage: ## Line and branch coverage of src; fails below 90 % of lines
	rm -rf $(COVERAGE)
	dotnet tool restore
	dotnet test --solution $(SOLUTION) -c Debug --no-progress --results-directory $(COVERAGE)/raw --coverage --coverage-output-format cobertura
	dotnet tool run reportgenerator -- "-reports:$(COVERAGE)/raw/**/*.cobertura.xml" "-targetdir:$(COVERAGE)" "-reporttypes:TextSummary;Html;Cobertura" \
		"-assemblyfilters:$$(printf "+%s;" $(COVERED_ASSEMBLIES))" "-filefilters:-*/obj/*;-*.g.cs" -verbosity:Warning
	@cat $(COVERAGE)/Summary.txt
	@for name in $(COVERED_ASSEMBLIES); do \
		awk -v name="$$name" -v least=$(COVERED_LINES) ' \
			$$1 == name { seen = 1; if ($$2 + 0 < least) { print name ": " $$2 " of lines, less than " least "%"; exit 1 } } \
			END { if (!seen) { print name ": not covered at all"; exit 1 } }' $(COVERAGE)/Summary.txt || exit 1; \
	done

bench: ## All benchmarks
	dotnet run -c Release --project tests/FileMonitor.Benchmarks -- all

bench-sources: ## FileSystemWatcher, our sources, inotifywait and a C reader on the same storms (ARGS="--storm 1,6 --scale 0.1" for less)
	@rm -f $(READER)
	@mkdir -p $(dir $(READER))
	@if command -v gcc >/dev/null; then \
		gcc -O2 -Wall -Wextra -Werror -o $(READER) tests/InotifyReader/inotify_reader.c; \
	else \
		echo "gcc is missing: no C reader in this run"; \
	fi
	dotnet publish tests/FileMonitor.Benchmarks -c Release --use-current-runtime -p:PublishAot=true -o $(BENCHMARKS)
	$(BENCHMARKS)/FileMonitor.Benchmarks sources --reader $(CURDIR)/$(READER) $(ARGS)

bench-uploads: ## When chokidar and we tell of uploaded files, and whether they are complete then (half a minute; needs npm and rsync)
	rm -rf $(CHOKIDAR)
	cp -r tests/FileMonitor.Benchmarks/Uploads/chokidar $(CHOKIDAR)
	npm ci --no-audit --no-fund --prefix $(CHOKIDAR)
	dotnet run -c Release --project tests/FileMonitor.Benchmarks -- uploads $(CHOKIDAR)

bloat: pack publish ## How large the packages and the native command are
	@wc -c $(PACKAGES)/*.nupkg artifacts/cli/filemonitor | awk '$$2 != "total" { printf "%12.1f KiB  %s\n", $$1 / 1024, $$2 }'

format: ## Put the formatting right
	dotnet format $(SOLUTION)

pack: ## The packages, into artifacts/packages, checked
	rm -rf $(PACKAGES)
	dotnet pack $(SOLUTION) -c Release -o $(PACKAGES)
	dotnet run --file .ci/CheckPackages.cs -- . $(PACKAGES)

publish: ## The native command, into artifacts/cli
	rm -rf artifacts/cli
	dotnet publish $(CLI) -c Release --use-current-runtime -o artifacts/cli

publish-agent: ## The agent with the .NET runtime, into artifacts/agent
	rm -rf artifacts/agent
	dotnet publish $(AGENT) -c Release --use-current-runtime --self-contained -o artifacts/agent

deb: publish-agent ## The agent as a Debian package, into artifacts/deb (needs dpkg-deb)
	rm -rf artifacts/deb
	bash $(AGENT)/deploy/debian/build artifacts/agent artifacts/deb

audit: ## Vulnerable and outdated packages
	@bash .ci/audit $(SOLUTION)

docs: ## Check the links of the documents and compile their samples
	dotnet run --file .ci/CheckDocs.cs -- . artifacts/docs-samples
	dotnet build tests/FileMonitor.DocsSamples -c $(CONFIGURATION)

ci: ## What CI runs
	bash .ci/run

clean: ## Remove everything that was built
	rm -rf artifacts
