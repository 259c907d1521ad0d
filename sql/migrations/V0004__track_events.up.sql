-- The history of a track's status: written by the database, for whoever changed it, and never changed again.
-- No foreign key: a history outlives its track. An insert is no change; created_at tells of it.
create table library.track_events (
  id bigint not null generated always as identity,
  track_id uuid not null,
  old_status varchar(20) not null,
  new_status varchar(20) not null,
  actor text not null,
  occurred_at timestamp with time zone not null default pg_catalog.now(),

  constraint pk_track_events primary key (id),
  constraint ck_track_events_transition check ((old_status, new_status) in (
    ('PENDING', 'PROCESSING'), ('PROCESSING', 'COMPLETED'), ('PROCESSING', 'FAILED'), ('FAILED', 'PENDING')
  ))
);

create index idx_track_events_track on library.track_events (track_id, id);

comment on table library.track_events is 'Status changes of tracks, append-only, written by triggers only';
comment on column library.track_events.actor is 'The login that made the change (session_user)';

-- Default privileges gave the application everything that it has on other tables; here it only reads.
revoke insert, update, delete on library.track_events from music_library_readwrite;

-- ML001: a status transition that does not exist.
create function library.check_status_transition() returns trigger
  language plpgsql
  set search_path = pg_catalog, pg_temp
as $$
begin
  if (old.status, new.status) in (
    ('PENDING', 'PROCESSING'), ('PROCESSING', 'COMPLETED'), ('PROCESSING', 'FAILED'), ('FAILED', 'PENDING')
  ) then
    return new;
  end if;
  raise exception 'audio track "%": status cannot change from % to %', old.id, old.status, new.status
    using errcode = 'ML001', schema = 'library', table = 'audio_tracks', column = 'status',
      hint = 'Allowed: PENDING to PROCESSING, PROCESSING to COMPLETED or FAILED, FAILED to PENDING.';
end
$$;

-- Runs with the owner's rights, because the application has none to write events; session_user is still the login.
create function library.record_status_change() returns trigger
  language plpgsql security definer
  set search_path = pg_catalog, pg_temp
as $$
begin
  insert into library.track_events (track_id, old_status, new_status, actor)
  values (new.id, old.status, new.status, session_user);
  return null;
end
$$;

-- ML002: the history is append-only, for its owner too.
create function library.refuse_event_change() returns trigger
  language plpgsql
  set search_path = pg_catalog, pg_temp
as $$
begin
  raise exception 'track_events is append-only: % refused', tg_op
    using errcode = 'ML002', schema = 'library', table = 'track_events',
      hint = 'Events are written by changes of audio_tracks.status and kept as they are.';
end
$$;

create trigger trg_audio_tracks_check_status before update on library.audio_tracks
  for each row when (old.status is distinct from new.status) execute function library.check_status_transition();
create trigger trg_audio_tracks_record_status after update on library.audio_tracks
  for each row when (old.status is distinct from new.status) execute function library.record_status_change();
create trigger trg_track_events_append_only before update or delete on library.track_events
  for each row execute function library.refuse_event_change();
create trigger trg_track_events_no_truncate before truncate on library.track_events
  for each statement execute function library.refuse_event_change();
