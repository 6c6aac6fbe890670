"""The rules of billing over several rows, as migration operations for 0001.

They hold for every role and every route: the ORM, raw SQL, a psql prompt as the application role. Each runs backwards.
"""

from django.db import migrations

# What the columns of a finalized invoice say, its snapshot says too, and its place in the chain is what it claims.
# IS TRUE: a key that is missing makes the comparison NULL, which a CHECK would let pass.
SNAPSHOT_SAYS_THE_SAME = migrations.RunSQL(
    sql="""
    ALTER TABLE billing_invoice ADD CONSTRAINT invoice_snapshot_says_the_same CHECK (
        state <> 'finalized' OR (
            snapshot->>'number' = number
            AND snapshot->>'currency' = currency
            AND (snapshot->>'issue_date')::date = issue_date
            AND (snapshot->>'due_date')::date = due_date
            AND (snapshot->'totals'->>'net')::numeric = net_amount
            AND (snapshot->'totals'->>'gross')::numeric = gross_amount
            AND COALESCE(snapshot->'totals'->>'prepaid', '0')::numeric = prepaid_amount
            AND COALESCE(snapshot->>'kind', 'invoice') = kind
        ) IS TRUE
    );
    ALTER TABLE billing_invoice ADD CONSTRAINT invoice_chain_covers_the_one_before CHECK (
        state <> 'finalized' OR chain_digest = 'sha256:' || encode(
            sha256(convert_to(previous_digest || chr(10) || snapshot_digest, 'UTF8')), 'hex')
    );
    """,
    reverse_sql="""
    ALTER TABLE billing_invoice DROP CONSTRAINT invoice_chain_covers_the_one_before;
    ALTER TABLE billing_invoice DROP CONSTRAINT invoice_snapshot_says_the_same;
    """,
)

# A document becomes final only as the next one of its series: no gap, no earlier date, chained to the one before.
# The series row is locked, so two finalizations by whatever route stand in line.
NUMBER_IS_THE_NEXT = migrations.RunSQL(
    sql="""
    CREATE FUNCTION billing_number_is_the_next() RETURNS trigger LANGUAGE plpgsql AS $$
    DECLARE series billing_invoiceseries; DECLARE before billing_invoice;
    BEGIN
        SELECT * INTO series FROM billing_invoiceseries WHERE id = NEW.series_id FOR UPDATE;
        IF series.year <> EXTRACT(year FROM NEW.issue_date) OR series.year IS NULL AND EXISTS (
            SELECT 1 FROM billing_invoiceseries o WHERE o.legal_entity_id = series.legal_entity_id
                AND o.kind = series.kind AND o.year <= EXTRACT(year FROM NEW.issue_date)) THEN
            RAISE EXCEPTION 'A document of % takes no number of the series %.', NEW.issue_date, series.prefix
                USING ERRCODE = 'check_violation';
        END IF;
        IF EXISTS (SELECT 1 FROM billing_accountingclose
            WHERE legal_entity_id = series.legal_entity_id AND closed_to > NEW.issue_date) THEN
            RAISE EXCEPTION 'The accounts are closed: no document is dated % any more.', NEW.issue_date
                USING ERRCODE = 'check_violation';
        END IF;
        IF NEW.kind IS DISTINCT FROM series.kind THEN
            RAISE EXCEPTION 'A document of the kind % takes no number of the series of %.', NEW.kind, series.kind
                USING ERRCODE = 'check_violation';
        END IF;
        IF NEW.sequence IS DISTINCT FROM series.next_number - 1 THEN
            RAISE EXCEPTION 'Number % was not drawn from its series, which is at %.', NEW.sequence, series.next_number
                USING ERRCODE = 'check_violation';
        END IF;
        IF NEW.sequence > series.first_number THEN
            SELECT * INTO before FROM billing_invoice
                WHERE series_id = NEW.series_id AND sequence = NEW.sequence - 1 AND state = 'finalized';
            IF NOT FOUND THEN
                RAISE EXCEPTION 'Number % would leave a gap: % does not exist.', NEW.sequence, NEW.sequence - 1
                    USING ERRCODE = 'check_violation';
            END IF;
            IF NEW.issue_date < before.issue_date THEN
                RAISE EXCEPTION 'Document % of % would be dated before document % of %.',
                    NEW.sequence, NEW.issue_date, before.sequence, before.issue_date
                    USING ERRCODE = 'check_violation';
            END IF;
        END IF;
        IF NEW.previous_digest IS DISTINCT FROM COALESCE(before.chain_digest, '') THEN
            RAISE EXCEPTION 'Document % is not chained to the one before it.', NEW.sequence
                USING ERRCODE = 'check_violation';
        END IF;
        RETURN NEW;
    END $$;
    CREATE TRIGGER billing_number_is_the_next BEFORE INSERT OR UPDATE ON billing_invoice
        FOR EACH ROW WHEN (NEW.state = 'finalized') EXECUTE FUNCTION billing_number_is_the_next();
    """,
    reverse_sql="""
    DROP TRIGGER billing_number_is_the_next ON billing_invoice;
    DROP FUNCTION billing_number_is_the_next();
    """,
)

