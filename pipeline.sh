#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# nf-pipeline: the four tools as one job; see nf-pipeline(7).
#
# Two phases.  The first fetches into a staged run and commits it; the second
# loads what is committed.  The state of a job is its staged run, nothing
# else: the same command again goes on where it stopped.
set -u
LC_ALL=C
export LC_ALL

PROGRAM=nf-pipeline
USAGE='nf-pipeline [run] --from URL|SOURCE.json --stage RUN -m MAPPING --to TARGET
            [options] [-- nf-fetch options]
nf-pipeline fetch --from URL|SOURCE.json --stage RUN [options]
            [-- nf-fetch options]
nf-pipeline load --stage RUN -m MAPPING --to TARGET [--part N/M] [options]
nf-pipeline diff --stage RUN -m MAPPING --to TARGET [--part N/M] [options]
nf-pipeline plan [as run]
nf-pipeline status [-m MAPPING --to TARGET] RUN
nf-pipeline report [-m MAPPING] RUN > PAGE.html
nf-pipeline demo'
HELP="$USAGE

Fetch from an API into a staged run, commit it, load it into a table.
The same command again goes on where it stopped.

      --from URL           the API, or a source file for nf-fetch -s
      --stage RUN          gs://BUCKET/PREFIX/ID or file:///DIR/ID, a new ID
                           for fresh data
  -m, --mapping FILE       how records become rows
      --to TARGET          bigtable://PROJECT/INSTANCE or sqlite:FILE
      --run ID             run id in messages (default: the last part of RUN)
      --part N/M           load, diff: only share N of M of the run
      --live               load while fetching, in one pass
      --reject FILE        keep bad records there and in a staged run of their
                           own instead of stopping at the first
      --reject-stage PREFIX
                           that run is in PREFIX/, not beside RUN
      --max-rejects N|P%   stop with 65 if there are more
      --skip-if-empty      exit 99 if the run has no records
      --fetch-arg, --stage-arg, --transform-arg, --load-arg ARG
                           one more argument for that tool
  -n, --dry-run            as plan: do nothing, say what would be done
      --summary FILE       write the summary, one line of JSON, to FILE too
      --metrics FILE       write what all stages count, for Prometheus
      --metrics-push URL   send it to a Pushgateway, needs curl; URL is a
                           group: http://HOST:9091/metrics/job/nf/source/NAME
      --log-format auto|text|json
  -v, --verbose            say more; twice: debug
  -q, --quiet              errors only
  -h, --help               show this help
  -V, --version            show the version

The last line on stdout is the summary.  Exit code: that of the leftmost tool
whose failure is its own."

here=$(cd "$(dirname "$(readlink -f "$0")")" && pwd)

# What people and machines read ------------------------------------------

