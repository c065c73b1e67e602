"""Who is on call: rosters, escalation policies, how persons want to be called, and what a night would look like."""
