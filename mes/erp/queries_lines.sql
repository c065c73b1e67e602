-- places_of --
-- Machines and lines of an operation, or of all operations of an order.
SELECT DISTINCT coalesce(machine, line) FROM operation WHERE work_order = %(named)s OR id = %(operation)s;
