-- post --
-- What is to be sent to whom.
INSERT INTO delivery (journal, channel, person, address, language, next_attempt_at, high)
SELECT %(journal)s, r.channel, r.person, r.address, r.language, %(at)s, %(high)s
  FROM unnest(%(channels)s::text[], %(persons)s::text[], %(addresses)s::text[], %(languages)s::text[])
       AS r (channel, person, address, language)
ON CONFLICT DO NOTHING;
