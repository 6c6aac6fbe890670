from decimal import Decimal
import django.contrib.postgres.fields.ranges
import django.contrib.postgres.indexes
import django.db.models.deletion
import django.db.models.expressions
import django.db.models.functions.text
import ground.ids
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models

from billing.database import (
    ADJUSTMENT_IS_DONE,
    ADJUSTMENTS_FOLLOW,
    CREDIT_NOTE_WITHIN_ITS_INVOICE,
    DECISION_STANDS,
    DELIVERY_ENDS_ONCE,
    DOCUMENT_OF_A_FINAL_INVOICE,
    LINE_SETTLES_WHAT_WAS_ACCEPTED,
    LINES_ARE_THE_NET,
    NUMBER_IS_THE_NEXT,
    PERIODS_FOLLOW_THEIR_INVOICE,
    PORTAL_SEES_FINAL_INVOICES,
    SERIES_HAS_NO_GAP,
    SETTLED_ON_A_FINAL_INVOICE,
    SHADOW_IS_NOT_BILLED,
    SNAPSHOT_SAYS_THE_SAME,
)
from ground.database import (
    AppendOnly,
    CustomerWall,
    DeferredCheck,
    FrozenWhen,
    FrozenWithParent,
    NoOverlap,
    VendorOnly,
)
from licenses.database import frozen_except, same_owner

