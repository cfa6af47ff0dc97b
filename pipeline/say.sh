# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
#
# Messages on stderr, for people and machines.  No function starts a process.

# One character of UTF-8 that is not ASCII, in LC_ALL=C.
CHARACTER=$'[\xc2-\xdf][\x80-\xbf]|\xe0[\xa0-\xbf][\x80-\xbf]'
CHARACTER+=$'|[\xe1-\xec\xee\xef][\x80-\xbf]{2}|\xed[\x80-\x9f][\x80-\xbf]'
CHARACTER+=$'|\xf0[\x90-\xbf][\x80-\xbf]{2}|[\xf1-\xf3][\x80-\xbf]{3}'
CHARACTER+=$'|\xf4[\x80-\x8f][\x80-\xbf]{2}'

# as_utf8 NAME: remove everything that is not UTF-8 from that variable.
as_utf8()
{
	local -n text=$1
	local rest=$text good=

	[[ $text == *[$'\x80'-$'\xff']* ]] || return 0
	while [ -n "$rest" ]; do
		if [[ $rest =~ ^([[:print:][:cntrl:]]|$CHARACTER)+ ]]; then
			good+=${BASH_REMATCH[0]}
			rest=${rest:${#BASH_REMATCH[0]}}
		else
			rest=${rest:1}
		fi
	done
	text=$good
}

# quote TEXT: set quoted to TEXT as a JSON string.
quote()
{
	local s=$1 c escape

	as_utf8 s
	s=${s//\\/\\\\}
	s=${s//\"/\\\"}
	if [[ $s == *[[:cntrl:]]* ]]; then
		for c in {1..31} 127; do
			printf -v escape '\\u%04x' "$c"
			printf -v c '\\x%02x' "$c"
			printf -v c %b "$c"
			s=${s//"$c"/"$escape"}
		done
	fi
	quoted="\"$s\""
}

# visible TEXT: set shown to TEXT without control characters.
visible()
{
	local s=$1

	as_utf8 s
	s=${s//$'\xc2'[$'\x80'-$'\x9f']/?}
	shown=${s//[[:cntrl:]]/?}
}

# say SEVERITY EVENT TEXT: print a message on stderr, as lib/report/msg.c does.
say()
{
	local head="$PROGRAM: " colour=31 line

	case $1 in
	WARNING)
		[ "$verbose" -ge 0 ] || return 0
		head+='warning: ' colour=33
		;;
	INFO) [ "$verbose" -gt 0 ] || return 0 ;;
	esac
	if [ "$format" = text ] || { [ "$format" = auto ] && [ -t 2 ]; }; then
		[ "$1" = INFO ] || [ ! -t 2 ] || [ -n "${NO_COLOR-}" ] ||
		    [ "${TERM:-dumb}" = dumb ] ||
		    head=$'\e['${colour}m$head$'\e[m'
		visible "$3"
		line=$head$shown
		# Clear what a tool may have drawn in this line.
		[ -z "${tmp-}" ] || [ ! -t 2 ] || [ "${TERM:-dumb}" = dumb ] ||
		    line=$'\r\e[K'$line
	else
		TZ=UTC printf -v line \
		    '{"severity":"%s","time":"%(%FT%TZ)T",' "$1" -1
		quote "$3"
		line+="\"message\":$quoted,\"event\":\"$2\","
		line+='"logging.googleapis.com/labels":{"tool":'
		line+="\"$PROGRAM\""
		[ -z "$run" ] || { quote "$run"; line+=",\"run\":$quoted"; }
		line+='}'
		[ -z "$trace_id" ] || trace_members
		line+='}'
	fi
	# A missing reader is no reason to stop.
	printf '%s\n' "$line" >&2 || :
}

# trace_members: append the job's span to line, as the tools do.
trace_members()
{
	local at=logging.googleapis.com trace sampled=false

	trace=${GOOGLE_CLOUD_PROJECT:+projects/$GOOGLE_CLOUD_PROJECT/traces/}
	((16#${traceparent:53} & 1)) && sampled=true
	quote "$trace$trace_id"
	line+=",\"$at/trace\":$quoted,\"$at/spanId\":\"${traceparent:36:16}\""
	line+=",\"$at/trace_sampled\":$sampled"
}

# die CODE TEXT: end with an error that no tool reports.
die()
{

	say ERROR error "$2"
	result=$1
	finish
}
