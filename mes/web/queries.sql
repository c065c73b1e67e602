-- knowledge --
-- The instant of the newest knowledge, since when older knowledge is kept, and the key of result ids; both instants are
-- NULL before the first round.
SELECT p.known_at, p.versions_since, k.key FROM result_key k LEFT JOIN mes_position p ON true;