# Accounts are closed further and further. Whoever is drawing a number of the legal entity is waited for, and whoever
# draws one afterwards sees the close: the rows of all its series are locked, and no series is opened meanwhile.
ACCOUNTS_CLOSE_FORWARD = migrations.RunSQL(
    sql="""
    CREATE FUNCTION billing_accounts_close_forward() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        PERFORM 1 FROM licenses_legalentity WHERE id = NEW.legal_entity_id FOR UPDATE;
        PERFORM 1 FROM billing_invoiceseries WHERE legal_entity_id = NEW.legal_entity_id ORDER BY id FOR UPDATE;
        IF EXISTS (SELECT 1 FROM billing_accountingclose
            WHERE legal_entity_id = NEW.legal_entity_id AND closed_to >= NEW.closed_to) THEN
            RAISE EXCEPTION 'The accounts are closed further than % already.', NEW.closed_to
                USING ERRCODE = 'check_violation';
        END IF;
        RETURN NEW;
    END $$;
    CREATE TRIGGER billing_accounts_close_forward BEFORE INSERT ON billing_accountingclose
        FOR EACH ROW EXECUTE FUNCTION billing_accounts_close_forward();
    ALTER TABLE billing_invoiceseries ADD CONSTRAINT invoice_series_prefix_has_its_year CHECK (
        reset = 'never' OR prefix = replace(pattern, '{year}', year::text)
    );
    """,
    reverse_sql="""
    ALTER TABLE billing_invoiceseries DROP CONSTRAINT invoice_series_prefix_has_its_year;
    DROP TRIGGER billing_accounts_close_forward ON billing_accountingclose;
    DROP FUNCTION billing_accounts_close_forward();
    """,
)

