/* grammar.y — SQLite's grammar for CREATE TABLE, CREATE INDEX and
 * expressions, with its precedences and its tolerance. The actions only call
 * the builders of build.h.
 *
 * A BALANCED token is a whole parenthesised group that we do not look into
 * (a sub-select, a window, a filter); parse.c makes it. */

%include {
#include "sql/build.h"
}

%name SqlGrammar
%token_prefix TK_
%token_type {struct sql_token}
%extra_argument {struct sql_builder *builder}
%stack_size 8192 /* entries; 7 hold one level of the greediest nesting, CASE */
%start_symbol statement

%syntax_error {
    sql_build_unexpected(builder, TOKEN);
}
%stack_overflow {
    sql_build_too_complex(builder);
}

/* Words that are names wherever they are no keyword. */
%fallback ID
    ABORT ACTION ALWAYS ASC BY CASCADE CAST CONFLICT CURRENT_WORD DEFERRED DESC END FAIL FILTER
    FIRST GENERATED IF IGNORE IMMEDIATE INITIALLY KEY LAST LIKE_WORD MATCH NO NULLS OVER RAISE
    RECURSIVE REPLACE RESTRICT ROLLBACK TEMP WITH WITHOUT.

/* What the lexer makes, but no rule uses. */
%token RESERVED SELECT VALUES ILLEGAL.

%left OR.
%left AND.
%right NOT.
%left IS MATCH LIKE_WORD BETWEEN IN ISNULL NOTNULL NE EQ.
%left GT LE LT GE.
%right ESCAPE.
%left BIT_AND BIT_OR SHIFT_LEFT SHIFT_RIGHT.
%left PLUS MINUS.
%left STAR SLASH REM.
%left CONCAT ARROW.
%left COLLATE.
%right BIT_NOT.
%nonassoc ON.

%type expr                {struct sql_node}
%type literal             {struct sql_node}
%type expr_list           {struct sql_nodes}
%type some_exprs          {struct sql_nodes}
%type case_operand        {struct sql_nodes}
%type in                  {int}
%type whens               {struct sql_nodes}
%type names               {struct sql_names}
%type optional_names      {struct sql_names}
%type indexed_columns     {struct sql_indexed_columns}
%type type                {struct sql_span}
%type type_words          {struct sql_span}
%type optional_conflict   {enum sql_conflict}
%type conflict            {enum sql_conflict}
%type descending          {int}
%type autoincrement       {int}
%type unique              {int}
%type distinct            {int}
%type reference_actions   {struct sql_reference_actions}
%type action              {const char *}
%type deferral            {struct sql_deferral}
%type initially           {int}

statement ::= create_table optional_semicolon.
statement ::= create_index optional_semicolon.
statement ::= EXPRESSION expr(X) optional_semicolon. { builder->expression = X.expr; }
optional_semicolon ::= .
optional_semicolon ::= optional_semicolon SEMI.

/* ---- names ---- */

id(A) ::= ID(A).
id(A) ::= INDEXED(A).
idj(A) ::= id(A).
idj(A) ::= JOIN_WORD(A).
name(A) ::= idj(A).
name(A) ::= STRING(A).

word(A) ::= ID(A).
word(A) ::= STRING(A).

qualified(A) ::= name(A).
qualified(A) ::= name DOT name(X). { A = X; }

/* ---- CREATE TABLE ---- */

create_table ::= CREATE optional_temp TABLE optional_exists qualified_table
                 LP columns optional_constraints RP table_options.
qualified_table ::= qualified(X). { sql_build_table_name(builder, X); }
optional_temp ::= .
optional_temp ::= TEMP.
optional_exists ::= .
optional_exists ::= IF NOT EXISTS.

table_options ::= .
table_options ::= table_option.
table_options ::= table_options COMMA table_option.
table_option ::= WITHOUT name(X). { sql_build_table_option(builder, X, true); }
table_option ::= name(X). { sql_build_table_option(builder, X, false); }

columns ::= columns COMMA column column_constraints.
columns ::= column column_constraints.
column ::= name(X) type(Y). { sql_build_column(builder, X, Y); }

type(A) ::= . { A = (struct sql_span){0}; }
type(A) ::= type_words(A).
type(A) ::= type_words(X) LP signed_number RP(Z). { A = sql_span_join(X, sql_span_of(Z, Z)); }
type(A) ::= type_words(X) LP signed_number COMMA signed_number RP(Z). {
    A = sql_span_join(X, sql_span_of(Z, Z));
}
type_words(A) ::= word(X). { A = sql_span_of(X, X); }
type_words(A) ::= type_words(X) word(Y). { A = sql_span_join(X, sql_span_of(Y, Y)); }

