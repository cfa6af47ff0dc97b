# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
#
# The command line: which options exist, and their values.

verbs=(run fetch load diff days check plan status report demo)
verb=run named=''
from='' stage='' run='' mapping='' target='' part='' live='' serve='' dry_run=''
except='' reject='' reject_stage='' max_rejects='' skip_if_empty='' create=''
job_file='' pages='' due='' window='' max_windows=31 again='' reload='' now=''
revision='' lookback=''
summary_file='' metrics_file='' push_url=''
format=${NF_LOG_FORMAT:-auto} verbose=0 quiet=''
fetch_more=() stage_more=() transform_more=() load_more=() common=()

# Every option with an argument, and the variable it sets; a name that ends
# in [] is an array.
declare -A takes=(
	[--from]=from [--stage]=stage [--mapping]=mapping [-m]=mapping
	[--to]=target [--run]=run [--reject]=reject [--part]=part
	[--except]=except
	[--reject-stage]=reject_stage [--max-rejects]=max_rejects
	[--window]=window [--max-windows]=max_windows [--now]=now
	[--revision]=revision [--lookback]=lookback [--pages]=pages
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

# distance A B: set distance to the edit distance of A and B.
distance()
{
	local a=$1 b=$2 row=() i j diagonal above

	for ((j = 0; j <= ${#b}; j++)); do
		row[j]=$j
	done
	for ((i = 1; i <= ${#a}; i++)); do
		diagonal=${row[0]} row[0]=$i
		for ((j = 1; j <= ${#b}; j++)); do
			above=${row[j]}
			[ "${a:i-1:1}" = "${b:j-1:1}" ] ||
			    diagonal=$((diagonal + 1))
			((row[j] = above + 1 < row[j - 1] + 1 ?
			    above + 1 : row[j - 1] + 1))
			((row[j] <= diagonal)) || row[j]=$diagonal
			diagonal=$above
		done
	done
	distance=${row[${#b}]}
}

# hint DASHES WORD NAME...: set hint to the most similar name, as lib/cli/opt.c
# does.
hint()
{
	local dashes=$1 word=$2 name near='' distance best=4

	[ -n "$dashes" ] || best=3
	[ ${#word} -ge 2 ] || best=1
	[ ${#word} -le 40 ] || set -- "$dashes" ''
	for name in "${@:3}"; do
		distance "$word" "$name"
		[ "$distance" -ge "$best" ] || best=$distance near=$name
	done
	hint=${near:+did you mean $dashes$near?}
	hint=${hint:-see --help}
}

# unknown OPTION: end with an error that suggests a similar option.
unknown()
{
	local bare=${1#"${1%%[!-]*}"} word names=() hint

	for word in $HELP; do
		[[ $word != --[a-z]* ]] || names+=("${word:2}")
	done
	hint -- "${bare%%=*}" "${names[@]%,}"
	die 64 "unknown option ${1:0:60}; $hint"
}

# operand WORD: the verb, then the run or the job.
operand()
{
	local hint

	if [ -z "$named" ]; then
		[ "$1" != help ] || print_and_leave "$HELP"
		[[ $1 != *' '* && " ${verbs[*]} " == *" $1 "* ]] || {
			hint '' "$1" "${verbs[@]}"
			die 64 "${1:0:60}: no such verb; $hint"
		}
		verb=$1 named=1
	elif [ "$verb" = report ] && [ -z "$job_file" ] && [ -f "$1" ]; then
		job_file=$1
	elif [ -z "$stage" ] && [[ $verb == @(status|report|demo) ]]; then
		stage=$1
	elif [ -z "$job_file" ] && [[ $verb == @(run|fetch|load|diff|days|check) ]]; then
		job_file=$1
	else
		die 64 "${1:0:60}: unexpected argument; see --help"
	fi
}

# print_and_leave TEXT: print it and exit, for --help and --version.
print_and_leave()
{

	trap '' PIPE
	printf '%s\n' "$1" 2> /dev/null || {
		say ERROR error 'stdout: cannot be written'
		leave 74
	}
	leave 0
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
		--serve) serve=1 ;;
		--skip-if-empty) skip_if_empty=1 ;;
		--create) create=1 ;;
		--due) due=1 ;;
		--again) again=1 ;;
		--reload) reload=1 ;;
		-n | --dry-run) dry_run=1 ;;
		-v | --verbose) verbose=$((verbose + 1)) common+=(-v) ;;
		-q | --quiet) quiet=1 common+=(-q) ;;
		-h | --help) print_and_leave "$HELP" ;;
		-V | --version)
			find_tools
			version=$("${bin}nf-fetch" --version) ||
			    leave $(($? < 126 ? 74 : $?))
			[[ $version == 'nf-fetch '* ]] ||
			    die 74 "${bin}nf-fetch: printed no version"
			print_and_leave "$PROGRAM ${version#nf-fetch }"
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

# check_except: the list of keys is read only when rows are loaded.
check_except()
{

	[ -z "$except" ] || { [ -f "$except" ] && [ -r "$except" ]; } ||
	    die 78 "--except: $except: not a file that can be read"
}

# check_options: report errors that do not depend on the verb.
check_options()
{

	[ -z "$quiet" ] || verbose=-1
	case ${dry_run:+$verb} in
	'') ;;
	run | plan) verb=plan ;;
	*) die 64 "--dry-run: not with $verb; see plan" ;;
	esac
	[ -z "$except" ] || [[ $verb == @(run|load|diff|plan) ]] ||
	    die 64 "--except: not with $verb"
	check_except
	case $format in
	auto | text | json) common+=(--log-format "$format") ;;
	*) die 64 '--log-format: auto, text or json' ;;
	esac
	case $push_url in
	'' | http://* | https://*) ;;
	*) die 64 '--metrics-push: not a URL of a Pushgateway' ;;
	esac
	# Report an output that cannot be written before the work begins.
	if [ -d "$metrics_file" ]; then
		die 74 "--metrics: $metrics_file: a folder"
	elif [ -d "$summary_file" ]; then
		folder=$summary_file summary_file=''
		die 74 "--summary: $folder: a folder"
	fi
}
