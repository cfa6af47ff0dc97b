# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
#
# The end of a job: its summary, its metrics, the note beside its run.

# summarize: set summary to the summary of the job, one line.
summarize()
{
	local i line stage_list='' text

	for i in "${!stages[@]}"; do
		read_summary "${stages[i]}"
		quote "${stages[i]}"
		stage_list+=,$quoted:${line:-"{\"exit\":${codes[i]-null}}"}
	done
	[ "${#windows[@]}" -ne 1 ] || show_window
	quote "$run"
	TZ=UTC printf -v text \
	    '{"tool":"%s","run":%s,"exit":%d,"verb":"%s","at":"%(%FT%TZ)T"' \
	    "$PROGRAM" "$quoted" "$result" "$verb" -1
	add_member part "$part"
	add_member state "$state"
	add_member failed "$culprit"
	add_member stage "$stage"
	add_member mapping "$mapping"
	[[ $state != @(loaded|audited) ]] || add_member mapping_hash "$hash"
	add_member target "$target"
	add_member rejects "$reject_run"
	add_member job "$job_file"
	[ -z "$job_file" ] || text+=",\"windows\":[${done_windows#,}]"
	summary="$text,\"seconds\":$SECONDS,\"stages\":{${stage_list#,}}}"
}

# show_window: append what the summary of the only window says.  "stages" is its
# last member, and no earlier text contains that name unescaped.
show_window()
{

	[[ $last_summary != *',"stages":{'*'}}' ]] || {
		stage_list=${last_summary#*',"stages":{'}
		stage_list=,${stage_list%'}}'}
	}
	[[ ! $last_summary =~ ,\"state\":\"([a-z]+)\", ]] ||
	    state=${BASH_REMATCH[1]}
}

# add_member NAME VALUE: append a member to text, unless the value is empty.
add_member()
{

	[ -n "$2" ] || return 0
	quote "$2"
	text+=",\"$1\":$quoted"
}

# own_metrics: print the metrics of the job, as lib/cli/app.c does for a tool.
own_metrics()
{
	local own='{tool="nf-pipeline"}' text

	text='# HELP nf_exit_code Exit code of the run.
# TYPE nf_exit_code gauge
'
	text+="nf_exit_code$own $result"'
# HELP nf_run_duration_seconds Time from start to end.
# TYPE nf_run_duration_seconds gauge
'
	text+="nf_run_duration_seconds$own $SECONDS"
	[ "$result" -ne 0 ] && [ "$result" -ne 99 ] || {
		text+='
# HELP nf_last_success_timestamp_seconds When a run last ended well.
# TYPE nf_last_success_timestamp_seconds gauge
'
		printf -v text '%snf_last_success_timestamp_seconds%s %(%s)T' \
		    "$text" "$own" -1
	}
	printf '%s\n' "$text"
}

# merge FILE...: print the metrics of several stages as one text.  Each series
# gets the label "stage", and each family one header.
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

# push FILE: send the metrics of a stage, in a group for this stage, so that a
# failed stage, which sends no last success, does not delete the previous one.
push()
{
	local stage=${1##*/}

	quote "${push_url%/}/stage/${stage%.prom}"
	printf 'url = %s\n' "$quoted" |
	    curl -sS -f --max-time 10 --data-binary "@$1" -K -
}

# write_metrics: write the metrics to where the options say.  A Pushgateway that
# fails does not fail the job.
write_metrics()
{
	local file why

	[ -n "$metrics_file$push_url" ] || return 0
	{ own_metrics > "$tmp/pipeline.prom"; } 2> /dev/null || {
		not_written "$tmp/pipeline.prom"
		return
	}
	[ -z "$metrics_file" ] || replace_file "$metrics_file"
	[ -n "$push_url" ] || return 0
	for file in "$tmp"/*.prom; do
		push "$file" > /dev/null 2> "$tmp/said" && continue
		why=
		IFS= read -r why < "$tmp/said" || :
		say WARNING metrics_push "metrics: $why"
		break
	done
}

# not_written FILE: report that a file of the job could not be written.
not_written()
{

	say ERROR error "$1: cannot be written"
	[ "$result" -ne 0 ] && [ "$result" -ne 99 ] || result=74
}

# replace_file FILE: replace FILE with the merged metrics, atomically.
replace_file()
{
	local text

	merge "$tmp"/*.prom > "$tmp/merged" 2> /dev/null &&
	    [ -s "$tmp/merged" ] && text=$(< "$tmp/merged") &&
	    [[ $text == *nf_exit_code* ]] || {
		not_written "$1"
		return
	}
	replace "$1" "$text"
}

# store FILE TEXT: replace FILE with TEXT, atomically.  Write to a device, or to
# a pipe if it has a reader.
store()
{
	local wait=5

	# The sender of a signal does not wait long.
	[ "$signal" -eq 0 ] || wait=1
	if [ -p "$1" ]; then
		printf '%s\n' "$2" | timeout -s KILL "$wait" tee -- "$1" > /dev/null
	elif [ -e "$1" ] && [ ! -f "$1" ]; then
		printf '%s\n' "$2" > "$1"
	else
		printf '%s\n' "$2" > "$1.part" && mv -- "$1.part" "$1"
	fi
}

# replace FILE TEXT: the same, but end the job if it fails.  If FILE is already
# open for writing, such as /dev/stdout, append to it.
replace()
{

	if [ "$1" -ef /dev/fd/1 ]; then
		printf '%s\n' "$2"
	elif [ "$1" -ef /dev/fd/2 ]; then
		printf '%s\n' "$2" >&2
	else
		store "$1" "$2" 2> /dev/null
	fi || not_written "$1"
}

# write_note: set note to the summary and what only the report needs: where the
# run was fetched from (without the query, which may have personal data), and
# after how many microseconds each stage was started.
write_note()
{
	local i text='' since=${job_begun/[.,]/}

	note=${summary%\}}
	[ -z "$from" ] || {
		quote "${from%%\?*}"
		note+=",\"from\":$quoted"
	}
	[ -n "$since" ] || {
		note+=}
		return
	}
	for i in "${stages[@]}"; do
		[ -n "${stage_begun[$i]-}" ] || continue
		quote "$i"
		text+=,$quoted:$((${stage_begun[$i]/[.,]/} - since))
	done
	note+=",\"took\":$((${EPOCHREALTIME/[.,]/} - since))"
	note+=",\"starts\":{${text#,}}}"
}

# keep_note: store the note next to the run, for report and status.
keep_note()
{
	local bound=()

	[ "$result" -ne 64 ] && [ "$culprit" != mark ] || return 0
	# The sender of the signal will not wait long for the summary.
	[ "$signal" -eq 0 ] || return 0
	write_note
	case $stage in
	gs://*) bound=(timeout -s KILL 10) ;;
	esac
	printf '%s\n' "$note" | "${bound[@]}" "${bin}nf-stage" note -q \
	    --retry-time 0 "$stage" 2> "$tmp/said" ||
	    say WARNING note "$stage: no note stored for report and status"
}

# print_summary: print the summary as the last output.  The reader may be gone.
print_summary()
{

	trap '' PIPE
	if [ -n "$poor" ]; then
		printf '%s\n' "$summary"
	else
		printf '%s\n' "$summary" 2> /dev/null
	fi || {
		say ERROR error 'stdout: cannot be written'
		[ "$result" -ne 0 ] && [ "$result" -ne 99 ] || result=74
	}
}

# leave CODE: exit; from here on, no signal or error changes the exit code.
leave()
{

	result=$1
	finished=1
	[ -z "$tmp" ] || rm -rf "$tmp"
	exit "$result"
}

# finish: print the summary and exit.  The exit code is 0 only if the verb has
# set that it reached the requested state.
finish()
{

	trap '' HUP INT QUIT USR1 USR2 ALRM TERM
	finishing=1
	end_stages
	clear_title
	if [ "$result" -eq 0 ] && [ -z "$reached" ]; then
		say ERROR error 'ended before it was done'
		result=74
	fi
	[ "$result" -ne 0 ] || [ -z "$empty" ] || result=99
	summarize
	case ${tmp:+$verb} in
	run | fetch | load)
		write_metrics
		summarize
		[ -n "$job_file" ] || keep_note
		;;
	diff) [[ $state != audited || -n $job_file ]] || keep_note ;;
	esac
	if [ -n "$summary_file" ]; then
		replace "$summary_file" "$summary"
		summarize
	fi
	# Not after a page or a table.
	[ -z "$human" ] || { [ ! -t 1 ] && [[ $result == @(0|99) ]]; } ||
	    conclude
	[[ $verb == @(report|days|check) ]] || { [ -n "$human" ] && [ -t 1 ]; } ||
	    print_summary
	leave "$result"
}

# at_exit: bash ended this script because it could not start a process or open
# a file.  Print a summary without doing either.
at_exit()
{

	[ -z "$finished" ] || exit "$result"
	result=74
	[ "$signal" -eq 0 ] || result=$((128 + signal))
	if [ -z "$finishing" ]; then
		finishing=1
		end_stages
		clear_title
		say ERROR error 'ended early: out of processes or descriptors?'
	fi
	summarize
	[ "$verb" = report ] || print_summary
	exit "$result"
}
