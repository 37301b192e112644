# Makes the manual page of docs/commands.md, whose table of commands a unit test holds against them.

# Markdown as roff: links lose their targets, and code is bold.
function roff(text,    parts, count, i, out) {
    while (match(text, /\[[^]`]*\]\([^)]*\)/)) {
        parts[1] = substr(text, RSTART + 1, RLENGTH - 1)
        sub(/\].*/, "", parts[1])
        text = substr(text, 1, RSTART - 1) parts[1] substr(text, RSTART + RLENGTH)
    }
    gsub(/\001/, "|", text)
    gsub(/-/, "\\-", text)
    count = split(text, parts, "`")
    for (i = 1; i <= count; i++) {
        out = out (i % 2 ? parts[i] : "\\fB" parts[i] "\\fR")
    }
    return out
}

BEGIN {
    print ".TH SIGNET 1 \"\" \"signet " version "\""
    print ".SH NAME\nsignet \\- identity service for Hasura on PostgreSQL"
    print ".SH SYNOPSIS\n\\fBsignet\\fR \\fICOMMAND\\fR [\\fIARGUMENT\\fR]..."
    print ".SH DESCRIPTION"
    print "Signet signs up users, logs them in, and tells Hasura who they are. \\fBsignet serve\\fR is"
    print "the service; the other commands look after it. Settings come from the environment, from"
    print "files named by \\fINAME\\fB_FILE\\fR, and from \\fB.env\\fR in the working directory."
    print "\\fBsignet\\fR \\fICOMMAND\\fR \\fB\\-\\-help\\fR shows an example of each command."
    print ".SH COMMANDS"
}
/^\| `signet / {
    gsub(/\\\|/, "\001")
    split($0, cell, / *\| */)
    print ".TP\n" roff(cell[2]) "\n" roff(cell[3])
}
/^The exit code is/ { print ".SH EXIT STATUS\n" roff($0) }
/^Passwords are asked for/ { print ".SH PASSWORDS\n" roff($0) }
END {
    print ".SH FILES"
    print "Of the package:"
    print ".TP\n\\fB/etc/signet/signet.env\\fR\nthe settings"
    print ".TP\n\\fB/var/lib/signet\\fR\nthe working directory of the service: commands that are run there as the"
    print "user \\fBsignet\\fR have its settings and its keys"
    print ".TP\n\\fB/var/lib/signet/keys\\fR\nthe signing keys, if they are not in PostgreSQL"
    print ".TP\n\\fB/usr/share/doc/signet\\fR\nthe documentation; \\fBdocs/configuration.md\\fR names every setting"
}
