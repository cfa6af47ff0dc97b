# SPDX-License-Identifier: Apache-2.0
#
# Completion of the nf-tools for fish.  Every option is what "TOOL VERB
# --help" says, which the tool prints from its own table of options.

# __nf_help TOOL [VERB]: each option as "NAME<tab>ARGUMENT".
function __nf_help
    command -q $argv[1]
    and $argv --help 2>/dev/null | awk '
    /^ +-/ && index($0, "-") < 9 {
        sub(/^ +/, "")
        sub(/  .*/, "")
        n = split($0, word, /,? /)
        for (i = 1; i <= n; i++)
            if (word[i] ~ /^-/)
                print word[i] "\t" (word[n] ~ /^-/ ? "" : word[n])
    }'
end

# __nf_verbs TOOL: the verbs in the synopsis of its help.
function __nf_verbs
    command -q $argv[1]
    and $argv[1] --help 2>/dev/null | awk '
    /^$/ { exit }
    { sub(/^usage: /, "") }
    $1 ~ /^(nf-|pipeline)/ && $2 ~ /^(\\[[a-z]+\\]|[a-z]+)$/ &&
        $2 != "[options]" && !seen[$2]++ {
        gsub(/[][]/, "", $2)
        print $2
    }'
end

function __nf
    set -l words (commandline -opc)
    set -l verbs (__nf_verbs $words[1])
    set -l verb
    if test (count $words) -gt 1; and contains -- $words[2] $verbs
        set verb $words[2]
    else if test (count $words) -eq 1
        printf '%s\n' $verbs
    end
    set -l options (__nf_help $words[1] $verb)
    for option in $options
        set -l part (string split \t -- $option)
        if test "$part[1]" = "$words[-1]"; and test -n "$part[2]"
            string match -q -r '^[a-z].*\|' -- $part[2]
            and string split '|' -- $part[2]
            return
        end
    end
    printf '%s\n' $options
end

for tool in nf-fetch nf-stage nf-transform nf-load nf-pipeline pipeline.sh
    complete -c $tool -a '(__nf)'
end
