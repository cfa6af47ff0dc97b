# SPDX-License-Identifier: Apache-2.0
#
# Texts and styles that all pages of nf-pipeline report share.  A page needs no
# script, no font and no network.

# Text ---------------------------------------------------------------------

def round_to(n): (. * n | floor) / n;

# 1234567 as 1,234,567.
def grouped:
  tostring
  | [while(length > 0; .[:[length - 3, 0] | max])] | map(.[-3:]) | reverse | join(",");

def count: if . == null then "–" else floor | grouped end;

def bytes:
  if . == null then "–"
  elif . < 1000 then "\(.) B"
  elif . < 1000000 then "\(. / 1000 | round_to(10)) kB"
  elif . < 1000000000 then "\(. / 1000000 | round_to(10)) MB"
  else "\(. / 1000000000 | round_to(100)) GB" end;

def duration:
  if . == null then "–"
  elif . < 0.001 then "under 1 ms"
  elif . < 1 then "\(. * 1000 | floor) ms"
  elif . < 60 then "\(round_to(10)) s"
  elif . < 3600 then "\(. / 60 | floor) min \(. % 60) s"
  else "\(. / 3600 | floor) h \(. % 3600 / 60 | floor) min" end;

def percent:
  if . < 0.001 then "under 0.1 %" else "\(. * 100 | round_to(10)) %" end;

def moment: sub("T"; " ") | sub("(\\.[0-9]+)?Z$"; " UTC");
def micros: . / 1000000 | floor | todate | moment;

# plural("row"): 1 row, 2 rows.
def plural(what): "\(count) \(what)\(if . == 1 then "" else "s" end)";

def retries: if . == 1 then "1 retry" else "\(count) retries" end;

def rate($n; $seconds; what):
  if $n == null or $n == 0 or $seconds == null or $seconds < 0.001
  then "–" else "\($n / $seconds | what)/s" end;

# What an exit code means.
def meaning:
  {"0": "done", "64": "usage", "65": "bad data", "69": "refused",
   "70": "bug", "74": "I/O error", "75": "temporary", "77": "no permission",
   "78": "configuration", "99": "empty", "141": "downstream closed"
  }[tostring] // (if . > 128 then "signal \(. - 128)" else "failed" end);

def kind:
  if . == 0 or . == 99 then "good"
  elif . == null or . == 75 or . == 141 or . > 128 then "wait"
  else "bad" end;

def badge:
  if . == null then "<span class='badge wait'>no word</span>"
  else "<span class='badge \(kind)'>\(.) \(meaning)</span>" end;

# A bar of a share from 0 to 1; the number beside it says the same.
def bar($class):
  ([., 1] | min * 100 | round_to(100)) as $w
  | "<svg class='bar' width='100%' height='10' aria-hidden='true'>"
    + "<rect class='track' width='100%' height='10' rx='5'/>"
    + if $w > 0 then "<rect class='\($class)' width='\($w)%' height='10'"
      + " rx='5'/>" else "" end + "</svg>";

# The look -------------------------------------------------------------------

