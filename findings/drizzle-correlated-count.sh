#!/usr/bin/env bash
# A count per row changes when an unrelated table is joined.
#
# Version:  drizzle-orm 0.45.4, SQLite builder (sql.js 1.13.0 executes it)
# Expected: a selected `sql` field with a correlated subquery, (select count(*) from orders where
#           orders.user_id = users.id), means the same whether or not the query joins another table.
# Seen:     in a select from one table the builder takes the table off every column that stands at the
#           top level of such a field: `"user_id" = "id"`. SQLite finds `id` in `orders`, so the query
#           runs, and counts the orders whose number equals their buyer's: 1 and 1 in place of 3 and 0.
#           With any join the names stay qualified and the counts are right.
# Matters:  nothing fails and the figures look plausible. Rollcall selects such counts (requests of a
#           token today, the last event of an endpoint); `aliasFields` in src/database/field.ts wraps each
#           field once more, so that no column is at its top level.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --no-audit --no-fund --silent drizzle-orm@0.45.4 sql.js@1.13.0
cat > count.mjs <<'JS'
import initSqlJs from 'sql.js'
import { eq, sql } from 'drizzle-orm'
import { drizzle } from 'drizzle-orm/sql-js'
import { integer, sqliteTable, text } from 'drizzle-orm/sqlite-core'

const users = sqliteTable('users', { id: integer('id').primaryKey(), name: text('name') })
const orders = sqliteTable('orders', { id: integer('id').primaryKey(), userId: integer('user_id') })

const { Database } = await initSqlJs()
const file = new Database()
file.run(`create table users (id integer primary key, name text);
  create table orders (id integer primary key, user_id integer);
  insert into users values (1, 'Ann'), (2, 'Ben');
  insert into orders values (1, 1), (2, 1), (3, 1)`)
const database = drizzle(file)

const count = sql`(select count(*) from ${orders} where ${orders.userId} = ${users.id})`
const fields = { name: users.name, orders: count }
const alone = database.select(fields).from(users)
const joined = database.select(fields).from(users).leftJoin(orders, eq(orders.id, -1))
console.log(alone.toSQL().sql)
console.log(joined.toSQL().sql)

const seen = [alone.all(), joined.all()].map((rows) => rows.map((row) => row.orders).join())
console.log(`Ann and Ben have 3 and 0 orders; alone: ${seen[0]}, with an unrelated join: ${seen[1]}`)
process.exit(seen[0] === '1,1' && seen[1] === '3,0' ? 0 : 1)
JS
node count.mjs && echo 'As described.' || { echo 'This has changed.'; exit 1; }
