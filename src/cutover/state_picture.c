/* state_picture.c — the tables of state.c as a page with a picture: docs/states.md. */
#include "cutover/state.h"

static const char *
access_words(enum side_access access)
{
    switch (access) {
    case ACCESS_WRITABLE: return "**writes**";
    case ACCESS_WAITS: return "waits, then writes";
    case ACCESS_FENCED: break;
    }
    return "refused";
}

static const char *
side_word(enum cutover_side side)
{
    return side == SIDE_SOURCE ? "SQLite" : "PostgreSQL";
}

static void
add_picture(struct text *out)
{
    text_add(out, "```mermaid\nstateDiagram-v2\n    [*] --> loading\n");
    for (size_t i = 0; i < EVENT_COUNT; i++) {
        const struct transition *step = &transition_table[i];
        text_printf(out, "    %s --> %s: %s\n", stance_table[step->from].name,
                    stance_table[step->to].name, step->name);
    }
    text_add(out, "    finished --> [*]\n    ended --> [*]\n```\n");
}

static void
add_stances(struct text *out)
{
    text_add(
        out,
        "\n## States\n\n"
        "| state | row in `outgrow.live` | SQLite's fence | the application on SQLite | on "
        "PostgreSQL | what it is | when a process finds it so "
        "|\n|---|---|---|---|---|---|---|\n");
    for (enum stance i = 0; i < STANCE_COUNT; i++) {
        const struct stance_entry *entry = &stance_table[i];
        bool torn = i == STANCE_TORN;
        text_printf(out, "| %s | %s | %s | %s | %s | %s | %s |\n", entry->name,
                    torn                             ? "any other"
                    : entry->row == LIVE_STATE_COUNT ? "none"
                                                     : live_state_name(entry->row),
                    torn                   ? "any"
                    : entry->source_fenced ? "up"
                                           : "down",
                    torn ? "as its fence says" : access_words(entry->source),
                    torn ? "as its fence says" : access_words(entry->target), entry->meaning,
                    entry->recovery);
    }
}

static void
add_steps(struct text *out)
{
    text_add(
        out,
        "\n## Steps\n\n"
        "| step | from | to | the commit is on | must be on disk before | a crash leaves | "
        "done unasked |\n|---|---|---|---|---|---|---|\n");
    for (size_t i = 0; i < EVENT_COUNT; i++) {
        const struct transition *step = &transition_table[i];
        text_printf(out, "| %s | %s | %s | %s | %s | %s | %s |\n", step->name,
                    stance_table[step->from].name, stance_table[step->to].name,
                    side_word(step->commits), step->durable, step->crash,
                    step->alone ? "yes" : "no");
    }
}

void
states_markdown(struct text *out)
{
    text_add(
        out,
        "# Who may write\n\n"
        "At no moment, and at no crash, do both SQLite and PostgreSQL take the "
        "application's writes.\nWhere a live move stands is told by two facts, each durable on "
        "its own side: the row's state in\n`outgrow.live`, and whether SQLite's fence is up. "
        "Every step is one commit on one side.\nMade by `outgrow help --markdown states`; a "
        "test walks the same table.\n\n");
    add_picture(out);
    add_stances(out);
    add_steps(out);
}
