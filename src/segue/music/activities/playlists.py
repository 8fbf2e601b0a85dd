"""Find or make the playlist, plan its edits, send them one by one."""

import asyncio
import re
from datetime import timedelta

from temporalio import activity

from segue.errors.catalogue import NotFoundError
from segue.errors.input import InputError
from segue.errors.sync import RunNotFoundError
from segue.music.activities.playlist_writer import PlaylistWriter
from segue.music.activities.reading import read_slots, read_whole_playlist
from segue.music.catalogues.port import ADD_LIMIT, Catalogue, Playlist
from segue.music.contracts.playlists import PlaylistLink
from segue.music.contracts.songs import Track
from segue.music.contracts.syncs import SyncMode
from segue.music.planning.playlist_edits import (
    Slot,
    append_target,
    edit_script,
    wanted_but_absent,
)
from segue.music.planning.playlist_reference import playlist_id
from segue.music.store.music_store import MusicStore
from segue.music.wire.names import APPLY_PLAYLIST_EDIT, PLAN_PLAYLIST, RESOLVE_PLAYLIST
from segue.music.wire.plans import ApplyEditInput, ApplyEditResult, Plan, PlanInput, PlanResult
from segue.music.wire.syncs import ResolveInput
from segue.runtime.heartbeats import heartbeating

DESCRIPTION = "Made by Segue."
_BARE_ID = re.compile(r"[0-9A-Za-z]{22}")


class PlaylistActivities:
    """Read and write whole playlists.

    Args:
        catalogue: Where playlists live.
        store: Accepted rows in, plans out.
        writer: Of this worker.
        settle: How long a write may stay invisible to readers.
    """

    def __init__(
        self,
        catalogue: Catalogue,
        store: MusicStore,
        writer: PlaylistWriter,
        settle: timedelta,
    ) -> None:
        self._catalogue = catalogue
        self._writer = writer
        self._store = store
        self._settle = settle

    @activity.defn(name=RESOLVE_PLAYLIST)
    async def resolve_playlist(self, request: ResolveInput) -> PlaylistLink | None:
        """The playlist a name, id, URI or link means; made when it is a new name and asked for.

        Idempotency: looks for the name before it creates, after an unanswered creation only once
        the new playlist would show; so a name gives one playlist.

        Raises:
            InputError: Several playlists of this user have the name.
            NotFoundError: An address that leads nowhere.
        """
        async with heartbeating():
            if activity.info().attempt > 1:
                await asyncio.sleep(self._settle.total_seconds())
            playlist = await find_playlist(self._catalogue, request.playlist)
            if playlist is None and request.create:
                playlist = await self._catalogue.create_playlist(
                    request.playlist, description=DESCRIPTION
                )
        return _link(playlist) if playlist else None

    @activity.defn(name=PLAN_PLAYLIST)
    async def plan_playlist(self, request: PlanInput) -> PlanResult:
        """Read the playlist and write down which edits are left; the answer is of constant size.

        The first plan of a run also records what the playlist held before.

        Idempotency: a second run reads anew and replaces the plan.

        Raises:
            RunNotFoundError: The run was never opened.
        """
        async with heartbeating():
            run = await self._store.runs.get(request.run_id)
            if run is None:
                raise RunNotFoundError(f"Sync {request.run_id!r} is not in the database.")
            newest_write = await self._store.writes.newest_shown(request.playlist_id or "")
            current = (
                await read_slots(self._catalogue, request.playlist_id)
                if request.playlist_id
                else ()
            )
            plan = run.plan or await self._first_plan(request, current)
            target = _target(request, plan, current)
            edits = edit_script(current, target, chunk=ADD_LIMIT)
            absent = wanted_but_absent(current, plan.wanted)
            plan = plan.model_copy(update={"absent": absent})
            stamped_edits = [edit.model_copy(update={"planned": newest_write}) for edit in edits]
            await self._store.runs.save_plan(request.run_id, plan, stamped_edits)
        return PlanResult(
            edits=len(edits),
            absent=len(absent),
            planned=len(plan.wanted) - len(plan.already),
            removals=len(plan.removed),
            unsearched=plan.unsearched,
        )

    @activity.defn(name=APPLY_PLAYLIST_EDIT)
    async def apply_playlist_edit(self, request: ApplyEditInput) -> ApplyEditResult:
        """Send one edit of the newest plan: one request, at most 100 tracks.

        Idempotency: none, so it is never run twice. Whatever else happens than an answer, the
        workflow reads the playlist again and plans what is left.

        Raises:
            PlanOutdatedError: Others have added one of its tracks since; nothing was sent.
        """
        edit = await self._store.runs.edit(request.run_id, request.index)
        async with heartbeating():
            await self._writer.send(request.playlist_id, edit, owner=request.run_id)
        return ApplyEditResult(inserted=0 if edit.kind == "remove" else len(edit.uris))

    async def _first_plan(self, request: PlanInput, baseline: tuple[Slot, ...]) -> Plan:
        rows = await self._store.runs.accepted_uris(request.run_id)
        uris = tuple(uri for _, uri in rows)
        absent = set(wanted_but_absent(baseline, uris))
        open_rows = await self._count_open_rows(request)
        return Plan(
            baseline=baseline,
            wanted=uris,
            rows=tuple(row for row, _ in rows),
            already=tuple(index for index in range(len(uris)) if index not in absent),
            removed=() if open_rows else await self._removals(request, uris),
            unsearched=open_rows,
        )

    async def _count_open_rows(self, request: PlanInput) -> int:
        rows = (await self._store.imports.get(request.import_id)).songs
        return rows - await self._store.runs.count_verdicts(request.run_id)

    async def _removals(self, request: PlanInput, uris: tuple[str, ...]) -> tuple[Track, ...]:
        """What a mirror takes out for good, as a person wants to see it."""
        if request.mode is not SyncMode.MIRROR or request.playlist_id is None:
            return ()
        items = await read_whole_playlist(self._catalogue, request.playlist_id)
        tracks = [item for item in items if item]
        surplus = wanted_but_absent(uris, [item.uri for item in tracks])
        return tuple(tracks[index] for index in surplus)


