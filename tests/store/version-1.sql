-- A file of version 1: its tables as that version made them, with a row in each.
PRAGMA auto_vacuum = INCREMENTAL;
PRAGMA journal_mode = WAL;
CREATE TABLE meta (key TEXT NOT NULL PRIMARY KEY, value NOT NULL) WITHOUT ROWID;
CREATE TABLE reputation (name TEXT NOT NULL, day INTEGER NOT NULL, ham INTEGER NOT NULL, spam INTEGER NOT NULL,
  PRIMARY KEY (name, day)) WITHOUT ROWID;
CREATE TABLE share (day INTEGER NOT NULL, name TEXT NOT NULL, source TEXT NOT NULL, ham INTEGER NOT NULL,
  spam INTEGER NOT NULL, PRIMARY KEY (day, name, source)) WITHOUT ROWID;
CREATE TABLE entry (list TEXT NOT NULL, name TEXT NOT NULL, listing INTEGER NOT NULL, text TEXT NOT NULL,
  PRIMARY KEY (list, name)) WITHOUT ROWID;
CREATE TABLE suspension (service TEXT NOT NULL PRIMARY KEY, until_s INTEGER NOT NULL,
  text TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE decision (id TEXT NOT NULL, evaluation TEXT NOT NULL, time_ms INTEGER NOT NULL, protocol TEXT NOT NULL,
  profile TEXT NOT NULL, client BLOB NOT NULL, helo TEXT NOT NULL, name TEXT NOT NULL, organization TEXT NOT NULL,
  csa TEXT NOT NULL, reason TEXT NOT NULL, domain TEXT NOT NULL, identity TEXT NOT NULL, rating TEXT NOT NULL,
  service TEXT NOT NULL, level TEXT NOT NULL, verb TEXT NOT NULL, mode TEXT NOT NULL, reasons TEXT NOT NULL,
  secure INTEGER NOT NULL, score INTEGER NOT NULL, queries INTEGER NOT NULL, elapsed_ms INTEGER NOT NULL,
  proven INTEGER NOT NULL, detail TEXT NOT NULL);
CREATE UNIQUE INDEX decision_id ON decision (id);
CREATE INDEX decision_time ON decision (time_ms);
CREATE INDEX decision_name ON decision (name, time_ms);
CREATE INDEX decision_organization ON decision (organization, time_ms);
CREATE INDEX decision_proven ON decision (name) WHERE proven = 1;
CREATE TABLE action (id TEXT NOT NULL, time_ms INTEGER NOT NULL, verb TEXT NOT NULL, stage TEXT NOT NULL,
  profile TEXT NOT NULL, recipient TEXT NOT NULL, reply TEXT NOT NULL, acted INTEGER NOT NULL);
CREATE INDEX action_id ON action (id, time_ms);
CREATE INDEX action_time ON action (time_ms);
CREATE TABLE feedback (id TEXT NOT NULL, time_ms INTEGER NOT NULL, spam INTEGER NOT NULL, source TEXT NOT NULL,
  result TEXT NOT NULL);
CREATE INDEX feedback_id ON feedback (id, time_ms);
CREATE INDEX feedback_time ON feedback (time_ms);
CREATE TABLE earned (address BLOB NOT NULL PRIMARY KEY, name TEXT NOT NULL, since_s INTEGER NOT NULL,
  until_s INTEGER NOT NULL) WITHOUT ROWID;
CREATE INDEX earned_until ON earned (until_s);
PRAGMA application_id = 0x766f7563;
PRAGMA user_version = 1;
INSERT INTO meta VALUES ('name_key', x'000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f');
INSERT INTO reputation VALUES ('mail.example.org', 20000, 3, 1), ('.example.org', 20000, 30, 10);
INSERT INTO share VALUES (20000, 'mail.example.org', '', 3, 1), (20000, 'mail.example.org', 'a', 2, 1);
INSERT INTO entry VALUES ('own', 'a.example', 1, 'a friend');
INSERT INTO suspension VALUES ('black.test', 4102444800, 'lists the world (mx1)');
INSERT INTO decision VALUES ('aaaaaaaaaaaad', 'aaaaaaaaaaaae', 1000, 'milter', 'default', x'c000020a', 'mail.example.org', 'mail.example.org',
  'example.org', 'pass', 'match', 'mail.example.org', 'csa', 'A', 'accred.test', 'trusted', 'accept', 'enforce',
  'csa-pass:10', 0, 70, 3, 12, 1, '{}');
INSERT INTO action VALUES ('aaaaaaaaaaaad', 1500, 'accept', 'rcpt', 'default', 'a@b.test', '', 1);
INSERT INTO feedback VALUES ('aaaaaaaaaaaad', 1000, 1, 'a', 'counted'), ('aaaaaaaaaaaad', 2000, 1, 'a', 'capped');
INSERT INTO earned VALUES (x'c000020a', 'mail.example.org', 1, 4102444800);
