-- rosters --
-- The rosters as they hold now.
SELECT id, zone FROM (SELECT DISTINCT ON (id) * FROM roster ORDER BY id, version DESC) AS newest WHERE active;

-- rotations --
-- Their rotations in order.
SELECT r.roster, r.members, r.days, r.handover, r.first_day, r.shifts, r.skill
  FROM rotation r JOIN (SELECT id, max(version) AS version FROM roster GROUP BY id) AS n
    ON n.id = r.roster AND n.version = r.version ORDER BY r.roster, r.nth;

-- overrides --
-- Overrides that hold now or later, in the order in which they were made.
SELECT roster, kind, holder, instead_of, begins_at, ends_at FROM roster_override
 WHERE ended_at IS NULL AND ends_at > %(at)s ORDER BY written;

-- staff --
-- Everybody with the span in which they work here.
SELECT number, active_from, active_to FROM person WHERE erased_at IS NULL;

-- skills --
SELECT holder, skill, expires_on FROM skill_grant WHERE ended_at IS NULL;

-- policies --
-- The policies as they hold now.
SELECT id, name_en, name_zh, repeat_every_us, repeats
  FROM (SELECT DISTINCT ON (id) * FROM escalation_policy ORDER BY id, version DESC) AS newest WHERE active;

-- steps --
-- Their steps in order.
SELECT s.policy, s.after_us, s.roster, s.channel
  FROM escalation_step s JOIN (SELECT id, max(version) AS version FROM escalation_policy GROUP BY id) AS n
    ON n.id = s.policy AND n.version = s.version ORDER BY s.policy, s.nth;
