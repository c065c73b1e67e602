"""Reports on a schedule: which report goes to whom and when, and the documents that wait to be sent.

The screens make the documents; alerts sends them by e-mail and keeps how that went.
"""
