#!/bin/bash -p
# SPDX-License-Identifier: Apache-2.0
#
# nf-pipeline: the four tools as one job; see nf-pipeline(7).
#
# Two phases.  The first fetches into a staged run and commits it; the second
# loads the committed run.  The staged run is the only state of a job: the same
# command continues where it stopped.
#
# A process may be killed or fail to start, and files may be removed.  So the
# output of a command is used only after a check of its exit code and its form,
# and exit code 0 requires that the verb has recorded its success.

# Whatever the caller has exported (-p ignores it, if that is asked).
set +e +f +o posix +o noclobber -u
LC_ALL=C
export LC_ALL
IFS=$' \t\n'

# The next file that is opened would get a closed descriptor.  Replace it; this
# stdout is not writable, so output to it fails.
if [[ -d /proc/self/fd ]]; then
	[[ -e /proc/self/fd/0 ]] || exec 0< /dev/null
	[[ -e /proc/self/fd/1 ]] || exec 1< /dev/null
	[[ -e /proc/self/fd/2 ]] || exec 2> /dev/null
fi

PROGRAM=nf-pipeline
DESCRIPTORS=24	# ours, the pipes of a chain, and some for what bash does
USAGE='nf-pipeline [run] --from URL|SOURCE.json --stage RUN -m MAPPING --to TARGET
            [options] [-- nf-fetch options]
nf-pipeline fetch --from URL|SOURCE.json --stage RUN [options]
            [-- nf-fetch options]
nf-pipeline load --stage RUN -m MAPPING --to TARGET [--part N/M] [options]
nf-pipeline diff --stage RUN -m MAPPING --to TARGET [--part N/M] [options]
nf-pipeline run JOB --due | --window W|A..B [--again] [options]
nf-pipeline fetch|load|diff JOB --due | --window W|A..B [--part N/M] [options]
nf-pipeline days JOB [--due]
nf-pipeline check JOB
nf-pipeline plan [as run]
nf-pipeline status [-m MAPPING --to TARGET] RUN
nf-pipeline report [-m MAPPING] RUN > PAGE.html
nf-pipeline report JOB [--pages FOLDER] > PAGE.html
nf-pipeline demo [--serve] [DIR]'
HELP="$USAGE

Fetch records from an API into a staged run, commit it, and load it.
After a failure, the same command continues where it stopped.

      --from URL           the API, file:///PATH, or a source file for
                           nf-fetch -s
      --stage RUN          gs://BUCKET/PREFIX/ID or file:///DIR/ID, a new ID
                           for fresh data
  -m, --mapping FILE|NAME  mapping: a file or an installed one, such as nf-wide
      --to TARGET          bigtable://PROJECT/INSTANCE or sqlite:FILE
      --run ID             run ID in messages (default: the last part of RUN)
      --part N/M           load, diff: only share N of M of each run
      --live               load while fetching, in one pass
      --reject FILE        write bad records to FILE and to a separate staged
                           run instead of stopping at the first
      --reject-stage PREFIX
                           store that run in PREFIX/, not next to RUN
      --max-rejects N|P%   exit 65 if there are more
      --except FILE        leave out rows whose keys are in FILE, one per line
      --create             first create missing tables and families
      --skip-if-empty      exit 99 if the run has no records
      --due                process the windows of JOB that are due, nf-job(5)
      --window W|A..B      process window W, or those from A to B
      --max-windows N      stop after N successful windows (default 31)
      --again              fetch windows that are done again, as a revision
      --revision N         process revision N of one window
      --lookback LATER     fetch that window again because of window LATER
      --reload             load windows that are done again
      --serve              demo: keep its API running, in a source tree
      --pages FOLDER       report: write this page and one per run to FOLDER
      --now TIME           pretend that it is TIME, 2026-01-31T06:00:00Z
      --fetch-arg, --stage-arg, --transform-arg, --load-arg ARG
                           an additional argument for that tool
  -n, --dry-run            print what would be done; do nothing
      --summary FILE       also write the summary, one line of JSON, to FILE
      --metrics FILE       write the metrics of all stages, for Prometheus
      --metrics-push URL   send them to a Pushgateway, needs curl; URL is a
                           group: http://HOST:9091/metrics/job/nf/source/NAME
      --log-format auto|text|json
                           the format of messages (default auto)
  -v, --verbose            print more messages; twice: debug messages too
  -q, --quiet              print only errors
  -h, --help               show this help
  -V, --version            show the version

The last line on stdout is the summary.  The exit code is that of the tool that
caused the failure.

