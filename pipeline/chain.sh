# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
#
# The stages of a chain: started together, waited for together, judged
# together.

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

# span: a span of its own below the job's, for a stage.
span()
{

	printf '%s-%s-%s-%s' "${traceparent:0:2}" "$trace_id" \
	    "$(od -An -N8 -tx1 /dev/urandom | tr -d ' \n')" \
	    "${traceparent:53}"
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
