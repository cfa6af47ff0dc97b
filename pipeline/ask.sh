# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
#
# What is stored of a run, asked of nf-stage.

# ask NAME TOOL ARGUMENT...: have the answer in $tmp/NAME.
ask()
{
	local before=("${stages[@]}") ended=("${codes[@]}") good=0

	start "$1" /dev/null "$tmp/$1" "${@:2}" || return
	collect || good=1
	# A question is not a stage of the job unless it fails; nor are there
	# metrics of it, which no later answer would replace.
	rm -f "$tmp/$1.prom"
	[ "$good" -eq 0 ] || return 1
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

# mapping_hash: what names the mapping, wherever it is.
mapping_hash()
{
	local hash

	hash=$(sha256sum < "$mapping") && echo "${hash:0:16}"
}