OF_CONTRACT = ["contract_id", "customer_id"]


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('ground', '0001_jobs'),
        ('licenses', '0001_people_and_contracts'),
        ('pghistory', '0007_auto_20250421_0444'),
        ('usage', '0001_reports_evidence_and_counts'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='BillingPeriod',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('charge_key', models.CharField(max_length=100)),
                ('kind', models.CharField(choices=[('regular', 'regular'), ('true_up', 'true-up')], default='regular', max_length=10)),
                ('is_main', models.BooleanField(db_default=True, default=True)),
                ('is_counted', models.BooleanField(db_default=True, default=True)),
                ('is_in_advance', models.BooleanField(db_default=False, default=False)),
                ('period', django.contrib.postgres.fields.ranges.DateRangeField()),
                ('zone', models.CharField(max_length=64)),
                ('starts_at', models.DateTimeField()),
                ('ends_at', models.DateTimeField()),
                ('state', models.CharField(choices=[('open', 'open'), ('counted', 'counted'), ('held', 'held'), ('drafted', 'drafted'), ('invoiced', 'invoiced')], default='open', max_length=10)),
                ('held_code', models.CharField(blank=True, choices=[('no_reports', 'no report has arrived'), ('days_missing', 'days are missing'), ('report_waiting', 'a report waits for an answer'), ('nobody_active', 'nobody was active'), ('no_version', 'no version of the contract is in force'), ('not_countable', 'the period cannot be counted'), ('earlier_open', 'an earlier period is not closed'), ('mixed_namespaces', 'names and pseudonyms are mixed'), ('tax_undecided', 'no rule decides the tax')], default='', max_length=30)),
                ('held_words', models.TextField(blank=True, default='')),
                ('released', models.JSONField(blank=True, default=list)),
                ('rated_usage', models.JSONField(blank=True, null=True)),
                ('rating', models.JSONField(blank=True, null=True)),
                ('rating_digest', models.CharField(blank=True, default='', max_length=71)),
                ('state_changed_at', models.DateTimeField(blank=True, null=True)),
                ('contract', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='billing_periods', to='licenses.contract')),
                ('contract_version', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='billing_periods', to='licenses.contractversion')),
                ('count', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='billing_periods', to='usage.activeusercount')),
                ('customer', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='licenses.customer')),
            ],
            options={
                'ordering': ('contract_id', 'charge_key', 'period'),
            },
        ),
        migrations.CreateModel(
            name='Invoice',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_id', models.CharField(default=ground.ids.new_public_id, editable=False, max_length=32, unique=True)),
                ('kind', models.CharField(choices=[('invoice', 'invoice'), ('credit_note', 'credit note')], db_default='invoice', default='invoice', max_length=20)),
                ('state', models.CharField(choices=[('draft', 'draft'), ('finalized', 'finalized')], default='draft', max_length=10)),
                ('sequence', models.BigIntegerField(blank=True, null=True)),
                ('number', models.CharField(blank=True, max_length=40, null=True)),
                ('currency', models.CharField(max_length=3)),
                ('period', django.contrib.postgres.fields.ranges.DateRangeField()),
                ('zone', models.CharField(max_length=64)),
                ('issue_date', models.DateField(blank=True, null=True)),
                ('due_date', models.DateField(blank=True, null=True)),
                ('net_amount', models.DecimalField(decimal_places=4, max_digits=20)),
                ('tax_amount', models.DecimalField(decimal_places=4, max_digits=20)),
                ('gross_amount', models.DecimalField(decimal_places=4, max_digits=20)),
                ('prepaid_amount', models.DecimalField(db_default=Decimal('0'), decimal_places=4, default=Decimal('0'), max_digits=20)),
                ('snapshot', models.JSONField(blank=True, null=True)),
                ('snapshot_digest', models.CharField(blank=True, default='', max_length=71)),
                ('previous_digest', models.CharField(blank=True, default='', max_length=71)),
                ('chain_digest', models.CharField(blank=True, default='', max_length=71)),
                ('drafted_at', models.DateTimeField()),
                ('finalized_at', models.DateTimeField(blank=True, null=True)),
                ('finalized_by', models.CharField(blank=True, default='', max_length=200)),
                ('contract', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='invoices', to='licenses.contract')),
                ('corrects', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='credit_notes', to='billing.invoice')),
                ('customer', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='invoices', to='licenses.customer')),
            ],
            options={
                'ordering': ('-issue_date', '-pk'),
            },
        ),
        migrations.CreateModel(
            name='BillingPeriodHistory',
            fields=[
                ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_label', models.TextField(help_text='The event label.')),
                ('id', models.BigIntegerField()),
                ('charge_key', models.CharField(max_length=100)),
                ('kind', models.CharField(choices=[('regular', 'regular'), ('true_up', 'true-up')], default='regular', max_length=10)),
                ('is_main', models.BooleanField(db_default=True, default=True)),
                ('is_counted', models.BooleanField(db_default=True, default=True)),
                ('is_in_advance', models.BooleanField(db_default=False, default=False)),
                ('period', django.contrib.postgres.fields.ranges.DateRangeField()),
                ('zone', models.CharField(max_length=64)),
                ('starts_at', models.DateTimeField()),
                ('ends_at', models.DateTimeField()),
                ('state', models.CharField(choices=[('open', 'open'), ('counted', 'counted'), ('held', 'held'), ('drafted', 'drafted'), ('invoiced', 'invoiced')], default='open', max_length=10)),
                ('held_code', models.CharField(blank=True, choices=[('no_reports', 'no report has arrived'), ('days_missing', 'days are missing'), ('report_waiting', 'a report waits for an answer'), ('nobody_active', 'nobody was active'), ('no_version', 'no version of the contract is in force'), ('not_countable', 'the period cannot be counted'), ('earlier_open', 'an earlier period is not closed'), ('mixed_namespaces', 'names and pseudonyms are mixed'), ('tax_undecided', 'no rule decides the tax')], default='', max_length=30)),
                ('held_words', models.TextField(blank=True, default='')),
                ('released', models.JSONField(blank=True, default=list)),
                ('rated_usage', models.JSONField(blank=True, null=True)),
                ('rating', models.JSONField(blank=True, null=True)),
                ('rating_digest', models.CharField(blank=True, default='', max_length=71)),
                ('state_changed_at', models.DateTimeField(blank=True, null=True)),
                ('contract', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='licenses.contract')),
                ('contract_version', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='licenses.contractversion')),
                ('count', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='usage.activeusercount')),
                ('customer', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='licenses.customer')),
                ('pgh_context', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='pghistory.context')),
                ('pgh_obj', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='events', to='billing.billingperiod')),
                ('invoice', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='billing.invoice')),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.AddField(
            model_name='billingperiod',
            name='invoice',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='billing_periods', to='billing.invoice'),
        ),
        migrations.CreateModel(
            name='InvoiceDocument',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('pdf', 'PDF'), ('e_invoice', 'e-invoice'), ('evidence_csv', 'evidence list'), ('bundle', 'evidence bundle')], max_length=20)),
                ('storage_key', models.CharField(max_length=300, unique=True)),
                ('sha256', models.CharField(max_length=64)),
                ('size', models.BigIntegerField()),
                ('stored_at', models.DateTimeField()),
                ('customer', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='licenses.customer')),
                ('invoice', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='documents', to='billing.invoice')),
            ],
            options={
                'ordering': ('invoice_id', 'kind'),
            },
        ),
        migrations.CreateModel(
            name='InvoiceEvent',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('invoice_public_id', models.CharField(db_index=True, max_length=32)),
                ('verb', models.CharField(max_length=30)),
                ('actor_name', models.CharField(max_length=200)),
                ('reason', models.TextField(blank=True, default='')),
                ('data', models.JSONField(default=dict)),
                ('at', models.DateTimeField()),
                ('contract', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='licenses.contract')),
                ('customer', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='licenses.customer')),
                ('invoice', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='events', to='billing.invoice')),
            ],
            options={
                'ordering': ('invoice_public_id', 'pk'),
            },
        ),
        migrations.CreateModel(
            name='InvoiceSeries',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('invoice', 'invoice'), ('credit_note', 'credit note')], default='invoice', max_length=20)),
                ('prefix', models.CharField(max_length=20)),
                ('first_number', models.BigIntegerField(default=1)),
                ('next_number', models.BigIntegerField(default=1)),
                ('legal_entity', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='invoice_series', to='licenses.legalentity')),
            ],
            options={
                'verbose_name_plural': 'invoice series',
            },
        ),
        migrations.AddField(
            model_name='invoice',
            name='series',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='invoices', to='billing.invoiceseries'),
        ),
        migrations.CreateModel(
            name='TrueUp',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_id', models.CharField(default=ground.ids.new_public_id, editable=False, max_length=32, unique=True)),
                ('charge_key', models.CharField(max_length=100)),
                ('kind', models.CharField(choices=[('late_usage', 'late usage'), ('amendment', 'a retroactive amendment'), ('correction', 'a correction'), ('commitment', 'a commitment')], db_default='late_usage', default='late_usage', max_length=20)),
                ('cause_key', models.CharField(blank=True, db_default='', default='', max_length=200)),
                ('after_evidence_set_digest', models.CharField(blank=True, default='', max_length=71)),
                ('before_rating', models.JSONField()),
                ('after_rating', models.JSONField()),
                ('after_usage', models.JSONField()),
                ('currency', models.CharField(max_length=3)),
                ('difference_amount', models.DecimalField(decimal_places=4, max_digits=20)),
                ('words', models.TextField()),
                ('new_users', models.PositiveIntegerField()),
                ('gone_users', models.PositiveIntegerField()),
                ('approve_above', models.DecimalField(blank=True, decimal_places=4, max_digits=20, null=True)),
                ('state', models.CharField(choices=[('proposed', 'to decide'), ('needs_approval', 'to approve'), ('accepted', 'accepted'), ('waived', 'waived'), ('superseded', 'superseded')], default='proposed', max_length=20)),
                ('proposed_at', models.DateTimeField()),
                ('settled_amount', models.DecimalField(blank=True, decimal_places=4, max_digits=20, null=True)),
                ('settle', models.CharField(blank=True, choices=[('next_invoice', 'on the next invoice'), ('own_invoice', 'on an invoice of its own'), ('credit_note', 'by a credit note')], db_default='', default='', max_length=20)),
                ('reason', models.TextField(blank=True, default='')),
                ('adjustment_reason', models.TextField(blank=True, db_default='', default='')),
                ('decided_by', models.CharField(blank=True, default='', max_length=200)),
                ('decided_by_account', models.BigIntegerField(blank=True, null=True)),
                ('decided_at', models.DateTimeField(blank=True, null=True)),
                ('approved_by', models.CharField(blank=True, db_default='', default='', max_length=200)),
                ('approved_by_account', models.BigIntegerField(blank=True, null=True)),
                ('approved_at', models.DateTimeField(blank=True, null=True)),
                ('after_count', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='usage.activeusercount')),
                ('before_count', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='usage.activeusercount')),
                ('billing_period', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='true_ups', to='billing.billingperiod')),
                ('contract', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='true_ups', to='licenses.contract')),
                ('customer', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='licenses.customer')),
                ('invoice', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='true_ups', to='billing.invoice')),
                ('previous', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='billing.trueup')),
            ],
            options={
                'ordering': ('-pk',),
            },
        ),
        migrations.CreateModel(
            name='TrueUpEvent',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('verb', models.CharField(max_length=30)),
                ('actor_name', models.CharField(max_length=200)),
                ('actor_account', models.BigIntegerField(blank=True, null=True)),
                ('reason', models.TextField(blank=True, default='')),
                ('data', models.JSONField(blank=True, default=dict)),
                ('at', models.DateTimeField()),
                ('contract', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='licenses.contract')),
                ('customer', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='licenses.customer')),
                ('true_up', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='entries', to='billing.trueup')),
            ],
            options={
                'ordering': ('true_up_id', 'pk'),
            },
        ),
        migrations.CreateModel(
            name='InvoiceLine',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('position', models.PositiveIntegerField()),
                ('key', models.CharField(max_length=200)),
                ('charge_key', models.CharField(max_length=100)),
                ('kind', models.CharField(max_length=30)),
                ('quantity', models.DecimalField(decimal_places=6, max_digits=20)),
                ('unit_price', models.DecimalField(decimal_places=10, max_digits=24)),
                ('share', models.CharField(db_default='1', default='1', max_length=40)),
                ('amount', models.DecimalField(decimal_places=4, max_digits=20)),
                ('tax_category', models.CharField(max_length=4)),
                ('tax_rate', models.DecimalField(decimal_places=4, max_digits=7)),
                ('words', models.TextField()),
                ('period', django.contrib.postgres.fields.ranges.DateRangeField()),
                ('billing_period', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='lines', to='billing.billingperiod')),
                ('credited_line', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='credit_lines', to='billing.invoiceline')),
                ('customer', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='licenses.customer')),
                ('invoice', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='lines', to='billing.invoice')),
                ('true_up', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='lines', to='billing.trueup')),
            ],
            options={
                'ordering': ('invoice_id', 'position'),
            },
        ),
        migrations.CreateModel(
            name='TrueUpHistory',
            fields=[
                ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_label', models.TextField(help_text='The event label.')),
                ('id', models.BigIntegerField()),
                ('public_id', models.CharField(default=ground.ids.new_public_id, editable=False, max_length=32)),
                ('charge_key', models.CharField(max_length=100)),
                ('kind', models.CharField(choices=[('late_usage', 'late usage'), ('amendment', 'a retroactive amendment'), ('correction', 'a correction'), ('commitment', 'a commitment')], db_default='late_usage', default='late_usage', max_length=20)),
                ('cause_key', models.CharField(blank=True, db_default='', default='', max_length=200)),
                ('after_evidence_set_digest', models.CharField(blank=True, default='', max_length=71)),
                ('before_rating', models.JSONField()),
                ('after_rating', models.JSONField()),
                ('after_usage', models.JSONField()),
                ('currency', models.CharField(max_length=3)),
                ('difference_amount', models.DecimalField(decimal_places=4, max_digits=20)),
                ('words', models.TextField()),
                ('new_users', models.PositiveIntegerField()),
                ('gone_users', models.PositiveIntegerField()),
                ('approve_above', models.DecimalField(blank=True, decimal_places=4, max_digits=20, null=True)),
                ('state', models.CharField(choices=[('proposed', 'to decide'), ('needs_approval', 'to approve'), ('accepted', 'accepted'), ('waived', 'waived'), ('superseded', 'superseded')], default='proposed', max_length=20)),
                ('proposed_at', models.DateTimeField()),
                ('settled_amount', models.DecimalField(blank=True, decimal_places=4, max_digits=20, null=True)),
                ('settle', models.CharField(blank=True, choices=[('next_invoice', 'on the next invoice'), ('own_invoice', 'on an invoice of its own'), ('credit_note', 'by a credit note')], db_default='', default='', max_length=20)),
                ('reason', models.TextField(blank=True, default='')),
                ('adjustment_reason', models.TextField(blank=True, db_default='', default='')),
                ('decided_by', models.CharField(blank=True, default='', max_length=200)),
                ('decided_by_account', models.BigIntegerField(blank=True, null=True)),
                ('decided_at', models.DateTimeField(blank=True, null=True)),
                ('approved_by', models.CharField(blank=True, db_default='', default='', max_length=200)),
                ('approved_by_account', models.BigIntegerField(blank=True, null=True)),
                ('approved_at', models.DateTimeField(blank=True, null=True)),
                ('after_count', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='usage.activeusercount')),
                ('before_count', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='usage.activeusercount')),
                ('billing_period', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='billing.billingperiod')),
                ('contract', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='licenses.contract')),
                ('customer', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='licenses.customer')),
                ('invoice', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='billing.invoice')),
                ('pgh_context', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='pghistory.context')),
                ('pgh_obj', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='events', to='billing.trueup')),
                ('previous', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='billing.trueup')),
            ],
            options={
                'abstract': False,
            },
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='billingperiodhistory',
            trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='ade5ffc559d05a88ca397a350065a2bbb152ed18', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_046de', table='billing_billingperiodhistory', when='BEFORE')),
        ),
        migrations.AddIndex(
            model_name='billingperiod',
            index=models.Index(fields=['state', 'ends_at'], name='billing_period_by_state'),
        ),
        migrations.AddIndex(
            model_name='billingperiod',
            index=models.Index(fields=['ends_at', 'contract'], name='billing_period_by_end'),
        ),
        migrations.AddConstraint(
            model_name='billingperiod',
            constraint=models.UniqueConstraint(fields=('id', 'customer'), name='billing_period_and_customer'),
        ),
        migrations.AddConstraint(
            model_name='billingperiod',
            constraint=models.UniqueConstraint(fields=('id', 'contract', 'customer'), name='billing_period_contract_and_customer'),
        ),
        migrations.AddConstraint(
            model_name='billingperiod',
            constraint=models.CheckConstraint(condition=models.Q(('period__isempty', False), ('period__lower_inf', False), ('period__upper_inf', False)), name='billing_period_has_days'),
        ),
        migrations.AddConstraint(
            model_name='billingperiod',
            constraint=models.CheckConstraint(condition=models.Q(('ends_at__gt', models.F('starts_at'))), name='billing_period_ends_after_start'),
        ),
        migrations.AddConstraint(
            model_name='billingperiod',
            constraint=models.CheckConstraint(condition=models.Q(('charge_key', ''), _negated=True), name='billing_period_charge_named'),
        ),
        migrations.AddConstraint(
            model_name='billingperiod',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('state', 'held'), models.Q(('held_code', ''), _negated=True), models.Q(('held_words', ''), _negated=True)), models.Q(models.Q(('state', 'held'), _negated=True), ('held_code', ''), ('held_words', '')), _connector='OR'), name='billing_period_held_has_reason'),
        ),
        migrations.AddConstraint(
            model_name='billingperiod',
            constraint=models.CheckConstraint(condition=models.Q(('state__in', ('open', 'held')), models.Q(('contract_version__isnull', False), ('rated_usage__isnull', False), ('rating__isnull', False), models.Q(('rating_digest', ''), _negated=True)), _connector='OR'), name='billing_period_rated_from_counted_on'),
        ),
        migrations.AddConstraint(
            model_name='billingperiod',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('is_counted', True), ('state__in', ('open', 'held'))), models.Q(('count__isnull', False), ('is_counted', True)), models.Q(('count__isnull', True), ('is_counted', False)), _connector='OR'), name='billing_period_count_where_counted'),
        ),
        migrations.AddConstraint(
            model_name='billingperiod',
            constraint=models.CheckConstraint(condition=models.Q(('is_in_advance', False), ('is_counted', False), _connector='OR'), name='billing_period_in_advance_is_not_counted'),
        ),
        migrations.AddConstraint(
            model_name='billingperiod',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('invoice__isnull', False), ('state__in', ('drafted', 'invoiced'))), models.Q(models.Q(('state__in', ('drafted', 'invoiced')), _negated=True), ('invoice__isnull', True)), _connector='OR'), name='billing_period_invoice_when_drafted'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='billingperiod',
            trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "billing_billingperiodhistory" ("charge_key", "contract_id", "contract_version_id", "count_id", "customer_id", "ends_at", "held_code", "held_words", "id", "invoice_id", "is_counted", "is_in_advance", "is_main", "kind", "period", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "rated_usage", "rating", "rating_digest", "released", "starts_at", "state", "state_changed_at", "zone") VALUES (NEW."charge_key", NEW."contract_id", NEW."contract_version_id", NEW."count_id", NEW."customer_id", NEW."ends_at", NEW."held_code", NEW."held_words", NEW."id", NEW."invoice_id", NEW."is_counted", NEW."is_in_advance", NEW."is_main", NEW."kind", NEW."period", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."rated_usage", NEW."rating", NEW."rating_digest", NEW."released", NEW."starts_at", NEW."state", NEW."state_changed_at", NEW."zone"); RETURN NULL;', hash='3b757827bd51db752939272e0dd4e4bb4d94744d', operation='INSERT', pgid='pgtrigger_insert_insert_e7530', table='billing_billingperiod', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='billingperiod',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "billing_billingperiodhistory" ("charge_key", "contract_id", "contract_version_id", "count_id", "customer_id", "ends_at", "held_code", "held_words", "id", "invoice_id", "is_counted", "is_in_advance", "is_main", "kind", "period", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "rated_usage", "rating", "rating_digest", "released", "starts_at", "state", "state_changed_at", "zone") VALUES (NEW."charge_key", NEW."contract_id", NEW."contract_version_id", NEW."count_id", NEW."customer_id", NEW."ends_at", NEW."held_code", NEW."held_words", NEW."id", NEW."invoice_id", NEW."is_counted", NEW."is_in_advance", NEW."is_main", NEW."kind", NEW."period", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."rated_usage", NEW."rating", NEW."rating_digest", NEW."released", NEW."starts_at", NEW."state", NEW."state_changed_at", NEW."zone"); RETURN NULL;', hash='9b4302b818e5a83af88c9d148da3db6832cb21ef', operation='UPDATE', pgid='pgtrigger_update_update_6383e', table='billing_billingperiod', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='billingperiod',
            trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "billing_billingperiodhistory" ("charge_key", "contract_id", "contract_version_id", "count_id", "customer_id", "ends_at", "held_code", "held_words", "id", "invoice_id", "is_counted", "is_in_advance", "is_main", "kind", "period", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "rated_usage", "rating", "rating_digest", "released", "starts_at", "state", "state_changed_at", "zone") VALUES (OLD."charge_key", OLD."contract_id", OLD."contract_version_id", OLD."count_id", OLD."customer_id", OLD."ends_at", OLD."held_code", OLD."held_words", OLD."id", OLD."invoice_id", OLD."is_counted", OLD."is_in_advance", OLD."is_main", OLD."kind", OLD."period", _pgh_attach_context(), NOW(), \'delete\', OLD."id", OLD."rated_usage", OLD."rating", OLD."rating_digest", OLD."released", OLD."starts_at", OLD."state", OLD."state_changed_at", OLD."zone"); RETURN NULL;', hash='b3261b969f4e14ab92945486992d18b5d9b17a53', operation='DELETE', pgid='pgtrigger_delete_delete_a896d', table='billing_billingperiod', when='AFTER')),
        ),
        migrations.AddConstraint(
            model_name='invoicedocument',
            constraint=models.UniqueConstraint(fields=('invoice', 'kind'), name='invoice_document_once_per_kind'),
        ),
        migrations.AddConstraint(
            model_name='invoicedocument',
            constraint=models.CheckConstraint(condition=models.Q(('size__gt', 0)), name='invoice_document_not_empty'),
        ),
        migrations.AddConstraint(
            model_name='invoiceevent',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('verb', ''), _negated=True), models.Q(('actor_name', ''), _negated=True)), name='invoice_event_names_verb_and_actor'),
        ),
        migrations.AddConstraint(
            model_name='invoiceseries',
            constraint=models.UniqueConstraint(fields=('legal_entity', 'kind'), name='invoice_series_one_per_kind'),
        ),
        migrations.AddConstraint(
            model_name='invoiceseries',
            constraint=models.UniqueConstraint(fields=('legal_entity', 'prefix'), name='invoice_series_prefix_names_one'),
        ),
        migrations.AddConstraint(
            model_name='invoiceseries',
            constraint=models.CheckConstraint(condition=models.Q(('first_number__gte', 1), ('next_number__gte', models.F('first_number'))), name='invoice_series_counts_up'),
        ),
        migrations.AddIndex(
            model_name='invoice',
            index=models.Index(fields=['customer', '-issue_date'], name='billing_invoice_by_customer'),
        ),
        migrations.AddIndex(
            model_name='invoice',
            index=models.Index(fields=['state', '-issue_date'], name='billing_invoice_by_state'),
        ),
        migrations.AddIndex(
            model_name='invoice',
            index=models.Index(fields=['currency', '-id'], name='billing_invoice_by_currency'),
        ),
        migrations.AddIndex(
            model_name='invoice',
            index=models.Index(django.contrib.postgres.indexes.OpClass(django.db.models.functions.text.Upper('number'), name='text_pattern_ops'), name='billing_invoice_by_number'),
        ),
        migrations.AddConstraint(
            model_name='invoice',
            constraint=models.UniqueConstraint(fields=('id', 'customer'), name='invoice_and_customer'),
        ),
        migrations.AddConstraint(
            model_name='invoice',
            constraint=models.UniqueConstraint(fields=('id', 'contract', 'customer'), name='invoice_contract_and_customer'),
        ),
        migrations.AddConstraint(
            model_name='invoice',
            constraint=models.UniqueConstraint(fields=('series', 'number'), name='invoice_number_once'),
        ),
        migrations.AddConstraint(
            model_name='invoice',
            constraint=models.UniqueConstraint(fields=('series', 'sequence'), name='invoice_sequence_once'),
        ),
        migrations.AddConstraint(
            model_name='invoice',
            constraint=models.UniqueConstraint(condition=models.Q(('state', 'finalized')), fields=('series', 'previous_digest'), name='invoice_chain_does_not_fork'),
        ),
        migrations.AddConstraint(
            model_name='invoice',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('corrects__isnull', True), ('kind', 'invoice')), models.Q(('corrects__isnull', False), ('kind', 'credit_note'), ('prepaid_amount__lte', models.F('gross_amount')), ('net_amount__gt', 0), ('tax_amount__gte', 0)), _connector='OR'), name='invoice_credit_note_corrects_one'),
        ),
        migrations.AddConstraint(
            model_name='invoice',
            constraint=models.CheckConstraint(condition=models.Q(('prepaid_amount__gte', 0)), name='invoice_prepaid_not_negative'),
        ),
        migrations.AddConstraint(
            model_name='invoice',
            constraint=models.CheckConstraint(condition=models.Q(('gross_amount', django.db.models.expressions.CombinedExpression(models.F('net_amount'), '+', models.F('tax_amount')))), name='invoice_net_and_tax_are_gross'),
        ),
        migrations.AddConstraint(
            model_name='invoice',
            constraint=models.CheckConstraint(condition=models.Q(('period__isempty', False), ('period__lower_inf', False), ('period__upper_inf', False)), name='invoice_period_not_empty'),
        ),
        migrations.AddConstraint(
            model_name='invoice',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('finalized_at__isnull', True), ('number__isnull', True), ('sequence__isnull', True), ('series__isnull', True), ('snapshot__isnull', True), ('state', 'draft')), models.Q(('due_date__gte', models.F('issue_date')), ('finalized_at__isnull', False), ('issue_date__isnull', False), ('number__isnull', False), ('sequence__isnull', False), ('series__isnull', False), ('snapshot__isnull', False), ('state', 'finalized'), models.Q(('number', ''), _negated=True), models.Q(('snapshot_digest', ''), _negated=True), models.Q(('chain_digest', ''), _negated=True), models.Q(('finalized_by', ''), _negated=True)), _connector='OR'), name='invoice_finalized_is_complete'),
        ),
        migrations.AddIndex(
            model_name='trueup',
            index=models.Index(fields=['state', 'proposed_at'], name='billing_true_up_by_state'),
        ),
        migrations.AddConstraint(
            model_name='trueup',
            constraint=models.UniqueConstraint(fields=('id', 'customer'), name='true_up_and_customer'),
        ),
        migrations.AddConstraint(
            model_name='trueup',
            constraint=models.UniqueConstraint(condition=models.Q(('state', 'superseded'), _negated=True), fields=('billing_period', 'previous'), name='true_up_one_live_per_predecessor', nulls_distinct=False),
        ),
        migrations.AddConstraint(
            model_name='trueup',
            constraint=models.UniqueConstraint(fields=('id', 'contract', 'customer'), name='true_up_contract_and_customer'),
        ),
        migrations.AddConstraint(
            model_name='trueup',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('state__in', ('needs_approval', 'accepted', 'waived')), ('decided_at__isnull', False), ('settled_amount__isnull', False), models.Q(('reason', ''), _negated=True), models.Q(('decided_by', ''), _negated=True)), models.Q(('adjustment_reason', ''), ('decided_at__isnull', True), ('decided_by', ''), ('decided_by_account__isnull', True), ('reason', ''), ('settle', ''), ('settled_amount__isnull', True), ('state__in', ('proposed', 'superseded'))), _connector='OR'), name='true_up_decided_with_reason'),
        ),
        migrations.AddConstraint(
            model_name='trueup',
            constraint=models.CheckConstraint(condition=models.Q(('settled_amount__isnull', True), models.Q(('difference_amount__gte', 0), ('settled_amount__gte', 0), ('settled_amount__lte', models.F('difference_amount'))), models.Q(('difference_amount__lte', 0), ('settled_amount__gte', models.F('difference_amount')), ('settled_amount__lte', 0)), _connector='OR'), name='true_up_settles_within_difference'),
        ),
        migrations.AddConstraint(
            model_name='trueup',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('settle', ''), ('state__in', ('proposed', 'superseded'))), models.Q(('settle', ''), ('settled_amount', 0), ('state__in', ('needs_approval', 'waived'))), models.Q(('state__in', ('needs_approval', 'accepted')), models.Q(models.Q(('settle', 'next_invoice'), models.Q(('settled_amount', 0), _negated=True)), models.Q(('settle', 'own_invoice'), ('settled_amount__gt', 0)), models.Q(('settle', 'credit_note'), ('settled_amount__lt', 0)), _connector='OR')), _connector='OR'), name='true_up_settled_in_one_way'),
        ),
        migrations.AddConstraint(
            model_name='trueup',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('adjustment_reason', ''), ('settle', '')), models.Q(('adjustment_reason', ''), ('settled_amount', models.F('difference_amount')), models.Q(('settle', ''), _negated=True)), models.Q(models.Q(('settle', ''), _negated=True), models.Q(('settled_amount', models.F('difference_amount')), _negated=True), models.Q(('adjustment_reason', ''), _negated=True)), _connector='OR'), name='true_up_adjusted_with_reason'),
        ),
        migrations.AddConstraint(
            model_name='trueup',
            constraint=models.CheckConstraint(condition=models.Q(('approve_above__isnull', True), ('state__in', ('proposed', 'needs_approval', 'superseded')), ('approved_at__isnull', False), models.Q(('difference_amount__gte', django.db.models.expressions.CombinedExpression(models.Value(0), '-', models.F('approve_above'))), ('difference_amount__lte', models.F('approve_above'))), _connector='OR'), name='true_up_second_person_above_limit'),
        ),
        migrations.AddConstraint(
            model_name='trueup',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('approved_at__isnull', True), ('approved_by', ''), ('approved_by_account__isnull', True)), models.Q(('approved_at__isnull', False), ('approved_by_account__isnull', False), ('state__in', ('accepted', 'waived')), models.Q(('approved_by', ''), _negated=True), models.Q(('decided_by_account__isnull', True), models.Q(('approved_by_account', models.F('decided_by_account')), _negated=True), _connector='OR')), _connector='OR'), name='true_up_approved_by_another'),
        ),
        migrations.AddConstraint(
            model_name='trueup',
            constraint=models.CheckConstraint(condition=models.Q(('invoice__isnull', True), ('state', 'accepted'), _connector='OR'), name='true_up_settled_when_accepted'),
        ),
        migrations.AddConstraint(
            model_name='trueup',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('before_count', models.F('after_count')), _negated=True), models.Q(('difference_amount', 0), _negated=True), _connector='OR'), name='true_up_changes_the_count'),
        ),
        migrations.AddConstraint(
            model_name='trueup',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('after_count__isnull', True), ('after_evidence_set_digest', ''), ('before_count__isnull', True)), models.Q(('after_count__isnull', False), ('before_count__isnull', False), models.Q(('after_evidence_set_digest', ''), _negated=True)), _connector='OR'), name='true_up_counts_both_or_none'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='trueup',
            trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "billing_trueuphistory" ("adjustment_reason", "after_count_id", "after_evidence_set_digest", "after_rating", "after_usage", "approve_above", "approved_at", "approved_by", "approved_by_account", "before_count_id", "before_rating", "billing_period_id", "cause_key", "charge_key", "contract_id", "currency", "customer_id", "decided_at", "decided_by", "decided_by_account", "difference_amount", "gone_users", "id", "invoice_id", "kind", "new_users", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "previous_id", "proposed_at", "public_id", "reason", "settle", "settled_amount", "state", "words") VALUES (NEW."adjustment_reason", NEW."after_count_id", NEW."after_evidence_set_digest", NEW."after_rating", NEW."after_usage", NEW."approve_above", NEW."approved_at", NEW."approved_by", NEW."approved_by_account", NEW."before_count_id", NEW."before_rating", NEW."billing_period_id", NEW."cause_key", NEW."charge_key", NEW."contract_id", NEW."currency", NEW."customer_id", NEW."decided_at", NEW."decided_by", NEW."decided_by_account", NEW."difference_amount", NEW."gone_users", NEW."id", NEW."invoice_id", NEW."kind", NEW."new_users", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."previous_id", NEW."proposed_at", NEW."public_id", NEW."reason", NEW."settle", NEW."settled_amount", NEW."state", NEW."words"); RETURN NULL;', hash='32a61edf825167e277c53bdb9c0594e273aa3204', operation='INSERT', pgid='pgtrigger_insert_insert_8bc9a', table='billing_trueup', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='trueup',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "billing_trueuphistory" ("adjustment_reason", "after_count_id", "after_evidence_set_digest", "after_rating", "after_usage", "approve_above", "approved_at", "approved_by", "approved_by_account", "before_count_id", "before_rating", "billing_period_id", "cause_key", "charge_key", "contract_id", "currency", "customer_id", "decided_at", "decided_by", "decided_by_account", "difference_amount", "gone_users", "id", "invoice_id", "kind", "new_users", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "previous_id", "proposed_at", "public_id", "reason", "settle", "settled_amount", "state", "words") VALUES (NEW."adjustment_reason", NEW."after_count_id", NEW."after_evidence_set_digest", NEW."after_rating", NEW."after_usage", NEW."approve_above", NEW."approved_at", NEW."approved_by", NEW."approved_by_account", NEW."before_count_id", NEW."before_rating", NEW."billing_period_id", NEW."cause_key", NEW."charge_key", NEW."contract_id", NEW."currency", NEW."customer_id", NEW."decided_at", NEW."decided_by", NEW."decided_by_account", NEW."difference_amount", NEW."gone_users", NEW."id", NEW."invoice_id", NEW."kind", NEW."new_users", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."previous_id", NEW."proposed_at", NEW."public_id", NEW."reason", NEW."settle", NEW."settled_amount", NEW."state", NEW."words"); RETURN NULL;', hash='254da95359f6d357a25d7d200dc6d49f1f1d0687', operation='UPDATE', pgid='pgtrigger_update_update_b9c4e', table='billing_trueup', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='trueup',
            trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "billing_trueuphistory" ("adjustment_reason", "after_count_id", "after_evidence_set_digest", "after_rating", "after_usage", "approve_above", "approved_at", "approved_by", "approved_by_account", "before_count_id", "before_rating", "billing_period_id", "cause_key", "charge_key", "contract_id", "currency", "customer_id", "decided_at", "decided_by", "decided_by_account", "difference_amount", "gone_users", "id", "invoice_id", "kind", "new_users", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "previous_id", "proposed_at", "public_id", "reason", "settle", "settled_amount", "state", "words") VALUES (OLD."adjustment_reason", OLD."after_count_id", OLD."after_evidence_set_digest", OLD."after_rating", OLD."after_usage", OLD."approve_above", OLD."approved_at", OLD."approved_by", OLD."approved_by_account", OLD."before_count_id", OLD."before_rating", OLD."billing_period_id", OLD."cause_key", OLD."charge_key", OLD."contract_id", OLD."currency", OLD."customer_id", OLD."decided_at", OLD."decided_by", OLD."decided_by_account", OLD."difference_amount", OLD."gone_users", OLD."id", OLD."invoice_id", OLD."kind", OLD."new_users", _pgh_attach_context(), NOW(), \'delete\', OLD."id", OLD."previous_id", OLD."proposed_at", OLD."public_id", OLD."reason", OLD."settle", OLD."settled_amount", OLD."state", OLD."words"); RETURN NULL;', hash='faeafdf4665636bd89ac63143ccb937d3118d1bf', operation='DELETE', pgid='pgtrigger_delete_delete_dc511', table='billing_trueup', when='AFTER')),
        ),
        migrations.AddConstraint(
            model_name='invoiceline',
            constraint=models.UniqueConstraint(fields=('id', 'customer'), name='invoice_line_and_customer'),
        ),
        migrations.AddConstraint(
            model_name='invoiceline',
            constraint=models.UniqueConstraint(fields=('invoice', 'position'), name='invoice_line_position_once'),
        ),
        migrations.AddConstraint(
            model_name='invoiceline',
            constraint=models.UniqueConstraint(condition=models.Q(('true_up__isnull', False)), fields=('true_up',), name='true_up_settled_once'),
        ),
        migrations.AddConstraint(
            model_name='invoiceline',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('words', ''), _negated=True), models.Q(('key', ''), _negated=True)), name='invoice_line_says_why'),
        ),
        migrations.AddConstraint(
            model_name='trueupevent',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('verb', ''), _negated=True), models.Q(('actor_name', ''), _negated=True)), name='true_up_event_names_verb_and_actor'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='trueuphistory',
            trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='fa0430fb088fed9d3ce94e8b56ec6031568a6eb9', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_f2f0f', table='billing_trueuphistory', when='BEFORE')),
        ),
        migrations.CreateModel(
            name='Difference',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_id', models.CharField(default=ground.ids.new_public_id, editable=False, max_length=32, unique=True)),
                ('period', django.contrib.postgres.fields.ranges.DateRangeField()),
                ('zone', models.CharField(max_length=64)),
                ('code', models.CharField(choices=[('reported_against_counted', 'reported against counted'), ('instance_against_instance', 'one instance against another'), ('month_against_trend', 'this period against the trend'), ('evidence_grade', 'evidence grade'), ('days_missing', 'days without a report'), ('quarantined_share', 'quarantined rows'), ('spike', 'a spike'), ('mixed_namespaces', 'mixed namespaces'), ('held', 'held'), ('billed_against_counted', 'billed against counted')], max_length=40)),
                ('key', models.CharField(max_length=300, unique=True)),
                ('words', models.TextField()),
                ('users', models.BigIntegerField(blank=True, null=True)),
                ('amount', models.DecimalField(blank=True, decimal_places=4, max_digits=20, null=True)),
                ('currency', models.CharField(blank=True, default='', max_length=3)),
                ('facts', models.JSONField(blank=True, default=dict)),
                ('state', models.CharField(choices=[('open', 'open'), ('explained', 'explained'), ('gone', 'gone')], default='open', max_length=10)),
                ('note', models.TextField(blank=True, default='')),
                ('found_at', models.DateTimeField()),
                ('changed_at', models.DateTimeField()),
                ('asked_at', models.DateTimeField(blank=True, null=True)),
                ('closed_at', models.DateTimeField(blank=True, null=True)),
                ('closed_by', models.CharField(blank=True, default='', max_length=200)),
                ('reason', models.TextField(blank=True, default='')),
                ('billing_period', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='differences', to='billing.billingperiod')),
                ('contract', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='differences', to='licenses.contract')),
                ('customer', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='licenses.customer')),
                ('owner', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ('found_at', 'pk'),
            },
        ),
        migrations.CreateModel(
            name='DifferenceEvent',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('verb', models.CharField(max_length=30)),
                ('actor_name', models.CharField(max_length=200)),
                ('reason', models.TextField(blank=True, default='')),
                ('data', models.JSONField(blank=True, default=dict)),
                ('at', models.DateTimeField()),
                ('contract', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='licenses.contract')),
                ('customer', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='licenses.customer')),
                ('difference', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='entries', to='billing.difference')),
            ],
            options={
                'ordering': ('difference_id', 'pk'),
            },
        ),
        migrations.CreateModel(
            name='DifferenceHistory',
            fields=[
                ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_label', models.TextField(help_text='The event label.')),
                ('id', models.BigIntegerField()),
                ('public_id', models.CharField(default=ground.ids.new_public_id, editable=False, max_length=32)),
                ('period', django.contrib.postgres.fields.ranges.DateRangeField()),
                ('zone', models.CharField(max_length=64)),
                ('code', models.CharField(choices=[('reported_against_counted', 'reported against counted'), ('instance_against_instance', 'one instance against another'), ('month_against_trend', 'this period against the trend'), ('evidence_grade', 'evidence grade'), ('days_missing', 'days without a report'), ('quarantined_share', 'quarantined rows'), ('spike', 'a spike'), ('mixed_namespaces', 'mixed namespaces'), ('held', 'held'), ('billed_against_counted', 'billed against counted')], max_length=40)),
                ('key', models.CharField(max_length=300)),
                ('words', models.TextField()),
                ('users', models.BigIntegerField(blank=True, null=True)),
                ('amount', models.DecimalField(blank=True, decimal_places=4, max_digits=20, null=True)),
                ('currency', models.CharField(blank=True, default='', max_length=3)),
                ('facts', models.JSONField(blank=True, default=dict)),
                ('state', models.CharField(choices=[('open', 'open'), ('explained', 'explained'), ('gone', 'gone')], default='open', max_length=10)),
                ('note', models.TextField(blank=True, default='')),
                ('found_at', models.DateTimeField()),
                ('changed_at', models.DateTimeField()),
                ('asked_at', models.DateTimeField(blank=True, null=True)),
                ('closed_at', models.DateTimeField(blank=True, null=True)),
                ('closed_by', models.CharField(blank=True, default='', max_length=200)),
                ('reason', models.TextField(blank=True, default='')),
                ('billing_period', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='billing.billingperiod')),
                ('contract', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='licenses.contract')),
                ('customer', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='licenses.customer')),
                ('owner', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to=settings.AUTH_USER_MODEL)),
                ('pgh_context', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='pghistory.context')),
                ('pgh_obj', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='events', to='billing.difference')),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.AddIndex(
            model_name='difference',
            index=models.Index(fields=['state', 'found_at'], name='difference_by_state'),
        ),
        migrations.AddIndex(
            model_name='difference',
            index=models.Index(fields=['contract', 'state'], name='difference_by_contract'),
        ),
        migrations.AddConstraint(
            model_name='difference',
            constraint=models.UniqueConstraint(fields=('id', 'contract', 'customer'), name='difference_and_owner'),
        ),
        migrations.AddConstraint(
            model_name='difference',
            constraint=models.CheckConstraint(condition=models.Q(('period__isempty', False), ('period__lower_inf', False), ('period__upper_inf', False)), name='difference_has_days'),
        ),
        migrations.AddConstraint(
            model_name='difference',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('words', ''), _negated=True), models.Q(('key', ''), _negated=True), models.Q(('code', ''), _negated=True)), name='difference_says_what'),
        ),
        migrations.AddConstraint(
            model_name='difference',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('closed_at__isnull', True), ('closed_by', ''), ('reason', ''), ('state', 'open')), models.Q(('closed_at__isnull', False), ('state__in', ('explained', 'gone')), models.Q(('closed_by', ''), _negated=True), models.Q(('reason', ''), _negated=True)), _connector='OR'), name='difference_closed_with_reason'),
        ),
        migrations.AddConstraint(
            model_name='difference',
            constraint=models.CheckConstraint(condition=models.Q(('amount__isnull', True), models.Q(('currency', ''), _negated=True), _connector='OR'), name='difference_money_has_currency'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='difference',
            trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "billing_differencehistory" ("amount", "asked_at", "billing_period_id", "changed_at", "closed_at", "closed_by", "code", "contract_id", "currency", "customer_id", "facts", "found_at", "id", "key", "note", "owner_id", "period", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "public_id", "reason", "state", "users", "words", "zone") VALUES (NEW."amount", NEW."asked_at", NEW."billing_period_id", NEW."changed_at", NEW."closed_at", NEW."closed_by", NEW."code", NEW."contract_id", NEW."currency", NEW."customer_id", NEW."facts", NEW."found_at", NEW."id", NEW."key", NEW."note", NEW."owner_id", NEW."period", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."public_id", NEW."reason", NEW."state", NEW."users", NEW."words", NEW."zone"); RETURN NULL;', hash='23bbe008faac8847c4d50e102f85a372efe631f3', operation='INSERT', pgid='pgtrigger_insert_insert_52f08', table='billing_difference', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='difference',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "billing_differencehistory" ("amount", "asked_at", "billing_period_id", "changed_at", "closed_at", "closed_by", "code", "contract_id", "currency", "customer_id", "facts", "found_at", "id", "key", "note", "owner_id", "period", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "public_id", "reason", "state", "users", "words", "zone") VALUES (NEW."amount", NEW."asked_at", NEW."billing_period_id", NEW."changed_at", NEW."closed_at", NEW."closed_by", NEW."code", NEW."contract_id", NEW."currency", NEW."customer_id", NEW."facts", NEW."found_at", NEW."id", NEW."key", NEW."note", NEW."owner_id", NEW."period", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."public_id", NEW."reason", NEW."state", NEW."users", NEW."words", NEW."zone"); RETURN NULL;', hash='224fa7a2786574803b6a414cf79eedcd71a6870c', operation='UPDATE', pgid='pgtrigger_update_update_489e8', table='billing_difference', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='difference',
            trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "billing_differencehistory" ("amount", "asked_at", "billing_period_id", "changed_at", "closed_at", "closed_by", "code", "contract_id", "currency", "customer_id", "facts", "found_at", "id", "key", "note", "owner_id", "period", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "public_id", "reason", "state", "users", "words", "zone") VALUES (OLD."amount", OLD."asked_at", OLD."billing_period_id", OLD."changed_at", OLD."closed_at", OLD."closed_by", OLD."code", OLD."contract_id", OLD."currency", OLD."customer_id", OLD."facts", OLD."found_at", OLD."id", OLD."key", OLD."note", OLD."owner_id", OLD."period", _pgh_attach_context(), NOW(), \'delete\', OLD."id", OLD."public_id", OLD."reason", OLD."state", OLD."users", OLD."words", OLD."zone"); RETURN NULL;', hash='dbb892446fe97887a7f9c8108775b5e5ac32317d', operation='DELETE', pgid='pgtrigger_delete_delete_ee279', table='billing_difference', when='AFTER')),
        ),
        migrations.AddConstraint(
            model_name='differenceevent',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('verb', ''), _negated=True), models.Q(('actor_name', ''), _negated=True)), name='difference_event_names_verb_and_actor'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='differencehistory',
            trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='ec97bbd9f97bdc5d69be3edc65673da5e49f4e4d', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_2963a', table='billing_differencehistory', when='BEFORE')),
        ),
        migrations.CreateModel(
            name='OpenBalance',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.CharField(max_length=40, verbose_name='number in the old system')),
                ('currency', models.CharField(max_length=3)),
                ('amount', models.DecimalField(decimal_places=4, max_digits=20)),
                ('due_date', models.DateField()),
                ('recorded_by', models.CharField(max_length=200)),
                ('recorded_at', models.DateTimeField()),
                ('customer', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='open_balances', to='licenses.customer')),
            ],
            options={
                'ordering': ('customer_id', 'due_date', 'number'),
            },
        ),
        migrations.CreateModel(
            name='OpenBalanceHistory',
            fields=[
                ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_label', models.TextField(help_text='The event label.')),
                ('id', models.BigIntegerField()),
                ('number', models.CharField(max_length=40, verbose_name='number in the old system')),
                ('currency', models.CharField(max_length=3)),
                ('amount', models.DecimalField(decimal_places=4, max_digits=20)),
                ('due_date', models.DateField()),
                ('recorded_by', models.CharField(max_length=200)),
                ('recorded_at', models.DateTimeField()),
                ('customer', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='licenses.customer')),
                ('pgh_context', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='pghistory.context')),
                ('pgh_obj', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='events', to='billing.openbalance')),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='Delivery',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.PositiveIntegerField()),
                ('how', models.CharField(choices=[('pdf', 'with the PDF'), ('link', 'with a link to sign in')], max_length=10)),
                ('message_id', models.CharField(max_length=250, unique=True)),
                ('to', models.JSONField()),
                ('subject', models.CharField(max_length=250)),
                ('body', models.TextField()),
                ('reason', models.TextField(blank=True, default='')),
                ('asked_by', models.CharField(max_length=200)),
                ('asked_at', models.DateTimeField()),
                ('state', models.CharField(choices=[('queued', 'queued'), ('sent', 'sent'), ('failed', 'failed')], default='queued', max_length=10)),
                ('attempts', models.PositiveIntegerField(default=0)),
                ('handed_over_at', models.DateTimeField(blank=True, null=True)),
                ('last_error', models.TextField(blank=True, default='')),
                ('sent_to', models.JSONField(blank=True, default=list)),
                ('ended_at', models.DateTimeField(blank=True, null=True)),
                ('contract', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='licenses.contract')),
                ('customer', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='licenses.customer')),
                ('invoice', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='deliveries', to='billing.invoice')),
            ],
            options={
                'verbose_name_plural': 'deliveries',
                'ordering': ('invoice_id', 'number'),
                'indexes': [models.Index(fields=['state', 'asked_at'], name='delivery_by_state')],
                'constraints': [models.UniqueConstraint(fields=('invoice', 'number'), name='delivery_numbered_once'), models.UniqueConstraint(condition=models.Q(('state', 'queued')), fields=('invoice',), name='delivery_one_at_a_time'), models.CheckConstraint(condition=models.Q(('number__gte', 1)), name='delivery_number_from_1'), models.CheckConstraint(condition=models.Q(('number', 1), models.Q(('reason', ''), _negated=True), _connector='OR'), name='delivery_again_with_reason'), models.CheckConstraint(condition=models.Q(('to', []), _negated=True), name='delivery_goes_to_somebody'), models.CheckConstraint(condition=models.Q(models.Q(('ended_at__isnull', True), ('sent_to', []), ('state', 'queued')), models.Q(('ended_at__isnull', False), ('handed_over_at__isnull', False), ('state', 'sent'), models.Q(('sent_to', []), _negated=True)), models.Q(('ended_at__isnull', False), ('state', 'failed'), models.Q(('last_error', ''), _negated=True)), _connector='OR'), name='delivery_says_what_became_of_it')],
            },
        ),
        migrations.AddConstraint(
            model_name='openbalance',
            constraint=models.UniqueConstraint(fields=('customer', 'number'), name='open_balance_once_per_document'),
        ),
        migrations.AddConstraint(
            model_name='openbalance',
            constraint=models.CheckConstraint(condition=models.Q(('number', ''), _negated=True), name='open_balance_names_its_document'),
        ),
        migrations.AddConstraint(
            model_name='openbalance',
            constraint=models.CheckConstraint(condition=models.Q(('amount', 0), _negated=True), name='open_balance_is_not_nothing'),
        ),
        migrations.AddConstraint(
            model_name='openbalance',
            constraint=models.CheckConstraint(condition=models.Q(('currency__regex', '^[A-Z]{3}$')), name='open_balance_has_a_currency'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='openbalance',
            trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "billing_openbalancehistory" ("amount", "currency", "customer_id", "due_date", "id", "number", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "recorded_at", "recorded_by") VALUES (NEW."amount", NEW."currency", NEW."customer_id", NEW."due_date", NEW."id", NEW."number", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."recorded_at", NEW."recorded_by"); RETURN NULL;', hash='a570b6abdcca3f50cff67023393831b72368a429', operation='INSERT', pgid='pgtrigger_insert_insert_850ef', table='billing_openbalance', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='openbalance',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "billing_openbalancehistory" ("amount", "currency", "customer_id", "due_date", "id", "number", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "recorded_at", "recorded_by") VALUES (NEW."amount", NEW."currency", NEW."customer_id", NEW."due_date", NEW."id", NEW."number", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."recorded_at", NEW."recorded_by"); RETURN NULL;', hash='1bbff3fd5fe2801828e88911e8c75e2c40d39127', operation='UPDATE', pgid='pgtrigger_update_update_afa5a', table='billing_openbalance', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='openbalance',
            trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "billing_openbalancehistory" ("amount", "currency", "customer_id", "due_date", "id", "number", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "recorded_at", "recorded_by") VALUES (OLD."amount", OLD."currency", OLD."customer_id", OLD."due_date", OLD."id", OLD."number", _pgh_attach_context(), NOW(), \'delete\', OLD."id", OLD."recorded_at", OLD."recorded_by"); RETURN NULL;', hash='764f838e76e6597ab0ab99b73cf03711bee93c55', operation='DELETE', pgid='pgtrigger_delete_delete_5690b', table='billing_openbalance', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='openbalancehistory',
            trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='729b82922ec32b85839331d62b36b49dbd151b42', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_61ccc', table='billing_openbalancehistory', when='BEFORE')),
        ),
        migrations.CreateModel(
            name='BillingRun',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_id', models.CharField(default=ground.ids.new_public_id, editable=False, max_length=32, unique=True)),
                ('token', models.CharField(max_length=64, unique=True)),
                ('kind', models.CharField(choices=[('count', 'count'), ('draft', 'count and draft'), ('finalize', 'finalize'), ('send', 'send')], max_length=10)),
                ('month', models.DateField()),
                ('asked_by', models.CharField(max_length=200)),
                ('asked_by_account', models.BigIntegerField(blank=True, null=True)),
                ('asked_at', models.DateTimeField()),
                ('cancelled_by', models.CharField(blank=True, default='', max_length=200)),
                ('cancelled_at', models.DateTimeField(blank=True, null=True)),
                ('job', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='billing_run', to='ground.job')),
            ],
            options={
                'ordering': ('-id',),
                'indexes': [models.Index(fields=['month', '-id'], name='billing_run_by_month')],
                'constraints': [
                    models.CheckConstraint(condition=models.Q(('month__day', 1)), name='billing_run_of_a_month'),
                    models.CheckConstraint(condition=models.Q(models.Q(('asked_by', ''), _negated=True), models.Q(('token', ''), _negated=True)), name='billing_run_names_who'),
                    models.CheckConstraint(condition=models.Q(models.Q(('cancelled_at__isnull', True), ('cancelled_by', '')), models.Q(('cancelled_at__isnull', False), models.Q(('cancelled_by', ''), _negated=True)), _connector='OR'), name='billing_run_cancelled_by_somebody'),
                ],
            },
        ),
        migrations.CreateModel(
            name='BillingRunItem',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('position', models.PositiveIntegerField()),
                ('period', django.contrib.postgres.fields.ranges.DateRangeField()),
                ('zone', models.CharField(max_length=64)),
                ('invoice_public_id', models.CharField(blank=True, default='', max_length=32)),
                ('seen_amount', models.DecimalField(blank=True, decimal_places=4, max_digits=20, null=True)),
                ('currency', models.CharField(blank=True, default='', max_length=3)),
                ('outcome', models.CharField(choices=[('waiting', 'not reached'), ('done', 'done'), ('same', 'nothing changed'), ('held', 'held'), ('refused', 'refused'), ('failed', 'failed'), ('left_out', 'left out')], default='waiting', max_length=10)),
                ('words', models.TextField(blank=True, default='')),
                ('amount', models.DecimalField(blank=True, decimal_places=4, max_digits=20, null=True)),
                ('attempts', models.PositiveIntegerField(default=0)),
                ('ended_at', models.DateTimeField(blank=True, null=True)),
                ('contract', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='licenses.contract')),
                ('customer', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='licenses.customer')),
                ('run', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='items', to='billing.billingrun')),
            ],
            options={
                'ordering': ('run_id', 'position'),
                'constraints': [
                    models.UniqueConstraint(fields=('run', 'position'), name='billing_run_item_has_a_place'),
                    models.CheckConstraint(condition=models.Q(('period__isempty', False), ('period__lower_inf', False), ('period__upper_inf', False)), name='billing_run_item_has_days'),
                    models.CheckConstraint(condition=models.Q(models.Q(('amount__isnull', True), ('seen_amount__isnull', True)), models.Q(('currency', ''), _negated=True), _connector='OR'), name='billing_run_item_money_has_currency'),
                    models.CheckConstraint(condition=models.Q(models.Q(('ended_at__isnull', True), ('outcome', 'waiting'), ('words', '')), models.Q(models.Q(('outcome', 'waiting'), _negated=True), ('ended_at__isnull', False), models.Q(('words', ''), _negated=True)), _connector='OR'), name='billing_run_item_ends_with_words'),
                ],
            },
        ),
        migrations.CreateModel(
            name='Adjustment',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_id', models.CharField(default=ground.ids.new_public_id, editable=False, max_length=32, unique=True)),
                ('charge_key', models.CharField(max_length=100)),
                ('period', django.contrib.postgres.fields.ranges.DateRangeField()),
                ('currency', models.CharField(max_length=3)),
                ('amount', models.DecimalField(decimal_places=4, max_digits=20)),
                ('reason', models.TextField()),
                ('takes_two', models.BooleanField()),
                ('state', models.CharField(choices=[('needs_approval', 'to approve'), ('stands', 'stands'), ('withdrawn', 'withdrawn')], max_length=20)),
                ('made_by', models.CharField(max_length=200)),
                ('made_by_account', models.BigIntegerField()),
                ('made_at', models.DateTimeField()),
                ('approved_by', models.CharField(blank=True, db_default='', default='', max_length=200)),
                ('approved_by_account', models.BigIntegerField(blank=True, null=True)),
                ('approved_at', models.DateTimeField(blank=True, null=True)),
                ('withdrawn_by', models.CharField(blank=True, db_default='', default='', max_length=200)),
                ('withdrawn_at', models.DateTimeField(blank=True, null=True)),
                ('withdrawn_reason', models.TextField(blank=True, db_default='', default='')),
            ],
            options={
                'ordering': ('made_at', 'pk'),
            },
        ),
        migrations.CreateModel(
            name='ApprovalLimit',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('currency', models.CharField(max_length=3, verbose_name='currency (ISO 4217)')),
                ('amount', models.DecimalField(decimal_places=4, max_digits=20)),
            ],
            options={
                'ordering': ('legal_entity_id', 'currency'),
            },
        ),
        migrations.CreateModel(
            name='Notice',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('charge_key', models.CharField(max_length=100)),
                ('period', django.contrib.postgres.fields.ranges.DateRangeField()),
                ('kind', models.CharField(choices=[('floor', 'floor'), ('commitment', 'commitment'), ('pool', 'credit'), ('cap', 'cap'), ('ahead', 'running ahead')], max_length=20)),
                ('percent', models.PositiveSmallIntegerField()),
                ('words', models.TextField()),
                ('facts', models.JSONField(default=dict)),
                ('at', models.DateTimeField()),
            ],
            options={
                'ordering': ('-at', '-pk'),
            },
        ),
        migrations.CreateModel(
            name='NoticePreference',
            fields=[
                ('contract', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, primary_key=True, related_name='notice_preference', serialize=False, to='licenses.contract')),
                ('off_kinds', models.JSONField(blank=True, default=list)),
                ('is_sent_to_customer', models.BooleanField(db_default=True, default=True)),
                ('is_sent_to_vendor', models.BooleanField(db_default=True, default=True)),
                ('changed_by', models.CharField(max_length=200)),
                ('changed_at', models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name='RunningEstimate',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('period', django.contrib.postgres.fields.ranges.DateRangeField()),
                ('users', models.PositiveIntegerField(blank=True, null=True)),
                ('currency', models.CharField(blank=True, default='', max_length=3)),
                ('net_amount', models.DecimalField(blank=True, decimal_places=4, max_digits=20, null=True)),
                ('why_none', models.TextField(blank=True, default='')),
                ('grade', models.CharField(blank=True, default='', max_length=20)),
                ('counted_at', models.DateTimeField(blank=True, null=True)),
                ('through', models.DateField(blank=True, null=True)),
                ('made_at', models.DateTimeField()),
            ],
            options={
                'ordering': ('contract_id', 'period'),
            },
        ),
        migrations.AddField(
            model_name='adjustment',
            name='contract',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='adjustments', to='licenses.contract'),
        ),
        migrations.AddField(
            model_name='adjustment',
            name='customer',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='licenses.customer'),
        ),
        migrations.AddField(
            model_name='adjustment',
            name='invoice',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='adjustments', to='billing.invoice'),
        ),
        migrations.AddField(
            model_name='invoiceline',
            name='adjustment',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='lines', to='billing.adjustment'),
        ),
        migrations.AddConstraint(
            model_name='invoiceline',
            constraint=models.UniqueConstraint(fields=('invoice', 'billing_period', 'true_up', 'credited_line', 'adjustment', 'key'), name='invoice_line_key_once', nulls_distinct=False),
        ),
        migrations.AddConstraint(
            model_name='invoiceline',
            constraint=models.UniqueConstraint(condition=models.Q(('adjustment__isnull', False)), fields=('adjustment',), name='adjustment_billed_once'),
        ),
        migrations.AddConstraint(
            model_name='invoiceline',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(models.Q(models.Q(('billing_period__isnull', False), ('credited_line__isnull', True), ('true_up__isnull', True)), models.Q(('billing_period__isnull', True), ('credited_line__isnull', True), ('true_up__isnull', False)), models.Q(('billing_period__isnull', True), ('credited_line__isnull', False), ('true_up__isnull', True)), _connector='OR'), ('adjustment__isnull', True)), models.Q(('adjustment__isnull', False), ('billing_period__isnull', True), ('credited_line__isnull', True), ('true_up__isnull', True)), _connector='OR'), name='invoice_line_has_one_source'),
        ),
        migrations.AddField(
            model_name='approvallimit',
            name='legal_entity',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='approval_limits', to='licenses.legalentity'),
        ),
        migrations.AddField(
            model_name='notice',
            name='contract',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='notices', to='licenses.contract'),
        ),
        migrations.AddField(
            model_name='notice',
            name='customer',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='licenses.customer'),
        ),
        migrations.AddField(
            model_name='noticepreference',
            name='customer',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='licenses.customer'),
        ),
        migrations.AddField(
            model_name='runningestimate',
            name='billing_period',
            field=models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='running_estimate', to='billing.billingperiod'),
        ),
        migrations.AddField(
            model_name='runningestimate',
            name='contract',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='running_estimates', to='licenses.contract'),
        ),
        migrations.AddField(
            model_name='runningestimate',
            name='customer',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='licenses.customer'),
        ),
        migrations.AddIndex(
            model_name='adjustment',
            index=models.Index(fields=['contract', 'state'], name='adjustment_by_contract'),
        ),
        migrations.AddConstraint(
            model_name='adjustment',
            constraint=models.UniqueConstraint(fields=('id', 'customer'), name='adjustment_and_customer'),
        ),
        migrations.AddConstraint(
            model_name='adjustment',
            constraint=models.CheckConstraint(condition=models.Q(('period__isempty', False), ('period__lower_inf', False), ('period__upper_inf', False)), name='adjustment_has_days'),
        ),
        migrations.AddConstraint(
            model_name='adjustment',
            constraint=models.CheckConstraint(condition=models.Q(('amount', 0), _negated=True), name='adjustment_changes_something'),
        ),
        migrations.AddConstraint(
            model_name='adjustment',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('reason', ''), _negated=True), models.Q(('made_by', ''), _negated=True), models.Q(('charge_key', ''), _negated=True)), name='adjustment_says_why_and_who'),
        ),
        migrations.AddConstraint(
            model_name='adjustment',
            constraint=models.CheckConstraint(condition=models.Q(('takes_two', False), models.Q(('state', 'stands'), _negated=True), ('approved_at__isnull', False), _connector='OR'), name='adjustment_second_person_above_limit'),
        ),
        migrations.AddConstraint(
            model_name='adjustment',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('approved_at__isnull', True), ('approved_by', ''), ('approved_by_account__isnull', True)), models.Q(('approved_at__isnull', False), ('approved_by_account__isnull', False), models.Q(('approved_by', ''), _negated=True), models.Q(('state', 'needs_approval'), _negated=True), models.Q(('approved_by_account', models.F('made_by_account')), _negated=True)), _connector='OR'), name='adjustment_approved_by_another'),
        ),
        migrations.AddConstraint(
            model_name='adjustment',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('withdrawn_at__isnull', True), ('withdrawn_by', ''), ('withdrawn_reason', ''), models.Q(('state', 'withdrawn'), _negated=True)), models.Q(('state', 'withdrawn'), ('withdrawn_at__isnull', False), models.Q(('withdrawn_by', ''), _negated=True), models.Q(('withdrawn_reason', ''), _negated=True)), _connector='OR'), name='adjustment_withdrawn_with_reason'),
        ),
        migrations.AddConstraint(
            model_name='adjustment',
            constraint=models.CheckConstraint(condition=models.Q(('invoice__isnull', True), ('state', 'stands'), _connector='OR'), name='adjustment_billed_when_it_stands'),
        ),
        migrations.AddConstraint(
            model_name='approvallimit',
            constraint=models.UniqueConstraint(fields=('legal_entity', 'currency'), name='approval_limit_once_per_currency'),
        ),
        migrations.AddConstraint(
            model_name='approvallimit',
            constraint=models.CheckConstraint(condition=models.Q(('amount__gte', 0)), name='approval_limit_not_negative'),
        ),
        migrations.AddConstraint(
            model_name='approvallimit',
            constraint=models.CheckConstraint(condition=models.Q(('currency__regex', '^[A-Z]{3}$')), name='approval_limit_currency_code'),
        ),
        migrations.AddIndex(
            model_name='notice',
            index=models.Index(fields=['contract', '-at'], name='notice_by_contract'),
        ),
        migrations.AddConstraint(
            model_name='notice',
            constraint=models.UniqueConstraint(fields=('contract', 'charge_key', 'period', 'kind', 'percent'), name='notice_said_once'),
        ),
        migrations.AddConstraint(
            model_name='notice',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('kind', 'ahead'), ('percent', 0)), models.Q(models.Q(('kind', 'ahead'), _negated=True), ('percent__in', (50, 75, 90, 100))), _connector='OR'), name='notice_step'),
        ),
        migrations.AddConstraint(
            model_name='notice',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('words', ''), _negated=True), models.Q(('charge_key', ''), _negated=True)), name='notice_says_what'),
        ),
        migrations.AddConstraint(
            model_name='noticepreference',
            constraint=models.CheckConstraint(condition=models.Q(('changed_by', ''), _negated=True), name='notice_preference_names_who'),
        ),
        migrations.AddConstraint(
            model_name='runningestimate',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('counted_at__isnull', False), ('net_amount__isnull', False), ('why_none', ''), models.Q(('currency', ''), _negated=True)), models.Q(('net_amount__isnull', True), models.Q(('why_none', ''), _negated=True)), _connector='OR'), name='running_estimate_says_why_none'),
        ),
        # The walls: who may see a row, what never changes, what can never be true at the same time.
        CustomerWall("BillingPeriod", portal="SELECT"),
        CustomerWall("Invoice", portal="SELECT"),
        CustomerWall("InvoiceLine", portal="SELECT"),
        CustomerWall("InvoiceDocument", portal="SELECT"),
        PORTAL_SEES_FINAL_INVOICES,
        VendorOnly("InvoiceSeries"),
        VendorOnly("InvoiceEvent"),
        VendorOnly("TrueUp"),
        VendorOnly("TrueUpEvent"),
        VendorOnly("ApprovalLimit"),
        VendorOnly("Adjustment"),
        VendorOnly("NoticePreference"),
        CustomerWall("RunningEstimate", portal="SELECT"),
        CustomerWall("Notice", portal="SELECT"),
        VendorOnly("BillingPeriodHistory"),
        VendorOnly("TrueUpHistory"),
        VendorOnly("Difference"),
        VendorOnly("DifferenceEvent"),
        VendorOnly("DifferenceHistory"),
        VendorOnly("BillingRun"),
        VendorOnly("BillingRunItem"),
        VendorOnly("Delivery"),
        VendorOnly("OpenBalance"),
        VendorOnly("OpenBalanceHistory"),
        same_owner(table="billing_billingperiod", parent="licenses_contract", columns=OF_CONTRACT),
        same_owner(table="billing_billingperiod", parent="usage_activeusercount", columns=["count_id", *OF_CONTRACT]),
        same_owner(table="billing_billingperiod", parent="billing_invoice", columns=["invoice_id", *OF_CONTRACT]),
        same_owner(table="billing_invoice", parent="licenses_contract", columns=OF_CONTRACT),
        same_owner(table="billing_invoice", parent="billing_invoice", columns=["corrects_id", *OF_CONTRACT]),
        same_owner(table="billing_invoiceline", parent="billing_invoice", columns=["invoice_id", "customer_id"]),
        same_owner(
            table="billing_invoiceline", parent="billing_billingperiod", columns=["billing_period_id", "customer_id"]
        ),
        same_owner(table="billing_invoiceline", parent="billing_trueup", columns=["true_up_id", "customer_id"]),
        same_owner(table="billing_invoiceline", parent="billing_invoiceline", columns=["credited_line_id", "customer_id"]),
        same_owner(table="billing_invoiceline", parent="billing_adjustment", columns=["adjustment_id", "customer_id"]),
        same_owner(table="billing_adjustment", parent="licenses_contract", columns=OF_CONTRACT),
        same_owner(table="billing_adjustment", parent="billing_invoice", columns=["invoice_id", *OF_CONTRACT]),
        same_owner(
            table="billing_runningestimate", parent="billing_billingperiod", columns=["billing_period_id", *OF_CONTRACT]
        ),
        same_owner(table="billing_notice", parent="licenses_contract", columns=OF_CONTRACT),
        same_owner(table="billing_noticepreference", parent="licenses_contract", columns=OF_CONTRACT),
        same_owner(table="billing_invoicedocument", parent="billing_invoice", columns=["invoice_id", "customer_id"]),
        same_owner(table="billing_invoiceevent", parent="licenses_contract", columns=OF_CONTRACT),
        same_owner(table="billing_trueup", parent="billing_billingperiod", columns=["billing_period_id", *OF_CONTRACT]),
        same_owner(table="billing_trueup", parent="usage_activeusercount", columns=["before_count_id", *OF_CONTRACT]),
        same_owner(table="billing_trueup", parent="usage_activeusercount", columns=["after_count_id", *OF_CONTRACT]),
        same_owner(table="billing_trueup", parent="billing_invoice", columns=["invoice_id", *OF_CONTRACT]),
        same_owner(table="billing_trueupevent", parent="billing_trueup", columns=["true_up_id", *OF_CONTRACT]),
        same_owner(table="billing_difference", parent="licenses_contract", columns=OF_CONTRACT),
        same_owner(
            table="billing_difference", parent="billing_billingperiod", columns=["billing_period_id", *OF_CONTRACT]
        ),
        same_owner(
            table="billing_differenceevent", parent="billing_difference", columns=["difference_id", *OF_CONTRACT]
        ),
        same_owner(table="billing_delivery", parent="billing_invoice", columns=["invoice_id", *OF_CONTRACT]),
        DELIVERY_ENDS_ONCE,
        frozen_except(
            table="billing_delivery",
            columns=["state", "attempts", "handed_over_at", "last_error", "sent_to", "ended_at"],
        ),
        same_owner(table="billing_billingrunitem", parent="licenses_contract", columns=OF_CONTRACT),
        frozen_except(table="billing_billingrun", columns=["cancelled_by", "cancelled_at"]),
        FrozenWhen(
            "BillingRunItem",
            condition=(
                "OLD.outcome <> 'waiting' OR TG_OP = 'DELETE' OR (OLD.run_id, OLD.position, OLD.contract_id, OLD.period) "
                "IS DISTINCT FROM (NEW.run_id, NEW.position, NEW.contract_id, NEW.period) "
                "OR OLD.seen_amount IS DISTINCT FROM NEW.seen_amount"
            ),
        ),
        NoOverlap("BillingPeriod", columns=["contract_id", "charge_key", "kind"]),
        FrozenWhen("BillingPeriod", condition="OLD.state = 'invoiced'"),
        FrozenWhen("Invoice", condition="OLD.state = 'finalized'"),
        FrozenWithParent(
            "InvoiceLine", parent_model="Invoice", fk_column="invoice_id", condition="parent.state = 'finalized'"
        ),
        AppendOnly("InvoiceDocument"),
        AppendOnly("InvoiceEvent"),
        AppendOnly("TrueUpEvent"),
        AppendOnly("DifferenceEvent"),
        AppendOnly("Notice"),
        frozen_except(
            table="billing_adjustment",
            columns=[
                "state", "approved_by", "approved_by_account", "approved_at", "withdrawn_by", "withdrawn_at",
                "withdrawn_reason", "invoice_id",
            ],
        ),
        ADJUSTMENT_IS_DONE,
        SHADOW_IS_NOT_BILLED,
        frozen_except(table="billing_invoiceseries", columns=["next_number"]),
        frozen_except(
            table="billing_trueup",
            columns=[
                "state", "settled_amount", "settle", "reason", "adjustment_reason", "decided_by", "decided_by_account",
                "decided_at", "approved_by", "approved_by_account", "approved_at", "invoice_id",
            ],
        ),
        frozen_except(
            table="billing_difference",
            columns=[
                "billing_period_id", "words", "users", "amount", "currency", "facts", "state", "owner_id", "note",
                "changed_at", "asked_at", "closed_at", "closed_by", "reason",
            ],
        ),
        DECISION_STANDS,
        SNAPSHOT_SAYS_THE_SAME,
        NUMBER_IS_THE_NEXT,
        CREDIT_NOTE_WITHIN_ITS_INVOICE,
        DeferredCheck("billing_net_is_the_lines", "Invoice", LINES_ARE_THE_NET.format(invoices="NEW.id")),
        DeferredCheck(
            "billing_lines_are_the_net",
            "InvoiceLine",
            LINES_ARE_THE_NET.format(invoices="NEW.invoice_id, OLD.invoice_id"),
        ),
        DeferredCheck(
            "billing_periods_follow", "Invoice", PERIODS_FOLLOW_THEIR_INVOICE.format(which="i.id = NEW.id")
        ),
        DeferredCheck(
            "billing_period_follows", "BillingPeriod", PERIODS_FOLLOW_THEIR_INVOICE.format(which="p.id = NEW.id")
        ),
        DeferredCheck("billing_line_settles_accepted", "InvoiceLine", LINE_SETTLES_WHAT_WAS_ACCEPTED),
        DeferredCheck("billing_settled_on_final", "TrueUp", SETTLED_ON_A_FINAL_INVOICE),
        DeferredCheck(
            "billing_adjustments_of_final", "Invoice", ADJUSTMENTS_FOLLOW.format(which="l.invoice_id = NEW.id")
        ),
        DeferredCheck(
            "billing_adjustment_follows", "Adjustment", ADJUSTMENTS_FOLLOW.format(which="a.id = NEW.id")
        ),
        DeferredCheck("billing_document_of_final", "InvoiceDocument", DOCUMENT_OF_A_FINAL_INVOICE),
        DeferredCheck("billing_delivery_of_final", "Delivery", DOCUMENT_OF_A_FINAL_INVOICE),
        DeferredCheck("billing_series_has_no_gap", "InvoiceSeries", SERIES_HAS_NO_GAP),
    ]
