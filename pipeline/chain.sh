# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
#
# The stages of a chain: start them, wait for all of them, and find the one that
# failed.

stages=()	# names, from left to right
pids=()
held=()		# descriptors of the pipes between them
codes=()
declare -A stage_begun=()	# when each was started
signal=0
caught=0

# on_signal NUMBER: pass it on to the stages; collect waits for them.
on_signal()
{

	signal=$1
	caught=$((caught + 1))
	[ ${#pids[@]} -eq 0 ] || kill -TERM "${pids[@]}" 2> /dev/null
}

# connect PIPE...: make the pipes of a chain.  They are held open until all of
# its stages are started, so that opening one never waits for a neighbor, which
# may have been killed before it could open it.
connect()
{
	local pipe fd missing=()

	begin_view
	# Also make those of the next chain, with the same process.
	for pipe in a b c; do
		[ -p "$tmp/$pipe" ] || missing+=("$tmp/$pipe")
	done
	[ ${#missing[@]} -eq 0 ] || mkfifo "${missing[@]}" ||
	    die 74 "$tmp: mkfifo failed"
	for pipe; do
		exec {fd}<> "$tmp/$pipe" ||
		    die 74 "$tmp/$pipe: cannot be opened"
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

# span: set TRACEPARENT, which is already exported, to a child of the job's span.
span()
{
	local i id= part

	for i in 1 2 3 4; do
		printf -v part %04x \
		    $(((${SRANDOM:-$((RANDOM << 15 | RANDOM))} + i) & 0xffff))
		id+=$part
	done
	TRACEPARENT=${traceparent:0:2}-$trace_id-$id-${traceparent:53}
}

# run_stage IN OUT TOOL ARGUMENT...: execute that tool.  If another process
# removed one of our pipes, the redirection has created a file instead; this is
# detected through /proc, which a bare root file system does not have.
run_stage()
{

	let_go
	if [[ -e /proc/self/fd ]]; then
		[[ $1 != "$tmp"/? || -p /dev/fd/0 ]] || exit 74
		[[ $2 != "$tmp"/? || -p /dev/fd/1 ]] || exit 74
	fi
	exec "${@:3}"
}

# start NAME IN OUT TOOL ARGUMENT...: start a stage of the chain.  OUT may be the
# word "stderr", since a bare root file system has no /dev/stderr.
start()
{
	local name=$1 in=$2 out=$3 tool

	shift 3
	[ "$signal" -eq 0 ] || return
	[ -z "$trace_id" ] || span
	tool=("$bin$1" "${@:2}" "${common[@]}" --summary "$tmp/$name.json")
	[ -z "$metrics_file$push_url" ] || tool+=(--metrics "$tmp/$name.prom")
	[ "$err_fd" = 2 ] || tool+=(--progress "$tmp/$name.progress")
	# Remove the summary of an earlier stage of this name.
	[ ! -e "$tmp/$name.json" ] || rm -f "$tmp/$name.json"
	# shellcheck disable=SC2094 # uses their names, not their contents
	if [ "$out" = stderr ]; then
		(run_stage "$in" "$out" "${tool[@]}") < "$in" >&2 2>&"$err_fd" &
	else
		(run_stage "$in" "$out" "${tool[@]}") < "$in" > "$out" \
		    2>&"$err_fd" &
	fi
	pids+=($!)
	stages+=("$name")
	stage_begun[$name]=${EPOCHREALTIME-}
	[ "$signal" -eq 0 ] || kill -TERM "${pids[@]}" 2> /dev/null
}

# read_summary NAME: set line to the summary of a stage, or to "".
read_summary()
{

	line=
	[ ! -f "$tmp/$1.json" ] || IFS= read -r line < "$tmp/$1.json" || line=
}

# weigh NAME CODE: set code to the result of a stage.  It succeeded if both its
# exit code and its summary say so.  A code that no tool uses comes from the
# shell, which could not start the tool.
weigh()
{
	local line

	code=$2
	case $code in
	0)
		read_summary "$1"
		[[ $line == *'"exit":0,'* ]] || {
			say ERROR error "$1: exited with 0, but without a summary"
			code=74
		}
		;;
	64 | 65 | 69 | 70 | 74 | 75 | 77 | 78 | 126 | 127) ;;
	*) [ "$code" -gt 128 ] || code=74 ;;
	esac
}

# collect: wait for all stages of the chain; fail if one of them failed.
collect()
{
	local code seen good=0

	let_go
	start_view
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
		weigh "${stages[${#codes[@]}]}" "$code"
		codes+=("$code")
		[ "$code" -eq 0 ] || good=1
	done
	end_view
	[ "$signal" -eq 0 ] && return "$good"
}

# end_stages: the job ends early: stop the running stages.
end_stages()
{

	[ ${#pids[@]} -gt 0 ] || return 0
	kill -TERM "${pids[@]}" 2> /dev/null
	collect
}

# cause_of NAME: set cause to self, upstream or downstream; self if the stage
# wrote no cause.
cause_of()
{
	local line

	cause=self
	read_summary "$1"
	[[ ! $line =~ [,{]\"cause\":\"([a-z]+)\" ]] || cause=${BASH_REMATCH[1]}
}

# number_of NAME MEMBER: set number to that member of the summary of a stage, or
# to "".
number_of()
{
	local line

	number=
	read_summary "$1"
	[[ ! $line =~ [,{]\"$2\":([0-9]+) ]] || number=${BASH_REMATCH[1]}
}

# judge: set result and culprit from the stages that ran.
judge()
{
	local i cause

	result=0
	culprit=
	for i in "${!codes[@]}"; do
		[ "${codes[i]}" -ne 0 ] || continue
		if [ -z "$culprit" ]; then
			result=${codes[i]}
			culprit=${stages[i]}
		fi
		cause_of "${stages[i]}"
		if [ "$cause" = self ]; then
			result=${codes[i]}
			culprit=${stages[i]}
			break
		fi
	done
	[ "$signal" -eq 0 ] || result=$((128 + signal))
}