signed_number ::= number.
signed_number ::= PLUS number.
signed_number ::= MINUS number.
number ::= INTEGER.
number ::= FLOAT.

/* ---- constraints of a column ---- */

column_constraints ::= .
column_constraints ::= column_constraints column_constraint.

column_constraint ::= CONSTRAINT name(X). { sql_build_constraint_name(builder, X); }
column_constraint ::= DEFAULT literal(X). { sql_build_default(builder, X); }
column_constraint ::= DEFAULT id(X). {
    sql_build_default(builder, sql_build_default_word(builder, X));
}
column_constraint ::= DEFAULT PLUS(O) literal(X). {
    sql_build_default(builder, sql_build_unary(builder, O, X));
}
column_constraint ::= DEFAULT MINUS(O) literal(X). {
    sql_build_default(builder, sql_build_unary(builder, O, X));
}
column_constraint ::= DEFAULT LP expr(X) RP. { sql_build_default(builder, X); }
column_constraint ::= NULL optional_conflict.
column_constraint ::= NOT NULL optional_conflict(C). { sql_build_not_null(builder, C); }
column_constraint ::= PRIMARY KEY descending(D) optional_conflict(C) autoincrement(I). {
    struct sql_key *key = sql_build_key(builder, (struct sql_indexed_columns){0}, C);
    key->primary = true;
    key->autoincrement = I;
    key->columns[0].descending = D;
}
column_constraint ::= UNIQUE optional_conflict(C). {
    sql_build_key(builder, (struct sql_indexed_columns){0}, C);
}
column_constraint ::= CHECK LP expr(X) RP. { sql_build_check(builder, X); }
column_constraint ::= REFERENCES name(P) optional_names(N) reference_actions(R). {
    sql_build_foreign_key(builder, (struct sql_names){0}, P, N, R);
}
column_constraint ::= deferral(D). { sql_build_deferral(builder, D); }
column_constraint ::= COLLATE word(X). { sql_build_column_collation(builder, X); }
column_constraint ::= GENERATED ALWAYS AS generated.
column_constraint ::= AS generated.

generated ::= LP expr(X) RP. {
    sql_build_generated(builder, X, (struct sql_token){0});
}
generated ::= LP expr(X) RP ID(S). { sql_build_generated(builder, X, S); }

/* ---- constraints of the table; SQLite lets the commas between them be left out ---- */

optional_constraints ::= .
optional_constraints ::= COMMA constraints.
constraints ::= constraints optional_comma constraint.
constraints ::= constraint.
optional_comma ::= COMMA.
optional_comma ::= .

constraint ::= CONSTRAINT name(X). { sql_build_constraint_name(builder, X); }
constraint ::= PRIMARY KEY LP indexed_columns(X) autoincrement(I) RP optional_conflict(C). {
    struct sql_key *key = sql_build_key(builder, X, C);
    key->primary = true;
    key->autoincrement = I;
}
constraint ::= UNIQUE LP indexed_columns(X) RP optional_conflict(C). {
    sql_build_key(builder, X, C);
}
constraint ::= CHECK LP expr(X) RP optional_conflict. { sql_build_check(builder, X); }
constraint ::= foreign_key.
constraint ::= foreign_key deferral(D). { sql_build_deferral(builder, D); }
foreign_key ::= FOREIGN KEY LP names(X) RP REFERENCES name(P) optional_names(N)
                reference_actions(R). {
    sql_build_foreign_key(builder, X, P, N, R);
}

names(A) ::= name(X) optional_collation descending. {
    A = sql_names_add(builder, (struct sql_names){0}, X);
}
names(A) ::= names(L) COMMA name(X) optional_collation descending. {
    A = sql_names_add(builder, L, X);
}
optional_names(A) ::= . { A = (struct sql_names){0}; }
optional_names(A) ::= LP names(X) RP. { A = X; }
optional_collation ::= .
optional_collation ::= COLLATE word.

