# SPDX-License-Identifier: Apache-2.0
#
# The windows of a job as one page of HTML, for pipeline.sh report.
#
#   $job    the name of the job
#   $now    when the ledger was read
#   $pages  the folder with the pages of the runs, or ""
#   $days   the ledger: lines of nf-stage days

include "page";

# The state of a window: a class, a symbol, a word.
def LOOKS: {
  late: ["late", "!", "late"], missing: ["missing", "?", "missing"],
  begun: ["begun", "…", "begun"], committed: ["begun", "↑", "not loaded"],
  partial: ["partial", "½", "partial"], rejected: ["rejected", "×", "rejected"],
  empty: ["empty", "∅", "empty"], loaded: ["done", "", "loaded"],
  audited: ["done", "✓", "audited"]};

def look:
  if .late then "late"
  elif .state == "missing" or .state == "begun" or .state == "partial"
  then .state
  elif .records == 0 and (.due | not) then "empty"
  elif .state == "committed" then "committed"
  elif (.rejects // 0) > 0 then "rejected"
  else .state end;

# The most serious first: the state of several windows of one day together.
def GRAVE: ["late", "missing", "begun", "partial", "committed", "rejected",
  "empty", "loaded", "audited"];
def gravest: map(look) | unique as $all | first(GRAVE[] | select(IN($all[])));

def run_name: .run // "" | rtrimstr("/") | split("/") | last // "";

def said:
  "\(.window): \(LOOKS[look][2])"
  + (if .records != null then ", \(.records | plural("record"))" else "" end)
  + (if (.rejects // 0) > 0 then ", \(.rejects | count) rejected" else "" end)
  + (if (.revision // 1) > 1 then ", revision \(.revision)" else "" end)
  + (if .same_as then ", as \(.same_as)" else "" end)
  + (if .due then ", due" else "" end);

def link($text):
  if $pages != "" and .run then
    "<a href='\(run_name | @uri).html'>\($text)</a>"
  else $text end;

# One square: a window, or the windows of a day; $name is its label.
def square($name):
  . as $all | gravest as $look | LOOKS[$look] as $l
  | (map(select(look == $look)) | first) as $it
  | (map(select((.revision // 1) > 1)) | length) as $revised
  | (if ($all | length) == 1 then $it | said else
      "\($name): \($all | length) windows, \(map(select(.due)) | length) due; "
      + ($it | said) end) as $said
  | "<li class='w \($l[0])\(if $revised > 0 then " revised" else "" end)'"
  + " title='\($said | @html)'>"
  + ($it | link("<b>\($name | @html)</b><i>\($l[1])</i>"
      + "<span class='hide'>\($said | @html)</span>")) + "</li>";

# "2026-01-05" is in the month of January, on a Monday.
def is_day: test("^[0-9]{4}-[0-9]{2}-[0-9]{2}$");
def weekday: strptime("%Y-%m-%d") | mktime | gmtime | .[6] | (. + 6) % 7;
def day: .window[:10];
def group_name($step):
  if $step == "cursor" then "\(.window | tonumber / 100 | floor * 100 | tostring) …"
  elif $step == "day" then .window[:7] else .window[:4] end;
def square_name($step):
  if $step == "cursor" then .window | ltrimstr("0000") | ltrimstr("00")
  elif $step == "day" then .window[8:10] else .window[5:] end;

# How windows follow each other: days (and what is shorter), or longer ones.
def step:
  if length == 0 then "day"
  elif .[0].from == null then "cursor"
  elif length > 1 and (.[0].window[:10] | is_day)
    and ((.[1].window[:10] | strptime("%Y-%m-%d") | mktime)
      - (.[0].window[:10] | strptime("%Y-%m-%d") | mktime)) > 3 * 86400
  then "week"
  elif .[0].window | test("^[0-9]{4}-[0-9]{2}$") then "month"
  else "day" end;

def sheet($step):
  (.[0] | group_name($step)) as $name
  | (if $step == "day" then group_by(day) else map([.]) end) as $squares
  | "<section class='card sheet'><h3>\($name | @html)</h3><ol class='\($step)'"
  + (if $step == "day" then
      " style='--first:\($squares[0][0] | day | weekday + 1)'" else "" end)
  + ">" + ($squares | map((.[0] | square_name($step)) as $n | square($n)) | add)
  + "</ol></section>";

def calendar:
  step as $step
  | "<h2>Calendar</h2><div class='sheets'>"
  + (group_by(group_name($step)) | reverse | map(sheet($step)) | add // "")
  + "</div><p class='legend'>"
  + ([LOOKS[GRAVE[]]] | map("<span class='w \(.[0])'><i>\(.[1])</i></span> "
      + .[2]) | join(" &nbsp; "))
  + " &nbsp; <span class='w done revised'><i></i></span> revised</p>";

# Bars of records; many windows share one.
def bars:
  (length / 200 | ceil | if . < 1 then 1 else . end) as $of
  | [range(0; length; $of) as $i | .[$i:$i + $of]] as $all
  | ($all | map(map(.records // 0) | add) | [max, 1] | max) as $most
  | ($all | length) as $n
  | "<h2>Records</h2><figure class='card'><svg class='bars' viewBox='0 0 \($n * 4)"
  + " 100' preserveAspectRatio='none' role='img' aria-label='Records of "
  + "\(length | plural("window")), at most \($most | count)'>"
  + ([range($n) as $i | $all[$i] as $g | ($g | map(.records // 0) | add) as $r
      | ($r / $most * 100) as $h
      | "<g><title>\($g[0].window | @html)"
      + (if $of > 1 then " – \($g[-1].window | @html)" else "" end)
      + ": \($r | count)</title><rect class='ink' x='\($i * 4)'"
      + " y='\(100 - $h | round_to(10))' width='3'"
      + " height='\($h | round_to(10))'/></g>"] | add // "")
  + "</svg><figcaption class='soft'><span>\(.[0].window // "" | @html)</span>"
  + "<span>at most \($most | count)</span>"
  + "<span>\(.[-1].window // "" | @html)</span></figcaption></figure>";

def due_row:
  "<tr><th scope='row'>\(link(.window | @html))</th>"
  + "<td class='text' data-name='what'>\(LOOKS[look][2])</td>"
  + "<td data-name='records'>\(.records | count)</td>"
  + "<td data-name='revision'>\(.revision | count)</td>"
  + "<td class='text' data-name='proof'>\(.proof // "–" | @html)</td></tr>";

def table_of($title; $rows):
  if ($rows | length) == 0 then "" else
  "<h2>\($title)</h2><div class='card wide'><table><thead><tr>"
  + "<th scope='col'>window</th><th scope='col' class='text'>what</th>"
  + "<th scope='col'>records</th><th scope='col'>revision</th>"
  + "<th scope='col' class='text'>proof</th></tr></thead><tbody>"
  + ($rows[:100] | map(due_row) | add) + "</tbody></table></div>"
  + (if ($rows | length) > 100 then
      "<p class='soft'>and \($rows[100:] | length | count) more</p>" else "" end)
  end;

def totals:
  "<ol class='flow'>"
  + (length | tile(count; ["windows", "that are over"]))
  + (map(select(.due)) | length | tile(count; ["due", "something is to be done"]))
  + (map(select(.late)) | length | tile(count; ["late", "of those"]))
  + (map(.records // 0) | add // 0 | tile(count; ["records", "committed"]))
  + (map(.rejects // 0) | add // 0 | tile(count; ["rejected", "by loads"]))
  + (map(select((.revision // 1) > 1)) | length
      | tile(count; ["revised", "fetched more than once"]))
  + "</ol>";

def own_style: "
.sheets { display: flex; flex-wrap: wrap; gap: .7rem; }
.sheet ol { display: grid; gap: .25rem; list-style: none; margin: 0; padding: 0;
  grid-template-columns: repeat(7, 2.2rem); }
.sheet ol.month { grid-template-columns: repeat(6, 2.2rem); }
.sheet ol.week { grid-template-columns: repeat(7, 3.2rem); }
.sheet ol.cursor { grid-template-columns: repeat(7, 2.6rem); }
.sheet ol.day li:first-child { grid-column-start: var(--first); }
.w { height: 2.2rem; border-radius: 5px; border: 2px solid transparent;
  position: relative; font-size: .75rem; text-align: center; }
.w b { font-weight: 500; display: block; line-height: 1.1; padding-top: .1rem; }
.w i { font-style: normal; font-weight: 700; line-height: 1; }
.w a { color: inherit; text-decoration: none; display: block; height: 100%; }
.w.done { background: color-mix(in srgb, var(--good) 25%, var(--card)); }
.w.empty { background: var(--track); color: var(--soft); }
.w.missing { border: 2px dashed var(--bad); color: var(--bad); }
.w.late { background: var(--bad); color: var(--card); }
.w.begun { border-color: var(--wait); color: var(--wait); }
.w.partial { background: color-mix(in srgb, var(--wait) 30%, var(--card)); }
.w.rejected { background: color-mix(in srgb, var(--hot) 35%, var(--card)); }
.w.revised::after { content: \"\"; position: absolute; right: 0; top: 0;
  border: .25rem solid; border-color: var(--ink) var(--ink) transparent
  transparent; }
.legend { margin-top: 1rem; font-size: .9rem; }
.legend .w { display: inline-block; width: 1.4rem; height: 1.4rem;
  vertical-align: middle; }
.hide { position: absolute; width: 1px; height: 1px; overflow: hidden;
  clip-path: inset(50%); }
figure { margin: 0; } .bars { width: 100%; height: 7rem; display: block; }
figcaption { display: flex; justify-content: space-between; flex-wrap: wrap;
  gap: 0 1rem; font-size: .85rem; margin-top: .4rem; }";

$days as $all
| ($all | map(select(.late)) | length) as $late
| ($all | map(select(.due)) | length) as $due
| document($job; own_style; "<header>
<div class='top'><h1>\($job | @html)</h1>\(
  if $late > 0 then "<span class='badge bad'>\($late | plural("window")) late</span>"
  elif $due > 0 then "<span class='badge wait'>\($due | plural("window")) due</span>"
  else "<span class='badge good'>complete</span>" end)</div>
<p class='soft'>as of \($now | moment | @html)</p>
</header>
\($all | totals)
\($all | calendar)
\($all | bars)
\(table_of("Due"; $all | map(select(.due))))
\(table_of("Rejected records"; $all | map(select((.rejects // 0) > 0))))")
