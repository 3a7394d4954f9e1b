# A user moved a message into the junk folder.
require ["vnd.dovecot.pipe", "copy", "imapsieve", "environment", "variables"];

if environment :matches "imap.user" "*" {
    set "user" "${1}";
}
pipe :copy :try "vouchsafe-report" ["spam", "${user}"];
