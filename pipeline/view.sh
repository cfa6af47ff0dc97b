# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
#
# The view of a job on a terminal: while it runs, a line for each stage, redrawn
# in place; at its end, what was done, or what failed, why, and what to do.
# Without a terminal, none of this happens.

view=''		# live, plain (a terminal without escapes), or nothing
human=''	# a person reads the end of the job
err_fd=2	# where the stages write their messages
view_fd='' viewer=''
title=${NF_PIPELINE_TITLE-}	# all windows of a job: what is done, and left
started_by_job=$title	# which goes on drawing that line
unset NF_PIPELINE_TITLE

# choose_view: decide whether and how to show the progress.
choose_view()
{

	[ -t 2 ] && [ "$format" != json ] && [ "$verbose" -ge 0 ] || return 0
	[[ $verb == @(run|fetch|load|diff) ]] || return 0
	human=1
	[ "$verbose" -eq 0 ] || return 0
	view=live
	[[ ${TERM:-dumb} != dumb ]] || view=plain
	[ -z "$job_file" ] || return 0
	common=("${common[@]/#auto/text}") # their stderr will be a file
	export NF_LOG_FORMAT=text
}

# draw_title: draw the line that stays from one window to the next.  The cursor
# stays in it, so that the next message replaces it.
draw_title()
{

	[ -n "$view" ] && [ -n "$title" ] || return 0
	visible "$title"
	if [ "$view" = plain ]; then
		printf '%s: %s\n' "$PROGRAM" "$shown" >&2
	else
		measure_width
		printf '\r\e[J%s' "${shown:0:width}" >&2
	fi
}

# clear_title: remove that line, before messages or the end.
clear_title()
{

	[ -z "$started_by_job" ] || [[ $result != @(0|99) ]] || return 0
	[ "$view" != live ] || [ -z "$title" ] || printf '\r\e[J' >&2
	title=
}

# measure_width: set width to the number of columns of the terminal.
measure_width()
{

	shopt -s checkwinsize
	(:)
	width=$((${COLUMNS:-80} > 20 ? ${COLUMNS:-80} - 1 : 79))
}

