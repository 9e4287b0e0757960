/* bookkeeping.c — see bookkeeping.h. */
#include "existing/bookkeeping.h"

#include <stddef.h>
#include <strings.h>

static const struct {
    const char *table;
    const char *tool;
} known[] = {
    {"alembic_version", "Alembic"},
    {"django_migrations", "Django"},
    {"schema_migrations", "Rails and others"},
    {"ar_internal_metadata", "Rails"},
    {"__drizzle_migrations", "Drizzle"},
    {"_prisma_migrations", "Prisma"},
    {"knex_migrations", "Knex"},
    {"knex_migrations_lock", "Knex"},
    {"kysely_migration", "Kysely"},
    {"kysely_migration_lock", "Kysely"},
    {"migrations", "TypeORM, Laravel and others"},
    {"typeorm_metadata", "TypeORM"},
    {"mikro_orm_migrations", "MikroORM"},
    {"sequelizemeta", "Sequelize"},
    {"sequelizedata", "Sequelize"},
    {"flyway_schema_history", "Flyway"},
    {"schema_version", "Flyway"},
    {"databasechangelog", "Liquibase"},
    {"databasechangeloglock", "Liquibase"},
    {"goose_db_version", "goose"},
    {"gorp_migrations", "sql-migrate"},
    {"atlas_schema_revisions", "Atlas"},
    {"_sqlx_migrations", "sqlx"},
    {"__diesel_schema_migrations", "Diesel"},
    {"seaql_migrations", "SeaORM"},
    {"refinery_schema_history", "refinery"},
    {"__efmigrationshistory", "Entity Framework"},
    {"__efmigrationslock", "Entity Framework"},
    {"versioninfo", "FluentMigrator"},
    {"phinxlog", "Phinx"},
    {"doctrine_migration_versions", "Doctrine"},
    {"migratehistory", "peewee"},
    {"yoyo_lock", "yoyo"},
    {"_yoyo_migration", "yoyo"},
    {"_yoyo_log", "yoyo"},
    {"_yoyo_version", "yoyo"},
    {"aerich", "Aerich"},
    {"pgmigrations", "node-pg-migrate"},
    {"dbmate_migrations", "dbmate"},
    {"ecto_migrations", "Ecto"},
};

const char *
bookkeeping_tool(const char *table)
{
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        if (strcasecmp(known[i].table, table) == 0) {
            return known[i].tool;
        }
    }
    return NULL;
}