reference_actions(A) ::= . { A = (struct sql_reference_actions){0}; }
reference_actions(A) ::= reference_actions(A) ON INSERT action.
reference_actions(A) ::= reference_actions(A) ON DELETE action(X). { A.on_delete = X; }
reference_actions(A) ::= reference_actions(A) ON UPDATE action(X). { A.on_update = X; }
reference_actions(A) ::= reference_actions(A) MATCH name.
action(A) ::= SET NULL. { A = "SET NULL"; }
action(A) ::= SET DEFAULT. { A = "SET DEFAULT"; }
action(A) ::= CASCADE. { A = "CASCADE"; }
action(A) ::= RESTRICT. { A = "RESTRICT"; }
action(A) ::= NO ACTION. { A = NULL; }

deferral(A) ::= NOT DEFERRABLE initially. { A = (struct sql_deferral){0}; }
deferral(A) ::= DEFERRABLE initially(I). { A = (struct sql_deferral){true, I}; }
initially(A) ::= . { A = 0; }
initially(A) ::= INITIALLY DEFERRED. { A = 1; }
initially(A) ::= INITIALLY IMMEDIATE. { A = 0; }

optional_conflict(A) ::= . { A = SQL_CONFLICT_NONE; }
optional_conflict(A) ::= ON CONFLICT conflict(X). { A = X; }
conflict(A) ::= ROLLBACK. { A = SQL_CONFLICT_ROLLBACK; }
conflict(A) ::= ABORT. { A = SQL_CONFLICT_ABORT; }
conflict(A) ::= FAIL. { A = SQL_CONFLICT_FAIL; }
conflict(A) ::= IGNORE. { A = SQL_CONFLICT_IGNORE; }
conflict(A) ::= REPLACE. { A = SQL_CONFLICT_REPLACE; }

descending(A) ::= . { A = 0; }
descending(A) ::= ASC. { A = 0; }
descending(A) ::= DESC. { A = 1; }
autoincrement(A) ::= . { A = 0; }
autoincrement(A) ::= AUTOINCREMENT. { A = 1; }

/* ---- CREATE INDEX ---- */

create_index ::= CREATE unique(U) INDEX optional_exists qualified(N) ON name(T)
                 LP indexed_columns(X) RP where. {
    builder->index.unique = U;
    builder->index.name = sql_build_name(builder, N);
    builder->index.table = sql_build_name(builder, T);
    builder->index.columns = X.items;
    builder->index.column_count = X.count;
}
unique(A) ::= . { A = 0; }
unique(A) ::= UNIQUE. { A = 1; }
where ::= .
where ::= WHERE expr(X). { builder->index.where = X.expr; }

indexed_columns(A) ::= expr(X) descending(D) nulls_order. {
    A = sql_indexed_columns_add(builder, (struct sql_indexed_columns){0}, X, D);
}
indexed_columns(A) ::= indexed_columns(L) COMMA expr(X) descending(D) nulls_order. {
    A = sql_indexed_columns_add(builder, L, X, D);
}
nulls_order ::= .
nulls_order ::= NULLS FIRST.
nulls_order ::= NULLS LAST.

/* ---- expressions ---- */

literal(A) ::= NULL(X). { A = sql_build_literal(builder, SQL_EXPR_NULL, X); }
literal(A) ::= INTEGER(X). { A = sql_build_literal(builder, SQL_EXPR_INTEGER, X); }
literal(A) ::= FLOAT(X). { A = sql_build_literal(builder, SQL_EXPR_REAL, X); }
literal(A) ::= STRING(X). { A = sql_build_literal(builder, SQL_EXPR_STRING, X); }
literal(A) ::= BLOB(X). { A = sql_build_literal(builder, SQL_EXPR_BLOB, X); }
literal(A) ::= CURRENT_WORD(X). { A = sql_build_literal(builder, SQL_EXPR_KEYWORD, X); }

expr(A) ::= literal(A).
expr(A) ::= idj(X). { A = sql_build_column_name(builder, X); }
expr(A) ::= name(T) DOT name(X). {
    A = sql_build_qualified_name(builder, sql_span_of(T, X), T, X);
}
expr(A) ::= name(S) DOT name(T) DOT name(X). {
    A = sql_build_qualified_name(builder, sql_span_of(S, X), T, X);
}
expr(A) ::= PARAMETER(X). { A = sql_build_unknown(builder, sql_span_of(X, X)); }

