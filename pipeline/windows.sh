# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
#
# The windows of a job, nf-job(5).  What they are, which are due and how their
# runs are called is what nf-stage days says; each is a run of its own, by this
# script.

windows=() runs=() wants=() froms=() lasts=() untils=()
done_windows=''	# members of the summary
last_summary=''	# of the window that was taken last
good_windows=0 empty_windows=0

# ask_windows ARGUMENT...: read the job and its windows into variables.
ask_windows()
{
	local line text="'([^']|'\\\\'')*'"
	local job="^job_[a-z_]+=$text\$"
	local day="^[a-z]+\\+=\\($text\\)( [a-z]+\\+=\\($text\\))*\$"

	[ -f "$job_file" ] || die 64 "$job_file: no such job file"
	ask days nf-stage days -q --sh ${now:+--now "$now"} "$@" "$job_file" ||
	    return
	while IFS= read -r line; do
		[[ $line =~ $job || $line =~ $day ]] ||
		    die 70 'nf-stage days: an answer of another form'
		eval "$line"
	done < "$tmp/days" || gone days
	[ -n "${job_name-}" ] || gone days
}

# graver CODE: is it worse than the result so far?
graver()
{
	local code order=' 0 99 75 74 65 69 64 78 77 70 ' a b

	for code in "$1" "$result"; do
		[[ $order == *" $code "* ]] || order+="$code "
	done
	a=${order%%" $1 "*} b=${order%%" $result "*}
	[ ${#a} -gt ${#b} ]
}

# window_args I: set args to the command line of window number I.
window_args()
{

	args=("$verb" --stage "${runs[$1]}")
	[[ $verb != @(run|fetch) ]] || source_args "$1"
	[ "$verb" = fetch ] || args+=(-m "$job_mapping" --to "$job_target"
	    ${part:+--part "$part"})
	[ "${wants[$1]}" != reload ] || args[0]=load
	[[ $verb == fetch || -z $job_max_rejects ]] ||
	    args+=(--max-rejects "$job_max_rejects" --reject "$tmp/rejects")
	[ -z "$job_reject_stage" ] || args+=(--reject-stage "$job_reject_stage")
	[ -z "$skip_if_empty" ] || args+=(--skip-if-empty)
	more_args --transform-arg "${transform_more[@]}"
	more_args --load-arg "${load_more[@]}"
	args+=("${common[@]}")
}

# source_args I: what window number I is fetched with.
source_args()
{

	args+=(--from "$job_source"
	    --stage-arg --window --stage-arg "${windows[$1]}")
	if [ -n "$job_days" ]; then
		args+=(--fetch-arg --from --fetch-arg "${froms[$1]}"
		    --fetch-arg --to --fetch-arg "${lasts[$1]}")
	else
		args+=(--fetch-arg --var --fetch-arg "from=${froms[$1]}"
		    --fetch-arg --var --fetch-arg "to=${lasts[$1]}"
		    --fetch-arg --var --fetch-arg "until=${untils[$1]}")
	fi
	[ -z "$job_require_proof" ] || args+=(--fetch-arg --require-proof
	    --fetch-arg "$job_require_proof")
	more_args --fetch-arg "${fetch_more[@]}"
	more_args --stage-arg "${stage_more[@]}"
}

# more_args OPTION WORD...: each word as one more argument of that option.
more_args()
{
	local word

	for word in "${@:2}"; do
		args+=("$1" "$word")
	done
}

# run_window I: one window, as a run of its own; its summary is evidence.
run_window()
{
	local args=() code seen line= text

	[ "$signal" -eq 0 ] || return 1
	window_args "$1"
	say INFO window "${windows[$1]}: ${wants[$1]} ${runs[$1]}"
	rm -f "$tmp/rejects" "$tmp/window"
	"$BASH" -p "$self" "${args[@]}" > "$tmp/window" < /dev/null &
	pids=($!)
	[ "$signal" -eq 0 ] || kill -TERM "${pids[@]}" 2> /dev/null
	while
		seen=$caught
		wait "${pids[0]}"
		code=$?
		[ "$seen" -ne "$caught" ]
	do
		:
	done
	pids=()
	while IFS= read -r text; do
		line=$text
	done < "$tmp/window"
	[[ $line == '{"tool":"nf-pipeline",'*"\"exit\":$code,"* ]] ||
	    [ "$code" -gt 128 ] || code=74
	last_summary=$line
	end_window "$1" "$code"
}

# end_window I CODE: note how a window ended.
end_window()
{
	local quoted

	quote "${windows[$1]}"
	done_windows+=",{\"window\":$quoted"
	quote "${runs[$1]}"
	done_windows+=",\"run\":$quoted,\"exit\":$2}"
	case $2 in
	0) good_windows=$((good_windows + 1)) ;;
	99)
		good_windows=$((good_windows + 1))
		empty_windows=$((empty_windows + 1))
		;;
	*)
		say WARNING window_failed "${windows[$1]}: exit code $2"
		! graver "$2" || result=$2 culprit=${windows[$1]}
		;;
	esac
}