# json TEXT: TEXT as a JSON string.
json()
{
	local s=$1 c

	[[ $s != *[$'\x80'-$'\xff']* ]] ||
	    s=$(iconv -c -f UTF-8 -t UTF-8 <<< "$s")
	s=${s//\\/\\\\}
	s=${s//\"/\\\"}
	if [[ $s == *[[:cntrl:]]* ]]; then
		for c in {1..31} 127; do
			printf -v c '\\x%02x' "$c"
			printf -v c %b "$c"
			s=${s//"$c"/"$(printf '\\u%04x' "'$c")"}
		done
	fi
	printf '"%s"' "$s"
}

# say SEVERITY EVENT TEXT: a message on stderr, as lib/msg.c writes those of
# the tools.
say()
{
	local head="$PROGRAM: " colour=31

	case $1 in
	WARNING)
		[ "$verbose" -ge 0 ] || return 0
		head+='warning: ' colour=33
		;;
	INFO) [ "$verbose" -gt 0 ] || return 0 ;;
	esac
	if [ "$format" = text ] || { [ "$format" = auto ] && [ -t 2 ]; }; then
		[ "$1" = INFO ] || [ ! -t 2 ] || [ -n "${NO_COLOR-}" ] ||
		    [ "${TERM:-dumb}" = dumb ] ||
		    head=$'\e['${colour}m$head$'\e[m'
		printf '%s\n' "$head${3//[[:cntrl:]]/?}"
	else
		TZ=UTC printf '{"severity":"%s","time":"%(%FT%TZ)T",' "$1" -1
		printf '"message":%s,"event":"%s",' "$(json "$3")" "$2"
		printf '"logging.googleapis.com/labels":{"tool":"%s"' \
		    "$PROGRAM"
		printf '%s}%s}\n' "${run:+,\"run\":$(json "$run")}" \
		    "$(trace_members)"
	fi >&2
}

# trace_members: the job's span, as the tools tell theirs; or nothing.
trace_members()
{
	local at=logging.googleapis.com trace sampled=false

	[ -n "$trace_id" ] || return 0
	trace=${GOOGLE_CLOUD_PROJECT:+projects/$GOOGLE_CLOUD_PROJECT/traces/}
	((16#${traceparent:53} & 1)) && sampled=true
	printf ',"%s/trace":%s,"%s/spanId":"%s","%s/trace_sampled":%s' \
	    "$at" "$(json "$trace$trace_id")" "$at" "${traceparent:36:16}" \
	    "$at" "$sampled"
}

# span: a span of its own below the job's, for a stage.
span()
{

	printf '%s-%s-%s-%s' "${traceparent:0:2}" "$trace_id" \
	    "$(od -An -N8 -tx1 /dev/urandom | tr -d ' \n')" \
	    "${traceparent:53}"
}

# die CODE TEXT: end before anything has run.
die()
{

	say ERROR error "$2"
	result=$1
	finish
}

# The stages of a chain --------------------------------------------------

stages=()	# names, from left to right
pids=()
held=()		# descriptors of the pipes between them
codes=()
signal=0
caught=0

# on_signal NUMBER: pass it on; everybody is waited for in collect.
on_signal()
{

	signal=$1
	caught=$((caught + 1))
	[ ${#pids[@]} -eq 0 ] || kill -TERM "${pids[@]}" 2> /dev/null
}

# connect PIPE...: make the pipes of a chain.  They are held open until all of
# its stages are started: who opens one never waits for a neighbor, which may
# have been killed before it could.
connect()
{
	local pipe fd

	for pipe; do
		[ -p "$tmp/$pipe" ] || mkfifo "$tmp/$pipe" ||
		    die 74 "$tmp: mkfifo failed"
		exec {fd}<> "$tmp/$pipe"
		held+=("$fd")
	done
}

let_go()
{
	local fd

	for fd in "${held[@]}"; do
		exec {fd}>&-
	done
	held=()
}

# start NAME IN OUT TOOL ARGUMENT...: start a stage of the chain.  OUT may be
# "stderr", by that word: a bare root file system has no /dev/stderr.
start()
{
	local name=$1 in=$2 out=$3 tool

	shift 3
	[ "$signal" -eq 0 ] || return
	[ -z "$trace_id" ] || TRACEPARENT=$(span) # exported, as it came so
	tool=("$bin$1" "${@:2}" "${common[@]}" --summary "$tmp/$name.json"
	    --metrics "$tmp/$name.prom")
	if [ "$out" = stderr ]; then
		(let_go; exec "${tool[@]}") < "$in" >&2 &
	else
		(let_go; exec "${tool[@]}") < "$in" > "$out" &
	fi
	pids+=($!)
	stages+=("$name")
	[ "$signal" -eq 0 ] || kill -TERM "${pids[@]}" 2> /dev/null
}

# collect: wait for all stages of the chain; fail if one of them failed.
collect()
{
	local code seen good=0

	let_go
	while [ ${#pids[@]} -gt 0 ]; do
		while
			seen=$caught
			wait "${pids[0]}"
			code=$?
			[ "$seen" -ne "$caught" ]
		do
			:
		done
		pids=("${pids[@]:1}") # a number may become somebody else's
		codes+=("$code")
		[ "$code" -eq 0 ] || good=1
	done
	[ "$signal" -eq 0 ] && return "$good"
}

# cause_of NAME: self, upstream or downstream; who left no word failed itself.
cause_of()
{
	local line=

	[ ! -f "$tmp/$1.json" ] || IFS= read -r line < "$tmp/$1.json"
	[[ $line =~ [,{]\"cause\":\"([a-z]+)\" ]] || BASH_REMATCH=('' self)
	echo "${BASH_REMATCH[1]}"
}

# number_of NAME MEMBER: a number in the summary of a stage, or nothing.
number_of()
{
	local line=

	[ ! -f "$tmp/$1.json" ] || IFS= read -r line < "$tmp/$1.json"
	[[ $line =~ [,{]\"$2\":([0-9]+) ]] && echo "${BASH_REMATCH[1]}"
}

# judge: set result and culprit from the stages that ran.
judge()
{
	local i

	result=0
	culprit=
	for i in "${!codes[@]}"; do
		[ "${codes[i]}" -ne 0 ] || continue
		if [ -z "$culprit" ]; then
			result=${codes[i]}
			culprit=${stages[i]}
		fi
		if [ "$(cause_of "${stages[i]}")" = self ]; then
			result=${codes[i]}
			culprit=${stages[i]}
			break
		fi
	done
	[ "$signal" -eq 0 ] || result=$((128 + signal))
}

# summary: everything about the job in one line.
summary()
{
	local i line stage_list=

	for i in "${!stages[@]}"; do
		line=
		[ ! -f "$tmp/${stages[i]}.json" ] ||
		    IFS= read -r line < "$tmp/${stages[i]}.json"
		stage_list+=,$(json "${stages[i]}"):${line:-"{\"exit\":${codes[i]-null}}"}
	done
	printf '{"tool":"%s","run":%s,"exit":%d' "$PROGRAM" "$(json "$run")" \
	    "$result"
	TZ=UTC printf ',"verb":"%s","at":"%(%FT%TZ)T"' "$verb" -1
	[ -z "$part" ] || printf ',"part":%s' "$(json "$part")"
	[ -z "$state" ] || printf ',"state":"%s"' "$state"
	[ -z "$culprit" ] || printf ',"failed":"%s"' "$culprit"
	[ -z "$stage" ] || printf ',"stage":%s' "$(json "$stage")"
	[ -z "$mapping" ] || printf ',"mapping":%s' "$(json "$mapping")"
	[ "$state" != loaded ] ||
	    printf ',"mapping_hash":"%s"' "$(mapping_hash)"
	[ -z "$target" ] || printf ',"target":%s' "$(json "$target")"
	[ -z "$reject_run" ] || printf ',"rejects":%s' "$(json "$reject_run")"
	printf ',"seconds":%d,"stages":{%s}}\n' "$SECONDS" "${stage_list#,}"
}

# own_metrics: the job as a whole, as lib/app.c tells of a tool.
own_metrics()
{
	local own='{tool="nf-pipeline"}'

	printf '# HELP nf_exit_code Exit code of the run.\n'
	printf '# TYPE nf_exit_code gauge\nnf_exit_code%s %d\n' \
	    "$own" "$result"
	printf '# HELP nf_run_duration_seconds Time from start to end.\n'
	printf '# TYPE nf_run_duration_seconds gauge\n'
	printf 'nf_run_duration_seconds%s %d\n' "$own" "$SECONDS"
	[ "$result" -eq 0 ] || [ "$result" -eq 99 ] || return 0
	printf '# HELP nf_last_success_timestamp_seconds '
	printf 'When a run last ended well.\n'
	printf '# TYPE nf_last_success_timestamp_seconds gauge\n'
	printf 'nf_last_success_timestamp_seconds%s %(%s)T\n' "$own" -1
}

# merge FILE...: metrics of several stages as one text, each series labelled
# with its stage, a family under one head.
merge()
{

	awk '
	FNR == 1 {
		stage = FILENAME
		sub(/^.*\//, "", stage)
		sub(/\.prom$/, "", stage)
	}
	/^# HELP / {
		name = $3
		if (!(name in head))
			names[++n] = name
		head[name] = $0
		next
	}
	/^# TYPE / { head[name] = head[name] "\n" $0; next }
	{
		sub(/[{]/, "{stage=\"" stage "\",")
		series[name] = series[name] $0 "\n"
	}
	END {
		for (i = 1; i <= n; i++)
			printf "%s\n%s", head[names[i]], series[names[i]]
	}' "$@"
}

# push FILE: a stage's metrics, in a group of their own: what one that fails
# does not tell, its last success, stays.
push()
{
	local stage=${1##*/}

	printf 'url = %s\n' \
	    "$(json "${push_url%/}/stage/${stage%.prom}")" |
	    curl -sS -f --max-time 10 --data-binary "@$1" -K -
}

# tell_metrics: where the options say; no run fails for a Pushgateway.
tell_metrics()
{
	local file

	rm -f "$tmp/mark.prom"
	own_metrics > "$tmp/pipeline.prom"
	[ -z "$metrics_file" ] ||
	    replace "$metrics_file" < <(merge "$tmp"/*.prom)
	[ -n "$push_url" ] || return 0
	for file in "$tmp"/*.prom; do
		push "$file" > /dev/null 2> "$tmp/said" && continue
		say WARNING metrics_push "metrics: $(head -n 1 "$tmp/said")"
		break
	done
}

# replace FILE: what comes on stdin becomes FILE, whole; a device is written.
replace()
{

	if [ -e "$1" ] && [ ! -f "$1" ]; then
		cat > "$1"
	else
		cat > "$1.part" && mv "$1.part" "$1"
	fi 2> /dev/null || {
		say ERROR error "$1: cannot be written"
		[ "$result" -ne 0 ] || result=74
	}
}

# keep_note SUMMARY: beside the run, for report and status.
keep_note()
{

	[ "$result" -ne 64 ] && [ "$culprit" != mark ] || return 0
	# Whoever sent the signal will not wait long for the summary.
	[ "$signal" -eq 0 ] || return 0
	printf '%s\n' "$1" | timeout -s KILL 10 "${bin}nf-stage" note -q \
	    --retry-time 0 "$stage" 2> "$tmp/said" ||
	    say WARNING note "$stage: no note kept for report and status"
}

# finish: tell the summary as the last thing, and exit.
finish()
{
	local line

	trap '' TERM INT HUP
	case ${tmp:+$verb} in
	run | fetch | load)
		tell_metrics
		line=$(summary)
		keep_note "$line"
		;;
	*) line=$(summary) ;;
	esac
	if [ -n "$summary_file" ]; then
		replace "$summary_file" <<< "$line"
		line=$(summary)
	fi
	# A page is no place for it.
	[ "$verb" != report ] || exit "$result"
	# Nobody may be reading any more; the run is what it is.
	trap '' PIPE
	printf '%s\n' "$line" 2> /dev/null || {
		say ERROR error 'stdout: cannot be written'
		[ "$result" -ne 0 ] || result=74
	}
	exit "$result"
}

# The job ----------------------------------------------------------------

# ask NAME TOOL ARGUMENT...: have the answer in $tmp/NAME.
ask()
{
	local before=("${stages[@]}") ended=("${codes[@]}")

	start "$1" /dev/null "$tmp/$1" "${@:2}" || return
	collect || return
	# A question is no stage of the job unless it fails.
	stages=("${before[@]}") codes=("${ended[@]}")
}

# ask_mark: where to go on: set mark to null, a cursor or "committed".
ask_mark()
{

	ask mark nf-stage mark --run "$run" "$stage" || return
	mark=$(cat "$tmp/mark")
}

# ask_state: how far the run is: set state.  What has no mark may have begun.
ask_state()
{

	ask_mark || return
	case $mark in
	committed) state=committed ;;
	null)
		ask ls nf-stage ls --run "$run" "$stage" || return
		grep -q '"kind":"run"' "$tmp/ls" && state=begun || state=empty
		;;
	*) state=begun ;;
	esac
}

# ask_loaded: set state to loaded if the notes say so of this mapping and this
# target, by one job or by shares that make a whole.
ask_loaded()
{
	local line want share of
	local -A seen=() count=()

	ask notes nf-stage notes --run "$run" "$stage" || return
	want=$(mapping_hash)
	want=",\"mapping_hash\":\"$want\",\"target\":$(json "$target"),"
	while IFS= read -r line; do
		line=${line%%',"stages":{'*}
		[[ $line == '{"tool":"nf-pipeline",'*',"state":"loaded",'* &&
		    $line == *"$want"* ]] || continue
		share=1/1
		[[ ! $line =~ ,\"part\":\"([1-9][0-9]*/[1-9][0-9]*)\", ]] ||
		    share=${BASH_REMATCH[1]}
		[ -z "${seen[$share]-}" ] || continue
		seen[$share]=1 of=${share#*/}
		count[$of]=$((${count[$of]-0} + 1))
		[ "${count[$of]}" != "$of" ] || state=loaded
	done < "$tmp/notes"
}

# ask_empty: has the committed run no records?  This attempt may have seen but
# the end of it, so the manifest is asked.
ask_empty()
{

	ask manifest nf-stage put -q --emit=manifest --run "$run" \
	    "$stage" || return
	[[ $(cat "$tmp/manifest") != *',"records":0,'* ]] || empty=1
}

fetch_args()
{

	fetch=(nf-fetch --seal --run "$run")
	[ "$mark" = null ] || fetch+=(--resume "$mark")
	fetch+=("${fetch_more[@]}")
	case $from in
	http://* | https://*) fetch+=("$from") ;;
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

# load_committed: phase two.
load_committed()
{

	transform_args
	connect a b
	start cat /dev/null "$tmp/a" nf-stage cat --run "$run" \
	    ${part:+--part "$part"} "$stage"
	start transform "$tmp/a" "$tmp/b" "${transform[@]}"
	start load "$tmp/b" stderr nf-load apply --run "$run" \
	    "${load_more[@]}" "$target"
	collect
}

# diff_committed: compare the table with the run.  What differs is data, and
# not for a log; how much is in the summary.
diff_committed()
{

	transform_args
	connect a b
	start cat /dev/null "$tmp/a" nf-stage cat --run "$run" \
	    ${part:+--part "$part"} "$stage"
	start transform "$tmp/a" "$tmp/b" "${transform[@]}"
	start diff "$tmp/b" /dev/null nf-load diff --run "$run" \
	    "${load_more[@]}" "$target"
	collect
}

# load_live: both in one pass: every record at least once.
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
	    "${load_more[@]}" "$target"
	collect || return
	mark=committed
}

# mapping_hash: what names the mapping, wherever it is.
mapping_hash()
{
	local hash

	hash=$(sha256sum < "$mapping") && echo "${hash:0:16}"
}

# stage_rejects: what was refused becomes a staged run of its own, named for
# the mapping, what it refused, and the share that is from: the same again is
# the same run, and what is new never meets one that is committed.
stage_rejects()
{
	local hash share=${part:+-${part/\//-of-}} place=${stage%/}

	[ -n "$reject" ] && [ -s "$reject" ] || return 0
	[ -z "$reject_stage" ] || place=${reject_stage%/}/${place##*/}
	hash=$(cat "$mapping" "$reject" | sha256sum) || return
	hash=${hash:0:16}
	reject_run=$place-rejects-$hash$share
	start rejects "$reject" stderr nf-stage put --emit=none \
	    --run "$run-rejects-$hash$share" "$reject_run"
	collect
}

job()
{
	local records=

	mark=null
	ask_mark || return
	if [ "$mark" = committed ]; then
		say INFO resume "$stage: committed already, nothing to fetch"
		load_committed || return
	elif [ -n "$live" ]; then
		load_live || return
	else
		[ "$mark" = null ] || say INFO resume "$stage: going on"
		fetch_and_commit || return
		state=committed
		load_committed || return
	fi
	stage_rejects || return
	state=loaded
	records=$(number_of transform records_in)
	[ -n "$skip_if_empty" ] && [ "$records" = 0 ] && empty=1
	return 0
}

run_job()
{

	need_options
	job
	judge
	[ "$mark" != committed ] || state=${state:-committed}
	[ "$result" -ne 0 ] || [ -z "$empty" ] || result=99
	finish
}

# fetch, load: one phase alone, for schedulers that start them apart.
fetch()
{

	need_fetch_options
	mark=null
	if ask_mark && [ "$mark" != committed ]; then
		fetch_and_commit
	fi
	judge
	[ "$mark" != committed ] || state=committed
	if [ "$result" -eq 0 ] && [ -n "$skip_if_empty" ]; then
		ask_empty
		judge
		[ "$result" -ne 0 ] || [ -z "$empty" ] || result=99
	fi
	finish
}

load()
{

	need_load_options
	load_committed && stage_rejects && state=loaded
	judge
	finish
}

# diff: is the table as the committed run says?
diff()
{

	need_load_options
	diff_committed
	judge
	finish
}

need_fetch_options()
{

	[ -n "$from" ] || die 64 '--from: missing: where to fetch from'
	[ -n "$stage" ] || die 64 '--stage: missing: where to stage the run'
}

need_options()
{

	need_fetch_options
	need_load_options
	[ -z "$part" ] || die 64 '--part: only with load and diff'
}

need_load_options()
{

	[ -n "$stage" ] || die 64 '--stage: missing: which run'
	[ -n "$mapping" ] || die 64 '-m: missing: the mapping'
	[ -n "$target" ] || die 64 '--to: missing: where to load into'
	[ -r "$mapping" ] || die 78 "$mapping: cannot be read"
	case $target in
	bigtable://?*/?* | sqlite:?*) ;;
	*) die 64 "--to: $target: neither bigtable:// nor sqlite:" ;;
	esac
}

# demo: the sample's invoices from an API to a table, from a source tree.
demo()
{

	[ -x "$here/tests/demo" ] || die 64 'demo: needs the source tree'
	"$here/tests/demo"
	exit
}

# The tools ---------------------------------------------------------------

# find_tools: NF_BIN, the build beside this script, its folder, or PATH.
find_tools()
{

	for bin in "${NF_BIN-}" "$here/build" "$here"; do
		bin=${bin:+${bin%/}/}
		[ -z "$bin" ] || [ ! -x "${bin}nf-fetch" ] || return 0
	done
	bin=
}

# Verbs -------------------------------------------------------------------

# plan: what the job would do, without doing it; what it needs is checked.
plan()
{

	need_options
	ask_state || { judge; finish; }
	[ "$mark" = committed ] || {
		fetch_args
		start fetch /dev/null stderr "${fetch[@]}" --check
	}
	start transform /dev/null stderr nf-transform --check --run "$run" \
	    -m "$mapping" "${transform_more[@]}"
	collect
	judge
	[ "$result" -eq 0 ] || finish
	printf 'run      %s\nstage    %s\nstate    %s\nfetch    ' "$run" \
	    "$stage" "$state"
	case $mark in
	committed) echo nothing ;;
	null) printf '%s\n' "$from" ;;
	*) printf '%s from %s\n' "$from" "$mark" ;;
	esac
	printf 'mapping  %s\nload     %s\n' "$mapping" "$target"
	finish
}

# status: what is stored of a run.
status()
{

	[ -n "$stage" ] || die 64 'status: which run?'
	[ -z "$mapping$target" ] || need_load_options
	ask_state && [ "$state" = committed ] && [ -n "$target" ] && ask_loaded
	judge
	finish
}

# report: all that is known of a run, as one page of HTML.
report()
{
	local file page

	[ -n "$stage" ] || die 64 'report: which run?'
	command -v jq > /dev/null || die 78 'report: needs jq'
	for file in deploy/common ../share/nf-tools; do
		page=$here/$file/report.jq
		[ ! -r "$page" ] || break
	done
	report_facts || { judge; finish; }
	jq -nr --arg stage "$stage" --arg mark "$mark" \
	    --slurpfile notes "$tmp/notes" --slurpfile keys "$tmp/keys" \
	    --slurpfile manifest "$tmp/manifest" -f "$page" || result=70
	finish
}

# report_facts: what the page is made of.
report_facts()
{

	: > "$tmp/manifest"
	: > "$tmp/keys"
	ask_mark || return
	ask notes nf-stage notes "$stage" || return
	[ "$mark" = committed ] || return 0
	ask manifest nf-stage put -q --emit=manifest "$stage" || return
	[ -z "$mapping" ] || report_keys
}

# report_keys: how the row keys of the run spread under the mapping.
report_keys()
{

	[ -r "$mapping" ] || die 78 "$mapping: cannot be read"
	connect a
	start cat /dev/null "$tmp/a" nf-stage cat "$stage"
	start keys "$tmp/a" "$tmp/keys" nf-transform -m "$mapping" \
	    --key-report --reject "$tmp/refused"
	collect
}

# The command line --------------------------------------------------------

# Every option with an argument, and the variable it sets; a name that ends
# in [] collects.
declare -A takes=(
	[--from]=from [--stage]=stage [--mapping]=mapping [-m]=mapping
	[--to]=target [--run]=run [--reject]=reject [--part]=part
	[--reject-stage]=reject_stage [--max-rejects]=max_rejects
	[--summary]=summary_file
	[--metrics]=metrics_file [--metrics-push]=push_url
	[--log-format]=format [--fetch-arg]='fetch_more[]'
	[--stage-arg]='stage_more[]' [--transform-arg]='transform_more[]'
	[--load-arg]='load_more[]'
)

# set_option NAME VALUE
set_option()
{
	local variable=${takes[$1]}

	if [[ $variable == *'[]' ]]; then
		local -n list=${variable%'[]'}
		list+=("$2")
	else
		local -n single=$variable
		# shellcheck disable=SC2034 # a name reference
		single=$2
	fi
}

# hint DASHES WORD NAME...: the name that may be meant, as lib/opt.c finds it:
# it differs in few letters.
hint()
{

	printf '%s\n' "${@:3}" | WORD=$2 awk -v dashes="$1" '
	BEGIN {
		word = ENVIRON["WORD"]
		best = length(word) < 2 ? 1 : dashes == "" ? 3 : 4
	}
	{
		for (j = 0; j <= length($0); j++)
			row[j] = j
		for (i = 1; i <= length(word); i++) {
			diagonal = row[0]
			row[0] = i
			for (j = 1; j <= length($0); j++) {
				d = diagonal + \
				    (substr(word, i, 1) != substr($0, j, 1))
				diagonal = row[j]
				if (row[j] + 1 < d)
					d = row[j] + 1
				if (row[j - 1] + 1 < d)
					d = row[j - 1] + 1
				row[j] = d
			}
		}
		if (row[length($0)] < best) {
			best = row[length($0)]
			near = $0
		}
	}
	END {
		print near == "" ? "see --help" : \
		    "did you mean " dashes near "?"
	}'
}

# unknown OPTION: end with the name that may be meant.
unknown()
{
	local bare=${1#"${1%%[!-]*}"} word names=()

	for word in $HELP; do
		[[ $word != --[a-z]* ]] || names+=("${word:2}")
	done
	die 64 "unknown option ${1:0:60}; $(
	    hint -- "${bare%%=*}" "${names[@]%,}")"
}

# operand WORD: the verb, then the run where one is asked about.
operand()
{

	if [ -z "$named" ]; then
		[[ $1 != *' '* && " ${verbs[*]} " == *" $1 "* ]] ||
		    die 64 "${1:0:60}: no such verb; $(
		    hint '' "$1" "${verbs[@]}")"
		verb=$1 named=1
	elif [ -z "$stage" ] && [[ $verb == @(status|report) ]]; then
		stage=$1
	else
		die 64 "${1:0:60}: one word too many; see --help"
	fi
}

parse()
{
	local version

	while [ $# -gt 0 ]; do
		case $1 in
		--)
			shift
			fetch_more+=("$@")
			return
			;;
		--live) live=1 ;;
		--skip-if-empty) skip_if_empty=1 ;;
		-n | --dry-run) dry_run=1 ;;
		-v | --verbose) verbose=$((verbose + 1)) common+=(-v) ;;
		-q | --quiet) quiet=1 common+=(-q) ;;
		-h | --help) echo "$HELP"; exit ;;
		-V | --version)
			find_tools
			version=$("${bin}nf-fetch" --version) || exit
			echo "$PROGRAM ${version##* }"
			exit
			;;
		-[nvqhV][!-]*)
			set -- "${1:0:2}" "-${1:2}" "${@:2}"
			continue
			;;
		-m?*) set_option -m "${1:2}" ;;
		--*=*)
			[ -n "${takes[${1%%=*}]-}" ] || unknown "$1"
			set_option "${1%%=*}" "${1#*=}"
			;;
		-*)
			[ -n "${takes[$1]-}" ] || unknown "$1"
			[ $# -ge 2 ] || die 64 "$1: needs an argument"
			set_option "$1" "$2"
			shift
			;;
		*) operand "$1" ;;
		esac
		shift
	done
}

# TRACEPARENT, W3C Trace Context, if it is one.
traceparent=${TRACEPARENT-} trace_id=''
[[ ! $traceparent =~ ^[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$ ]] ||
    trace_id=${traceparent:3:32}

verbs=(run fetch load diff plan status report demo)
verb=run named=''
from='' stage='' part='' mapping='' target='' run='' reject='' max_rejects=''
reject_stage=''
live='' dry_run='' skip_if_empty='' summary_file='' metrics_file='' push_url='' tmp=''
format=${NF_LOG_FORMAT:-auto}
fetch_more=() stage_more=() transform_more=() load_more=() common=()
verbose=0 quiet='' result=0 culprit='' state='' reject_run='' empty='' mark=''

[ $# -gt 0 ] || { echo "$USAGE" >&2; exit 64; }
parse "$@"
[ -z "$quiet" ] || verbose=-1
case ${dry_run:+$verb} in
'') ;;
run | plan) verb=plan ;;
*) die 64 "--dry-run: not with $verb; see plan" ;;
esac
case $format in
auto | text | json) common+=(--log-format "$format") ;;
*) die 64 '--log-format: auto, text or json' ;;
esac
case $push_url in
'' | http://* | https://*) ;;
*) die 64 '--metrics-push: no URL of a Pushgateway' ;;
esac
run=${run:-$(basename "${stage%/}")}
find_tools

tmp=$(mktemp -d "${TMPDIR:-/tmp}/nf-pipeline.XXXXXX") || exit 74
trap 'rm -rf "$tmp"' EXIT
trap 'on_signal 1' HUP
trap 'on_signal 2' INT
trap 'on_signal 15' TERM

case $verb in
run) run_job ;;
*) "$verb" ;;
esac
