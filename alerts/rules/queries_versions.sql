-- newest --
-- The newest version of each rule.
SELECT DISTINCT ON (rule) rule, version, sha256 FROM alert_rule ORDER BY rule, version DESC;

-- add --
-- Another wording of a rule is in force.
INSERT INTO alert_rule (rule, definition, sha256) VALUES (%(rule)s, %(definition)s, %(sha256)s) RETURNING version;