# take_window I: do with a window what is wanted.
take_window()
{

	case ${wants[$1]} in
	early) die 64 "--window: ${windows[$1]}: is not over yet" ;;
	done)
		[ "$verb" != diff ] || wants[$1]='diff'
		[[ -z $reload || $verb == @(fetch|diff) ]] || wants[$1]=reload
		[ "${wants[$1]}" != 'done' ] || return 0
		;;
	esac
	run_window "$1"
}

need_windows()
{

	[ -z "$from$stage$mapping$target$reject$live" ] ||
	    die 64 "$job_file: a job says itself what, from where and to where"
	[ -n "$due$window" ] || die 64 "$job_file: --due or --window W?"
	[[ -z $part || $verb == @(load|diff) ]] ||
	    die 64 '--part: only with load and diff'
	[ -z "$due" ] || [ -z "$window$again$reload$revision" ] ||
	    die 64 '--due: not with --window, --again, --reload, --revision'
	[ -z "$revision" ] || [[ $window != *..* ]] ||
	    die 64 '--revision: of one window'
	[[ $max_windows =~ ^[1-9][0-9]{0,8}$ ]] ||
	    die 64 "--max-windows: $max_windows: not a number"
}

# run_windows: the windows of the job, the oldest first.  One that fails keeps
# no other from its turn.
run_windows()
{
	local i

	need_windows
	ask_windows ${due:+--due} ${window:+--windows "$window"} \
	    ${again:+--again} ${revision:+--revision "$revision"} ||
	    { judge; finish; }
	run=$job_name
	for i in "${!windows[@]}"; do
		[ "$good_windows" -lt "$max_windows" ] || break
		take_window "$i"
		[ "$signal" -eq 0 ] || break
	done
	[ "$signal" -eq 0 ] || result=$((128 + signal))
	[ "$empty_windows" -eq 0 ] ||
	    [ "$empty_windows" -lt "$good_windows" ] || empty=1
	reached=1
	finish
}

# days: the ledger, for people on a terminal, else as nf-stage writes it.
days()
{

	[ -n "$job_file" ] || die 64 'days: which job?'
	start days /dev/null "$tmp/days" nf-stage days -q ${now:+--now "$now"} \
	    ${due:+--due} ${window:+--windows "$window"} "$job_file"
	collect
	judge
	[ -f "$tmp/days" ] || gone days
	if [ -t 1 ]; then
		print_days < "$tmp/days"
	else
		cat "$tmp/days"
	fi || result=74
	reached=1
	finish
}

# print_days: a line for each window.
print_days()
{
	local line member='' text

	while IFS= read -r line; do
		text=
		for member in window state due late records run; do
			[[ $line =~ \"$member\":\"?([^\",}]*) ]] &&
			    member=${BASH_REMATCH[1]} || member=-
			case $text in
			'') printf -v text %-22s "$member" ;;
			*) printf -v text '%s %-9s' "$text" "$member" ;;
			esac
		done
		text=${text/ true / due } text=${text/ false / - }
		visible "$text"
		printf '%s\n' "$shown" || return
	done
}

# check: is the job right, and what would be due?
check()
{
	local i

	[ -n "$job_file" ] || die 64 'check: which job?'
	ask_windows --due || { judge; finish; }
	mapping=$job_mapping
	check_mapping
	start transform /dev/null stderr nf-transform --check \
	    -m "$mapping" "${transform_more[@]}"
	if [ -n "$job_days" ]; then
		fetch_more+=(--from 2000-01-01 --to 2000-01-01)
	else
		fetch_more+=(--var from=x --var to=x --var until=x)
	fi
	start fetch /dev/null stderr nf-fetch -s "$job_source" --check \
	    "${fetch_more[@]}"
	collect && reached=1
	judge
	for i in "${!windows[@]}"; do
		printf '%-24s %-6s %s\n' "${windows[i]}" "${wants[i]}" \
		    "${runs[i]}" || result=74
	done
	finish
}
