# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
#
# The stages of a chain: started together, waited for together, judged
# together.

stages=()	# names, from left to right
pids=()
held=()		# descriptors of the pipes between them
codes=()
declare -A stage_begun=()	# when each was started
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
	local pipe fd missing=()

	begin_view
	# Those of the next chain too: one process is enough.
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

# span: set TRACEPARENT, exported as it came so, to a span below the job's.
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

# run_stage IN OUT TOOL ARGUMENT...: become that tool.  A pipe of ours that
# was cleaned away, so that a file came to its place, is seen where there is a
# /proc to see it with: a bare root file system has none.
run_stage()
{

	let_go
	if [[ -e /proc/self/fd ]]; then
		[[ $1 != "$tmp"/? || -p /dev/fd/0 ]] || exit 74
		[[ $2 != "$tmp"/? || -p /dev/fd/1 ]] || exit 74
	fi
	exec "${@:3}"
}

# start NAME IN OUT TOOL ARGUMENT...: start a stage of the chain.  OUT may be
# "stderr", by that word: a bare root file system has no /dev/stderr.
start()
{
	local name=$1 in=$2 out=$3 tool

	shift 3
	[ "$signal" -eq 0 ] || return
	[ -z "$trace_id" ] || span
	tool=("$bin$1" "${@:2}" "${common[@]}" --summary "$tmp/$name.json")
	[ -z "$metrics_file$push_url" ] || tool+=(--metrics "$tmp/$name.prom")
	[ "$err_fd" = 2 ] || tool+=(--progress "$tmp/$name.progress")
	# Of a stage of that name before.
	[ ! -e "$tmp/$name.json" ] || rm -f "$tmp/$name.json"
	# shellcheck disable=SC2094 # their names, not what is in them
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

# read_summary NAME: set line to the summary of a stage, or to nothing.
read_summary()
{

	line=
	[ ! -f "$tmp/$1.json" ] || IFS= read -r line < "$tmp/$1.json" || line=
}

# weigh NAME CODE: set code to what the end of a stage means.  It ended well
# if its exit code and its summary say so; a code that no tool has is one of
# the shell, which could not start it.
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

# end_stages: the job ends before its time: so do the stages under way.
end_stages()
{

	[ ${#pids[@]} -gt 0 ] || return 0
	kill -TERM "${pids[@]}" 2> /dev/null
	collect
}

# cause_of NAME: set cause to self, upstream or downstream; who left no word
# failed itself.
cause_of()
{
	local line

	cause=self
	read_summary "$1"
	[[ ! $line =~ [,{]\"cause\":\"([a-z]+)\" ]] || cause=${BASH_REMATCH[1]}
}

# number_of NAME MEMBER: set number to one in the summary of a stage, or to
# nothing.
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
