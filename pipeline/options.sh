# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
#
# The command line: what may be given, and what was.

verbs=(run fetch load diff plan status report demo)
verb=run named=''
from='' stage='' run='' mapping='' target='' part='' live='' dry_run=''
reject='' reject_stage='' max_rejects='' skip_if_empty=''
summary_file='' metrics_file='' push_url=''
format=${NF_LOG_FORMAT:-auto} verbose=0 quiet=''
fetch_more=() stage_more=() transform_more=() load_more=() common=()

# Every option with an argument, and the variable it sets; a name that ends
# in [] collects.
declare -A takes=(
	[--from]=from [--stage]=stage [--mapping]=mapping [-m]=mapping
	[--to]=target [--run]=run [--reject]=reject [--part]=part
	[--reject-stage]=reject_stage [--max-rejects]=max_rejects
	[--summary]=summary_file
	[--metrics]=metrics_file [--metrics-push]=push_url
	[--log-format]=format [--fetch-arg]='fetch_more[]'
	[--stage-arg]='stage_more[]' [--transform-arg]='transform_more[]'
	[--load-arg]='load_more[]'
)

# set_option NAME VALUE
set_option()
{
	local variable=${takes[$1]}

	if [[ $variable == *'[]' ]]; then
		local -n list=${variable%'[]'}
		list+=("$2")
	else
		local -n single=$variable
		# shellcheck disable=SC2034 # a name reference
		single=$2
	fi
}

# hint DASHES WORD NAME...: the name that may be meant, as lib/cli/opt.c finds it:
# it differs in few letters.
hint()
{

	printf '%s\n' "${@:3}" | WORD=$2 awk -v dashes="$1" '
	BEGIN {
		word = ENVIRON["WORD"]
		best = length(word) < 2 ? 1 : dashes == "" ? 3 : 4
	}
	{
		for (j = 0; j <= length($0); j++)
			row[j] = j
		for (i = 1; i <= length(word); i++) {
			diagonal = row[0]
			row[0] = i
			for (j = 1; j <= length($0); j++) {
				d = diagonal + \
				    (substr(word, i, 1) != substr($0, j, 1))
				diagonal = row[j]
				if (row[j] + 1 < d)
					d = row[j] + 1
				if (row[j - 1] + 1 < d)
					d = row[j - 1] + 1
				row[j] = d
			}
		}
		if (row[length($0)] < best) {
			best = row[length($0)]
			near = $0
		}
	}
	END {
		print near == "" ? "see --help" : \
		    "did you mean " dashes near "?"
	}'
}

# unknown OPTION: end with the name that may be meant.
unknown()
{
	local bare=${1#"${1%%[!-]*}"} word names=()

	for word in $HELP; do
		[[ $word != --[a-z]* ]] || names+=("${word:2}")
	done
	die 64 "unknown option ${1:0:60}; $(
	    hint -- "${bare%%=*}" "${names[@]%,}")"
}

# operand WORD: the verb, then the run where one is asked about.
operand()
{

	if [ -z "$named" ]; then
		[[ $1 != *' '* && " ${verbs[*]} " == *" $1 "* ]] ||
		    die 64 "${1:0:60}: no such verb; $(
		    hint '' "$1" "${verbs[@]}")"
		verb=$1 named=1
	elif [ -z "$stage" ] && [[ $verb == @(status|report) ]]; then
		stage=$1
	else
		die 64 "${1:0:60}: one word too many; see --help"
	fi
}

parse()
{
	local version

	while [ $# -gt 0 ]; do
		case $1 in
		--)
			shift
			fetch_more+=("$@")
			return
			;;
		--live) live=1 ;;
		--skip-if-empty) skip_if_empty=1 ;;
		-n | --dry-run) dry_run=1 ;;
		-v | --verbose) verbose=$((verbose + 1)) common+=(-v) ;;
		-q | --quiet) quiet=1 common+=(-q) ;;
		-h | --help) echo "$HELP"; exit ;;
		-V | --version)
			find_tools
			version=$("${bin}nf-fetch" --version) || exit
			echo "$PROGRAM ${version##* }"
			exit
			;;
		-[nvqhV][!-]*)
			set -- "${1:0:2}" "-${1:2}" "${@:2}"
			continue
			;;
		-m?*) set_option -m "${1:2}" ;;
		--*=*)
			[ -n "${takes[${1%%=*}]-}" ] || unknown "$1"
			set_option "${1%%=*}" "${1#*=}"
			;;
		-*)
			[ -n "${takes[$1]-}" ] || unknown "$1"
			[ $# -ge 2 ] || die 64 "$1: needs an argument"
			set_option "$1" "$2"
			shift
			;;
		*) operand "$1" ;;
		esac
		shift
	done
}

# check_options: those that are wrong whatever the verb does.
check_options()
{

	[ -z "$quiet" ] || verbose=-1
	case ${dry_run:+$verb} in
	'') ;;
	run | plan) verb=plan ;;
	*) die 64 "--dry-run: not with $verb; see plan" ;;
	esac
	case $format in
	auto | text | json) common+=(--log-format "$format") ;;
	*) die 64 '--log-format: auto, text or json' ;;
	esac
	case $push_url in
	'' | http://* | https://*) ;;
	*) die 64 '--metrics-push: no URL of a Pushgateway' ;;
	esac
}