async def find_playlist(catalogue: Catalogue, reference: str) -> Playlist | None:
    """The playlist meant by a name, id, URI or link; None for a name that is not there.

    Raises:
        InputError: Several playlists of this user have the name, or it is the address of something
            else.
        NotFoundError: An address that leads nowhere.
    """
    if address := playlist_id(reference):
        return await catalogue.get_playlist(address)
    if _BARE_ID.fullmatch(reference):
        try:
            return await catalogue.get_playlist(reference)
        except NotFoundError:
            pass  # a name can look like an id
    me = await catalogue.my_id()
    mine = [
        playlist
        async for playlist in catalogue.my_playlists()
        if playlist.name == reference and playlist.owner_id == me
    ]
    if len(mine) > 1:
        raise InputError(
            f"{len(mine)} of your playlists are called {reference!r}; expected one: "
            + ", ".join(playlist.id for playlist in mine),
            hint="Name the one you mean by its id.",
        )
    return mine[0] if mine else None


def _link(playlist: Playlist) -> PlaylistLink:
    return PlaylistLink(id=playlist.id, name=playlist.name, url=playlist.url)


def _target(request: PlanInput, plan: Plan, current: tuple[Slot, ...]) -> tuple[str, ...]:
    # What nobody has searched for is not known to be absent: then nothing is taken out.
    if request.mode is SyncMode.MIRROR and not plan.unsearched:
        return plan.wanted
    already = set(plan.already)
    additions = [uri for index, uri in enumerate(plan.wanted) if index not in already]
    return append_target(current, plan.baseline, additions, repair=request.repair)
