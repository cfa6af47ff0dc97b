# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
#
# The verbs that change nothing: plan, status, report.

# plan: print what the job would do, and check its inputs.
plan()
{
	local what

	need_options
	ask_state || { judge; finish; }
	[ "$state" != none ] || state=empty
	[ "$mark" = committed ] || {
		fetch_args
		start fetch /dev/null stderr "${fetch[@]}" --check
	}
	start transform /dev/null stderr nf-transform --check --run "$run" \
	    -m "$mapping" "${transform_more[@]}"
	collect && reached=1
	judge
	[ "$result" -eq 0 ] || finish
	case $mark in
	committed) what=nothing ;;
	null) what=$from ;;
	*) what="$from from $mark" ;;
	esac
	printf '%-8s %s\n' run "$run" stage "$stage" state "$state" \
	    fetch "$what" mapping "$mapping" load "$target" || result=74
	finish
}

# status: print the state of a run.
status()
{

	[ -n "$stage" ] || die 64 'status: which run?'
	[ -z "$mapping$target" ] || need_load_options
	ask_state && { [ "$state" != committed ] || [ -z "$target" ] ||
	    ask_loaded; } && reached=1
	judge
	[ "$state" != none ] || die 78 "$stage: no staged run there"
	finish
}

# report: print everything known about a run as one HTML page.
report()
{
	local code

	command -v jq > /dev/null || die 78 'report: needs jq'
	common+=(-q)
	[ -z "$job_file" ] || report_job
	[ -n "$stage" ] || die 64 'report: which run?'
	[ -z "$pages" ] || die 64 '--pages: only with a job'
	[ -z "$mapping" ] || check_mapping
	report_facts || { judge; finish; }
	jq -nr --arg stage "$stage" --arg mark "$mark" \
	    --slurpfile notes "$tmp/notes" --slurpfile keys "$tmp/keys" \
	    --slurpfile manifest "$tmp/manifest" \
	    --slurpfile objects "$tmp/objects" \
	    --slurpfile reasons "$tmp/reasons" -L "$parts" \
	    -f "$parts/report.jq"
	end_report $?
}

# end_report CODE: end with an error if jq failed.
end_report()
{

	case $1 in
	0) reached=1 ;;
	3 | 5) result=70 ;;
	*) die 74 "report: the page could not be written: jq: $1" ;;
	esac
	finish
}

# report_job: print the ledger of a job as one HTML page.  With --pages, write it
# to that folder, with a page for each of its runs.
report_job()
{
	local moment

	[ -z "$stage$mapping" ] || die 64 'report: a run or a job?'
	ask_windows --check || { judge; finish; }
	ask_ledger || { judge; finish; }
	[ -z "$pages" ] || write_pages
	TZ=UTC printf -v moment '%(%FT%TZ)T' -1
	jq -nr --arg job "$job_name" --arg now "${now:-$moment}" \
	    --arg pages "$pages" --slurpfile days "$tmp/days" -L "$parts" \
	    -f "$parts/report_job.jq" > "$tmp/page" || end_report 5
	if [ -z "$pages" ]; then
		cat "$tmp/page" || end_report 2
	else
		mv -- "$tmp/page" "$pages/index.html" || end_report 2
	fi
	end_report 0
}

# ask_ledger: store it in $tmp/days.  A due window is not a failure here.
ask_ledger()
{

	start days /dev/null "$tmp/days" nf-stage days -q \
	    ${now:+--now "$now"} "$job_file" 2> "$tmp/said"
	collect || [ "${codes[0]-}" = 75 ] || {
		cat "$tmp/said" >&2
		return 1
	}
	stages=() codes=()
	[ -f "$tmp/days" ] || gone days
}

# write_pages: write the page of each run in the ledger.
write_pages()
{
	local line name

	mkdir -p -- "$pages" || die 74 "$pages: cannot be made"
	while IFS= read -r line && [ "$signal" -eq 0 ]; do
		[[ $line =~ ,\"run\":\"([^\"\\]+)\" ]] || continue
		name=${BASH_REMATCH[1]##*/}
		"$BASH" -p "$self" report -q "${BASH_REMATCH[1]}" \
		    > "$tmp/page" < /dev/null && [ -s "$tmp/page" ] &&
		    mv -- "$tmp/page" "$pages/$name.html" ||
		    die 74 "$pages/$name.html: cannot be written"
	done < "$tmp/days" || gone days
}

# report_facts: collect what the page needs.
report_facts()
{

	{ : > "$tmp/manifest" && : > "$tmp/keys" && : > "$tmp/objects" &&
	    : > "$tmp/reasons"; } || gone .
	ask_mark || return
	ask notes nf-stage notes -q "$stage" || return
	report_reasons || return
	[ "$mark" = committed ] || return 0
	ask manifest nf-stage put -q --emit=manifest "$stage" || return
	ask objects nf-stage ls -q "$stage" || return
	[ -z "$mapping" ] || report_keys
}

# report_reasons: count the rejects by code and pointer, from the last job that
# has rejects.
report_reasons()
{
	local where

	where=$(jq -rn 'reduce inputs as $n (""; $n.rejects? // . |
	    if type == "string" then . else "" end)' "$tmp/notes") || where=
	[[ $where == gs://* || $where == file://* ]] || return 0
	ask rejected nf-stage cat -q --no-seal "$where" || return
	jq -cn 'reduce inputs as $r ({}; .["\($r.code // "?")\n\($r.pointer //
	    "")"] += 1) | to_entries[] | {n: .value} + (.key | split("\n") |
	    {code: .[0], pointer: .[1]})' "$tmp/rejected" > "$tmp/reasons" ||
	    gone rejected
}

# report_keys: how the mapping spreads the row keys of the run.
report_keys()
{

	connect a
	start cat /dev/null "$tmp/a" nf-stage cat "$stage"
	start keys "$tmp/a" "$tmp/keys" nf-transform -m "$mapping" \
	    --key-report --reject "$tmp/refused"
	collect
}
