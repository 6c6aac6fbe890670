"""Three walls of the database that the tables of ``licenses`` and ``usage`` share, as migration operations.

``same_owner`` keeps the ``customer_id`` of a row equal to that of the row it belongs to, by a composite foreign
key: row-level security reads that column, so it must not be possible for it to lie.
``frozen_except`` lets only the named columns of a table change, and no row be deleted; it says so for every role.
``each_once`` keeps what was once written into one of the named columns of a table: an end is never taken back.
All run backwards.
"""

from collections.abc import Sequence

from django.db import migrations

REFUSE_CHANGE = migrations.RunSQL(
    sql="""
    CREATE FUNCTION rollcall_frozen_except() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF TG_OP <> 'UPDATE' THEN
            RAISE EXCEPTION 'Rows of % are never deleted.', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
        END IF;
        IF (to_jsonb(OLD) - TG_ARGV) IS DISTINCT FROM (to_jsonb(NEW) - TG_ARGV) THEN
            RAISE EXCEPTION 'What % recorded never changes; only these columns may: %.',
                TG_TABLE_NAME, array_to_string(TG_ARGV, ', ') USING ERRCODE = 'restrict_violation';
        END IF;
        RETURN NEW;
    END $$;
    """,
    reverse_sql="DROP FUNCTION rollcall_frozen_except();",
)


def same_owner(*, table: str, parent: str, columns: Sequence[str]) -> migrations.RunSQL:
    """Tie the columns of a row to those of its parent.

    ``columns`` begins with the foreign key itself, the others have the same name in the parent; the parent has a
    unique constraint over (id, the others). A row whose foreign key is empty is not tied.
    """
    name = f"{table}_{columns[0]}_same_owner"
    local, far = ", ".join(columns), ", ".join(["id", *columns[1:]])
    return migrations.RunSQL(
        sql=f"""
        ALTER TABLE {table} ADD CONSTRAINT {name}
            FOREIGN KEY ({local}) REFERENCES {parent} ({far}) DEFERRABLE INITIALLY IMMEDIATE;
        """,
        reverse_sql=f"ALTER TABLE {table} DROP CONSTRAINT {name};",
    )


def frozen_except(*, table: str, columns: Sequence[str]) -> migrations.RunSQL:
    """Refuse every DELETE and TRUNCATE of a table, and every UPDATE of another column than the named ones."""
    arguments = ", ".join(f"'{column}'" for column in columns)
    return migrations.RunSQL(
        sql=f"""
        CREATE TRIGGER {table}_frozen BEFORE UPDATE OR DELETE ON {table}
            FOR EACH ROW EXECUTE FUNCTION rollcall_frozen_except({arguments});
        CREATE TRIGGER {table}_frozen_truncate BEFORE TRUNCATE ON {table}
            FOR EACH STATEMENT EXECUTE FUNCTION rollcall_frozen_except({arguments});
        """,
        reverse_sql=f"""
        DROP TRIGGER {table}_frozen_truncate ON {table};
        DROP TRIGGER {table}_frozen ON {table};
        """,
    )


EACH_ONCE = migrations.RunSQL(
    sql="""
    CREATE FUNCTION rollcall_each_once() RETURNS trigger LANGUAGE plpgsql AS $$
    DECLARE name text;
    BEGIN
        FOREACH name IN ARRAY TG_ARGV LOOP
            IF to_jsonb(OLD) -> name <> 'null' AND to_jsonb(OLD) -> name <> to_jsonb(NEW) -> name THEN
                RAISE EXCEPTION '% of % is written once; it was %.', name, TG_TABLE_NAME, to_jsonb(OLD) ->> name
                    USING ERRCODE = 'restrict_violation';
            END IF;
        END LOOP;
        RETURN NEW;
    END $$;
    """,
    reverse_sql="DROP FUNCTION rollcall_each_once();",
)


def each_once(*, table: str, columns: Sequence[str]) -> migrations.RunSQL:
    """Refuse every UPDATE that changes or empties one of the named columns once it holds something."""
    arguments = ", ".join(f"'{column}'" for column in columns)
    return migrations.RunSQL(
        sql=f"""
        CREATE TRIGGER {table}_each_once BEFORE UPDATE ON {table}
            FOR EACH ROW EXECUTE FUNCTION rollcall_each_once({arguments});
        """,
        reverse_sql=f"DROP TRIGGER {table}_each_once ON {table};",
    )
