# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
#
# The windows of a job, nf-job(5).  nf-stage days computes the windows, which of
# them are due, and the names of their runs.  Each window is processed by another
# process of this script.

runs=() wants=() froms=() lasts=() untils=()
revisions=() begun=() laters=() sames=() sinces=() begins=() ends=()
empty_windows=0 bad_windows=0

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
	[ -z "$job_except" ] || [ "$except" = "$job_except" ] || {
		[ -z "$except" ] ||
		    die 64 "--except: $job_file: a job says it itself"
		except=$job_except
		check_except
	}
}

# graver CODE: succeed if it is more serious than the result so far.
graver()
{
	local code order=' 0 99 75 74 65 69 64 78 77 70 ' a b

	for code in "$1" "$result"; do
		[[ $order == *" $code "* ]] || order+="$code "
	done
	a=${order%%" $1 "*} b=${order%%" $result "*}
	[ ${#a} -gt ${#b} ]
}

# source_args I: set of_window to the arguments of nf-fetch for window number I.
source_args()
{

	if [ -n "$job_cursor" ]; then
		of_window=(--since "${sinces[$1]}")
	elif [ -n "$job_days" ]; then
		of_window=(--set '/window/step?=all'
		    --from "${froms[$1]}" --to "${lasts[$1]}")
	else
		of_window=(--var "from=${froms[$1]}"
		    --var "to=${lasts[$1]}" --var "until=${untils[$1]}")
	fi
	[ -z "$job_require_proof" ] ||
	    of_window+=(--set "/require_proof=$job_require_proof")
}

# window_args I: set args to the command line of window number I.
window_args()
{

	args=("$verb" --stage "${runs[$1]}")
	[[ $verb != @(run|fetch) ]] || fetch_window_args "$1"
	[ "$verb" = fetch ] || args+=(-m "$job_mapping" --to "$job_target"
	    ${part:+--part "$part"})
	case ${wants[$1]} in
	again) args[0]=fetch ;;
	reload) args[0]=load ;;
	esac
	[ -z "$except" ] || [ "${args[0]}" = fetch ] || args+=(--except "$except")
	[[ $verb == fetch || -z $job_max_rejects ]] ||
	    args+=(--max-rejects "$job_max_rejects" --reject "$tmp/rejects")
	[ -z "$job_reject_stage" ] || args+=(--reject-stage "$job_reject_stage")
	[ -z "$skip_if_empty" ] || args+=(--skip-if-empty)
	more_args --transform-arg "${transform_more[@]}"
	more_args --load-arg "${load_more[@]}"
	args+=("${common[@]}")
}

# fetch_window_args I: append the arguments to fetch window number I, and those
# to record it in run.json.
fetch_window_args()
{

	args+=(--from "$job_source")
	more_args --stage-arg --window "${windows[$1]}"
	[ -z "${laters[$1]}" ] ||
	    more_args --stage-arg --lookback "${laters[$1]}"
	if [ -n "$job_cursor" ]; then
		more_args --stage-arg --since "${sinces[$1]}"
	else
		more_args --stage-arg --from "${begins[$1]}" \
		    --until "${ends[$1]}"
	fi
	more_args --fetch-arg "${of_window[@]}" "${fetch_more[@]}"
	more_args --stage-arg "${stage_more[@]}"
}

# more_args OPTION WORD...: append each word as an argument of that option.
more_args()
{
	local word

	for word in "${@:2}"; do
		args+=("$1" "$word")
	done
}

