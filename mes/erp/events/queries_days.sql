-- last_closed_day --
-- The last production day that was told; NULL before the first one.
SELECT max(production_day) FROM closed_day;

-- close_day --
-- A day is told; no row where somebody else has told it.
INSERT INTO closed_day (production_day, as_of) VALUES (%(day)s, %(as_of)s) ON CONFLICT DO NOTHING RETURNING production_day;