Example:
  nf-pipeline --from URL --stage RUN -m nf-wide --to sqlite:day.db -- -p page
See nf-pipeline(7): man nf-pipeline"

# cannot_start TEXT: end without any of the parts.
cannot_start()
{

	printf 'nf-pipeline: %s\n' "$1" >&2
	printf '{"tool":"nf-pipeline","exit":74}\n'
	exit 74
}

# The folder of this script.  Not from $0, which has no folder if bash found the
# script on PATH.  If it is unknown, do not guess it.
here=${BASH_SOURCE[0]-}
if [ -L "$here" ]; then
	here=$(readlink -f -- "$here") || here=
	[[ $here == /* ]] ||
	    cannot_start 'readlink failed: the folder of nf-pipeline is not known'
fi
[ -f "$here" ] ||
    cannot_start 'the folder of nf-pipeline is not known: run it as a file'
[[ $here == */* ]] || here=./$here
self=$here
here=${here%/*}
here=${here:-/}

# The parts: in the source tree, or where make install and bundles put them.
parts=$here/pipeline
[ -d "$parts" ] || parts=$here/../share/nf-tools/pipeline
# shellcheck source-path=SCRIPTDIR/pipeline
{
	. "$parts/say.sh" && . "$parts/view.sh" && . "$parts/chain.sh" &&
	    . "$parts/end.sh" && . "$parts/ask.sh" && . "$parts/job.sh" &&
	    . "$parts/options.sh"
} || cannot_start "$parts: cannot be read"

# read_parts: read those that only some verbs need, since reading takes time.
# shellcheck source-path=SCRIPTDIR/pipeline
read_parts()
{

	[ -z "$job_file" ] && [[ $verb != @(days|check) ]] ||
	    . "$parts/windows.sh" || return
	case $verb in
	plan | status | report) . "$parts/look.sh" ;;
	demo) . "$parts/demo.sh" ;;
	esac
}

# find_tools: NF_BIN, the build beside this script, its folder, or PATH.
find_tools()
{

	for bin in "${NF_BIN-}" "$here/build" "$here"; do
		bin=${bin:+${bin%/}/}
		[ -z "$bin" ] || [ ! -x "${bin}nf-fetch" ] || return 0
	done
	bin=
}

# prepare: check the descriptors and make a folder, for every verb but demo.
prepare()
{
	local limit

	# With too few, bash itself fails in various places.
	limit=$(ulimit -Sn) || limit=
	[[ $limit == unlimited ]] || { [[ $limit =~ ^[0-9]+$ ]] &&
	    [ "$limit" -ge "$DESCRIPTORS" ]; } || {
		poor=1
		die 74 "the limit of open files is below $DESCRIPTORS"
	}
	tmp=$(mktemp -d "${TMPDIR:-/tmp}/nf-pipeline.XXXXXX") || tmp=
	[[ $tmp == */nf-pipeline.?????? && -d $tmp ]] || {
		tmp=
		die 74 "${TMPDIR:-/tmp}: no temporary folder can be made"
	}
}

# TRACEPARENT, W3C Trace Context, if it is one.
traceparent=${TRACEPARENT-} trace_id=''
[[ ! $traceparent =~ ^[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$ ]] ||
    trace_id=${traceparent:3:32}

# The state of the job.
job_begun=${EPOCHREALTIME-}
finishing='' finished='' poor=''
tmp='' mark='' state='' empty='' reject_run='' result=0 culprit=''
hash=''		# what names the mapping, wherever it is
windows=()	# of a job, by nf-stage days
done_windows=''	# members of the summary
last_summary=''	# of the window that was taken last
good_windows=0
reached=''	# what was asked for is done: nothing else ends with 0

trap at_exit EXIT
trap '' XFSZ	# a file over the limit is an error of who writes it
for number in 1 2 3 10 12 14 15; do # HUP INT QUIT USR1 USR2 ALRM TERM
	# shellcheck disable=SC2064 # now
	trap "on_signal $number" "$number"
done

[ $# -gt 0 ] || { printf '%s\n' "$USAGE" >&2; leave 64; }
parse "$@"
check_options
choose_view
[ -n "$run" ] || {
	run=${stage%"${stage##*[!/]}"}
	run=${run##*/}
}
read_parts || cannot_start "$parts: cannot be read"
find_tools
[ "$verb" = demo ] || prepare
case $verb in
run | fetch | load | diff)
	[ -z "$job_file" ] || run_windows
	[ "$verb" != run ] || run_job
	"$verb"
	;;
*) "$verb" ;;
esac
