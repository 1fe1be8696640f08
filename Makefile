# The only place with long commands. Every target does its own set-up; nothing is installed by hand.
#
#   make run      build and serve with fictional people on http://127.0.0.1:3000
#   make test     lints, rules, server on a real Postgres, three people in a real browser
#   make check    formatting, lints, and the guards that keep the arrows one-way
#   make prove    thousands of bad days, simulated on a real Postgres: nothing saved is lost
#   make fuzz     bytes by chance for all that reads bytes; wants a nightly compiler, ten minutes a target
#   make e2e      every browser test             make bench    figures, with ratios
#   make dist     the server and its files in target/dist
#   make sqlx     prepare the compile-checked queries after changing SQL
SHELL := /bin/bash
.PHONY: run test check prove fuzz e2e bench dist sqlx clean

run:
	@script/setup.sh build
	@script/build.sh
	@exec target/dist/lignum serve --demo

dist:
	@script/setup.sh build
	@script/build.sh

test:
	@script/setup.sh test
	@script/test.sh

check:
	@script/setup.sh build
	@script/check.sh

prove:
	@script/setup.sh build
	@script/prove.sh

fuzz:
	@script/setup.sh fuzz
	@script/fuzz.sh

e2e:
	@script/setup.sh test
	@script/build.sh
	@script/e2e.sh

bench:
	@script/setup.sh test
	@script/build.sh
	@script/bench.sh

sqlx:
	@script/sqlx-prepare.sh

clean:
	rm -rf target data