# A credit note gives back no more than its invoice holds: what it billed, and what true-ups of its periods have billed
# or given back elsewhere since, less the credit notes before. The invoice is locked, so two credit notes stand in line.
# One by hand gives back lines: of each no more than it billed, of the invoice no more than that, and where a line
# settled a true-up, no more than the invoice of that period holds.
CREDIT_NOTE_WITHIN_ITS_INVOICE = migrations.RunSQL(
    sql="""
    CREATE FUNCTION billing_held(which bigint, beside bigint) RETURNS numeric LANGUAGE sql STABLE AS $$
        SELECT o.net_amount
            + COALESCE((SELECT SUM(l.amount) FROM billing_invoiceline l
                JOIN billing_invoice i ON i.id = l.invoice_id AND i.state = 'finalized' AND i.kind = 'invoice'
                JOIN billing_trueup t ON t.id = l.true_up_id
                JOIN billing_billingperiod p ON p.id = t.billing_period_id
                WHERE p.invoice_id = o.id), 0)
            - COALESCE((SELECT SUM(c.amount) FROM billing_invoiceline c
                JOIN billing_invoice i ON i.id = c.invoice_id AND i.state = 'finalized' AND i.id <> beside
                JOIN billing_invoiceline l ON l.id = c.credited_line_id
                JOIN billing_trueup t ON t.id = l.true_up_id
                JOIN billing_billingperiod p ON p.id = t.billing_period_id
                WHERE p.invoice_id = o.id), 0)
            - COALESCE((SELECT SUM(i.net_amount) FROM billing_invoice i
                WHERE i.corrects_id = o.id AND i.state = 'finalized' AND i.id <> beside), 0)
        FROM billing_invoice o WHERE o.id = which
    $$;
    CREATE FUNCTION billing_credit_note_within() RETURNS trigger LANGUAGE plpgsql AS $$
    DECLARE original billing_invoice; DECLARE held numeric; DECLARE wrong record; DECLARE before record;
    BEGIN
        SELECT * INTO original FROM billing_invoice WHERE id = NEW.corrects_id FOR UPDATE;
        IF original.state <> 'finalized' OR original.kind <> 'invoice' OR original.currency <> NEW.currency THEN
            RAISE EXCEPTION 'A credit note corrects a finalized invoice in its own currency.'
                USING ERRCODE = 'check_violation';
        END IF;
        held := billing_held(original.id, NEW.id);
        IF NEW.net_amount > held THEN
            RAISE EXCEPTION 'Invoice % holds % and cannot give back %.', original.number, held, NEW.net_amount
                USING ERRCODE = 'check_violation';
        END IF;
        SELECT COALESCE(SUM(i.net_amount), 0) AS net, COALESCE(SUM(i.prepaid_amount), 0) AS prepaid INTO before
            FROM billing_invoice i WHERE i.corrects_id = original.id AND i.state = 'finalized' AND i.id <> NEW.id;
        IF before.prepaid + NEW.prepaid_amount > original.prepaid_amount THEN
            RAISE EXCEPTION 'Credits paid % of invoice %; no more than that is kept back.',
                original.prepaid_amount, original.number USING ERRCODE = 'check_violation';
        END IF;
        IF NOT EXISTS (SELECT 1 FROM billing_invoiceline WHERE invoice_id = NEW.id AND credited_line_id IS NOT NULL)
        THEN
            RETURN NEW;
        END IF;
        IF before.net + NEW.net_amount > original.net_amount THEN
            RAISE EXCEPTION 'Invoice % billed % and cannot give back %.', original.number, original.net_amount,
                before.net + NEW.net_amount USING ERRCODE = 'check_violation';
        END IF;
        SELECT l.position, l.amount, SUM(c.amount) AS given INTO wrong
            FROM billing_invoiceline l JOIN billing_invoiceline c ON c.credited_line_id = l.id
                JOIN billing_invoice i ON i.id = c.invoice_id AND (i.state = 'finalized' OR i.id = NEW.id)
            WHERE l.id IN (SELECT credited_line_id FROM billing_invoiceline WHERE invoice_id = NEW.id) GROUP BY l.id
            HAVING l.invoice_id <> original.id OR SUM(c.amount) * SIGN(l.amount) NOT BETWEEN 0 AND ABS(l.amount)
                OR bool_or((c.tax_category, c.tax_rate) IS DISTINCT FROM (l.tax_category, l.tax_rate)) LIMIT 1;
        IF FOUND THEN
            RAISE EXCEPTION 'Line % of invoice % billed % and cannot give back %, or not at another tax.',
                wrong.position, original.number, wrong.amount, wrong.given USING ERRCODE = 'check_violation';
        END IF;
        SELECT o.number, SUM(c.amount) AS given, billing_held(o.id, NEW.id) AS held INTO wrong
            FROM billing_invoiceline c JOIN billing_invoiceline l ON l.id = c.credited_line_id
                JOIN billing_trueup t ON t.id = l.true_up_id JOIN billing_billingperiod p ON p.id = t.billing_period_id
                JOIN billing_invoice o ON o.id = p.invoice_id
            WHERE c.invoice_id = NEW.id GROUP BY o.id HAVING SUM(c.amount) > billing_held(o.id, NEW.id) LIMIT 1;
        IF FOUND THEN
            RAISE EXCEPTION 'Invoice % holds % and cannot give back %.', wrong.number, wrong.held, wrong.given
                USING ERRCODE = 'check_violation';
        END IF;
        RETURN NEW;
    END $$;
    CREATE TRIGGER billing_credit_note_within BEFORE INSERT OR UPDATE ON billing_invoice
        FOR EACH ROW WHEN (NEW.state = 'finalized' AND NEW.kind = 'credit_note')
        EXECUTE FUNCTION billing_credit_note_within();
    """,
    reverse_sql="""
    DROP TRIGGER billing_credit_note_within ON billing_invoice;
    DROP FUNCTION billing_credit_note_within();
    DROP FUNCTION billing_held(bigint, bigint);
    """,
)

# A decided or superseded true-up never changes, but for the link to the invoice that settles it, written once.
DECISION_STANDS = migrations.RunSQL(
    sql="""
    CREATE FUNCTION billing_decision_stands() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF (to_jsonb(OLD) - 'invoice_id') IS DISTINCT FROM (to_jsonb(NEW) - 'invoice_id') THEN
            RAISE EXCEPTION 'True-up % is decided; a decision is never changed.', OLD.id
                USING ERRCODE = 'restrict_violation';
        END IF;
        IF OLD.invoice_id IS NOT NULL AND NEW.invoice_id IS DISTINCT FROM OLD.invoice_id THEN
            RAISE EXCEPTION 'True-up % is settled on an invoice already.', OLD.id USING ERRCODE = 'restrict_violation';
        END IF;
        RETURN NEW;
    END $$;
    CREATE TRIGGER billing_decision_stands BEFORE UPDATE ON billing_trueup
        FOR EACH ROW WHEN (OLD.state NOT IN ('proposed', 'needs_approval')) EXECUTE FUNCTION billing_decision_stands();
    """,
    reverse_sql="""
    DROP TRIGGER billing_decision_stands ON billing_trueup;
    DROP FUNCTION billing_decision_stands();
    """,
)

