/*
 * status: one look at every target, as a table.
 *
 *   TARGET  HEALTH       ROLE     SERVER        OFFSET   WHY
 *   blue    healthy      primary  redis 6.0.16  1840022
 *   green   not healthy  replica  redis 7.0.15  1839994  the link to the primary …
 */
#include "cli/session.h"
#include "cli/verbs.h"
#include <stdio.h>
#include <stdlib.h>

static void print_row(const struct health_entry *entry)
{
    const struct facts *facts = entry->facts;
    struct buf why;
    char server[64] = "-", offset[32] = "-";
    if (facts)
        snprintf(server, sizeof server, STR_FMT " " STR_FMT, STR_ARG(str_sub(facts->server_name, 0, 16)),
                 STR_ARG(str_sub(facts->version_text, 0, 32)));
    if (facts && facts->repl_offset != FACT_UNKNOWN)
        snprintf(offset, sizeof offset, "%lld", (long long)facts->repl_offset);
    buf_init(&why, 4096);
    health_report_why(entry, &why);
    printf("%-16s %-12s %-9s %-18s %14s  " STR_FMT "\n", entry->name,
           health_entry_ok(entry) ? "healthy" : "not healthy", facts ? role_word(facts->role) : "-", server,
           offset, STR_ARG(buf_view(&why)));
    buf_done(&why);
}

static int print_table(const struct session *session)
{
    bool healthy = true;
    printf("%-16s %-12s %-9s %-18s %14s  %s\n", "TARGET", "HEALTH", "ROLE", "SERVER", "OFFSET", "WHY");
    for (unsigned i = 0; i < session->config->target_count; i++) {
        struct health_entry entry;
        session_entry(session, session->targets[i], &entry);
        print_row(&entry);
        healthy &= health_entry_ok(&entry);
    }
    return healthy ? EXIT_GOOD : EXIT_BAD;
}

static int print_json(const struct session *session)
{
    unsigned count = session->config->target_count;
    struct health_entry *entries = calloc(count, sizeof *entries);
    struct buf out;
    if (!entries)
        return EXIT_UNDONE;
    for (unsigned i = 0; i < count; i++)
        session_entry(session, session->targets[i], &entries[i]);
    buf_init(&out, 64 << 20);
    health_report_json(entries, count, true, BLUEGREEN_VERSION, &out);
    int code = health_report_ok(entries, count) ? EXIT_GOOD : EXIT_BAD;
    if (!buf_ok(&out) || fwrite(out.ptr, 1, out.len, stdout) != out.len)
        code = EXIT_UNDONE;
    buf_done(&out);
    free(entries);
    return code;
}

int verb_status(int argc, char **argv)
{
    struct session session;
    struct args args;
    bool json = false;
    const struct args_option options[] = {{"--json", &json, NULL}, {NULL, NULL, NULL}};
    if (!args_parse(argc, argv, options, &args))
        return EXIT_MISTAKE;
    if (args.word_count) {
        fprintf(stderr, "redis-bluegreen status: what is \"%s\"?\n", args.words[0]);
        return EXIT_MISTAKE;
    }
    if (!session_open(&session, &args))
        return EXIT_MISTAKE;
    session_poll(&session);
    int code = json ? print_json(&session) : print_table(&session);
    session_close(&session);
    return code;
}
