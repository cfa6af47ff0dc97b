#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A model of a window of a job and its revisions, state by state.

usage: tests/model/windows.py       all scenarios; exit 1 if one is not as it
                                    should be

A process that runs a job asks the ledger what is to be done with the window, and
does it: fetch a run and commit it, load it record by record, note that it is
loaded or that it has the same records as the loaded one.  Each of these is a
step, in any order between two of them; one may die before or after each.
Meanwhile the API gets other records, or the job another source.  One may ask
for the window once more (--again), or look back to it for a later one.

What must hold in every state:
  - what is noted as loaded, or as the same as what is, is in the table: each
    of its records, of its time or of a newer revision's;
  - a revision is begun only when the one before it is committed, or of
    another source;
  - nobody looks back twice for the same later window from one source;
  - where nobody works, --due ends with the window done, and the table has the
    records of its newest revision.

Two controls are wrong on purpose, and the model has to say so: one that notes
what it did not load, and one that begins a revision beside one that is begun.
"""

import collections
import sys

from explore import Broken, main

# What the API has, by its version: records and what is in them.
API = ({"a": 1, "b": 1}, {"a": 1, "b": 2}, {"a": 1, "b": 2, "c": 1})
LATER = 1     # the later window for which is looked back

Run = collections.namedtuple("Run", "source at holds loaded same later")
Worker = collections.namedtuple("Worker", "kind step n source holds loads")
# table: {record: (time, what is in it)} as a frozenset of items
State = collections.namedtuple(
    "State", "runs table api source workers deaths changes sources")


class Scenario:
    def __init__(self, name, kinds, deaths=1, changes=1, sources=0,
                 begun=0, fails=None):
        self.name, self.kinds = name, kinds
        self.deaths, self.changes, self.sources = deaths, changes, sources
        self.begun = begun       # versions that are loaded at the start
        self.fails = fails

    def start(self):
        runs, table = (), {}
        for n in range(self.begun):
            runs += (Run(0, n + 1, 0, True, 0, 0),)
            table = {k: (n + 1, v) for k, v in API[0].items()}
        return State(runs, frozenset(table.items()), 0, 0,
                     tuple(idle(kind) for kind in self.kinds), self.deaths,
                     self.changes, self.sources)


def idle(kind):
    return Worker(kind, "ask", 0, 0, None, ())


def loaded_before(runs, n):
    """The revision that is loaded and newest before number n, or 0."""
    return max((i for i in range(1, n) if runs[i - 1].loaded), default=0)


def is_done(runs):
    if not runs or runs[-1].holds is None:
        return False
    return runs[-1].loaded or runs[-1].same > 0


def decide(state, kind):
    """What is to be done: (step, revision, later); None: nothing."""
    runs, n = state.runs, len(state.runs)
    if n == 0:
        return "begin", 1, 0
    if runs[-1].holds is None:
        if kind == "careless" or runs[-1].source != state.source:
            return "begin", n + 1, runs[-1].later
        return "begin", n, runs[-1].later
    if not is_done(runs):
        same = loaded_before(runs, n)
        if runs[-1].later and same and \
                runs[same - 1].holds == runs[-1].holds:
            return "same", n, 0
        return "load", n, 0
    if kind in ("again", "careless"):
        return "begin", n + 1, 0
    if kind == "look" and runs[-1].later < LATER:
        return "begin", n + 1, LATER
    return None


def operate(state, i):
    """The next step of worker i."""
    worker, runs = state.workers[i], list(state.runs)

    def become(**changes):
        workers = list(state.workers)
        workers[i] = worker._replace(**changes)
        return state._replace(runs=tuple(runs), workers=tuple(workers))

    n = worker.n
    if worker.step == "ask":
        what = decide(state, worker.kind)
        if what is None:
            return become(step="end")
        step, n, later = what
        return become(step=step, n=n, source=state.source,
                      loads=(later,) if step == "begin" else ())
    if worker.step == "begin":
        later = worker.loads[0]
        if n > len(runs):
            if runs and runs[-1].holds is None and \
                    runs[-1].source == worker.source:
                raise Broken("a revision beside one that is begun")
            if later and any(r.later == later and
                             r.source == worker.source for r in runs):
                raise Broken("looked back twice for one window")
            runs.append(Run(worker.source, len(runs) + 1, None, False, 0,
                            later))
        if runs[n - 1].source != worker.source:
            return become(step="end")        # the run is another source's
        return become(step="commit", holds=state.api)
    if worker.step == "commit":
        if runs[n - 1].holds is None:
            runs[n - 1] = runs[n - 1]._replace(holds=worker.holds)
        elif runs[n - 1].holds != worker.holds:
            return become(step="end")        # another has won
        kind = worker.kind if worker.kind in ("skip",) else "due"
        return become(step="ask" if runs[n - 1].later else "load",
                      kind=kind, loads=())
    if worker.step == "load":
        holds = API[runs[n - 1].holds]
        left = sorted(set(holds) - set(worker.loads))
        if not left or worker.kind == "skip":
            return become(step="note")
        table = dict(state.table)
        at = (runs[n - 1].at, holds[left[0]])
        table[left[0]] = max(table.get(left[0], at), at)
        made = become(loads=worker.loads + (left[0],))
        return made._replace(table=frozenset(table.items()))
    if worker.step == "note":
        runs[n - 1] = runs[n - 1]._replace(loaded=True)
        return become(step="end", kind="due")
    if worker.step == "same":
        runs[n - 1] = runs[n - 1]._replace(same=loaded_before(runs, n))
        return become(step="end", kind="due")
    raise AssertionError(worker.step)


def steps(_, state):
    """(what happens, the state after it)."""
    for i, worker in enumerate(state.workers):
        if worker.step == "end":
            continue
        after = operate(state, i)
        yield f"{i} ({worker.kind}): {worker.step} {worker.n}", after
        if state.deaths:
            for when, at in (("before", state), ("after", after)):
                dead = list(at.workers)
                dead[i] = idle(state.workers[i].kind)
                yield f"{i}: dies {when} {worker.step}", at._replace(
                    workers=tuple(dead), deaths=state.deaths - 1)
    if state.changes:
        yield "other records at the API", state._replace(
            api=state.api + 1, changes=state.changes - 1)
    if state.sources:
        yield "another source", state._replace(
            source=state.source + 1, sources=state.sources - 1)


def judge(_, state):
    table = dict(state.table)
    for n, run in enumerate(state.runs, 1):
        number = n if run.loaded else run.same
        if not number:
            continue
        if run.same and state.runs[number - 1].holds != run.holds:
            raise Broken("the same as a run of other records")
        for key, value in API[run.holds].items():
            at = state.runs[number - 1].at
            if table.get(key, (0, 0)) < (at, value) and \
                    table.get(key, (0, 0))[0] <= at:
                raise Broken("what is noted as loaded is not in the table")
    if all(w.step in ("ask", "end") for w in state.workers):
        finish(state)


def finish(state):
    """Let alone, --due makes the window done."""
    alone = state
    for _ in range(4):
        alone = alone._replace(workers=(idle("due"),))
        while alone.workers[0].step != "end":
            alone = operate(alone, 0)
        if is_done(alone.runs):
            break
    else:
        raise Broken("--due does not end with the window done")
    newest, table = alone.runs[-1], dict(alone.table)
    for key, value in API[newest.holds].items():
        if table[key][1] != value:
            raise Broken("the table has not what the newest revision has")


SCENARIOS = [
    Scenario("one", ("due",), deaths=3, changes=2),
    Scenario("two at once", ("due", "due"), deaths=1, changes=2),
    Scenario("another source", ("due", "due"), deaths=1, sources=1),
    Scenario("once more, with a twin", ("again", "due"), deaths=1, begun=1),
    Scenario("once more, twice at once", ("again", "again"), begun=1),
    Scenario("looked back to", ("look", "due"), deaths=2, begun=1),
    Scenario("looked back to by two", ("look", "look"), begun=1, changes=2),
    Scenario("looked back to and once more", ("look", "again"), begun=2),
    Scenario("looked back to, another source", ("look", "due"), begun=1,
             sources=1),
    Scenario("loads are skipped, and noted", ("skip",),
             fails="not in the table"),
    Scenario("a revision at any time", ("careless", "due"),
             fails="beside one that is begun"),
]


if __name__ == "__main__":
    sys.exit(main(SCENARIOS, judge, steps))
