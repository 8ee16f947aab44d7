# Copyright: Contributors to the netops.cloud_vpn collection
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""Which IKE SA has which CHILD SAs, as charon's log tells it, with the tags of IKE SAs or without.

IKE SAs are numbers. A CHILD SA always belongs to one; what ends that one ends it, so a wrong owner is a wrong verdict.
"""

from __future__ import annotations

import typing as t

NOBODY = "?"
"""The IKE SA of an attempt that has no number yet, or that no line names."""
_HEIR = "heir"
"""The IKE SA that is established next."""
FROM_BEFORE = "from before the window"
"""A CHILD SA that stands although no line of the window says that it was established."""


class Sas:
    """The IKE SAs that stand or are attempted, and the owners of CHILD SAs."""

    def __init__(self) -> None:
        self.children: t.Dict[str, str] = {}  # CHILD SA -> number of its IKE SA
        self.established: t.Set[str] = set()
        self.deleted: t.Set[str] = set()
        self.latest: t.Optional[str] = None
        self.names: t.Dict[str, t.Optional[str]] = {}  # number of an IKE SA -> connection
        self.attempts: t.Set[str] = set()
        self.over: t.Dict[str, t.Any] = {}  # number -> when its attempt ended
        self._superseded: t.Dict[str, t.Set[str]] = {}  # IKE SA -> its CHILD SAs that a re-key under way replaces

    def clear(self) -> None:
        """The daemon is gone, and numbers start anew."""
        self.children.clear()
        self.established.clear()
        self.deleted.clear()
        self.attempts.clear()
        self.over.clear()
        self._superseded.clear()

    # IKE SAs

    def stands(self, number: str, name: t.Optional[str]) -> None:
        """An IKE SA is established."""
        self.established.add(number)
        self.deleted.discard(number)
        self.latest = number
        self.names[number] = name
        self.hand_over((_HEIR,), number)

    def delete(self, when: t.Any, number: str) -> None:
        """An IKE SA is deleted; a re-key of a child that was under way still finishes."""
        self.established.discard(number)
        self.deleted.add(number)
        self.end(when, number)

    def end(self, when: t.Any, *numbers: t.Optional[str]) -> None:
        """Attempts are over."""
        for number in filter(None, numbers):
            self.attempts.discard(number)
            self.over[number] = when

    def renewed(self, number: t.Optional[str], tag: t.Optional[str], name: t.Optional[str]) -> t.Set[str]:
        """The standing IKE SAs whose place a new one takes: the tag tells it, or else the name."""
        if tag or not number:
            standing = self.established | set(self.children.values())
            return {tag} & standing if tag and tag != number else set()
        return {one for one in self.established if one != number and self.names[one] == name}

    def attempt(self, current: str) -> str:
        """Without tags: the attempt that a line of its initiator is about, the one named last or the only one there is."""
        numbered = self.attempts - {NOBODY}
        return next(iter(numbered)) if current not in numbered and len(numbered) == 1 else current

    # CHILD SAs

    def hand_over(self, owners: t.Container[str], heir: str) -> None:
        """The children of IKE SAs go over to another one."""
        for child, owner in self.children.items():
            if owner in owners:
                self.children[child] = heir

    def hand_over_all(self, name: t.Optional[str], heir: str) -> None:
        """The children of a connection go over to an IKE SA of it."""
        owners = set(self.children.values())
        self.hand_over([one for one in owners if one == NOBODY or self.names.get(one) == name], heir)

    def adopt(self, old: t.Optional[str]) -> None:
        """The newest IKE SA takes over what the others of its connection have; if that is ``old``, the next one does."""
        if old and old == self.latest:
            self.hand_over((old,), _HEIR)
        else:
            self.hand_over_all(self.names.get(self.latest or NOBODY), self.latest or NOBODY)

    def forsake(self, owners: t.Iterable[t.Optional[str]]) -> None:
        """IKE SAs are gone with their children."""
        gone = set(owners)
        for child in [one for one, owner in self.children.items() if owner in gone]:
            del self.children[child]

    def terminate(self, number: t.Optional[str], name: t.Optional[str]) -> None:
        """An IKE SA, or all those of a connection, are gone with their children, and so are children of nobody's."""
        owners = set(self.children.values())
        self.forsake([one for one in owners if one in (number, NOBODY) or (name and self.names.get(one) == name)])

    def orphans(self) -> t.Set[str]:
        """Owners of children that neither stand nor are attempted: guessed wrong."""
        return set(self.children.values()) - self.established - self.attempts

    def kin(self, child: str) -> t.List[str]:
        """The owners of CHILD SAs of the same name, the newest last."""
        name = child.partition("{")[0]
        return [owner for one, owner in self.children.items() if one.partition("{")[0] == name]

    def owner(self, child: str, current: str, rekeyed: bool) -> str:
        """Without tags: the IKE SA of a CHILD SA. A re-keyed one stays where its predecessor was."""
        if rekeyed:
            return self.children.get(child) or (self.kin(child) or [self.latest or current])[-1]
        return current if current in self.established else self.latest or current

    def supersede(self, current: str, child: str) -> None:
        """Version 1 leaves the old CHILD SA until it expires; once the new one stands, nothing depends on it."""
        self._superseded.setdefault(current, set()).add(child)

    def add(self, child: str, owner: str, current: str) -> bool:
        """A CHILD SA stands; whether it replaces one of the same name and IKE SA."""
        replaces = owner in self.kin(child)
        for old in self._superseded.pop(current, ()):
            self.children.pop(old, None)
        self.children[child] = owner
        return replaces
