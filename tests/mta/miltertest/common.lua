-- common.lua - a session with the daemon; each script loads it. Globals from the command line: socket, member, stranger.
-- The profile behind the socket refuses at RCPT.

function must(what, got, expected)
    if got ~= expected then
        mt.echo(string.format("%s: got %s, expected %s", what, tostring(got), tostring(expected)))  -- error prints nothing
        error(what)
    end
end

function open(client, version, steps, actions)
    local conn = mt.connect(socket, 20, 0.1)
    must("connected", conn ~= nil, true)
    if version ~= nil then
        must("negotiation", mt.negotiate(conn, version, steps, actions), nil)
    end
    must("connection", mt.conninfo(conn, "client.invalid", client), nil)
    return conn
end

function envelope(conn, recipient)
    must("MAIL", mt.mailfrom(conn, "<sender@example.org>"), nil)
    must("RCPT", mt.rcptto(conn, recipient or "<user@example.net>"), nil)
    return mt.getreply(conn)
end

-- The message; `fields` are values of Authentication-Results fields that it brings along.
function message(conn, fields)
    if not mt.test_option(conn, SMFIP_NODATA) then
        must("DATA", mt.data(conn), nil)
    end
    must("header", mt.header(conn, "Subject", "test"), nil)
    for _, value in ipairs(fields or {}) do
        must("header", mt.header(conn, "Authentication-Results", value), nil)
    end
    if not mt.test_option(conn, SMFIP_NOEOH) then
        must("end of header", mt.eoh(conn), nil)
    end
    if not mt.test_option(conn, SMFIP_NOBODY) then
        must("body", mt.bodystring(conn, "Hello.\r\n"), nil)
    end
    must("end of message", mt.eom(conn), nil)
    local answer = mt.getreply(conn)
    must("the message is taken", answer == SMFIR_ACCEPT or answer == SMFIR_CONTINUE, true)
end

-- What our field must say, at the very top.
function marked(conn, words)
    must("a header was inserted", mt.eom_check(conn, MT_HDRINSERT, "Authentication-Results"), true)
    local value = mt.getheader(conn, "Authentication-Results", 0)
    must("a header with " .. words .. " in " .. tostring(value), value ~= nil and value:find(words, 1, true) ~= nil, true)
end

function unmarked(conn)
    must("no header was inserted", mt.eom_check(conn, MT_HDRINSERT), false)
end
