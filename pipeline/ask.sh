# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
#
# Questions to nf-stage about what is stored of a run.

# ask NAME TOOL ARGUMENT...: run the tool and store its output in $tmp/NAME.
ask()
{
	local before=("${stages[@]}") ended=("${codes[@]}") good=0

	start "$1" /dev/null "$tmp/$1" "${@:2}" || return
	collect || good=1
	# A question counts as a stage of the job only if it fails.  It writes
	# no metrics, since no later one would replace them.
	[ ! -e "$tmp/$1.prom" ] || rm -f "$tmp/$1.prom"
	[ "$good" -eq 0 ] || return 1
	[ -f "$tmp/$1" ] || gone "$1"
	stages=("${before[@]}") codes=("${ended[@]}")
}

# gone NAME: report that the output of a question no longer exists.
gone()
{

	die 74 "$tmp/$1: no longer exists: another process removed it"
}

# ask_mark: set mark to where to continue: null, a cursor or "committed".
ask_mark()
{

	mark=
	ask mark nf-stage mark --run "$run" "$stage" || return
	IFS= read -r mark < "$tmp/mark" && [ -n "$mark" ] || {
		mark=
		gone mark
	}
}

# ask_state: set state to that of the run.  A run without a mark may have begun;
# a run that does not exist is not an error here.
ask_state()
{
	local line

	ask_mark || return
	case $mark in
	committed) state=committed ;;
	null)
		ask_listing || return
		[ -z "$state" ] || return 0
		state=empty
		while IFS= read -r line; do
			[[ $line != *'"kind":"run"'* ]] || state=begun
		done < "$tmp/ls" || gone ls
		;;
	*) state=begun ;;
	esac
}

# ask_listing: list the objects of the run in $tmp/ls, or set state to none.
ask_listing()
{
	local before=("${stages[@]}") ended=("${codes[@]}")

	state=
	ask ls nf-stage ls --run "$run" "$stage" 2> "$tmp/said" && return
	[ "${codes[-1]-}" = 78 ] || {
		[ ! -f "$tmp/said" ] || cat "$tmp/said" >&2
		return 1
	}
	stages=("${before[@]}") codes=("${ended[@]}") state=none
}

# ask_loaded: set state to loaded if, according to the notes, one job or all
# shares together loaded the run with this mapping into this target.
ask_loaded()
{
	local line want share of
	local -A seen=() count=()

	ask notes nf-stage notes --run "$run" "$stage" || return
	quote "$target"
	want=",\"mapping_hash\":\"$hash\",\"target\":$quoted,"
	while IFS= read -r line; do
		line=${line%%',"stages":{'*}
		[[ $line == '{"tool":"nf-pipeline",'*',"state":"loaded",'* &&
		    $line == *"$want"* ]] || continue
		share=1/1
		[[ ! $line =~ ,\"part\":\"([1-9][0-9]{0,6}/[1-9][0-9]{0,6})\", ]] ||
		    share=${BASH_REMATCH[1]}
		[ -z "${seen[$share]-}" ] &&
		    [ "${share%/*}" -le "${share#*/}" ] || continue
		seen[$share]=1 of=${share#*/}
		count[$of]=$((${count[$of]-0} + 1))
		[ "${count[$of]}" != "$of" ] || state=loaded
	done < "$tmp/notes" || gone notes
}

# ask_empty: succeed if the committed run has no records.  This attempt may have
# seen only its end, so read the manifest.
ask_empty()
{
	local line

	ask manifest nf-stage put -q --emit=manifest --run "$run" \
	    "$stage" || return
	IFS= read -r line < "$tmp/manifest" || gone manifest
	[[ $line != *',"records":0,'* ]] || empty=1
}

# mapping_text: print the mapping and the code tables that it names, since all
# of them determine the rows.
mapping_text()
{
	local file files named='.maps // {} | .[] |
	    select(type == "object" and length == 1) | .file? | strings'

	cat < "$mapping" || return 1
	grep -q 'maps\|\\u' < "$mapping" || return 0
	files=$(jq -r "$named" < "$mapping") || return 1
	while [ -n "$files" ]; do
		file=${files%%$'\n'*}
		files=${files#"$file"}
		files=${files#$'\n'}
		case $file in
		/*) ;;
		*) [[ $mapping != */* ]] || file=${mapping%/*}/$file ;;
		esac
		cat < "$file" || return 1
	done
}

# hash_mapping: set hash to the hash of the mapping, independent of its path.
hash_mapping()
{
	local text=

	# A mapping without code tables needs one process instead of five.
	IFS= read -r -d '' text < "$mapping"
	if [[ -z $text || $text == *maps* || $text == *'\u'* ]]; then
		hash=$(set -o pipefail; mapping_text | sha256sum) || hash=
	else
		hash=$(exec sha256sum < "$mapping") || hash=
	fi
	[[ $hash =~ ^[0-9a-f]{64}\  ]] ||
	    die 74 "$mapping: its hash cannot be computed"
	hash=${hash:0:16}
}
