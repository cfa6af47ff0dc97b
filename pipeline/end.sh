# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
#
# The end of a job: its summary, its metrics, the note beside its run.

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

# own_metrics: the job as a whole, as lib/cli/app.c writes those of a tool.
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
# does not say, its last success, stays.
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

# store FILE: what comes on stdin becomes FILE, whole; a device is written.
store()
{

	if [ -e "$1" ] && [ ! -f "$1" ]; then
		cat > "$1"
	else
		cat > "$1.part" && mv -- "$1.part" "$1"
	fi
}

# replace FILE: the same, or the end of the job; but what we write to already,
# as /dev/stdout is, is gone on with.
replace()
{

	if [ "$1" -ef /dev/fd/1 ]; then
		cat
	elif [ "$1" -ef /dev/fd/2 ]; then
		cat >&2
	else
		store "$1" 2> /dev/null
	fi || {
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

# finish: write the summary as the last thing, and exit.
finish()
{
	local line

	trap '' HUP INT QUIT USR1 USR2 ALRM TERM
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
