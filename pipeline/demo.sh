# shellcheck shell=bash disable=SC2154
# SPDX-License-Identifier: Apache-2.0
#
# demo: load sample invoices into tables, in a folder.  An installed nf-pipeline
# reads them from a file, without a network; in a source tree, tests/demo first
# builds, then serves them from an API on this machine.

# show NAME ARGUMENT...: print a command, then run it.
show()
{
	local name=$1

	shift
	printf '\n$ %s %s\n' "$name" "$*"
	if [ "$name" = nf-pipeline ]; then
		"$self" "$@" > summary.json
	else
		"$bin$name" -q "$@"
	fi
}

# show_demo FROM: load the invoices of FROM into two tables, in this folder.
show_demo()
{
	local db=sqlite:invoices.db

	show nf-load create -m nf-relational "$db" || return
	show nf-pipeline --from "$1" --stage "file://$PWD/run-1" \
	    -m nf-relational --to "$db" || return
	show nf-load scan -o json -t invoices "$db" || return
	show nf-load scan -o json -t items "$db" || return
}

# fill_demo SAMPLES FOLDER: make the folder, copy the samples that the documents
# use to it, and change to it.
fill_demo()
{

	if ! mkdir -p "$2" || ! cp "$1"/*.json "$1"/*.ndjson "$2" ||
	    ! cd "$2"; then
		say ERROR error "$2: cannot be made"
		return 74
	fi
	"${bin}nf-fetch" -q invoices.json > invoices.ndjson
}

demo()
{
	local samples=$here/../share/nf-tools/samples folder=${stage:-nf-demo}

	if [ -x "$here/tests/demo" ]; then
		"$here/tests/demo" ${serve:+--serve} "${stage:-}"
		leave $?
	fi
	[ -z "$serve" ] || die 64 '--serve: needs the source tree'
	samples=$(readlink -f -- "$samples") || samples=
	[ -d "$samples" ] || die 74 'demo: the samples are not installed'
	[[ $bin != [!/]*/* ]] || bin=$PWD/$bin
	[[ $self == /* ]] || self=$PWD/$self
	fill_demo "$samples" "$folder" || leave $?
	export NF_LOG_FORMAT=text
	show_demo "file://$samples/nf-sample.json"
	result=$?
	[ "$result" -ne 0 ] || printf '\n%s\n' \
	    "Three invoices, eight items.  Everything is in $folder: cd $folder"
	leave "$result"
}
