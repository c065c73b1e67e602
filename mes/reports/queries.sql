-- put --
-- The next version of a schedule.
INSERT INTO report_schedule (id, version, name, equipment, period, cron, language, format, recipients, active,
                             person, client, at)
SELECT %(id)s, coalesce(max(version), 0) + 1, %(name)s, %(equipment)s, %(period)s, %(cron)s, %(language)s,
       %(format)s, %(recipients)s, %(active)s, %(person)s, %(client)s, now()
  FROM report_schedule WHERE id = %(id)s;

-- stand_alone --
-- Changes of schedules follow each other.
SELECT pg_advisory_xact_lock(hashtextextended('shopfloor-report-schedules', 0));

-- schedules --
-- Schedules as they hold now, with the last document of each and how its delivery went.
SELECT s.id, s.version, s.name, s.equipment, s.period, s.cron, s.language, s.format, s.recipients, s.active,
       s.person, s.client, s.at, d.due AS last_due, r.delivered_at, r.last_error
  FROM (SELECT DISTINCT ON (id) * FROM report_schedule ORDER BY id, version DESC) AS s
  LEFT JOIN LATERAL (SELECT id, due FROM report_document
                      WHERE schedule = s.id ORDER BY due DESC LIMIT 1) AS d ON true
  LEFT JOIN report_delivery r ON r.document = d.id
 WHERE %(id)s::uuid IS NULL OR s.id = %(id)s
 ORDER BY s.name, s.id;

-- keep_document --
-- A report that is to be sent; a second one of the same instant changes nothing.
INSERT INTO report_document (schedule, due, subject, body, file_name, media_type, content, recipients, as_of, made_at)
VALUES (%(schedule)s, %(due)s, %(subject)s, %(body)s, %(file_name)s, %(media_type)s, %(content)s, %(recipients)s,
        %(as_of)s, now())
ON CONFLICT (schedule, due) DO NOTHING;

-- forget_documents --
-- What was made so long ago is not sent any more.
DELETE FROM report_document WHERE made_at < now() - interval '7 days';