expr(A) ::= LP(B) expr(X) RP(E). {
    A = sql_build_listed(builder, SQL_EXPR_PAREN, sql_span_of(B, E), sql_nodes_of(builder, X));
}
expr(A) ::= LP(B) some_exprs(L) COMMA expr(X) RP(E). {
    A = sql_build_listed(builder, SQL_EXPR_PAREN, sql_span_of(B, E),
                         sql_nodes_add(builder, L, X));
}
expr(A) ::= BALANCED(X). { A = sql_build_unknown(builder, sql_span_of(X, X)); }
expr(A) ::= EXISTS(B) BALANCED(E). { A = sql_build_unknown(builder, sql_span_of(B, E)); }

expr(A) ::= NOT(O) expr(X). { A = sql_build_unary(builder, O, X); }
expr(A) ::= BIT_NOT(O) expr(X). { A = sql_build_unary(builder, O, X); }
expr(A) ::= PLUS(O) expr(X). [BIT_NOT] { A = sql_build_unary(builder, O, X); }
expr(A) ::= MINUS(O) expr(X). [BIT_NOT] { A = sql_build_unary(builder, O, X); }

expr(A) ::= expr(X) OR(O) expr(Y). { A = sql_build_token_binary(builder, O, X, Y); }
expr(A) ::= expr(X) AND(O) expr(Y). { A = sql_build_token_binary(builder, O, X, Y); }
expr(A) ::= expr(X) LT|LE|GT|GE(O) expr(Y). { A = sql_build_token_binary(builder, O, X, Y); }
expr(A) ::= expr(X) EQ|NE(O) expr(Y). { A = sql_build_token_binary(builder, O, X, Y); }
expr(A) ::= expr(X) BIT_AND|BIT_OR|SHIFT_LEFT|SHIFT_RIGHT(O) expr(Y). {
    A = sql_build_token_binary(builder, O, X, Y);
}
expr(A) ::= expr(X) PLUS|MINUS(O) expr(Y). { A = sql_build_token_binary(builder, O, X, Y); }
expr(A) ::= expr(X) STAR|SLASH|REM(O) expr(Y). { A = sql_build_token_binary(builder, O, X, Y); }
expr(A) ::= expr(X) CONCAT|ARROW(O) expr(Y). { A = sql_build_token_binary(builder, O, X, Y); }
expr(A) ::= expr(X) IS expr(Y). { A = sql_build_binary(builder, "IS", X, Y); }
expr(A) ::= expr(X) IS NOT expr(Y). { A = sql_build_binary(builder, "IS NOT", X, Y); }
expr(A) ::= expr(X) IS DISTINCT FROM expr(Y). {
    A = sql_build_binary(builder, "IS DISTINCT FROM", X, Y);
}
expr(A) ::= expr(X) IS NOT DISTINCT FROM expr(Y). {
    A = sql_build_binary(builder, "IS NOT DISTINCT FROM", X, Y);
}

expr(A) ::= expr(X) LIKE_WORD|MATCH(O) expr(Y). [LIKE_WORD] {
    A = sql_build_like(builder, O, sql_nodes_two(builder, X, Y), sql_span_join(X.span, Y.span));
}
expr(A) ::= expr(X) NOT LIKE_WORD|MATCH(O) expr(Y). [LIKE_WORD] {
    A = sql_build_like(builder, O, sql_nodes_two(builder, X, Y), sql_span_join(X.span, Y.span));
    A.expr->negated = true;
}
expr(A) ::= expr(X) LIKE_WORD|MATCH(O) expr(Y) ESCAPE expr(Z). [LIKE_WORD] {
    A = sql_build_like(builder, O, sql_nodes_add(builder, sql_nodes_two(builder, X, Y), Z),
                       sql_span_join(X.span, Z.span));
}
expr(A) ::= expr(X) NOT LIKE_WORD|MATCH(O) expr(Y) ESCAPE expr(Z). [LIKE_WORD] {
    A = sql_build_like(builder, O, sql_nodes_add(builder, sql_nodes_two(builder, X, Y), Z),
                       sql_span_join(X.span, Z.span));
    A.expr->negated = true;
}

expr(A) ::= expr(X) ISNULL(E). { A = sql_build_isnull(builder, X, E); }
expr(A) ::= expr(X) NOTNULL(E). {
    A = sql_build_isnull(builder, X, E);
    A.expr->negated = true;
}
expr(A) ::= expr(X) NOT NULL(E). {
    A = sql_build_isnull(builder, X, E);
    A.expr->negated = true;
}

