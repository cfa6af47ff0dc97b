# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
#
# Completion of the nf-tools for bash.  Every option is what "TOOL VERB
# --help" says, which the tool prints from its own table of options.

# _nf_help TOOL [VERB]: each option as "NAME<tab>ARGUMENT".
_nf_help()
{
	"$@" --help 2> /dev/null | awk '
	/^ +-/ && index($0, "-") < 9 {
		sub(/^ +/, "")
		sub(/  .*/, "")
		n = split($0, word, /,? /)
		for (i = 1; i <= n; i++)
			if (word[i] ~ /^-/)
				print word[i] "\t" (word[n] ~ /^-/ ? "" : word[n])
	}'
}

# _nf_verbs TOOL: the verbs in the synopsis of its help.
_nf_verbs()
{
	"$1" --help 2> /dev/null | awk '
	/^$/ { exit }
	{ sub(/^usage: /, "") }
	$1 ~ /^(nf-|pipeline)/ && $2 ~ /^(\[[a-z]+\]|[a-z]+)$/ &&
	    $2 != "[options]" && !seen[$2]++ {
		gsub(/[][]/, "", $2)
		print $2
	}'
}

_nf()
{
	local tool=$1 cur=$2 prev=$3 verbs verb=() name arg options=() of=

	verbs=$(_nf_verbs "$tool" | paste -s -d ' ')
	[ "$COMP_CWORD" -lt 2 ] || [[ " $verbs " != *" ${COMP_WORDS[1]} "* ]] ||
	    verb=("${COMP_WORDS[1]}")
	[ "$cur" != = ] || cur=
	[ "$prev" != = ] || prev=${COMP_WORDS[COMP_CWORD - 2]}
	while IFS=$'\t' read -r name arg; do
		options+=("$name")
		[ "$name" != "$prev" ] || of=$arg
	done < <(_nf_help "$tool" "${verb[@]}")
	COMPREPLY=()
	case $of in
	'')
		if [[ $cur == -* ]]; then
			mapfile -t COMPREPLY < \
			    <(compgen -W "${options[*]}" -- "$cur")
		elif [ "$COMP_CWORD" -eq 1 ]; then
			mapfile -t COMPREPLY < <(compgen -W "$verbs" -- "$cur")
		fi
		;;
	[a-z]*\|*)
		mapfile -t COMPREPLY < <(compgen -W "${of//|/ }" -- "$cur")
		;;
	DIR)
		mapfile -t COMPREPLY < <(compgen -d -- "$cur")
		;;
	esac
}

complete -o default -F _nf nf-fetch nf-stage nf-transform nf-load \
    nf-pipeline pipeline.sh
