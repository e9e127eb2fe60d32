# VHACS: "make help" lists the targets.
SHELL := /bin/bash
.DEFAULT_GOAL := help
# the pinned Node takes precedence over the machine's own, also in npm scripts
export PATH := $(CURDIR)/node_modules/.bin:$(PATH)

PREFIX ?= /usr
SBINDIR ?= $(PREFIX)/sbin
LIBEXECDIR ?= $(PREFIX)/libexec/vhacs
DOCDIR ?= $(PREFIX)/share/doc/vhacs
# where Pacemaker looks for agents, whatever the prefix
OCFDIR ?= /usr/lib/ocf/resource.d/vhacs
# where DRBD's configuration of a cloud names its handlers, whatever the prefix
HANDLERDIR ?= /usr/lib/vhacs
MANDIR ?= $(PREFIX)/share/man
# where systemd looks for the units of packages
UNITDIR ?= /usr/lib/systemd/system
MODULESDIR ?= /usr/lib/modules-load.d
TMPFILESDIR ?= /usr/lib/tmpfiles.d
DATADIR ?= $(PREFIX)/share/vhacs
COMPLETIONDIR ?= $(PREFIX)/share/bash-completion/completions
ZSHDIR ?= $(PREFIX)/share/zsh/vendor-completions
AGENTS := lvm-volume drbd-cloud lio-iblock iscsi-mount ext3-filesystem nspawn-container
HANDLERS := fence-peer unfence-peer
# Pacemaker's alerts name it, beside the handlers
ALERT := vhacs-alert
# where Pacemaker looks for fencing agents, whatever the prefix
FENCEDIR ?= /usr/sbin
FENCING := fence_vhacs_sbd
# for Prometheus and Grafana
MONITORING := rules.yaml dashboard.json
# restarted after a crash
DAEMONS := iscsid multipathd
TIMERS := vhacs-rehearse vhacs-verify vhacs-snapshots vhacs-elect
PAGES := $(notdir $(wildcard docs/man/*))
# --strip: without the symbols of Node.js, which needs binutils
BUILDFLAGS ?=
SOURCES := $(shell find main.ts ocf system agents handlers alert fencing cloud cli build -name '*.ts' -o -name '*.cjs')

.PHONY: help
help: ## print this list
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / {printf "  %-18s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

##  Build

node_modules: package.json package-lock.json .npmrc
	@command -v npm >/dev/null || { echo 'npm is missing: install nodejs and npm (apt-get install nodejs npm)' >&2; exit 1; }
	npm ci --no-audit --no-fund --loglevel=error
	# bats declares its program in a way that the registry does not pass on
	ln -sf ../bats/bin/bats node_modules/.bin/bats
	@touch node_modules

dist/vhacs: $(SOURCES) tsconfig.json package.json | node_modules
	node build/package.ts $(BUILDFLAGS)

.PHONY: build
build: dist/vhacs ## build dist/vhacs, the single executable, and its links

.PHONY: install
install: dist/vhacs ## install it, below DESTDIR if that is set
	# by renaming: Pacemaker may call an agent at any moment, and an incomplete executable would get the node fenced
	install -D -m 755 dist/vhacs $(DESTDIR)$(LIBEXECDIR)/.vhacs.new
	mv -f $(DESTDIR)$(LIBEXECDIR)/.vhacs.new $(DESTDIR)$(LIBEXECDIR)/vhacs
	install -d $(DESTDIR)$(OCFDIR) $(DESTDIR)$(SBINDIR) $(DESTDIR)$(HANDLERDIR)
	ln -srfn $(DESTDIR)$(LIBEXECDIR)/vhacs $(DESTDIR)$(SBINDIR)/vhacs
	for agent in $(AGENTS); do ln -srfn $(DESTDIR)$(LIBEXECDIR)/vhacs $(DESTDIR)$(OCFDIR)/$$agent; done
	for handler in $(HANDLERS) $(ALERT); do ln -srfn $(DESTDIR)$(LIBEXECDIR)/vhacs $(DESTDIR)$(HANDLERDIR)/$$handler; done
	install -d $(DESTDIR)$(FENCEDIR)
	ln -srfn $(DESTDIR)$(LIBEXECDIR)/vhacs $(DESTDIR)$(FENCEDIR)/$(FENCING)
	install -D -m 644 -t $(DESTDIR)$(DOCDIR) dist/NOTICES dist/vhacs.cdx.json metadata/clouds.schema.json metadata/output.schema.json
	for page in $(PAGES); do install -D -m 644 docs/man/$$page $(DESTDIR)$(MANDIR)/man$${page##*.}/$$page; done
	install -D -m 644 systemd/vhacs-agents.conf $(DESTDIR)$(UNITDIR)/resource-agents-deps.target.d/vhacs-agents.conf
	install -D -m 644 systemd/vhacs-pacemaker.conf $(DESTDIR)$(UNITDIR)/pacemaker.service.d/vhacs-pacemaker.conf
	install -D -m 644 systemd/vhacs-modules.conf $(DESTDIR)$(MODULESDIR)/vhacs.conf
	install -D -m 644 systemd/vhacs-tmpfiles.conf $(DESTDIR)$(TMPFILESDIR)/vhacs.conf
	for daemon in $(DAEMONS); do install -D -m 644 systemd/vhacs-restart.conf $(DESTDIR)$(UNITDIR)/$$daemon.service.d/vhacs-restart.conf; done
	install -d $(DESTDIR)$(UNITDIR)
	# disabled until an operator enables the timers, or takes the first snapshot; Pacemaker starts the one of vhacs-elect
	for unit in $(TIMERS); do \
	    sed 's,/usr/sbin/vhacs,$(SBINDIR)/vhacs,' systemd/$$unit.service >$(DESTDIR)$(UNITDIR)/$$unit.service; \
	    chmod 644 $(DESTDIR)$(UNITDIR)/$$unit.service; \
	    install -m 644 systemd/$$unit.timer $(DESTDIR)$(UNITDIR)/$$unit.timer; \
	done
	# disabled until an operator enables the socket
	install -m 644 systemd/vhacs-metrics.socket $(DESTDIR)$(UNITDIR)/vhacs-metrics.socket
	sed 's,/usr/sbin/vhacs,$(SBINDIR)/vhacs,' systemd/vhacs-metrics@.service >$(DESTDIR)$(UNITDIR)/vhacs-metrics@.service
	chmod 644 $(DESTDIR)$(UNITDIR)/vhacs-metrics@.service
	for file in $(MONITORING); do install -D -m 644 monitoring/$$file $(DESTDIR)$(DATADIR)/monitoring/$$file; done
	install -D -m 644 docs/completion/vhacs $(DESTDIR)$(COMPLETIONDIR)/vhacs
	install -D -m 644 docs/completion/_vhacs $(DESTDIR)$(ZSHDIR)/_vhacs

.PHONY: uninstall
uninstall: ## remove it again
	rm -f $(DESTDIR)$(SBINDIR)/vhacs $(addprefix $(DESTDIR)$(OCFDIR)/,$(AGENTS)) $(DESTDIR)$(LIBEXECDIR)/vhacs
	rm -f $(addprefix $(DESTDIR)$(DOCDIR)/,NOTICES vhacs.cdx.json clouds.schema.json output.schema.json)
	rm -f $(addprefix $(DESTDIR)$(HANDLERDIR)/,$(HANDLERS) $(ALERT)) $(DESTDIR)$(FENCEDIR)/$(FENCING)
	rm -f $(foreach page,$(PAGES),$(DESTDIR)$(MANDIR)/man$(subst .,,$(suffix $(page)))/$(page))
	rm -f $(DESTDIR)$(COMPLETIONDIR)/vhacs $(DESTDIR)$(ZSHDIR)/_vhacs
	rm -f $(DESTDIR)$(UNITDIR)/resource-agents-deps.target.d/vhacs-agents.conf $(DESTDIR)$(UNITDIR)/pacemaker.service.d/vhacs-pacemaker.conf
	rm -f $(addsuffix /vhacs.conf,$(DESTDIR)$(MODULESDIR) $(DESTDIR)$(TMPFILESDIR))
	rm -f $(addprefix $(DESTDIR)$(UNITDIR)/,$(addsuffix .service,$(TIMERS)) $(addsuffix .timer,$(TIMERS)) vhacs-metrics.socket vhacs-metrics@.service)
	rm -f $(addprefix $(DESTDIR)$(DATADIR)/monitoring/,$(MONITORING))
	-rmdir $(DESTDIR)$(DATADIR)/monitoring $(DESTDIR)$(DATADIR)
	rm -f $(foreach daemon,$(DAEMONS),$(DESTDIR)$(UNITDIR)/$(daemon).service.d/vhacs-restart.conf)
	-rmdir $(DESTDIR)$(OCFDIR) $(sort $(DESTDIR)$(HANDLERDIR) $(DESTDIR)$(LIBEXECDIR)) $(DESTDIR)$(DOCDIR)

PACKAGED := Makefile build/deb $(shell find debian docs metadata monitoring systemd -type f) README.md CHANGELOG.md LICENSE

.PHONY: deb
deb: node_modules ## build a Debian package for amd64 in dist/deb, with a list of checksums (needs debhelper)
	build/deb

dist/lab/vhacs.deb: $(SOURCES) $(PACKAGED) tsconfig.json package.json | node_modules
	build/deb --lab

.PHONY: metadata
metadata: node_modules ## generate metadata/ from the agents, and the schemas of the file of clouds and of the output with --json
	node build/metadata.ts

.PHONY: manual
manual: node_modules ## generate the manual pages and the completions from the definitions
	node build/manual.ts

.PHONY: figures
figures: node_modules ## draw the pictures of the documentation from their descriptions
	node build/figures.ts

.PHONY: clean
clean: ## remove everything that was built
	rm -rf dist .cache

##  Check

.PHONY: audit
audit: node_modules ## ask the registry of npm for known weaknesses of the packages (where it answers that)
	npm audit

.PHONY: tools
tools: node_modules
	@test/tools.sh

.PHONY: format types lint spelling metadata-current manual-current figures-current schemas unit coverage golden debian-13 bats
format: node_modules ## check the format of all files
	biome format .
types: node_modules ## check the types
	tsc --noEmit
lint: tools ## check the code rules, including the dependencies between folders, and the shell scripts
	biome lint --error-on-warnings .
	depcruise --config .dependency-cruiser.json main.ts ocf system agents handlers alert fencing cloud cli build
	shellcheck -x $$(git ls-files '*.sh' .ci/run build/deb test/lab/lab test/cluster/demo test/cluster/demo-vserver test/faults/run bench/cluster bench/failovers bench/failover/keep-writing bench/vservers bench/vserver/keep-writing $$(ls debian/vhacs.p* debian/tests/* | grep -v control))
	shellcheck -s bash docs/completion/vhacs
spelling: tools ## check the spelling of the documentation, the messages and the comments
	codespell $$(git ls-files | grep -vE '^LICENSE$$|^package-lock.json$$|^test/fixtures/|\.(snap|svg)$$')
metadata-current: node_modules ## check that metadata/ is up to date
	node build/metadata.ts --check
manual-current: node_modules ## check that the manual pages and the completions are up to date
	node build/manual.ts --check
figures-current: node_modules ## check that the pictures of the documentation are up to date
	node build/figures.ts --check
schemas: tools ## validate metadata/ against all four schemas
	test/schemas.sh
unit: tools ## run unit and contract tests, including the compositions in Pacemaker's scheduler
	vitest run
coverage: tools ## show how much of the code the unit tests run
	vitest run --coverage
golden: tools ## update the recorded scheduler results and composer texts: review the diff
	vitest run test/unit/cloud --update
debian-13: node_modules ## test compositions with Debian 13's Pacemaker 3.0, crmsh 5 and pcs 0.12 (as root or with sudo)
	root=$$(test/debian-root.sh trixie pacemaker-cli-utils crmsh pcs) && VHACS_TOOLS_ROOT=$$root vitest run test/unit/cloud \
		--exclude 'test/unit/cloud/{allocate,file,history,pacemaker,rehearsal,resolve,verification}/**'
bats: tools dist/vhacs ## test the executable, called through its links
	bats --jobs $$(nproc) --no-parallelize-within-files test/bats

.PHONY: test-deb
test-deb: deb ## test the Debian package, also its installation on Debian 12 and 13 (as root, needs lintian)
	bats test/package

.PHONY: check
check: format types lint spelling metadata-current manual-current figures-current schemas unit bats ## run all checks that need no cluster

.PHONY: test-cluster
test-cluster: dist/vhacs ## run the scenarios on two virtual machines: failover, ten faults under load, ocf-tester
	test/cluster/test

.PHONY: test-trixie
test-trixie: dist/vhacs ## run scenarios on two virtual machines with Debian 13
	LAB_SUITE=trixie test/cluster/test --filter-tags '!slow' test/cluster/clouds/failover.bats test/cluster/agents/lio.bats \
		test/cluster/conformance/ocf-tester.bats test/cluster/vhacs/init.bats

.PHONY: test-mixed
test-mixed: dist/vhacs ## run a scenario on two virtual machines, one with Debian 12 and one with 13
	LAB_SUITE=bookworm,trixie test/cluster/test test/cluster/clouds/mixed.bats

.PHONY: test-long
test-long: dist/vhacs ## run all scenarios, also the long ones, well over an hour
	TEST_LONG=1 test/cluster/test

.PHONY: test-three
test-three: dist/vhacs ## run the scenarios that need three virtual machines
	LAB_NODES=3 LAB_CPUS=1 test/cluster/test test/cluster/clouds/storage-network.bats test/cluster/clouds/replace.bats test/cluster/vhacs/three.bats test/cluster/vhacs/init-three.bats \
		test/cluster/vhacs/join.bats test/cluster/vhacs/quick-start.bats

.PHONY: test-scale-32
test-scale-32: dist/vhacs ## run thirty-two clouds on two virtual machines with slow clocks, two hours
	THIRTY_TWO=1 LAB_SLOW=12 LAB_MEM=4096 LAB_BOOT_TIMEOUT=600 LAB_CLUSTER_TIMEOUT=600 LAB_SSH_TIMEOUT=7200 \
		test/cluster/test test/cluster/clouds/scale-32.bats

.PHONY: test
test: check debian-13 test-cluster test-trixie ## run all tests except the long ones

##  Measure

.PHONY: bench
bench: tools dist/vhacs ## measure starting the executable, hundreds of clouds in the composer and Pacemaker's scheduler, and metrics
	node bench/start.ts
	node bench/compose.ts
	node bench/readiness.ts
	node bench/metrics.ts

.PHONY: bench-cluster
bench-cluster: dist/vhacs ## measure monitors of a running storage on an emulated node, ours and the stock agents'
	bench/cluster

.PHONY: bench-failovers
bench-failovers: dist/vhacs ## measure failovers and planned moves on emulated nodes, ours and the stock agents', about two hours
	bench/failovers

.PHONY: bench-vservers
bench-vservers: dist/vhacs ## measure on emulated nodes how long a container stands still, on ours and on stock agents, half an hour; again for more
	bench/vservers

.PHONY: faults
faults: dist/vhacs ## break a cluster of emulated nodes in random ways, under load: SEED=, COUNT= (10), NODES=2|3, FAULT=, VSERVER=0
	test/faults/run

.PHONY: power-loss
power-loss: dist/vhacs ## replay what both sides' disks got during a failover: sound at every moment of a power loss?
	test/faults/run power/campaign.ts

.PHONY: conformance
conformance: node_modules ## generate the tables of docs/conformance.md from the results of test/cluster/conformance/conformance.bats in dist/
	node build/conformance.ts

##  See it work

.PHONY: demo
demo: dist/vhacs ## demonstrate a failover of a cloud on two emulated nodes
	test/cluster/demo

.PHONY: demo-vserver
demo-vserver: dist/vhacs ## demonstrate a container that outlives its storage's node, and starts again when its own node dies
	test/cluster/demo-vserver