def style: "
:root { color-scheme: light dark;
  --page: #fbfaf8; --card: #fff; --text: #1f2328; --soft: #5f6771;
  --line: #e3e1dc; --track: #ebe9e4; --ink: #2b6cb0; --hot: #b4632a;
  --good: #1a7f4b; --bad: #c0302b; --wait: #8a6100; }
@media (prefers-color-scheme: dark) { :root {
  --page: #14171b; --card: #1c2026; --text: #e6e8eb; --soft: #a0a8b2;
  --line: #2e343c; --track: #2b3139; --ink: #6aaaf0; --hot: #e39a62;
  --good: #56c98a; --bad: #ff7b72; --wait: #e0b341; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--page); color: var(--text);
  font: 16px/1.5 system-ui, sans-serif; }
main { max-width: 62rem; margin: 0 auto; padding: 1.5rem 1rem 3rem; }
h1 { font-size: 1.6rem; line-height: 1.2; margin: 0; overflow-wrap: anywhere; }
h2 { font-size: 1.1rem; margin: 2.2rem 0 .7rem; }
h3 { font-size: 1rem; margin: 0 0 .5rem; overflow-wrap: anywhere; }
p { margin: .3rem 0; }
code { font: .92em ui-monospace, monospace; overflow-wrap: anywhere; }
.soft { color: var(--soft); }
.top { display: flex; flex-wrap: wrap; gap: .4rem 1rem;
  align-items: baseline; }
.badge { font-size: .85rem; font-weight: 600; white-space: nowrap; }
.top .badge { font-size: 1rem; }
.badge::before { content: \"\"; display: inline-block; width: .6em;
  height: .6em; margin-right: .4em; border-radius: 50%;
  background: currentColor; }
.good { color: var(--good); } .bad { color: var(--bad); }
.wait { color: var(--wait); }
.card { background: var(--card); border: 1px solid var(--line);
  border-radius: 10px; padding: 1rem; }
.flow { display: grid; gap: .7rem; padding: 0; margin: 1.3rem 0 0;
  list-style: none; grid-template-columns: repeat(auto-fit,
  minmax(9.5rem, 1fr)); }
.flow b { display: block; font-size: 1.7rem; line-height: 1.2;
  font-weight: 650; font-variant-numeric: tabular-nums; }
.flow span { color: var(--soft); font-size: .9rem; display: block; }
.grid { display: grid; gap: .7rem;
  grid-template-columns: repeat(auto-fit, minmax(min(100%, 22rem), 1fr)); }
.wide { padding: 0; overflow: hidden; }
table { width: 100%; border-collapse: collapse; font-size: .93rem;
  font-variant-numeric: tabular-nums; }
th, td { padding: .5rem .7rem; text-align: right; vertical-align: top;
  border-top: 1px solid var(--line); }
thead th { border: 0; white-space: nowrap; color: var(--soft); font-weight: 500;
  font-size: .85rem; }
th:first-child, td.text, th.text { text-align: left; }
tbody th { font-weight: 600; }
tbody th small { display: block; font-weight: 400; color: var(--soft);
  font-size: .8rem; }
td { white-space: nowrap; }
td.text, td.time { white-space: normal; }
td.time { min-width: 8rem; }
.bar { display: block; margin-top: .35rem; }
.track { fill: var(--track); } .ink { fill: var(--ink); }
.hot { fill: var(--hot); }
.row { margin: .55rem 0; }
.row p { display: flex; justify-content: space-between; gap: 1rem;
  margin: 0; font-variant-numeric: tabular-nums; }
dl { display: grid; grid-template-columns: 8.5rem 1fr; gap: .35rem 1rem;
  margin: 0; }
dt { color: var(--soft); } dd { margin: 0; overflow-wrap: anywhere; }
details { margin-top: .8rem; } summary { cursor: pointer; }
footer { margin-top: 2.5rem; color: var(--soft); font-size: .85rem; }
@media (max-width: 40rem) {
  thead { position: absolute; width: 1px; height: 1px; overflow: hidden;
    clip-path: inset(50%); }
  table, tbody, tr, th, td { display: block; }
  tr { padding: .7rem 1rem; border-top: 1px solid var(--line); }
  tbody tr:first-child { border-top: 0; }
  th, td { border: 0; padding: .1rem 0; }
  td { display: flex; justify-content: space-between; gap: 1rem;
    text-align: right; overflow-wrap: anywhere; }
  td::before { content: attr(data-name); color: var(--soft); flex: none;
    text-align: left; }
  td.time { display: block; text-align: left; }
  td.time span { float: right; }
  td.none { display: none; }
  dl { grid-template-columns: 1fr; gap: 0; } dd { margin-bottom: .5rem; }
}
@media print { body { background: #fff; } .card { break-inside: avoid; } }";

def tile(what; $under):
  if . == null then ""
  else "<li class='card'><span>\($under[0])</span><b>\(what)</b>"
    + "<span>\($under[1])</span></li>" end;

# The document around <main>.
def document($title; $more; $body):
  "<!DOCTYPE html>
<html lang='en'>
<head>
<meta charset='utf-8'>
<meta name='viewport' content='width=device-width, initial-scale=1'>
<title>\($title | @html): nf-tools</title>
<link rel='icon' href='data:,'>
<style>\(style)\($more)
</style>
</head>
<body>
<main>
\($body)
<footer>nf-pipeline report; see nf-pipeline(7).</footer>
</main>
</body>
</html>";
