"""What `shopfloor --help` says below its list of commands. Pure."""

EPILOG = """
examples:
  shopfloor demo                        a plant on this machine: http://127.0.0.1:8080/
  shopfloor check plant.yaml            is this plant file right? each mistake with its place and cure
  shopfloor migrate                     make or update the tables
  shopfloor edge line-1                 read the PLCs of edge 'line-1'
  shopfloor edge line-1 --print         show what it reads; needs no broker, keeps and sends nothing
  shopfloor browse opc.tcp://plc:4840 > tags.csv   every variable of an OPC UA server, for the plant file
  shopfloor scan modbus://plc:502?unit=1 > tags.csv  which addresses can be read? for the plant file
  shopfloor tags import tags.csv        what would these tags change in the plant file? --apply writes it
  shopfloor certificate trust opc.tcp://plc:4840   trust an OPC UA server, after its fingerprint was compared
  shopfloor collector | mes | alerts    the other services, one process each
  shopfloor mes first-administrator     print a link, good once, by which somebody becomes administrator
  shopfloor audit --from 24h            the loss certificate: where every sample of the last day is
  shopfloor alerts try hot --from 7d    when would rule 'hot' have raised an alarm? nothing is written
  shopfloor on-call --at 2026-12-24T03:10+08:00 --policy mechanics   whom an alarm would call then
  shopfloor audit-entries               who did what: is it as it was sealed?
  shopfloor client add erp --scopes read,orders    a key for a program; list, rotate, scopes, revoke
  shopfloor new-epoch                   after a restore from a copy of the disk: consumers of the feed reconcile first
  shopfloor b2mml check schedule.xml    is this B2MML document valid here? --schema DIR: by MESA's schema, too
  shopfloor verify receipt.json         compute a KPI again from its receipt, without the engine

settings come from the environment, so that no secret stands on a command line:
  SHOPFLOOR_PLANT      plant file                        (config/demo.yaml)
  SHOPFLOOR_DATA       folder for journals               (data)
  SHOPFLOOR_JOURNAL_MB a journal's bound: then process values go first, each counted  (2048)
  SHOPFLOOR_FRAME_EVERY  an edge collects so long into one frame: longer costs less, is seen later  (200ms; 50ms to 1s)
  SHOPFLOOR_BROKER     mqtts://user:password@host:8883   plain mqtt:// only to this machine
  SHOPFLOOR_BROKER_CA  certificate of the broker's authority
  SHOPFLOOR_COLLECTOR_GROUP  one name for several collectors that share the frames (Mosquitto, EMQX)
  SHOPFLOOR_DATABASE   postgresql://user:password@host/shopfloor
  SHOPFLOOR_HOST, SHOPFLOOR_PORT   where mes listens     (127.0.0.1, 8080)
  SHOPFLOOR_TLS_CERTIFICATE, SHOPFLOOR_TLS_KEY           HTTPS for mes
  SHOPFLOOR_HTTPS      own: HTTPS by an authority of one's own, in SHOPFLOOR_DATA/https
  SHOPFLOOR_HTTPS_NAMES  by what tablets reach this machine: mes.local,10.0.0.5
  SHOPFLOOR_API_KEY_<WHO>  a key for the API
  SHOPFLOOR_API_SCOPES_<WHO>  narrows such a key: read,orders  (all scopes)
  SHOPFLOOR_OPENID_ISSUER, _CLIENT_ID, _SECRET_FILE      log in with company accounts, see docs/access.md
  SHOPFLOOR_ROLES      enforce: a person who is named for a change needs a role for it  (off)
  SHOPFLOOR_AUDIT_KEY  seals the audit entries, 32 characters or more; without it a key in the database does
  SHOPFLOOR_WEBHOOK_HOSTS  erp.example,10.0.0.5:8443: events are posted to these only; none without it
  SHOPFLOOR_TRYTON_URL, _DATABASE, _USER, _PASSWORD      an ERP: orders in, confirmations out; off without them
  SHOPFLOOR_ORDERS     a file of orders for mes
  SHOPFLOOR_SMTP       smtps://user:password@host:465    for e-mail alerts
  SHOPFLOOR_PUBLIC_URL the wall's address in alerts
  SHOPFLOOR_HEALTH     host:port where edge, collector and alerts tell their health, such as 127.0.0.1:9464;
                       mes does so beside its pages: /health/live, /health/ready, /metrics
  SHOPFLOOR_WATCHDOG   a loop that stands still for so long is told by /health/live (90s)
  SHOPFLOOR_ALLOW_PLAINTEXT=yes  inside a network that you trust

exit code: 0 ended cleanly, 1 a certificate that does not add up, a receipt that differs, an audit entry that is not as
           it was sealed, a document that is not valid, or rows of a table left out,
           2 something in the call, the settings or the plant file is wrong, 130 interrupted by Ctrl-C
A service ends cleanly at Ctrl-C or SIGTERM; a second Ctrl-C ends any command at once.
"""