# renew_source I: a run that was begun with another source cannot continue: start
# window number I again, as the next revision.
renew_source()
{
	local line next

	[ -n "${begun[$1]}" ] && [ -z "$revision" ] || return 0
	ask check nf-fetch -s "$job_source" --check "${of_window[@]}" \
	    "${fetch_more[@]}" || return
	read_summary check
	[[ $line =~ ,\"source\":\"([0-9a-f]{64})\" ]] || gone check.json
	[ "${BASH_REMATCH[1]}" != "${begun[$1]}" ] || return 0
	next=$((${revisions[$1]} + 1))
	say WARNING other_source "${runs[$1]}: begun from another source: \
starting over as revision $next"
	ask_windows --windows "${windows[$1]}" --revision "$next" || return
	set -- "$1" $((${#windows[@]} - 1))
	runs[$1]=${runs[$2]} revisions[$1]=$next
}

# run_window I: process one window as a separate run; check its summary.  Set
# outcome to its result.
run_window()
{
	local args=() of_window seen line= text

	[ "$signal" -eq 0 ] || return 1
	[[ $verb != @(run|fetch) ]] || {
		source_args "$1"
		renew_source "$1" || { fail_window "$1"; return; }
	}
	window_args "$1"
	say INFO window "${windows[$1]}: ${wants[$1]} ${runs[$1]}"
	describe_windows "$1"
	draw_title
	rm -f "$tmp/rejects" "$tmp/window"
	NF_PIPELINE_TITLE=$title "$BASH" -p "$self" "${args[@]}" > "$tmp/window" < /dev/null &
	pids=($!)
	[ "$signal" -eq 0 ] || kill -TERM "${pids[@]}" 2> /dev/null
	while
		seen=$caught
		wait "${pids[0]}"
		outcome=$?
		[ "$seen" -ne "$caught" ]
	do
		:
	done
	pids=()
	while IFS= read -r text; do
		line=$text
	done < "$tmp/window"
	[[ $line == '{"tool":"nf-pipeline",'*"\"exit\":$outcome,"* ]] ||
	    [ "$outcome" -gt 128 ] || outcome=74
	last_summary=$line
	# take_again decides whether to load what was fetched again.
	[ "$outcome" -eq 0 ] && [ "${wants[$1]}" = again ] ||
	    end_window "$1" "$outcome"
}

# describe_windows I: set title to which window is taken, how many are left, and
# how long they will take if each takes as long as those before.
describe_windows()
{
	local done=$1 left=$((${#windows[@]} - $1)) s

	title="$run: ${windows[$1]}: window $(($1 + 1)) of ${#windows[@]}"
	title+=", $left left"
	[ "$bad_windows" -eq 0 ] || title+=", $bad_windows failed"
	[ "$done" -gt 0 ] || return 0
	s=$((SECONDS * left / done))
	printf -v s '%d:%02d' $((s / 60)) $((s % 60))
	title+=", about $s left"
}

# end_window I CODE: record the result of a window.
end_window()
{
	local quoted

	quote "${windows[$1]}"
	done_windows+=",{\"window\":$quoted"
	quote "${runs[$1]}"
	done_windows+=",\"run\":$quoted,\"exit\":$2}"
	case $2${laters[$1]:+ again} in
	'0 again') ;;
	0) good_windows=$((good_windows + 1)) ;;
	99)
		good_windows=$((good_windows + 1))
		empty_windows=$((empty_windows + 1))
		;;
	*)
		bad_windows=$((bad_windows + 1))
		say WARNING window_failed "${windows[$1]}: exit code $2"
		! graver "$2" || result=$2 culprit=${windows[$1]}
		;;
	esac
}

# fail_window I: record that a question about window number I failed.
fail_window()
{
	local gravest=$result failed=$culprit

	judge
	outcome=$result result=$gravest culprit=$failed
	stages=() codes=()
	end_window "$1" "$outcome"
}

# note_same I: window number I has the same records as its loaded revision:
# record this, and do not load it.
note_same()
{
	local quoted line

	quote "${windows[$1]}"
	TZ=UTC printf -v line '{"tool":"%s","run":%s,"exit":0,"verb":"run",' \
	    "$PROGRAM" "$quoted"
	TZ=UTC printf -v line '%s"at":"%(%FT%TZ)T","state":"same",' "$line" -1
	quote "${sames[$1]}"
	printf '%s"same_as":%s}\n' "$line" "$quoted" > "$tmp/same" || gone same
	start note "$tmp/same" /dev/null nf-stage note "${runs[$1]}"
	collect || { fail_window "$1"; return; }
	stages=() codes=()
	say INFO same "${runs[$1]}: has the same records as ${sames[$1]}"
	end_window "$1" 0
}

# take_again I: fetch a window again because of lookback, and load it if its
# records have changed.
take_again()
{
	local i

	outcome=74
	run_window "$1"
	[ "$outcome" -eq 0 ] || return 0
	ask_windows --windows "${windows[$1]}" || { fail_window "$1"; return; }
	i=$((${#windows[@]} - 1))
	laters[i]=${laters[$1]}
	case ${wants[i]} in
	same) note_same "$i" ;;
	load) run_window "$i" ;;
	*) end_window "$1" 0 ;;
	esac
}

# take_window I: do for a window what its state requires.
take_window()
{

	case $verb-${wants[$1]} in
	*-early) die 64 "--window: ${windows[$1]}: has not ended yet" ;;
	run-same | load-same) note_same "$1"; return ;;
	run-again) take_again "$1"; return ;;
	fetch-again) wants[$1]='fetch' ;;
	load-again) return ;;
	diff-*) wants[$1]='diff' ;;
	*-done)
		[[ -n $reload && $verb != fetch ]] || return 0
		wants[$1]=reload
		;;
	esac
	# The same records are already in the table.
	[[ ${wants[$1]} != @(diff|reload) || -z ${sames[$1]} ]] ||
	    runs[$1]=${runs[$1]%/*}/${sames[$1]}
	run_window "$1"
}

# go_on: a feed with a cursor has a next window once the current one is
# committed.
go_on()
{
	local i=$((${#windows[@]} - 1)) last

	[ -n "$job_cursor" ] && [ -n "$due" ] && [ "$i" -ge 0 ] &&
	    [ "$signal" -eq 0 ] && [ -n "${begun[i]}" ] || return 0
	ask_windows --due || { fail_window "$i"; return; }
	last=$((${#windows[@]} - 1))
	[ "${windows[last]}" = "${windows[i]}" ] || take_window "$last"
}

need_windows()
{

	[ -z "$from$stage$mapping$target$reject$live" ] ||
	    die 64 "$job_file: the job file sets --from, --stage, -m, --to and --reject"
	[ -n "$due$window" ] || die 64 "$job_file: give --due or --window W"
	[[ -z $part || $verb == @(load|diff) ]] ||
	    die 64 '--part: only with load and diff'
	[ -z "$due" ] || [ -z "$window$again$reload$revision$lookback" ] ||
	    die 64 '--due: not with --window, --again, --reload, --revision, --lookback'
	[ -z "$revision" ] || [[ $window != *..* ]] ||
	    die 64 '--revision: of one window'
	[ -z "$lookback" ] || [[ $window != *..* ]] ||
	    die 64 '--lookback: of one window'
	[ -z "$lookback" ] || [ -z "$again$revision" ] ||
	    die 64 '--lookback: not with --again, --revision'
	[[ $max_windows =~ ^[1-9][0-9]{0,8}$ ]] ||
	    die 64 "--max-windows: $max_windows: not a number"
}

# run_windows: process the windows of the job, oldest first.  If one fails, the
# others are still processed.
run_windows()
{
	local i newest=

	need_windows
	# The next window has nothing to load yet.
	[[ $verb != @(load|diff) || -n $revision ]] || newest=1
	ask_windows ${due:+--due} ${window:+--windows "$window"} \
	    ${newest:+--newest} ${again:+--again} ${revision:+--revision "$revision"} \
	    ${lookback:+--lookback "$lookback"} ||
	    { judge; finish; }
	run=$job_name
	for i in "${!windows[@]}"; do
		[ "$good_windows" -lt "$max_windows" ] || break
		take_window "$i"
		[ "$signal" -eq 0 ] || break
	done
	go_on
	[ "$signal" -eq 0 ] || result=$((128 + signal))
	[ "$empty_windows" -eq 0 ] ||
	    [ "$empty_windows" -lt "$good_windows" ] || empty=1
	reached=1
	finish
}

# days: print the ledger: a table on a terminal, otherwise as nf-stage does.
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

# check: check the job, and print what is due.
check()
{
	local i

	[ -n "$job_file" ] || die 64 'check: which job?'
	ask_windows --due || { judge; finish; }
	mapping=$job_mapping
	check_mapping
	start transform /dev/null stderr nf-transform --check \
	    -m "$mapping" "${transform_more[@]}"
	i=${#windows[@]}
	sinces[i]=x froms[i]=2000-01-01 lasts[i]=2000-01-01 untils[i]=2000-01-02
	source_args "$i"
	start fetch /dev/null stderr nf-fetch -s "$job_source" --check \
	    "${of_window[@]}" "${fetch_more[@]}"
	collect && reached=1
	judge
	for i in "${!windows[@]}"; do
		printf '%-24s %-6s %s\n' "${windows[i]}" "${wants[i]}" \
		    "${runs[i]}" || result=74
	done
	finish
}
