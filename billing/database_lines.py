"""The rules between an invoice and its lines, as migration operations and deferred checks for 0001.

They hold for every role and every route, at commit, whatever order the rows were written in.
"""

from django.db import migrations

# Looked at for every invoice that is written, at commit.
NET_IS_THE_LINES = """
DECLARE wrong record;
BEGIN
    SELECT i.id, i.net_amount, COALESCE(SUM(l.amount), 0) AS lines INTO wrong
        FROM billing_invoice i LEFT JOIN billing_invoiceline l ON l.invoice_id = i.id
        WHERE i.id = NEW.id GROUP BY i.id HAVING i.net_amount <> COALESCE(SUM(l.amount), 0);
    IF FOUND THEN
        RAISE EXCEPTION 'The lines of invoice % add up to %, its net amount is %.', wrong.id, wrong.lines,
            wrong.net_amount USING ERRCODE = 'check_violation';
    END IF;
END
"""
# Lines are looked at once per invoice and statement, however many they are. An invoice whose net they are then needs
# no other look: whoever changes it, or its lines, again comes by a rule again. Every other one is touched, so that
# the rule above looks at it at commit. Nobody else changes its net meanwhile: to write a line is to lock the invoice.
LINES_ARE_THE_NET = migrations.RunSQL(
    sql="""
    CREATE FUNCTION billing_lines_are_the_net() RETURNS trigger LANGUAGE plpgsql AS $$
    DECLARE which bigint[]; DECLARE one bigint;
    BEGIN
        IF TG_OP = 'UPDATE' THEN
            which := ARRAY(SELECT invoice_id FROM changed UNION SELECT invoice_id FROM changed_from);
        ELSE
            which := ARRAY(SELECT DISTINCT invoice_id FROM changed);
        END IF;
        FOREACH one IN ARRAY which LOOP
            UPDATE billing_invoice i SET net_amount = i.net_amount WHERE i.id = one AND i.net_amount <>
                (SELECT COALESCE(SUM(l.amount), 0) FROM billing_invoiceline l WHERE l.invoice_id = one);
        END LOOP;
        RETURN NULL;
    END $$;
    CREATE TRIGGER billing_lines_are_the_net_added AFTER INSERT ON billing_invoiceline
        REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION billing_lines_are_the_net();
    CREATE TRIGGER billing_lines_are_the_net_changed AFTER UPDATE ON billing_invoiceline
        REFERENCING OLD TABLE AS changed_from NEW TABLE AS changed
        FOR EACH STATEMENT EXECUTE FUNCTION billing_lines_are_the_net();
    CREATE TRIGGER billing_lines_are_the_net_removed AFTER DELETE ON billing_invoiceline
        REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION billing_lines_are_the_net();
    """,
    reverse_sql="DROP FUNCTION billing_lines_are_the_net() CASCADE;",
)
# A credit note gives its amounts as positive numbers.
LINE_SETTLES_WHAT_WAS_ACCEPTED = """
DECLARE wrong record;
BEGIN
    SELECT l.id, t.state, t.settled_amount INTO wrong
        FROM billing_invoiceline l JOIN billing_trueup t ON t.id = l.true_up_id
            JOIN billing_invoice i ON i.id = l.invoice_id
        WHERE l.id = NEW.id AND (t.state <> 'accepted'
            OR t.settled_amount <> CASE i.kind WHEN 'credit_note' THEN -l.amount ELSE l.amount END
            OR (t.settle = 'credit_note') <> (i.kind = 'credit_note'));
    IF FOUND THEN
        RAISE EXCEPTION 'Line % settles a true-up that is % for another amount or not accepted: %.', wrong.id,
            wrong.state, wrong.settled_amount USING ERRCODE = 'check_violation';
    END IF;
END
"""