# begin_view: make the stages of the next chain write their messages to files,
# so that they do not disturb the view.
begin_view()
{

	[ -n "$view" ] && [ "$err_fd" = 2 ] || return 0
	rm -f "$tmp"/*.progress "$tmp/view"
	{ : > "$tmp/messages" && mkfifo "$tmp/view"; } || return 0
	exec {view_fd}<> "$tmp/view" || return 0
	exec {err_fd}>> "$tmp/messages" || err_fd=2
}

# start_view: watch the stages, which are all running.
start_view()
{

	[ "$err_fd" != 2 ] || return 0
	watch_stages "${stages[@]:${#codes[@]}}" &
	viewer=$!
}

# end_view: the stages have ended; show their last messages.
end_view()
{

	[ "$err_fd" != 2 ] || return 0
	printf 'q\n' >&"$view_fd"
	[ -z "$viewer" ] || wait "$viewer"
	exec {err_fd}>&-
	exec {view_fd}>&-
	err_fd=2 viewer=''
}

# watch_stages NAME...: draw them once a second, until end_view.
watch_stages()
{
	local word drawn=0 ticks=0 messages
	local -A last_n=() last_ms=()
	local late=()

	trap '' HUP INT QUIT USR1 USR2 ALRM TERM
	trap - EXIT
	exec {messages}< "$tmp/messages"
	while :; do
		word=
		read -r -t 1 -u "$view_fd" word && break
		kill -0 "$$" 2> /dev/null || exit 0
		ticks=$((ticks + 1))
		erase_view
		show_messages "$@"
		case $view in
		live) draw_view "$@" ;;
		plain) [ $((ticks % 10)) -ne 0 ] || draw_view "$@" ;;
		esac
	done
	erase_view
	show_messages "$@"
	show_messages "$@"
	[ "$view" = plain ] || draw_title
	exit 0
}

erase_view()
{

	[ "$view" = live ] || return 0
	if [ "$drawn" -gt 0 ]; then
		printf '\r\e[%dA\e[J' "$drawn" >&2
	elif [ -n "$title" ]; then
		printf '\r\e[J' >&2
	fi
	drawn=0
}

# show_messages NAME...: print what the stages have written, a second later; by
# then, failed stages have written their summaries.  Leave out their last
# messages, which the end of the job repeats, and echoes of a failure.
show_messages()
{
	local line now=("${late[@]}")

	late=()
	while IFS= read -r -u "$messages" line; do
		late+=("$line")
	done
	for line in "${now[@]}"; do
		[[ ! $line =~ ^nf-[a-z]+(\ [a-z]+)?:\ (failed:\ )?[0-9]+\ (record|row)s?,.*\ s(,\ sealed)?$ ]] ||
		    continue
		! is_last_word "$line" "$@" || continue
		visible "$line"
		printf '%s\n' "$shown" >&2
	done
}

# is_last_word MESSAGE NAME...: succeed if it is the reason why a stage failed.
is_last_word()
{
	local message=$1 name line

	for name in "${@:2}"; do
		read_summary "$name"
		[[ $line =~ ,\"error\":\"(([^\"\\]|\\.)*)\" ]] || continue
		line=${BASH_REMATCH[1]//\\\"/\"}
		[[ $message != *": ${line:0:200}"* ]] || return 0
	done
	return 1
}

# draw_view NAME...: a line for each stage that has something to show.
draw_view()
{
	local name line text width

	measure_width
	visible "$title"
	[ -z "$title" ] || [ "$view" = plain ] || {
		printf '%s\n' "${shown:0:width}" >&2
		drawn=$((drawn + 1))
	}
	for name; do
		line=
		[ ! -f "$tmp/$name.progress" ] ||
		    IFS= read -r line < "$tmp/$name.progress" || line=
		[ -n "$line" ] || continue
		describe_stage "$name"
		visible "$text"
		if [ "$view" = plain ]; then
			printf '%s: %s\n' "$PROGRAM" "$shown" >&2
		else
			printf '%s\n' "${shown:0:width}" >&2
			drawn=$((drawn + 1))
		fi
	done
}

# counted MEMBER: set number to that member of line, or to 0; times are in
# milliseconds.
counted()
{

	number=0
	[[ ! $line =~ [,{]\"$1\":([0-9]+)(\.([0-9]{3}))? ]] ||
	    number=$((10#${BASH_REMATCH[1]}${BASH_REMATCH[3]}))
}

# describe_stage NAME: set text to a description of its progress, which is in
# line.
describe_stage()
{
	local number n bytes ms now mean of left

	case $1 in
	fetch | cat) counted records_out && n=$number && counted bytes_out ;;
	*) counted records_in && n=$number && counted bytes_in ;;
	esac
	bytes=$number
	counted seconds && ms=$((number > 0 ? number : 1))
	mean=$((n * 1000 / ms))
	now=0
	[ "$ms" -le "${last_ms[$1]-0}" ] ||
	    now=$(((n - ${last_n[$1]-0}) * 1000 / (ms - ${last_ms[$1]-0})))
	last_n[$1]=$n last_ms[$1]=$ms
	printf -v text '%-9s %9d records %7d.%d MB' "$1" "$n" \
	    $((bytes / 1000000)) $((bytes / 100000 % 10))
	counted retried
	[ "$number" -eq 0 ] || text+=", $number retried"
	if [[ $line =~ ,\"waiting\":\"(([^\"\\]|\\.)*)\" ]]; then
		text+=", ${BASH_REMATCH[1]//\\\"/\"}"
		return
	fi
	text+=", $now/s (mean $mean/s)"
	counted expected
	of=$number
	[ "$of" -ge "$n" ] && [ "$of" -gt 0 ] && [ "$mean" -gt 0 ] || return 0
	left=$(((of - n) / mean))
	printf -v left '%d:%02d' $((left / 60)) $((left % 60))
	text+=", $((n * 100 / of))%, $left left"
}

# conclude: the end of a job for a person: one line, or three.
conclude()
{
	local line number why='' records='' next place

	if [ -n "$job_file" ]; then
		printf '%s: %s: %d windows done%s, %d s\n' "$PROGRAM" \
		    "$run" "$good_windows" \
		    "${culprit:+, the gravest failure is of $culprit, exit code $result}" \
		    "$SECONDS"
		return
	fi
	if [ "$result" -eq 0 ] || [ "$result" -eq 99 ]; then
		for line in transform put cat; do
			number_of "$line" records_in
			[ -z "$number" ] || break
		done
		[ -z "$number" ] || records=" $number records,"
		number_of transform rejected
		[ "${number:-0}" -eq 0 ] || records+=" $number rejected,"
		printf '%s: %s:%s %d s\n' "$PROGRAM" "${state:-done}" \
		    "$records" "$SECONDS"
		return
	fi
	read_summary "${culprit:-none}"
	[[ ! $line =~ ,\"error\":\"(([^\"\\]|\\.)*)\" ]] ||
	    why=${BASH_REMATCH[1]//\\\"/\"}
	advise
	visible "failed: ${culprit:-the job}, exit code $result"
	printf '%s: %s\n' "$PROGRAM" "$shown" >&2
	visible "why: ${why:-see the message above}"
	printf '  %s\n' "$shown" >&2
	printf '  next: %s\n' "$next" >&2
}

# advise: set next to what to do next.
advise()
{

	case $result in
	64) next='correct the command line; see nf-pipeline --help' ;;
	65)
		next='correct the data'
		[ "$culprit" != fetch ] ||
		    next='compare what the API sends with the source (-v shows each request)'
		[ "$culprit" != transform ] ||
		    next='fix the mapping, or add --reject FILE to go on past bad records'
		;;
	69) next='the API or Google refused the request: -v shows it' ;;
	70) next='this is a bug: please report it' ;;
	77) next='check credentials and permissions' ;;
	78) next='correct what the message names' ;;
	*)
		next='run'
		;;
	esac
	[[ $result != @(64|70) ]] || return 0
	where_next
	if [ "$next" = run ]; then
		next="the same command continues$place"
	else
		next+="; then the same command continues$place"
	fi
}

# where_next: set place to where the next attempt continues.
where_next()
{
	local cursor=

	place=' from the start'
	[[ $verb == @(run|fetch) && $mark != committed ]] || {
		place=' with what is staged'
		return
	}
	timeout -s KILL 10 "${bin}nf-stage" mark -q --retry-time 0 "$stage" \
	    > "$tmp/where" 2> "$tmp/said" &&
	    IFS= read -r cursor < "$tmp/where" || cursor=
	if [[ $cursor == committed ]]; then
		place=' with the load: the run is committed'
	elif [[ $cursor =~ ,\"pages\":([0-9]{1,15})[,}] ]]; then
		place=" at page $((BASH_REMATCH[1] + 1))"
		[[ ! $cursor =~ ,\"window\":\"([^\"]+) ]] ||
		    place+=", window ${BASH_REMATCH[1]}"
	fi
}
