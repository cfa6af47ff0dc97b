#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A model of the staged run, looked through state by state.

usage: tests/model/staged_run.py        all scenarios; exit 1 if one is not as
                                        it should be

Writers fetch one source and stage it under a chain of names: a part and its
receipt are named for everything from the first record on, the first manifest
made stands.  Each operation on the store is a step, in any order between
writers; a writer may die before or after each, or do it and not learn so.
Objects have generations.  A run may be copied to another place, where they
are others, a part may be restored, and a part may be damaged.

What must hold in every state:
  - a manifest names the records of the source, all of them, in order;
  - who reads a committed run, here or in the copy, gets these or is refused,
    and is refused only if a part is damaged or gone;
  - where nobody writes, the same command again ends with the run committed.

Readers by generation are the control: for them a copy is not there, and the
model has to say so.
"""

import collections
import sys

from explore import Broken, main

SOURCE = ("a", "b", "c")
RUNS = 3  # attempts until a run that nobody harms must be committed

# A store: {name: (what it holds, its generation)}, kept as a frozenset.  Names:
# ("part", chain), ("receipt", chain), ("manifest",); a chain is the records
# from the first on, cut into parts.
Writer = collections.namedtuple("Writer", "step chain done")
State = collections.namedtuple(
    "State", "here there writers next deaths lost copies harms")


class Scenario:
    def __init__(self, name, writers=1, deaths=1, lost=0, copies=0,
                 restores=0, damages=0, cuts=((1,),), by="content",
                 fails=None):
        self.name = name
        self.writers, self.deaths, self.lost = writers, deaths, lost
        self.copies, self.restores, self.damages = copies, restores, damages
        self.cuts = cuts        # for each writer, how many records a part has
        self.by = by            # what a reader goes by
        self.fails = fails      # what the model must find, if it must

    def start(self):
        return State(frozenset(), None,
                     tuple(Writer("mark", (), 0) for _ in range(self.writers)),
                     1, self.deaths, self.lost, self.copies,
                     (self.restores, self.damages))


def records(chain):
    return tuple(r for part in chain for r in part)


def put(state, name, holds, place="here"):
    """Create an object unless one has that name."""
    store = dict(getattr(state, place))
    if name in store:
        return state
    store[name] = (holds, state.next)
    return state._replace(**{place: frozenset(store.items())},
                          next=state.next + 1)


def last_mark(store):
    """The longest chain that has a receipt."""
    chains = [name[1] for name in store if name[0] == "receipt"]
    return max(chains, key=lambda c: (len(records(c)), c), default=())


def operate(scenario, state, n, place="here"):
    """The next step of writer n."""
    writer = state.writers[n]
    store = dict(getattr(state, place))
    cut = scenario.cuts[n % len(scenario.cuts)]

    def become(state, **changes):
        writers = list(state.writers)
        writers[n] = writer._replace(**changes)
        return state._replace(writers=tuple(writers))

    at = len(records(writer.chain))
    size = cut[len(writer.chain) % len(cut)]
    chain = writer.chain + (SOURCE[at:at + size],)
    if writer.step == "mark":
        if ("manifest",) in store:
            read(scenario, store, place)
            return become(state, step="end")
        return become(state, step="part", chain=last_mark(store))
    if writer.step == "part":
        if at == len(SOURCE):
            return become(state, step="manifest")
        if ("receipt", chain) in store:
            return become(state, step="receipt")
        return become(put(state, ("part", chain), chain[-1], place),
                      step="receipt")
    if writer.step == "receipt":
        made = put(state, ("receipt", chain), None, place)
        # It says which object it is of, by its generation too.
        store = dict(getattr(made, place))
        if store["receipt", chain][0] is None:
            part = store.get(("part", chain))
            if part is None or part[0] != chain[-1]:
                return become(state, step="end")  # refused: damaged, gone
            store["receipt", chain] = (part[1], store["receipt", chain][1])
            made = made._replace(**{place: frozenset(store.items())})
        return become(made, step="part", chain=chain)
    if writer.step == "manifest":
        wanted = tuple((c, store["receipt", c][0]) for c in
                       (writer.chain[:i + 1] for i in
                        range(len(writer.chain))))
        made = put(state, ("manifest",), wanted, place)
        found = dict(getattr(made, place))["manifest",][0]
        if records(found[-1][0] if found else ()) != SOURCE:
            raise Broken("a manifest of other records than the source's")
        return become(made, step="end", done=1)
    raise AssertionError(writer.step)


def read(scenario, store, place):
    """Read a committed run: what it holds, or None if it is refused."""
    found = []
    for chain, generation in store["manifest",][0]:
        part = store.get(("part", chain))
        if part is None:
            return None
        if scenario.by == "generation" and part[1] != generation:
            if part[0] == chain[-1]:
                raise Broken(f"{place}: a part that is there is called "
                             "missing")
            return None
        if part[0] != chain[-1]:  # its sums and the chain say so
            return None
        found += part[0]
    if tuple(found) != SOURCE:
        raise Broken(f"{place}: other records than the source's are read")
    return found


def steps(scenario, state):
    """(what happens, the state after it)."""
    for n, writer in enumerate(state.writers):
        if writer.step == "end":
            continue
        after = operate(scenario, state, n)
        yield f"{n}: {writer.step}", after
        dead = list(state.writers)
        dead[n] = Writer("mark", (), 0)
        if state.deaths:
            yield f"{n}: dies before {writer.step}", state._replace(
                writers=tuple(dead), deaths=state.deaths - 1)
            yield f"{n}: dies after {writer.step}", after._replace(
                writers=tuple(dead), deaths=state.deaths - 1)
        if state.lost and writer.step in ("part", "receipt", "manifest"):
            yield f"{n}: does not learn of {writer.step}", after._replace(
                writers=state.writers, lost=state.lost - 1)
    store = dict(state.here)
    if state.copies and state.there is None and store:
        there, number = {}, state.next
        for name, (holds, _) in sorted(store.items(), key=repr):
            there[name] = (holds, number)
            number += 1
        yield "copied", state._replace(
            there=frozenset(there.items()), next=number,
            copies=state.copies - 1)
    restores, damages = state.harms
    for name, (holds, _) in sorted(store.items(), key=repr):
        if name[0] != "part":
            continue
        if restores:
            store2 = {**store, name: (holds, state.next)}
            yield "a part is restored", state._replace(
                here=frozenset(store2.items()), next=state.next + 1,
                harms=(restores - 1, damages))
        if damages:
            store2 = {**store, name: (("x",), state.next)}
            yield "a part is damaged", state._replace(
                here=frozenset(store2.items()), next=state.next + 1,
                harms=(restores, damages - 1))


def damaged(store):
    return any(name[0] == "part" and holds != name[1][-1]
               for name, (holds, _) in store.items())


def judge(scenario, state):
    """What must hold of a state."""
    for place in ("here", "there"):
        store = getattr(state, place)
        if store is None:
            continue
        store = dict(store)
        if ("manifest",) in store:
            if read(scenario, store, place) is None and not damaged(store):
                raise Broken(f"{place}: a run that is whole is refused")
            continue
        if damaged(store) or any(w.step != "mark" for w in state.writers) \
                and place == "here":
            continue
        finishes(scenario, state, place)


def finishes(scenario, state, place):
    """Let alone, the same command again commits the run."""
    alone = state._replace(writers=(Writer("mark", (), 0),))
    for _ in range(RUNS):
        while alone.writers[0].step != "end":
            alone = operate(scenario, alone, 0, place)
        if alone.writers[0].done or ("manifest",) in dict(
                getattr(alone, place)):
            return
        alone = alone._replace(writers=(Writer("mark", (), 0),))
    raise Broken(f"{place}: {RUNS} runs, and not committed")


SCENARIOS = [
    Scenario("one writer", deaths=3, lost=2),
    Scenario("parts of other sizes the next time", deaths=2,
             cuts=((2, 1), (1,))),
    Scenario("two writers", writers=2, deaths=1, lost=1),
    Scenario("two writers that cut otherwise", writers=2, deaths=1,
             cuts=((1,), (2,))),
    Scenario("three writers", writers=3, deaths=0, cuts=((3,), (1, 2))),
    Scenario("copied", deaths=1, copies=1),
    Scenario("copied while two write", writers=2, deaths=0, copies=1,
             cuts=((1, 2), (2,))),
    Scenario("a part restored", deaths=1, restores=2),
    Scenario("restored and copied", deaths=0, restores=1, copies=1),
    Scenario("a part damaged", deaths=1, damages=1),
    Scenario("damaged and copied", deaths=0, damages=1, copies=1),
    Scenario("read by generation, copied", deaths=0, copies=1,
             by="generation", fails="called missing"),
    Scenario("read by generation, restored", deaths=0, restores=1,
             by="generation", fails="called missing"),
]


if __name__ == "__main__":
    sys.exit(main(SCENARIOS, judge, steps))
