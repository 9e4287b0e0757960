/* commands.h — the commands themselves, for command_table.c. */
#ifndef COMMAND_COMMANDS_H
#define COMMAND_COMMANDS_H

#include "command/command.h"

command_function command_inspect;
command_function command_plan;
command_function command_migrate;
command_function command_verify;
command_function command_status;
command_function command_sync;
command_function command_archive;
command_function command_shadow;
command_function command_bench;
command_function command_report; /* report_command.c */
command_function command_doctor;
command_function command_schema; /* schema.c; operands: up|status DIR [TARGET] */
command_function command_mcp;
command_function command_pg; /* pg.c; operands: start|stop|status|url|psql [ARGUMENT...] */
command_function command_cutover;
command_function command_return; /* return.c */
command_function command_finish;

#endif
