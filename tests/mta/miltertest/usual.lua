-- A newest MTA: pass, forged fields removed, the next message of the session marked again.
dofile(common)
local forged = "mx.example.net; csv=pass"
local conn = open(member)
must("HELO", mt.helo(conn, "mail.example.org"), nil)
must("RCPT is continued", envelope(conn), SMFIR_CONTINUE)
message(conn, {forged, "other.example; csv=pass", forged})
marked(conn, 'csv=pass reason="match"')
must("a field was deleted", mt.eom_check(conn, MT_HDRDELETE, "Authentication-Results"), true)
must("RCPT is continued", envelope(conn), SMFIR_CONTINUE)
message(conn, {"other.example; csv=pass"})
marked(conn, 'csv=pass reason="match"')
must("no field was deleted", mt.eom_check(conn, MT_HDRDELETE, "Authentication-Results"), false)
mt.disconnect(conn)
