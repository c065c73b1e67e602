-- held --
-- How many holds hold.
SELECT count(*) FROM hold h WHERE NOT EXISTS (SELECT FROM hold_release r WHERE r.hold = h.id);