expr(A) ::= expr(X) BETWEEN expr(Y) AND expr(Z). [BETWEEN] {
    A = sql_build_listed(builder, SQL_EXPR_BETWEEN, sql_span_join(X.span, Z.span),
                         sql_nodes_add(builder, sql_nodes_two(builder, X, Y), Z));
}
expr(A) ::= expr(X) NOT BETWEEN expr(Y) AND expr(Z). [BETWEEN] {
    A = sql_build_listed(builder, SQL_EXPR_BETWEEN, sql_span_join(X.span, Z.span),
                         sql_nodes_add(builder, sql_nodes_two(builder, X, Y), Z));
    A.expr->negated = true;
}

in(A) ::= IN. { A = 0; }
in(A) ::= NOT IN. { A = 1; }
in_table(A) ::= qualified(A).
in_table(A) ::= qualified LP expr_list RP(E). { A = E; }
in_table(A) ::= BALANCED(A).
expr(A) ::= expr(X) in(N) LP expr_list(L) RP(E). [IN] {
    A = sql_build_in(builder, X, L, E);
    A.expr->negated = N;
}
expr(A) ::= expr(X) in in_table(E). [IN] {
    A = sql_build_unknown(builder, sql_span_join(X.span, sql_span_of(E, E)));
}

expr(A) ::= CASE(B) whens(L) END(E). {
    A = sql_build_listed(builder, SQL_EXPR_CASE, sql_span_of(B, E), L);
}
expr(A) ::= CASE(B) whens(L) ELSE expr(X) END(E). {
    A = sql_build_listed(builder, SQL_EXPR_CASE, sql_span_of(B, E), sql_nodes_add(builder, L, X));
    A.expr->has_else = true;
}
whens(A) ::= case_operand(L) WHEN expr(X) THEN expr(Y). {
    A = sql_nodes_add(builder, sql_nodes_add(builder, L, X), Y);
}
whens(A) ::= whens(L) WHEN expr(X) THEN expr(Y). {
    A = sql_nodes_add(builder, sql_nodes_add(builder, L, X), Y);
}
case_operand(A) ::= . { A = sql_nodes_of(builder, (struct sql_node){0}); }
case_operand(A) ::= expr(X). { A = sql_nodes_of(builder, X); }

expr(A) ::= CAST(B) LP expr(X) AS type(T) RP(E). {
    A = sql_build_cast(builder, sql_span_of(B, E), X, T);
}
expr(A) ::= expr(X) COLLATE word(C). { A = sql_build_collate(builder, X, C); }

expr(A) ::= idj(F) LP distinct(D) expr_list(L) RP(E). {
    A = sql_build_function(builder, F, L, E);
    A.expr->distinct = D;
}
expr(A) ::= idj(F) LP STAR RP(E). {
    A = sql_build_function(builder, F, (struct sql_nodes){0}, E);
    A.expr->star = true;
}
distinct(A) ::= . { A = 0; }
distinct(A) ::= ALL. { A = 0; }
distinct(A) ::= DISTINCT. { A = 1; }
expr_list(A) ::= . { A = (struct sql_nodes){0}; }
expr_list(A) ::= some_exprs(A).
some_exprs(A) ::= expr(X). { A = sql_nodes_of(builder, X); }
some_exprs(A) ::= some_exprs(L) COMMA expr(X). { A = sql_nodes_add(builder, L, X); }

/* Only in queries: aggregates in order, windows, RAISE. */
expr(A) ::= idj(F) LP distinct some_exprs ORDER BY indexed_columns RP(E). {
    A = sql_build_unknown(builder, sql_span_of(F, E));
}
expr(A) ::= idj(F) LP distinct expr_list RP window(E). {
    A = sql_build_unknown(builder, sql_span_of(F, E));
}
expr(A) ::= idj(F) LP STAR RP window(E). {
    A = sql_build_unknown(builder, sql_span_of(F, E));
}
window(A) ::= FILTER BALANCED(E). { A = E; }
window(A) ::= over(A).
window(A) ::= FILTER BALANCED over(E). { A = E; }
over(A) ::= OVER BALANCED(E). { A = E; }
over(A) ::= OVER name(E). { A = E; }
expr(A) ::= RAISE(B) LP IGNORE RP(E). { A = sql_build_unknown(builder, sql_span_of(B, E)); }
expr(A) ::= RAISE(B) LP ROLLBACK|ABORT|FAIL COMMA expr RP(E). {
    A = sql_build_unknown(builder, sql_span_of(B, E));
}