# What became of a delivery is said once.
DELIVERY_ENDS_ONCE = migrations.RunSQL(
    sql="""
    CREATE FUNCTION billing_delivery_ends_once() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        RAISE EXCEPTION 'Delivery % is % already; sending again is another delivery.', OLD.id, OLD.state
            USING ERRCODE = 'restrict_violation';
    END $$;
    CREATE TRIGGER billing_delivery_ends_once BEFORE UPDATE ON billing_delivery
        FOR EACH ROW WHEN (OLD.state <> 'queued') EXECUTE FUNCTION billing_delivery_ends_once();
    """,
    reverse_sql="""
    DROP TRIGGER billing_delivery_ends_once ON billing_delivery;
    DROP FUNCTION billing_delivery_ends_once();
    """,
)

# The bodies of deferred checks: they run once per changed row, at commit.
PERIODS_FOLLOW_THEIR_INVOICE = """
DECLARE wrong record;
BEGIN
    SELECT p.id, p.state, i.state AS invoice_state INTO wrong
        FROM billing_billingperiod p JOIN billing_invoice i ON i.id = p.invoice_id
        WHERE {which} AND (p.state = 'invoiced') <> (i.state = 'finalized') LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'Period % is % on an invoice that is %.', wrong.id, wrong.state, wrong.invoice_state
            USING ERRCODE = 'check_violation';
    END IF;
END
"""
SETTLED_ON_A_FINAL_INVOICE = """
BEGIN
    IF NEW.invoice_id IS NOT NULL AND NOT EXISTS (
        SELECT 1 FROM billing_invoiceline l JOIN billing_invoice i ON i.id = l.invoice_id
            WHERE l.true_up_id = NEW.id AND i.id = NEW.invoice_id AND i.state = 'finalized') THEN
        RAISE EXCEPTION 'True-up % is not on a finalized invoice %.', NEW.id, NEW.invoice_id
            USING ERRCODE = 'check_violation';
    END IF;
END
"""
DOCUMENT_OF_A_FINAL_INVOICE = """
BEGIN
    IF TG_OP <> 'DELETE' AND NOT EXISTS (
        SELECT 1 FROM billing_invoice WHERE id = NEW.invoice_id AND state = 'finalized') THEN
        RAISE EXCEPTION 'Invoice % is not finalized; a draft has no documents.', NEW.invoice_id
            USING ERRCODE = 'check_violation';
    END IF;
END
"""
SERIES_HAS_NO_GAP = """
BEGIN
    IF TG_OP = 'DELETE' THEN RETURN NULL; END IF;
    IF EXISTS (SELECT 1 FROM billing_invoice WHERE series_id = NEW.id AND sequence >= (
            SELECT next_number FROM billing_invoiceseries WHERE id = NEW.id)) THEN
        RAISE EXCEPTION 'Series % would give a number twice.', NEW.id USING ERRCODE = 'check_violation';
    END IF;
    IF NEW.next_number > NEW.first_number AND NOT EXISTS (
        SELECT 1 FROM billing_invoice WHERE series_id = NEW.id AND sequence = NEW.next_number - 1
            AND state = 'finalized') THEN
        RAISE EXCEPTION 'Series % would have a gap: number % was drawn and no document carries it.', NEW.id,
            NEW.next_number - 1 USING ERRCODE = 'check_violation';
    END IF;
END
"""

