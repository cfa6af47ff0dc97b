# SPDX-License-Identifier: Apache-2.0
"""What models have in common: all states of each scenario are looked at.

A scenario has a name, start(), and fails: what a control must be found to
break, or None.  judge(scenario, state) raises Broken; steps(scenario, state)
yields what can happen next, and the state after it.
"""

import collections


class Broken(Exception):
    pass


def explore(scenario, judge, steps):
    """All states: (how many, what is broken and the way there, or None)."""
    first = scenario.start()
    came, queue = {first: None}, collections.deque([first])
    while queue:
        state = queue.popleft()
        try:
            judge(scenario, state)
            for what, after in steps(scenario, state):
                if after not in came:
                    came[after] = (state, what)
                    queue.append(after)
        except Broken as e:
            way = [str(e)]
            while came[state]:
                state, what = came[state]
                way.append(what)
            return len(came), way[::-1]
    return len(came), None


def main(scenarios, judge, steps):
    """Print a line for each scenario; 1 if one is not as it should be."""
    bad = 0
    for scenario in scenarios:
        states, way = explore(scenario, judge, steps)
        right = way is None if scenario.fails is None else \
            way is not None and scenario.fails in way[-1]
        print(f"{'ok  ' if right else 'BAD '} {scenario.name}: "
              f"{states} states" + (f"; {way[-1]}" if way else ""))
        if not right:
            bad += 1
            for what in way or ():
                print(f"       {what}")
    return 1 if bad else 0
