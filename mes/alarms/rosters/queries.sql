-- stand_alone --
-- Changes of rosters and policies follow each other.
SELECT pg_advisory_xact_lock(hashtextextended('shopfloor-rosters', 0));

-- put_roster --
INSERT INTO roster (id, version, name_en, name_zh, zone, active, person, client)
VALUES (%(id)s, %(version)s, %(en)s, %(zh)s, %(zone)s, %(active)s, %(person)s, %(client)s);

-- put_rotation --
INSERT INTO rotation (roster, version, nth, members, days, handover, first_day, shifts, skill)
VALUES (%(roster)s, %(version)s, %(nth)s, %(members)s, %(days)s, %(handover)s, %(first_day)s, %(shifts)s, %(skill)s);

-- all_rosters --
-- Every roster as it holds now, those that are ended too.
SELECT DISTINCT ON (id) id, version, name_en, name_zh, zone, active FROM roster ORDER BY id, version DESC;

-- all_rotations --
SELECT roster, version, members, days, handover, first_day, shifts, skill FROM rotation ORDER BY roster, version, nth;

-- put_policy --
INSERT INTO escalation_policy (id, version, name_en, name_zh, repeat_every_us, repeats, active, person, client)
VALUES (%(id)s, %(version)s, %(en)s, %(zh)s, %(repeat_every_us)s, %(repeats)s, %(active)s, %(person)s, %(client)s);

-- put_step --
INSERT INTO escalation_step (policy, version, nth, after_us, roster, channel)
VALUES (%(policy)s, %(version)s, %(nth)s, %(after_us)s, %(roster)s, %(channel)s);

-- all_policies --
SELECT DISTINCT ON (id) id, version, name_en, name_zh, repeat_every_us, repeats, active
  FROM escalation_policy ORDER BY id, version DESC;

-- all_steps --
SELECT policy, version, after_us, roster, channel FROM escalation_step ORDER BY policy, version, nth;

-- names --
-- What some persons are called, for those whose name was not erased.
SELECT number, name FROM person WHERE number = ANY (%(numbers)s) AND name IS NOT NULL;

-- all_names --
-- Everybody who can be chosen.
SELECT number, name FROM person WHERE erased_at IS NULL AND (active_to IS NULL OR active_to > now()) ORDER BY name, number;

-- known_persons --
SELECT number FROM person WHERE number = ANY (%(numbers)s) AND erased_at IS NULL;

-- add_override --
INSERT INTO roster_override (roster, kind, holder, instead_of, begins_at, ends_at, why, person, client)
VALUES (%(roster)s, %(kind)s, %(holder)s, %(instead_of)s, %(from)s, %(to)s, %(why)s, %(person)s, %(client)s)
RETURNING id;

-- open_overrides --
-- Those that hold now or later.
SELECT id, roster, kind, holder, instead_of, begins_at, ends_at, why, person, client FROM roster_override
 WHERE ended_at IS NULL AND ends_at > now() ORDER BY begins_at, written;

-- end_override --
UPDATE roster_override SET ended_at = clock_timestamp() WHERE id = %(id)s AND ended_at IS NULL RETURNING roster;

-- add_way --
INSERT INTO notification_rule (holder, priority, channel, address, after_us, quiet_from, quiet_to, person, client)
VALUES (%(holder)s, %(priority)s, %(channel)s, %(address)s, %(after_us)s, %(quiet_from)s, %(quiet_to)s,
        %(person)s, %(client)s) RETURNING id;

-- ways --
-- The ways of one person, or (NULL) of all.
SELECT id, holder, priority, channel, address, after_us, quiet_from, quiet_to FROM notification_rule
 WHERE ended_at IS NULL AND (%(holder)s::text IS NULL OR holder = %(holder)s)
 ORDER BY holder, array_position('{high,medium,low}', priority), written;

-- end_way --
UPDATE notification_rule SET ended_at = clock_timestamp() WHERE id = %(id)s AND ended_at IS NULL RETURNING holder;

-- way_holder --
SELECT holder FROM notification_rule WHERE id = %(id)s;

-- put_skill --
INSERT INTO skill_grant (holder, skill, level, expires_on, ended_at, person, client)
VALUES (%(holder)s, %(skill)s, %(level)s, %(expires_on)s, CASE WHEN NOT %(active)s THEN now() END, %(person)s, %(client)s)
ON CONFLICT (holder, skill) DO UPDATE
   SET level = excluded.level, expires_on = excluded.expires_on, ended_at = excluded.ended_at,
       person = excluded.person, client = excluded.client, at = clock_timestamp();

-- all_skills --
SELECT holder, skill, level, expires_on FROM skill_grant WHERE ended_at IS NULL ORDER BY holder, skill;

-- history --
-- Who was on call in a span, as alerts has noted it.
SELECT roster, person, from_at, to_at FROM on_call_history
 WHERE from_at < %(to)s AND (to_at IS NULL OR to_at > %(from)s) ORDER BY from_at DESC, roster, person LIMIT %(most)s;

-- put_feed --
INSERT INTO calendar_feed (holder, hash) VALUES (%(holder)s, %(hash)s)
ON CONFLICT (holder) DO UPDATE SET hash = excluded.hash, at = clock_timestamp();

-- feed_holder --
-- Whose feed this is, of those who still work here.
SELECT f.holder, p.language FROM calendar_feed f JOIN person p ON p.number = f.holder
 WHERE f.hash = %(hash)s AND p.erased_at IS NULL AND (p.active_to IS NULL OR p.active_to > now());
