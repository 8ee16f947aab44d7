# Copyright: Contributors to the netops.cloud_vpn collection
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

.DEFAULT_GOAL := help
.PHONY: help demo test unit unit-matrix test-matrix units sanity integration acceptance rulebook coverage lint docs docsite build importer corpus-score faults soak fuzz bench bench-logs format clean

STEP := @sh .ci/step

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  make %-14s %s\n", $$1, $$2}' Makefile

demo: ## play a change on both clouds against the simulator: healthy, broken, found out, mended
	$(STEP) demo

test: ## everything below; the logs are in .work/logs
	$(STEP) test

unit: ## unit tests on one Python, in seconds (ARGS="-k name")
	$(STEP) unit

units: ## unit tests by ansible-test, each on the oldest Python it has to run on
	$(STEP) units

unit-matrix: ## unit tests by ansible-test on every Python that is installed
	$(STEP) unit-matrix

test-matrix: ## units and integration on ansible-core 2.18 to 2.21, oldest and newest Python: some forty minutes (ARGS=2.18)
	$(STEP) test-matrix

sanity: ## ansible-test sanity, without ignore entries
	$(STEP) sanity

integration: ## integration targets by ansible-test against the simulator (ARGS=target)
	$(STEP) integration

acceptance: ## the whole path against the simulator, the clouds' own clients, and pipelines (ARGS="-k name")
	$(STEP) acceptance

rulebook: ## the event source in a real ansible-rulebook, with Java 17 (ARGS="-k name")
	$(STEP) rulebook

faults: ## faults, completeness, scale, interruption, security: minutes, on a quiet machine
	$(STEP) faults

coverage: ## unit tests, and how much of module_utils they reach
	$(STEP) coverage

lint: ## ruff, yamllint, mypy --strict, reuse, ansible-lint (production)
	$(STEP) lint

docs: ## documentation of plugins and changelog
	$(STEP) docs

docsite: ## the documentation site in .work/site/build/html, with warnings as errors
	$(STEP) docsite

build: ## build the tarball, install it offline, use it from elsewhere
	$(STEP) build

importer: ## what Galaxy would say about the tarball
	$(STEP) importer

corpus-score: ## verdicts and reasons against the labeled sessions
	$(STEP) corpus-score

soak: ## 300 connections, 200,000 lines, long trickles: some fifteen minutes (ARGS=wide)
	$(STEP) soak

fuzz: ## a million hostile log lines: no crash, no line lost, bounded time
	$(STEP) fuzz

bench: ## speed beside the clouds' SDKs, uri loops, and ping: some fifteen minutes (ARGS=name)
	$(STEP) bench

bench-logs: ## log lines a second and bytes a line, beside json.loads
	$(STEP) bench-logs

format: ## format the Python code
	$(STEP) format

clean: ## remove everything that make created
	rm -rf .work
