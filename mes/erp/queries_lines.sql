-- places_of --
-- Machines and lines of an operation, or of all operations of an order.
SELECT DISTINCT coalesce(machine, line) FROM operation WHERE work_order = %(named)s OR id = %(operation)s;

-- place_of_alarm --
-- The machine or line that an alarm is of.
SELECT coalesce(machine, subject) FROM alarm WHERE id = %(id)s;

-- place_of_entry --
-- The machine of what was entered at a tablet.
SELECT machine FROM tablet_entry WHERE id = %(id)s;
