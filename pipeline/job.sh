# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
#
# The job: its two phases, together or separately, and the comparison.

fetch_args()
{

	fetch=(nf-fetch --seal --run "$run")
	[ "$mark" = null ] || fetch+=(--resume "$mark")
	fetch+=("${fetch_more[@]}")
	case $from in
	http://* | https://* | file://*) fetch+=("$from") ;;
	*) fetch+=(-s "$from") ;;
	esac
}

transform_args()
{

	transform=(nf-transform --run "$run" -m "$mapping")
	[ -z "$reject" ] || transform+=(--reject "$reject")
	[ -z "$max_rejects" ] || transform+=(--max-rejects "$max_rejects")
	transform+=("${transform_more[@]}")
}

# fetch_and_commit: phase one.
fetch_and_commit()
{

	fetch_args
	connect a
	start fetch /dev/null "$tmp/a" "${fetch[@]}"
	start put "$tmp/a" stderr nf-stage put --run "$run" --emit=none \
	    "${stage_more[@]}" "$stage"
	collect || return
	mark=committed
}

# rows_of_run NAME OUT ARGUMENT...: pass the rows of the committed run to
# nf-load, as stage NAME.
rows_of_run()
{

	transform_args
	connect a b
	start cat /dev/null "$tmp/a" nf-stage cat --run "$run" \
	    ${part:+--part "$part"} "$stage"
	start transform "$tmp/a" "$tmp/b" "${transform[@]}"
	start "$1" "$tmp/b" "$2" nf-load "${@:3}" --run "$run" \
	    "${load_more[@]}" "$target"
	collect
}

# load_committed: phase two.
load_committed()
{

	rows_of_run load stderr apply ${create:+--create "$mapping"} \
	    ${except:+--except "$except"}
}

# diff_committed: compare the table with the run.  The differences are data, so
# they are not logged; the summary has their number.
diff_committed()
{

	rows_of_run diff /dev/null diff --newer ${except:+--except "$except"}
}

# load_live: both phases in one pass; every record is written at least once.
load_live()
{

	fetch_args
	transform_args
	connect a b c
	start fetch /dev/null "$tmp/a" "${fetch[@]}"
	start put "$tmp/a" "$tmp/b" nf-stage put --run "$run" \
	    "${stage_more[@]}" "$stage"
	start transform "$tmp/b" "$tmp/c" "${transform[@]}"
	start load "$tmp/c" stderr nf-load apply --run "$run" \
	    ${create:+--create "$mapping"} ${except:+--except "$except"} \
	    "${load_more[@]}" "$target"
	collect || return
	mark=committed
}

# stage_rejects: store the rejected records as a separate staged run.  Its name
# has the hash of the mapping, the rejects and the share: the same rejects are
# the same run, and new ones never conflict with a committed run.
stage_rejects()
{
	local id share=${part:+-${part/\//-of-}} number
	local place=${stage%"${stage##*[!/]}"}

	[ -n "$reject" ] || return 0
	number_of transform rejected
	[ "${number:-1}" -ne 0 ] || return 0
	[ -s "$reject" ] ||
	    die 74 "$reject: no longer exists; rejected records: ${number:-unknown}"
	[ -z "$reject_stage" ] || place=${reject_stage%"${reject_stage##*[!/]}"}/${place##*/}
	id=$(set -o pipefail
	    { mapping_text && cat < "$reject"; } | sha256sum) || id=
	[[ $id =~ ^[0-9a-f]{64}\  ]] ||
	    die 74 "$reject: cannot be staged: it or the mapping cannot be read"
	id=${id:0:16}
	reject_run=$place-rejects-$id$share
	start rejects "$reject" stderr nf-stage put --emit=none \
	    --run "$run-rejects-$id$share" "$reject_run"
	collect
}

# count_records: set empty if the committed run has no records.
count_records()
{
	local number

	[ -n "$skip_if_empty" ] || return 0
	number_of transform records_in
	if [ -z "$number" ]; then
		ask_empty
	elif [ "$number" = 0 ]; then
		empty=1
	fi
}

job()
{

	ask_mark || return
	if [ "$mark" = committed ]; then
		say INFO resume "$stage: already committed, nothing to fetch"
		load_committed || return
	elif [ -n "$live" ]; then
		load_live || return
	else
		[ "$mark" = null ] || say INFO resume "$stage: continuing"
		fetch_and_commit || return
		state=committed
		load_committed || return
	fi
	stage_rejects || return
	state=loaded
	count_records || return
	reached=1
}

run_job()
{

	need_options
	job
	judge
	[ "$mark" != committed ] || state=${state:-committed}
	finish
}

# fetch, load: one phase, for schedulers that start the phases separately.
fetch()
{

	need_fetch_options
	ask_mark && { [ "$mark" = committed ] || fetch_and_commit; } && {
		state=committed
		{ [ -z "$skip_if_empty" ] || ask_empty; } && reached=1
	}
	judge
	[ "$mark" != committed ] || state=committed
	finish
}

load()
{

	need_load_options
	load_committed && stage_rejects && state=loaded && reached=1
	judge
	finish
}

# diff: compare the table with the committed run.
diff()
{

	need_load_options
	diff_committed && state=audited && reached=1
	judge
	finish
}

need_fetch_options()
{

	[ -n "$from" ] || die 64 '--from: missing: where to fetch from'
	[ -n "$stage" ] || die 64 '--stage: missing: where to stage the run'
	[ -n "$run" ] || die 64 "--stage: $stage: not the name of a run"
}

need_options()
{

	need_fetch_options
	need_load_options
	[ -z "$part" ] || die 64 '--part: only with load and diff'
}

# find_mapping NAME: set mapping to the path for NAME, which is an installed
# mapping if it has no / and no ., as in lib/base/share.c.
find_mapping()
{
	local folder

	mapping=$1
	[[ $1 != */* && $1 != *.json && $1 != *.schema ]] || return 0
	[[ $1 != *.* || ! -e $1 ]] || return 0
	for folder in "$here/../share/nf-tools/mappings" "$here/mappings"; do
		[[ ! -f $folder/$1.json ]] || mapping=$folder/$1.json
	done
	[[ $mapping == */* || $1 == *.* ]] ||
	    die 78 "$1: no mapping of this name is installed; the path of a file has a / or a ."
}

# check_mapping: it must be a file, since it is read several times.
check_mapping()
{

	find_mapping "$mapping"
	[ -r "$mapping" ] || die 78 "$mapping: cannot be read"
	[ -f "$mapping" ] || die 78 "$mapping: not a file"
}

need_load_options()
{

	[ -n "$stage" ] || die 64 '--stage: missing: which run'
	[ -n "$run" ] || die 64 "--stage: $stage: not the name of a run"
	[ -n "$mapping" ] || die 64 '-m: missing: the mapping'
	[ -n "$target" ] || die 64 '--to: missing: where to load into'
	check_mapping
	hash_mapping
	case $target in
	bigtable://?*/?* | sqlite:?*) ;;
	*) die 64 "--to: $target: must begin with bigtable:// or sqlite:" ;;
	esac
}
