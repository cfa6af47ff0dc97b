# SPDX-License-Identifier: Apache-2.0
#
# A run as one page of HTML, for pipeline.sh report.
#
#   $stage     where the run is staged
#   $mark      what nf-stage mark says of it
#   $notes     summaries of its jobs, the oldest first
#   $manifest  its manifest, if it is committed
#   $keys      nf-transform --key-report, if there was a mapping
#   $objects   what nf-stage ls says of it
#   $reasons   what was rejected: {n, code, pointer}

include "page";

# The facts ----------------------------------------------------------------

def ORDER: ["fetch", "put", "cat", "transform", "load", "rejects"];
def DOES: {
  fetch: "API to records", put: "records to storage",
  cat: "storage to records", transform: "records to rows",
  load: "rows to the table", rejects: "rejected records to storage"};

# Summaries of several shares as one.
def together:
  . as $shares
  | if length == 1 then .[0] else
    {exit: (map(.exit // 0) | map(select(. != 0)) | first // 0),
     seconds: (map(.seconds // 0) | max), shares: length,
     rejects: (map(.rejects // {} | to_entries[]) | group_by(.key)
       | map({key: .[0].key, value: (map(.value) | add)}) | from_entries)}
    + reduce ("records_in", "records_out", "rejected", "skipped", "retried",
      "bytes_in", "bytes_out", "throttled_seconds") as $k
      ({}; .[$k] = ($shares | map(.[$k] // 0) | add)) end;

# The latest result of a stage: of one job, or of the shares it was loaded in.
def latest($name):
  map(select(.stages[$name])) as $jobs
  | ($jobs | last | .part // "") as $part
  | if ($jobs | length) == 0 then null
    elif $part == "" then $jobs | last | .stages[$name]
    else ($part | split("/")[1]) as $of
      | [$jobs[] | select(.part // "" | endswith("/" + $of))]
      | group_by(.part) | map(last | .stages[$name]) | together
      | .of = ($of | tonumber) end;

def stages:
  . as $jobs
  | [ORDER[] as $name | latest($name) | select(. != null)
     | .name = $name];

# The measure of a stage: the number of records it passes on.
def sink: .name == "put" or .name == "rejects";
def records: if sink then .records_in else .records_out end;
def traffic: [.bytes_in // 0, .bytes_out // 0] | max;

# The parts of the page ------------------------------------------------------

def flow($m):
  . as $all
  | (map({key: .name, value: .}) | from_entries) as $s
  | ($s.load.seconds // 0) as $t
  | "<ol class='flow'>"
  + ($s.fetch.records_out | tile(count; ["fetched",
      "from the API"]))
  + ($m.records | tile(count; ["committed",
      "records, \($m.raw_size | bytes)"]))
  + ($s.transform.rejected | tile(count; ["rejected",
      "of \($s.transform.records_in | plural("record"))"]))
  + ($s.transform.skipped | if . == 0 then null else . end
      | tile(count; ["skipped", "records without a rule that applies"]))
  + ($s.load.records_out | tile(count; ["written", "rows in the table"]))
  + (rate($s.load.records_out; $t; count) | if . == "–" then ""
     else tile(.; ["loaded at", "in \($t | duration)"]) end)
  + "</ol>";

# A number in a table; a phone leaves out those without information.
def cell($name; $text):
  "<td data-name='\($name)'"
  + if $text == "–" or $text == "0" then " class='none'>" else ">" end
  + "\($text)</td>";

# Did it fail only because another stage did?
def echoes: .exit != 0 and (.cause == "upstream" or .cause == "downstream");

def stage_row($longest):
  "<tr><th scope='row'>\(.name)<small>\(DOES[.name])"
  + (if .of then ", \(.shares // 1) of \(.of) shares" else "" end)
  + "</small></th><td data-name='exit code'>\(if echoes
      then "<span class='soft'>\(.exit), by another stage</span>"
      else .exit | badge end)</td>"
  + cell("in"; if .name == "fetch" then "–" else .records_in | count end)
  + cell("out"; if sink then "–" else .records_out | count end)
  + cell("rejected"; .rejected | count) + cell("retried"; .retried | count)
  + cell("bytes"; if traffic == 0 then "–" else traffic | bytes end)
  + cell("records a second"; rate(records; .seconds; count)
      | rtrimstr("/s"))
  + "<td class='time' data-name='time'><span>\(.seconds | duration)</span>"
  + ((.seconds // 0) / $longest | bar("ink"))
  + (if (.throttled_seconds // 0) > 0
     then "<small class='soft'>held back \(.throttled_seconds | duration)"
       + "</small>" else "" end)
  + "</td></tr>";

def stage_table:
  ([map(.seconds // 0)[], 0.001] | max) as $longest
  | "<h2>Stages</h2><div class='card wide'><table><thead><tr>"
  + "<th scope='col'>stage</th>"
  + (["exit code", "in", "out", "rejected", "retried", "bytes", "a second",
      "time"] | map("<th scope='col'>\(.)</th>") | add)
  + "</tr></thead><tbody>" + (map(stage_row($longest)) | add)
  + "</tbody></table></div>";

def bar_row($name; $said; $class):
  "<div class='row'><p><code>\($name | @html)</code><span>\($said)</span></p>"
  + bar($class) + "</div>";

# When each stage of the last job ran, and how much of this time it waited.  The
# stage that waited least delayed the others.
def timeline($last):
  ($last.starts // {}) as $starts
  | map(select($starts[.name]) | .begins = $starts[.name] / 1000000
      | .ends = .begins + (.seconds // 0)) as $ran
  | if ($ran | length) == 0 then "" else
    ([($last.took // 0) / 1000000, ($ran | map(.ends))[], 0.001] | max) as $all
    | ($ran | map(select((.seconds // 0) > 0.1)
        | {name, busy: (((.seconds - (.throttled_seconds // 0)) / .seconds))})
        | sort_by(-.busy)) as $busy
    | "<h2>Timeline of the last job</h2><div class='card'>"
    + ($ran | map((.begins / $all * 100 | round_to(100)) as $x
      | ([(.seconds // 0) / $all * 100, 0.4] | max | round_to(100)) as $w
      | ([.throttled_seconds // 0, .seconds // 0] | min / $all * 100
          | round_to(100)) as $held
      | "<div class='row'><p><span>\(.name)</span><span>"
      + "from \(.begins | duration), for \(.seconds | duration)"
      + (if (.throttled_seconds // 0) > 0.001
         then ", waited \(.throttled_seconds | duration)" else "" end)
      + (if (.retried // 0) > 0 then ", \(.retried | retries)"
         else "" end)
      + "</span></p><svg class='bar' width='100%' height='10'"
      + " aria-hidden='true'><rect class='track' width='100%' height='10'"
      + " rx='5'/><rect class='ink' x='\($x)%' width='\($w)%'"
      + " height='10'/>"
      + (if $held > 0 then "<rect class='hot' x='\($x)%' y='6'"
         + " width='\($held)%' height='4'/>" else "" end)
      + "</svg></div>") | add)
    + "<p class='soft'>Total \($all | duration). Orange: how long a stage"
    + " waited for a limit, a retry or the stage after it."
    + (if ($busy | length) > 1 and $busy[0].busy - $busy[1].busy > 0.1
       then " The others waited for \($busy[0].name)." else "" end)
    + "</p></div>" end;

# Records stored over time, from the time at which each part was stored.
def throughput($m):
  ($m.parts // [] | map({key: (.part | split(".")[0]), value: .records})
    | from_entries) as $n
  | [$objects[] | select(.kind == "part")
     | (.object | split("/") | last | split(".")[0]) as $part
     | {at: (.updated / 1000000), n: ($n[$part] // empty)}] | sort_by(.at)
  | if length < 3 or .[-1].at - .[0].at < 1 then "" else
    .[0].at as $from | (.[-1].at - $from) as $all
    | ([40, length - 1] | min) as $slots
    | (reduce .[1:][] as $p ([range($slots)] | map(0);
        ([(($p.at - $from) / $all * $slots | floor), $slots - 1] | min) as $i
        | .[$i] += $p.n)) as $sums
    | ($sums | max) as $most
    | "<h2>Records stored over time</h2><div class='card'>"
    + "<svg width='100%' height='90' aria-hidden='true'>"
    + ([$sums | to_entries[] | (.value / $most * 88 | round_to(10)) as $h
      | "<rect class='ink' x='\(.key / $slots * 100 | round_to(100))%'"
      + " y='\(90 - $h)' width='\(90 / $slots | round_to(100))%'"
      + " height='\($h)'/>"] | add)
    + "</svg><p class='soft'>\($all | duration) from the first part to the"
    + " last; a bar is \($all / $slots | duration), the highest"
    + " \($most / ($all / $slots) | count) records a second.</p></div>" end;

# The throughput of the stages of one job, from the samples that each took.
def rates($last):
  ([$last.starts // {} | .[]] | min // 0) as $begin
  | [ORDER[] as $name | $last.stages[$name] // empty
    | select(.samples.records | length > 1)
    | .samples.seconds as $step | .samples.records as $n
    | {name: $name, step: $step,
       from: ((($last.starts[$name] // $begin) - $begin) / 1000000),
       rates: [range($n | length) | ($n[.] - (if . == 0 then 0
         else $n[. - 1] end)) / $step | [., 0] | max]}
    | select(.rates | max > 0)]
  | if length == 0 then "" else
    (map(.from + .step * (.rates | length)) | max) as $all
    | "<h2>Throughput over time</h2><div class='card'>"
    + (map((.rates | max) as $most | . as $stage
      | "<p><b>\(.name)</b> <span class='soft'>at most \($most | count)"
      + " records a second; a bar is \(.step | duration)</span></p>"
      + "<svg width='100%' height='40' aria-hidden='true'>"
      + ([.rates | to_entries[] | (.value / $most * 38 | round_to(10)) as $h
        | "<rect class='ink' x='\(($stage.from + .key * $stage.step) / $all
            * 100 | round_to(100))%' y='\(40 - $h)'"
        + " width='\($stage.step * 0.9 / $all * 100 | round_to(100))%'"
        + " height='\($h)'/>"] | add) + "</svg>") | add)
    + "<p class='soft'>The last job, \($all | duration) from left to right."
    + "</p></div>" end;

# What to do about a code of nf-transform and nf-load.
def next_step:
  if test("^(bad_cnpj|bad_cpf|bad_access_key|equation)") then
    "wrong at the origin: send code and pointer to the owner of the API"
  elif test("date|time") then
    "compare the format of the field with the mapping"
  elif test("required|no_key|missing") then
    "the API omits the field: make it optional, or ask the API's owner"
  elif test("decimal|int|bool|type|long|range|map") then
    "compare the type of the column with what the API sends"
  else "see the code in the manual of the tool" end;

def refused_table:
  if ($reasons | length) == 0 then "" else
  "<h2>Rejected, by code and pointer</h2><div class='card wide'><table>"
  + "<thead><tr><th scope='col'>code</th><th scope='col' class='text'>"
  + "pointer</th><th scope='col'>records</th><th scope='col' class='text'>"
  + "next step</th></tr></thead><tbody>"
  + ($reasons | sort_by(-.n) | .[:100] | map(
      "<tr><th scope='row'><code>\(.code | tostring | @html)</code></th>"
      + "<td class='text' data-name='pointer'><code>\(.pointer | tostring
          | @html)</code></td>"
      + "<td data-name='records'>\(.n | count)</td>"
      + "<td class='text' data-name='next step'>\(.code | tostring
          | next_step)</td></tr>") | add)
  + "</tbody></table></div>" end;

def refused:
  map(select((.rejects // {}) != {})) as $with
  | if ($with | length) == 0 then "" else
    "<h2>Rejected, by reason</h2><div class='grid'>"
    + ($with | map(. as $stage | .rejects | to_entries | sort_by(-.value)
      | (map(.value) | max) as $most
      | "<div class='card'><h3>\($stage.name)</h3>"
      + (map(.key as $why | .value as $n | $n / $most
          | bar_row($why; $n | count; "hot")) | add)
      + "</div>") | add) + "</div>" end;

def key_table:
  "<div class='card'><h3>\(.table | @html)</h3><p class='soft'>"
  + "\(.rows | plural("row")), written to \(.spread) of 64 places at a time"
  + (if (.common_prefix // "") == "" then "" else
     ", all begin with <code>\(.common_prefix | @html)</code>" end) + "</p>"
  + ((.warnings | length) as $w
     | .hottest | sort_by(.prefix) | map(.prefix as $p | .share as $n | .share
       | bar_row($p; $n | percent; if $w > 0 then "hot" else "ink" end))
     | add // "")
  + (.warnings | map("<p class='wait'>\(@html)</p>") | add // "") + "</div>";

def key_tables:
  if length == 0 then "" else
  "<h2>Row keys: the most common prefixes, in the order of keys</h2>"
  + "<div class='grid'>"
  + (map(key_table) | add) + "</div>" end;

def attempt:
  (.stages // {} | to_entries
   | map(select(.value.error and .value.cause == "self")) | first) as $why
  | "<tr><th scope='row'>\(.at // "" | moment | @html)</th>"
  + "<td class='text' data-name='what'>\(.verb // "run" | @html)"
  + (if .part then " \(.part | @html)" else "" end) + "</td>"
  + "<td data-name='exit code'>\(.exit | badge)</td>"
  + "<td data-name='time'>\(if .took then .took / 1000000 elif .seconds == 0
      then null else .seconds end | duration)</td>"
  + (if $why == null and .failed == null then "<td class='text none'></td>"
     else "<td class='text' data-name='why'>"
       + "<span>\(.failed // $why.key | @html)"
       + (if $why then ": \($why.value.error | @html)" else "" end)
       + "</span></td>" end) + "</tr>";

def attempts:
  if length == 0 then "" else
  "<h2>Jobs on this run</h2><div class='card wide'><table><thead><tr>"
  + "<th scope='col'>ended</th><th scope='col' class='text'>what</th>"
  + "<th scope='col'>exit code</th><th scope='col'>time</th>"
  + "<th scope='col' class='text'>why</th></tr></thead><tbody>"
  + (reverse | .[:100] | map(attempt) | add) + "</tbody></table></div>" end;

def fact($name; $text):
  if ($text // "") == "" then "" else "<dt>\($name)</dt><dd>\($text)</dd>" end;

# What to do about the last job, if it failed.
def advice($last):
  ($last.exit // 0) as $code
  | if $code == 0 or $code == 99 then "" else
    ([$last.stages // {} | to_entries[]
      | select(.value.cause == "self" and .value.error)] | first) as $why
    | "<div class='card'><h3 class='\($code | kind)'>The last job failed"
    + (if $last.failed then " in \($last.failed | @html)" else "" end)
    + "</h3>" + (if $why then "<p>\($why.value.error | @html)</p>" else "" end)
    + "<p><b>What to do:</b> "
    + (if $code == 65 and $last.failed == "fetch"
       then "compare what the API sends with the source: <code>nf-fetch -v"
         + "</code> shows each request, <code>--record DIR</code> keeps the"
         + " answers. Then run the same command again."
       elif $code == 65 then "fix the mapping or add <code>--reject FILE</code>,"
         + " then run the same command again."
       elif $code == 64 or $code == 77 or $code == 78
       then "fix it, then run the same command again."
       elif $code == 69 then "find out why the API or Google refused, then run"
         + " the same command again."
       elif $code == 70 then "report this bug."
       else "run the same command again." end)
    + " It continues " + (if $mark == "committed" then
        "with the load: everything is fetched and committed."
      elif $mark == "null" then "from the start: nothing is stored yet."
      else "after what is stored already." end)
    + "</p></div>" end;

def manifest_facts($last):
  "<h2>The staged run</h2><div class='card'><dl>"
  + fact("where"; "<code>\($stage | @html)</code>")
  + (if . == null then fact("state"; $mark | if . == "null"
       then "nothing is stored yet" else "begun, not committed" end) else
  fact("window"; .window // "" | @html)
  + fact("fetched from"; if $last.from
      then "<code>\($last.from | @html)</code>" else "" end)
  + fact("begun"; .start | micros) + fact("committed"; .end | micros)
  + fact("records"; .records | count)
  + fact("all of them?"; .proof // null | if . == null then "" else
      ({total: "as many as the API counts", pages: "as many pages as the API counts",
        end: "the API said that no more pages follow",
        empty: "until a page without records",
        short: "until a page that was not full", single: "one request",
        limit: "a limit was reached: more may follow"}[.by] // .by | @html)
      + (if .claimed then " (\(.claimed | count))" else "" end) end)
  + fact("size"; "\(.raw_size | bytes), stored as \(.size | bytes)"
      + (if .size > 0 and .raw_size > .size
         then " (\(.raw_size / .size | round_to(10)) : 1)" else "" end))
  + fact("CRC32C"; "<code>\(.raw_crc32c | @html)</code>")
  + fact("source"; "<code>\(.source | @html)</code>")
  + fact("by"; .tool | @html) end)
  + fact("mapping"; $last.mapping // "" | @html)
  + fact("target"; if $last.target
      then "<code>\($last.target | @html)</code>" else "" end)
  + fact("rejects"; if $last.rejects
      then "<code>\($last.rejects | @html)</code>" else "" end)
  + "</dl>"
  + (if (.parts // [] | length) == 0 then "" else
     (.parts | map(.raw_size) | max) as $most
     | "<details><summary>\(.parts | length | plural("part"))</summary>"
     + (.parts[:200] | map(.part as $p
        | "\(.records | plural("record")), \(.raw_size | bytes)" as $said
        | (if $most > 0 then .raw_size / $most else 0 end)
        | bar_row($p; $said; "ink")) | add) + "</details>" end)
  + "</div>";

def state($last):
  if $last.state == "loaded" then "<span class='badge good'>loaded</span>"
  elif ($last.exit // 0) != 0 then $last.exit | badge
  elif $mark == "committed" then "<span class='badge good'>committed</span>"
  elif $mark == "null" then "<span class='badge wait'>nothing yet</span>"
  else "<span class='badge wait'>begun</span>" end;

# The page -------------------------------------------------------------------

# Anybody may store notes next to the run.  Use only those of nf-pipeline, whose
# members have the types in nf-pipeline(7) and nf-log(5).
def numbers_or_null: if type == "number" then . else null end;
def strings_or_null: if type == "string" then . else null end;
def is(t): . == null or type == t;
def all_are($names; t): [.[$names[]] | is(t)] | all;
def is_stage:
  type == "object"
  and all_are(["exit", "records_in", "records_out", "rejected", "skipped",
    "retried", "bytes_in", "bytes_out", "seconds", "throttled_seconds"]; "number")
  and all_are(["tool", "cause", "code", "error"]; "string")
  and (.samples | is("object"))
  and (.samples.seconds | . == null or (type == "number" and . > 0))
  and (.samples.records | is("array"))
  and ([(.samples.records // [])[] | type == "number"] | all)
  and (.samples == null or .samples.seconds != null)
  and (.rejects | is("object"))
  and ([(.rejects // {})[] | type == "number"] | all);
def is_share: . == null or
  (type == "string" and test("^[1-9][0-9]{0,6}/[1-9][0-9]{0,6}$"));
def is_job:
  type == "object" and .tool == "nf-pipeline"
  and (.exit | type) == "number" and (.stages | type) == "object"
  and all_are(["run", "verb", "at", "state", "failed", "stage", "mapping",
    "mapping_hash", "target", "rejects", "from"]; "string")
  and all_are(["seconds", "took"]; "number") and (.starts | is("object"))
  and ([(.starts // {})[] | type == "number"] | all) and (.part | is_share)
  and ([.stages[] | is_stage] | all);

[$notes[] | select(is_job)] as $notes
| ($manifest[0] | if . == null then . else
    .size |= numbers_or_null | .tool |= strings_or_null end) as $m
| ($notes | last) as $last
| ($m.run // $last.run // ($stage | rtrimstr("/") | split("/") | last)) as $run
| ($notes | stages) as $s
| document($run; ""; "<header>
<div class='top'><h1>\($run | @html)</h1>\(state($last))</div>
<p class='soft'>\([
  (if $last.at then "last job ended \($last.at | moment | @html)" else empty end),
  (if $last.took then "after \($last.took / 1000000 | duration)" else empty end),
  (if $last.from then "from \($last.from | @html)" else empty end),
  (if ($notes | length) > 1 then "\($notes | length) jobs" else empty end)]
  | join(", "))</p>
</header>
\(advice($last))
\($s | flow($m))
\(if ($s | length) == 0 then "<p>No job has left a note yet.</p>"
  else $s | stage_table end)
\($s | timeline($last))
\($last | rates(.))
\(throughput($m))
\(refused_table)
\(if ($reasons | length) == 0 then $s | refused else "" end)
\($keys | key_tables)
\($notes | attempts)
\($m | manifest_facts($last))")
