# VHACS: "make help" lists what there is to do.
SHELL := /bin/bash
.DEFAULT_GOAL := help
export PATH := $(CURDIR)/node_modules/.bin:$(PATH)

PREFIX ?= /usr
SBINDIR ?= $(PREFIX)/sbin
LIBDIR ?= $(PREFIX)/lib/vhacs
OCFDIR ?= /usr/lib/ocf/resource.d/vhacs
AGENTS := lvm-volume drbd-cloud lio-iblock iscsi-mount ext3-filesystem
SOURCES := $(shell find main.ts ocf system agents cloud cli build -name '*.ts' 2>/dev/null)

.PHONY: help
help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  %-18s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

node_modules: package.json package-lock.json
	npm ci --no-audit --no-fund
	@touch node_modules

dist/vhacs: $(SOURCES) tsconfig.json package.json | node_modules
	node build/package.ts

.PHONY: build
build: dist/vhacs ## dist/vhacs, the one executable, and its links

.PHONY: install
install: dist/vhacs ## put it in place below DESTDIR
	install -D -m 755 dist/vhacs $(DESTDIR)$(LIBDIR)/vhacs
	install -d $(DESTDIR)$(OCFDIR) $(DESTDIR)$(SBINDIR)
	ln -sfn $(LIBDIR)/vhacs $(DESTDIR)$(SBINDIR)/vhacs
	for agent in $(AGENTS); do ln -sfn $(LIBDIR)/vhacs $(DESTDIR)$(OCFDIR)/$$agent; done

.PHONY: metadata
metadata: node_modules ## write metadata/*.xml from the agents
	node build/metadata.ts
