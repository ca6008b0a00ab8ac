-- Drops everything in the current schema but what belongs to an extension. Not DROP SCHEMA: that
-- takes rights which a role often does not have on public, and would take the extension along.
SET LOCAL lock_timeout = '30s';
SET LOCAL client_min_messages = warning;
DO $$
DECLARE
	statements text[];
	statement text;
BEGIN
	-- all statements first: the name of a routine cannot be written any more once it is dropped
	WITH here AS (SELECT oid FROM pg_namespace WHERE nspname = current_schema()),
	owned AS (SELECT classid, objid FROM pg_depend WHERE deptype = 'e')
	SELECT array_agg(drops ORDER BY place) INTO statements FROM (
		SELECT format('DROP %s IF EXISTS %I.%I CASCADE',
			CASE relkind WHEN 'v' THEN 'VIEW' WHEN 'm' THEN 'MATERIALIZED VIEW' WHEN 'S' THEN 'SEQUENCE'
				WHEN 'f' THEN 'FOREIGN TABLE' WHEN 'c' THEN 'TYPE' ELSE 'TABLE' END,
			current_schema(), relname) AS drops,
			-- a sequence of an identity column only goes with its table
			CASE relkind WHEN 'S' THEN 2 ELSE 1 END AS place
		FROM pg_class JOIN here ON relnamespace = here.oid
		WHERE relkind IN ('r', 'p', 'v', 'm', 'S', 'f', 'c')
			AND ('pg_class'::regclass, pg_class.oid) NOT IN (SELECT classid, objid FROM owned)
		UNION ALL
		SELECT format('DROP ROUTINE IF EXISTS %s CASCADE', pg_proc.oid::regprocedure), 2
		FROM pg_proc JOIN here ON pronamespace = here.oid
		WHERE ('pg_proc'::regclass, pg_proc.oid) NOT IN (SELECT classid, objid FROM owned)
		UNION ALL
		SELECT format('DROP TYPE IF EXISTS %I.%I CASCADE', current_schema(), typname), 2
		FROM pg_type JOIN here ON typnamespace = here.oid
		WHERE typtype IN ('e', 'd', 'r')
			AND ('pg_type'::regclass, pg_type.oid) NOT IN (SELECT classid, objid FROM owned)
	) AS everything;
	FOREACH statement IN ARRAY coalesce(statements, '{}') LOOP
		EXECUTE statement;
	END LOOP;
END
$$;