# What a customer sees of its own rows: finalized invoices with their lines and documents, and the state of its
# periods without the amounts of a draft.
PORTAL_SEES_FINAL_INVOICES = migrations.RunSQL(
    sql="""
    CREATE POLICY portal_final ON billing_invoice AS RESTRICTIVE TO rollcall_portal USING (state = 'finalized');
    CREATE POLICY portal_final ON billing_invoiceline AS RESTRICTIVE TO rollcall_portal
        USING (EXISTS (SELECT 1 FROM billing_invoice i WHERE i.id = invoice_id AND i.state = 'finalized'));
    CREATE POLICY portal_final ON billing_invoicedocument AS RESTRICTIVE TO rollcall_portal
        USING (EXISTS (SELECT 1 FROM billing_invoice i WHERE i.id = invoice_id AND i.state = 'finalized'));
    REVOKE SELECT ON billing_billingperiod FROM rollcall_portal;
    GRANT SELECT (id, customer_id, contract_id, charge_key, kind, period, zone, starts_at, ends_at, state,
        held_code, held_words, count_id, contract_version_id, invoice_id, is_main,
        is_counted, is_in_advance)
        ON billing_billingperiod TO rollcall_portal;
    """,
    reverse_sql="""
    REVOKE ALL (id, customer_id, contract_id, charge_key, kind, period, zone, starts_at, ends_at, state,
        held_code, held_words, count_id, contract_version_id, invoice_id, is_main,
        is_counted, is_in_advance)
        ON billing_billingperiod FROM rollcall_portal;
    DROP POLICY portal_final ON billing_invoicedocument;
    DROP POLICY portal_final ON billing_invoiceline;
    DROP POLICY portal_final ON billing_invoice;
    """,
)

# What a person put on a bill stands on it as it was made: for its amount, on an invoice of its contract and currency;
# on a final one only when it stands, and it points there; withdrawn it is on none. {which} limits what is looked at.
ADJUSTMENTS_FOLLOW = """
DECLARE wrong record;
BEGIN
    IF TG_OP = 'DELETE' THEN RETURN NULL; END IF;
    SELECT a.id, a.state, a.amount, l.amount AS line INTO wrong
        FROM billing_adjustment a LEFT JOIN billing_invoiceline l ON l.adjustment_id = a.id
            LEFT JOIN billing_invoice i ON i.id = l.invoice_id
        WHERE {which} AND (
            (l.id IS NULL AND a.invoice_id IS NOT NULL)
            OR (l.id IS NOT NULL AND (a.state = 'withdrawn' OR a.amount <> l.amount OR a.currency <> i.currency
                OR a.contract_id <> i.contract_id OR a.period <> i.period OR i.kind <> 'invoice'))
            OR (i.state = 'finalized' AND (a.state <> 'stands' OR a.invoice_id IS DISTINCT FROM i.id))
            OR (i.state = 'draft' AND a.invoice_id IS NOT NULL)) LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'Adjustment % over % is %: not billed so.', wrong.id, wrong.amount, wrong.state
            USING ERRCODE = 'check_violation';
    END IF;
END
"""

# An adjustment that is billed or withdrawn never changes, and one that stands waits for nobody again.
ADJUSTMENT_IS_DONE = migrations.RunSQL(
    sql="""
    CREATE FUNCTION billing_adjustment_is_done() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF OLD.invoice_id IS NOT NULL OR OLD.state = 'withdrawn' OR NEW.state = 'needs_approval' THEN
            RAISE EXCEPTION 'Adjustment % is %; that is done.', OLD.id, OLD.state USING ERRCODE = 'restrict_violation';
        END IF;
        RETURN NEW;
    END $$;
    CREATE TRIGGER billing_adjustment_is_done BEFORE UPDATE ON billing_adjustment
        FOR EACH ROW EXECUTE FUNCTION billing_adjustment_is_done();
    """,
    reverse_sql="DROP FUNCTION billing_adjustment_is_done() CASCADE;",
)

# Before its go-live day a contract is rated for comparison alone: no document of it becomes final, and none that is
# of days before it, ever. A document that corrects a final one only follows it.
SHADOW_IS_NOT_BILLED = migrations.RunSQL(
    sql="""
    CREATE FUNCTION billing_shadow_is_not_billed() RETURNS trigger LANGUAGE plpgsql AS $$
    DECLARE live_from date;
    BEGIN
        SELECT c.live_from INTO live_from FROM licenses_contract c WHERE c.id = NEW.contract_id;
        IF live_from IS NOT NULL AND (NEW.issue_date < live_from OR lower(NEW.period) < live_from) THEN
            RAISE EXCEPTION 'Contract % is billed from % on; this is only a comparison.', NEW.contract_id, live_from
                USING ERRCODE = 'check_violation';
        END IF;
        RETURN NEW;
    END $$;
    CREATE TRIGGER billing_shadow_is_not_billed BEFORE INSERT OR UPDATE ON billing_invoice
        FOR EACH ROW WHEN (NEW.state = 'finalized' AND NEW.kind = 'invoice')
        EXECUTE FUNCTION billing_shadow_is_not_billed();
    """,
    reverse_sql="DROP FUNCTION billing_shadow_is_not_billed() CASCADE;",
)
