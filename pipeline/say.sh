# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
#
# What people and machines read on stderr.

# as_utf8 NAME: take from that variable what is not UTF-8.
as_utf8()
{
	local -n text=$1

	[[ $text != *[$'\x80'-$'\xff']* ]] ||
	    text=$(iconv -c -f UTF-8 -t UTF-8 <<< "$text")
}

# json TEXT: TEXT as a JSON string.
json()
{
	local s=$1 c

	as_utf8 s
	s=${s//\\/\\\\}
	s=${s//\"/\\\"}
	if [[ $s == *[[:cntrl:]]* ]]; then
		for c in {1..31} 127; do
			printf -v c '\\x%02x' "$c"
			printf -v c %b "$c"
			s=${s//"$c"/"$(printf '\\u%04x' "'$c")"}
		done
	fi
	printf '"%s"' "$s"
}

# visible TEXT: without what a terminal might obey.
visible()
{
	local s=$1

	as_utf8 s
	s=${s//$'\xc2'[$'\x80'-$'\x9f']/?}
	printf %s "${s//[[:cntrl:]]/?}"
}

# say SEVERITY EVENT TEXT: a message on stderr, as lib/report/msg.c writes those of
# the tools.
say()
{
	local head="$PROGRAM: " colour=31

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
		printf '%s\n' "$head$(visible "$3")"
	else
		TZ=UTC printf '{"severity":"%s","time":"%(%FT%TZ)T",' "$1" -1
		printf '"message":%s,"event":"%s",' "$(json "$3")" "$2"
		printf '"logging.googleapis.com/labels":{"tool":"%s"' \
		    "$PROGRAM"
		printf '%s}%s}\n' "${run:+,\"run\":$(json "$run")}" \
		    "$(trace_members)"
	fi >&2
}

# trace_members: the job's span, as the tools log theirs; or nothing.
trace_members()
{
	local at=logging.googleapis.com trace sampled=false

	[ -n "$trace_id" ] || return 0
	trace=${GOOGLE_CLOUD_PROJECT:+projects/$GOOGLE_CLOUD_PROJECT/traces/}
	((16#${traceparent:53} & 1)) && sampled=true
	printf ',"%s/trace":%s,"%s/spanId":"%s","%s/trace_sampled":%s' \
	    "$at" "$(json "$trace$trace_id")" "$at" "${traceparent:36:16}" \
	    "$at" "$sampled"
}

# die CODE TEXT: end; for what no tool could report.
die()
{

	say ERROR error "$2"
	result=$1
	finish
}
