import type pg from 'pg';

const OURS = `(select oid from pg_namespace where nspname !~ '^pg_' and nspname <> 'information_schema')`;

/** Everything a schema consists of, one line an object, as PostgreSQL itself describes it. */
const CATALOGUE = `
select 'schema ' || nspname as line from pg_namespace where oid in ${OURS}
union all
select format('relation %s kind %s persistence %s options %s partition %s of %s', c.oid::regclass, relkind,
         relpersistence, reloptions, pg_get_expr(relpartbound, c.oid), pg_get_partkeydef(c.oid))
  from pg_class c where relnamespace in ${OURS} and relkind <> 'i'
union all
select format('column %s.%s %s %s not null %s default %s identity %s generated %s comment %s', attrelid::regclass,
         row_number() over (partition by attrelid order by attnum), attname, format_type(atttypid, atttypmod), attnotnull, pg_get_expr(adbin, adrelid), attidentity,
         attgenerated, col_description(attrelid, attnum))
  from pg_attribute a join pg_class c on c.oid = attrelid left join pg_attrdef d on (adrelid, adnum) = (attrelid, attnum)
 where relnamespace in ${OURS} and relkind in ('r', 'p', 'v', 'm') and attnum > 0 and not attisdropped
union all
select format('constraint %s on %s%s: %s', conname, conrelid::regclass, contypid::regtype, pg_get_constraintdef(oid))
  from pg_constraint where connamespace in ${OURS}
union all
select pg_get_indexdef(indexrelid) from pg_index join pg_class c on c.oid = indexrelid where relnamespace in ${OURS}
union all
select pg_get_functiondef(oid) from pg_proc where pronamespace in ${OURS} and prokind in ('f', 'p')
union all
select pg_get_triggerdef(t.oid) from pg_trigger t join pg_class c on c.oid = tgrelid
 where relnamespace in ${OURS} and not tgisinternal
union all
select format('view %s: %s', oid::regclass, pg_get_viewdef(oid)) from pg_class
 where relnamespace in ${OURS} and relkind in ('v', 'm')
union all
select format('enum %s: %s', enumtypid::regtype, string_agg(enumlabel, ', ' order by enumsortorder))
  from pg_enum group by enumtypid
union all
select format('sequence %s: %s', seqrelid::regclass, (seqtypid::regtype, seqstart, seqincrement, seqmin, seqmax, seqcycle))
  from pg_sequence join pg_class c on c.oid = seqrelid where relnamespace in ${OURS}
union all
select format('comment on %s %s: %s', classoid::regclass, coalesce(c.relname, p.proname, n.nspname), description)
  from pg_description d
  left join pg_class c on c.oid = objoid and classoid = 'pg_class'::regclass
  left join pg_proc p on p.oid = objoid and classoid = 'pg_proc'::regclass
  left join pg_namespace n on n.oid = objoid and classoid = 'pg_namespace'::regclass
 where objsubid = 0 and coalesce(c.relnamespace, p.pronamespace, n.oid) in ${OURS}
union all
select format('grant on %s: %s', oid::regclass, relacl) from pg_class where relnamespace in ${OURS} and relacl is not null
union all
select format('setting %s', setting) from pg_db_role_setting, unnest(setconfig) as setting
 where setdatabase = (select oid from pg_database where datname = current_database())
union all
select format('extension %s', extname) from pg_extension
order by 1`;

/** The catalogue of a database. The days and months of partitions are taken out: they differ with the day of migrating. */
export async function catalogue(client: pg.Client): Promise<string[]> {
  const { rows } = await client.query<{ line: string }>(CATALOGUE);
  return rows.map(({ line }) =>
    line
      .replace(/\b(logs_)20\d{6}/g, '$1DAY')
      .replace(/(?<=_)20\d{4}(?!\d)/g, 'MONTH')
      .replace(/'20\d\d-[^']*'/g, 'DAY'),
  );
}
