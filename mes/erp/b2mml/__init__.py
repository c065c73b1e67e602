"""B2MML (ISA-95 as XML, MESA International's version 7): schedules in, performance out."""
