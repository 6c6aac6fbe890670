import django.contrib.postgres.fields.ranges
import django.db.models.deletion
import django.db.models.expressions
import django.db.models.functions.datetime
import ground.ids
import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models

from ground.database import AppendOnly, CustomerWall, VendorOnly
from licenses.database import each_once, frozen_except, same_owner

OF_CONTRACT = ["contract_id", "customer_id"]
OF_REPORT = ["report_id", "contract_id", "customer_id"]
LIFTED = ["lifted_by", "lifted_reason", "lifted_at"]
# What is learned about a report after it was received. Everything else in its row is what was received.
LEARNED = [
    "state", "grade", "confirmation", "sniffed", "questions", "kind", "mapping", "source_timezone", "covers", "generated_at",
    "confirmed_by", "confirmed_at", "rows_read", "rows_accepted", "rows_quarantined", "rows_duplicate",
    "rows_not_owned", "users", "effects",
    "remarks", "finding_counts", "findings_key", "findings_sha256", "refusal_code",
    "refusal_message", "finished_at", "withdrawn_by", "withdrawn_reason", "withdrawn_at",
]

# A report is of the highest grade once its statement was checked and kept, and by nothing else.
GRADE_IS_EARNED = migrations.RunSQL(
    sql="""
    CREATE FUNCTION usage_grade_is_earned() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF NEW.grade <> 'signed' OR NOT EXISTS (SELECT 1 FROM usage_signedreport WHERE report_id = NEW.id) THEN
            RAISE EXCEPTION 'Report % becomes of grade % by a checked signature alone.', NEW.public_id, NEW.grade
                USING ERRCODE = 'check_violation';
        END IF;
        RETURN NEW;
    END $$;
    CREATE TRIGGER usage_grade_is_earned BEFORE UPDATE ON usage_usagereport
        FOR EACH ROW WHEN (OLD.grade IS DISTINCT FROM NEW.grade) EXECUTE FUNCTION usage_grade_is_earned();
    """,
    reverse_sql="""
    DROP TRIGGER usage_grade_is_earned ON usage_usagereport;
    DROP FUNCTION usage_grade_is_earned();
    """,
)


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('licenses', '0001_people_and_contracts'),
        ('pghistory', '0007_auto_20250421_0444'),
    ]

    operations = [
        migrations.CreateModel(
            name='UsageReport',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_id', models.CharField(default=ground.ids.new_public_id, editable=False, max_length=32, unique=True)),
                ('file_name', models.CharField(max_length=255)),
                ('sha256', models.CharField(max_length=64)),
                ('size', models.PositiveBigIntegerField(verbose_name='size in bytes')),
                ('storage_key', models.CharField(max_length=200, unique=True)),
                ('grade', models.CharField(choices=[('upload', 'uploaded by a person'), ('instance_api', 'sent by the instance'), ('signed', 'signed by the instance')], max_length=20)),
                ('received_by', models.CharField(max_length=200)),
                ('received_at', models.DateTimeField()),
                ('state', models.CharField(choices=[('received', 'received, being looked at'), ('needs_confirmation', 'waits for the uploader to confirm'), ('needs_decision', 'waits for the account manager'), ('reading', 'being read'), ('accepted', 'accepted'), ('quarantined', 'accepted, some rows quarantined'), ('rejected', 'rejected'), ('withdrawn', 'withdrawn')], default='received', max_length=30)),
                ('confirmation', models.PositiveIntegerField(default=0)),
                ('sniffed', models.JSONField(blank=True, null=True)),
                ('questions', models.JSONField(blank=True, default=list)),
                ('kind', models.CharField(blank=True, max_length=30)),
                ('mapping', models.JSONField(blank=True, null=True)),
                ('source_timezone', models.CharField(blank=True, max_length=64)),
                ('covers', django.contrib.postgres.fields.ranges.DateTimeRangeField(blank=True, null=True)),
                ('generated_at', models.DateTimeField(blank=True, null=True)),
                ('confirmed_by', models.CharField(blank=True, max_length=200)),
                ('confirmed_at', models.DateTimeField(blank=True, null=True)),
                ('rows_read', models.PositiveBigIntegerField(blank=True, null=True)),
                ('rows_accepted', models.PositiveBigIntegerField(blank=True, null=True)),
                ('rows_quarantined', models.PositiveBigIntegerField(blank=True, null=True)),
                ('rows_duplicate', models.PositiveBigIntegerField(blank=True, null=True)),
                ('rows_not_owned', models.PositiveBigIntegerField(blank=True, null=True)),
                ('users', models.PositiveBigIntegerField(blank=True, null=True)),
                ('effects', models.JSONField(blank=True, default=list)),
                ('remarks', models.JSONField(blank=True, default=list)),
                ('finding_counts', models.JSONField(blank=True, default=dict)),
                ('findings_key', models.CharField(blank=True, max_length=200)),
                ('findings_sha256', models.CharField(blank=True, max_length=64)),
                ('refusal_code', models.CharField(blank=True, max_length=60)),
                ('refusal_message', models.TextField(blank=True)),
                ('finished_at', models.DateTimeField(blank=True, null=True)),
                ('withdrawn_by', models.CharField(blank=True, max_length=200)),
                ('withdrawn_reason', models.TextField(blank=True)),
                ('withdrawn_at', models.DateTimeField(blank=True, null=True)),
                ('contract', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='usage_reports', to='licenses.contract')),
                ('customer', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='licenses.customer')),
                ('instance', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='usage_reports', to='licenses.instance')),
            ],
            options={
                'ordering': ['-received_at', '-id'],
                'indexes': [models.Index(fields=['contract', 'state'], name='report_contract_state'), models.Index(fields=['customer', '-received_at'], name='report_customer_received'), models.Index(fields=['-received_at', '-id'], name='report_received')],
                'constraints': [models.UniqueConstraint(fields=('instance', 'sha256'), name='report_same_bytes_once_per_instance'), models.CheckConstraint(condition=models.Q(('sha256__regex', '^[0-9a-f]{64}$')), name='report_sha256_is_hex'), models.CheckConstraint(condition=models.Q(('grade__in', ['upload', 'instance_api', 'signed'])), name='report_grade_is_known'), models.CheckConstraint(condition=models.Q(('state__in', ['received', 'needs_confirmation', 'needs_decision', 'reading', 'accepted', 'quarantined', 'rejected', 'withdrawn'])), name='report_state_is_known'), models.CheckConstraint(condition=models.Q(('covers__isnull', True), models.Q(('covers__isempty', False), ('covers__lower_inf', False), ('covers__upper_inf', False)), _connector='OR'), name='report_covers_a_finite_span'), models.CheckConstraint(condition=models.Q(('rows_read__isnull', True), ('rows_read', django.db.models.expressions.CombinedExpression(django.db.models.expressions.CombinedExpression(django.db.models.expressions.CombinedExpression(models.F('rows_accepted'), '+', models.F('rows_quarantined')), '+', models.F('rows_duplicate')), '+', models.F('rows_not_owned'))), _connector='OR'), name='report_rows_add_up'), models.CheckConstraint(condition=models.Q(models.Q(('state__in', ['accepted', 'quarantined']), _negated=True), models.Q(('finished_at__isnull', False), ('rows_read__isnull', False)), _connector='OR'), name='report_accepted_was_read'), models.CheckConstraint(condition=models.Q(models.Q(('state', 'rejected'), _negated=True), models.Q(('refusal_message', ''), _negated=True), _connector='OR'), name='report_rejected_says_why')],
            },
        ),
        migrations.CreateModel(
            name='ReportedCount',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('period', django.contrib.postgres.fields.ranges.DateRangeField()),
                ('users', models.PositiveBigIntegerField()),
                ('source', models.CharField(max_length=100)),
                ('recorded_by', models.CharField(max_length=200)),
                ('recorded_at', models.DateTimeField()),
                ('contract', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='reported_counts', to='licenses.contract')),
                ('customer', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='licenses.customer')),
                ('instance', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='licenses.instance')),
                ('report', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='usage.usagereport')),
            ],
            options={
                'ordering': ['contract_id', 'period', 'id'],
                'constraints': [models.CheckConstraint(condition=models.Q(('period__isempty', False), ('period__lower_inf', False), ('period__upper_inf', False)), name='reported_count_period_has_days'), models.CheckConstraint(condition=models.Q(('source', ''), _negated=True), name='reported_count_has_a_source')],
            },
        ),
        migrations.CreateModel(
            name='Finding',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('position', models.PositiveIntegerField()),
                ('file', models.CharField(blank=True, max_length=255)),
                ('line', models.PositiveBigIntegerField(blank=True, null=True)),
                ('column', models.CharField(blank=True, max_length=255)),
                ('code', models.CharField(max_length=60)),
                ('value', models.TextField(blank=True)),
                ('message', models.TextField()),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('customer', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='licenses.customer')),
                ('report', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='findings', to='usage.usagereport')),
            ],
            options={
                'ordering': ['report_id', 'position'],
                'constraints': [models.UniqueConstraint(fields=('report', 'position'), name='finding_position_once'), models.CheckConstraint(condition=models.Q(('position__gte', 1), ('position__lte', 1000)), name='finding_at_most_1000')],
            },
        ),
        migrations.CreateModel(
            name='EvidenceFile',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('confirmation', models.PositiveIntegerField()),
                ('zone', models.CharField(max_length=64, verbose_name='time zone of its civil days')),
                ('spans', models.JSONField()),
                ('spans_digest', models.CharField(max_length=71)),
                ('digest', models.CharField(max_length=71, verbose_name='digest of the canonical rows')),
                ('storage_key', models.CharField(max_length=200)),
                ('storage_sha256', models.CharField(max_length=64)),
                ('names_key', models.CharField(blank=True, max_length=200)),
                ('names_sha256', models.CharField(blank=True, max_length=64)),
                ('rows', models.PositiveBigIntegerField()),
                ('users', models.PositiveBigIntegerField()),
                ('row_counts', models.JSONField()),
                ('first_day', models.DateField(blank=True, null=True)),
                ('last_day', models.DateField(blank=True, null=True)),
                ('active_days', models.JSONField(blank=True, default=list)),
                ('engine_version', models.CharField(max_length=40)),
                ('tzdata_version', models.CharField(max_length=40)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('contract', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='licenses.contract')),
                ('customer', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='licenses.customer')),
                ('report', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='evidence_files', to='usage.usagereport')),
            ],
            options={
                'ordering': ['report_id', 'id'],
                'constraints': [models.UniqueConstraint(fields=('report', 'confirmation', 'zone', 'spans_digest'), name='evidence_once_per_ownership'), models.CheckConstraint(condition=models.Q(('rows', 0), models.Q(('first_day__isnull', False), ('last_day__isnull', False)), _connector='OR'), name='evidence_with_rows_has_days')],
            },
        ),
        migrations.CreateModel(
            name='UsageReportHistory',
            fields=[
                ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_label', models.TextField(help_text='The event label.')),
                ('id', models.BigIntegerField()),
                ('public_id', models.CharField(default=ground.ids.new_public_id, editable=False, max_length=32)),
                ('file_name', models.CharField(max_length=255)),
                ('sha256', models.CharField(max_length=64)),
                ('size', models.PositiveBigIntegerField(verbose_name='size in bytes')),
                ('storage_key', models.CharField(max_length=200)),
                ('grade', models.CharField(choices=[('upload', 'uploaded by a person'), ('instance_api', 'sent by the instance'), ('signed', 'signed by the instance')], max_length=20)),
                ('received_by', models.CharField(max_length=200)),
                ('received_at', models.DateTimeField()),
                ('state', models.CharField(choices=[('received', 'received, being looked at'), ('needs_confirmation', 'waits for the uploader to confirm'), ('needs_decision', 'waits for the account manager'), ('reading', 'being read'), ('accepted', 'accepted'), ('quarantined', 'accepted, some rows quarantined'), ('rejected', 'rejected'), ('withdrawn', 'withdrawn')], default='received', max_length=30)),
                ('confirmation', models.PositiveIntegerField(default=0)),
                ('sniffed', models.JSONField(blank=True, null=True)),
                ('questions', models.JSONField(blank=True, default=list)),
                ('kind', models.CharField(blank=True, max_length=30)),
                ('mapping', models.JSONField(blank=True, null=True)),
                ('source_timezone', models.CharField(blank=True, max_length=64)),
                ('covers', django.contrib.postgres.fields.ranges.DateTimeRangeField(blank=True, null=True)),
                ('generated_at', models.DateTimeField(blank=True, null=True)),
                ('confirmed_by', models.CharField(blank=True, max_length=200)),
                ('confirmed_at', models.DateTimeField(blank=True, null=True)),
                ('rows_read', models.PositiveBigIntegerField(blank=True, null=True)),
                ('rows_accepted', models.PositiveBigIntegerField(blank=True, null=True)),
                ('rows_quarantined', models.PositiveBigIntegerField(blank=True, null=True)),
                ('rows_duplicate', models.PositiveBigIntegerField(blank=True, null=True)),
                ('rows_not_owned', models.PositiveBigIntegerField(blank=True, null=True)),
                ('users', models.PositiveBigIntegerField(blank=True, null=True)),
                ('effects', models.JSONField(blank=True, default=list)),
                ('remarks', models.JSONField(blank=True, default=list)),
                ('finding_counts', models.JSONField(blank=True, default=dict)),
                ('findings_key', models.CharField(blank=True, max_length=200)),
                ('findings_sha256', models.CharField(blank=True, max_length=64)),
                ('refusal_code', models.CharField(blank=True, max_length=60)),
                ('refusal_message', models.TextField(blank=True)),
                ('finished_at', models.DateTimeField(blank=True, null=True)),
                ('withdrawn_by', models.CharField(blank=True, max_length=200)),
                ('withdrawn_reason', models.TextField(blank=True)),
                ('withdrawn_at', models.DateTimeField(blank=True, null=True)),
                ('contract', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='licenses.contract')),
                ('customer', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='licenses.customer')),
                ('instance', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='licenses.instance')),
                ('pgh_context', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='pghistory.context')),
                ('pgh_obj', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='events', to='usage.usagereport')),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='ActiveUserCount',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('metric_name', models.CharField(max_length=100)),
                ('metric_kind', models.CharField(choices=[('active_users', 'active users'), ('reported_users', 'reported users'), ('provisioned_users', 'provisioned users'), ('seats', 'seats'), ('action_quantity', 'what actions add up to')], default='active_users', max_length=30)),
                ('metric_digest', models.CharField(max_length=71)),
                ('period', django.contrib.postgres.fields.ranges.DateRangeField()),
                ('zone', models.CharField(max_length=64)),
                ('evidence', models.JSONField()),
                ('evidence_set_digest', models.CharField(max_length=71)),
                ('active_users', models.PositiveBigIntegerField(blank=True, null=True)),
                ('daily', models.JSONField()),
                ('series', models.JSONField(blank=True, default=dict)),
                ('quantity', models.DecimalField(blank=True, decimal_places=6, max_digits=38, null=True)),
                ('quantity_by_user', models.JSONField(blank=True, default=list)),
                ('without_quantity', models.PositiveBigIntegerField(default=0)),
                ('look_back', models.JSONField(blank=True, default=dict)),
                ('funnel', models.JSONField(blank=True, default=dict)),
                ('basis_digest', models.CharField(blank=True, max_length=71)),
                ('provisioned_users', models.PositiveBigIntegerField(blank=True, null=True)),
                ('provisioned_date', models.DateField(blank=True, null=True)),
                ('provisioned_source', models.CharField(blank=True, max_length=100)),
                ('reported_users', models.PositiveBigIntegerField(blank=True, null=True)),
                ('verdicts_key', models.CharField(blank=True, max_length=200)),
                ('verdicts_sha256', models.CharField(blank=True, max_length=64)),
                ('verdicts_digest', models.CharField(blank=True, max_length=71)),
                ('digest', models.CharField(max_length=71, verbose_name='digest of the count itself')),
                ('engine_version', models.CharField(max_length=40)),
                ('tzdata_version', models.CharField(max_length=40)),
                ('counted_at', models.DateTimeField()),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('contract', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='counts', to='licenses.contract')),
                ('customer', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='licenses.customer')),
            ],
            options={
                'ordering': ['contract_id', 'period', 'id'],
                'constraints': [models.UniqueConstraint(fields=('contract', 'metric_digest', 'period', 'zone', 'evidence_set_digest', 'basis_digest'), name='count_once_per_evidence_set', nulls_distinct=False), models.CheckConstraint(condition=models.Q(('period__isempty', False), ('period__lower_inf', False), ('period__upper_inf', False)), name='count_period_has_days'), models.CheckConstraint(condition=models.Q(models.Q(('active_users__isnull', False), ('metric_kind', 'active_users'), models.Q(('verdicts_key', ''), _negated=True)), models.Q(('active_users__isnull', True), ('metric_kind', 'reported_users'), ('reported_users__isnull', False), ('verdicts_key', '')), models.Q(('active_users__isnull', False), ('metric_kind', 'action_quantity'), ('quantity__isnull', False), models.Q(('verdicts_key', ''), _negated=True)), models.Q(('active_users__isnull', True), ('metric_kind__in', ('provisioned_users', 'seats')), ('quantity__isnull', False), ('verdicts_key', '')), _connector='OR'), name='count_is_of_what_its_kind_says')],
            },
        ),
        migrations.CreateModel(
            name='DailyReportedCount',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('confirmation', models.PositiveIntegerField()),
                ('day', models.DateField()),
                ('users', models.PositiveBigIntegerField()),
                ('file', models.CharField(blank=True, max_length=255)),
                ('line', models.PositiveBigIntegerField()),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('contract', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='licenses.contract')),
                ('customer', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='licenses.customer')),
                ('instance', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='licenses.instance')),
                ('report', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='daily_counts', to='usage.usagereport')),
            ],
            options={
                'ordering': ['report_id', 'day'],
                'constraints': [models.UniqueConstraint(fields=('report', 'confirmation', 'day'), name='daily_count_once_per_day')],
            },
        ),
        migrations.CreateModel(
            name='KeptMapping',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('header_digest', models.CharField(max_length=71)),
                ('mapping', models.JSONField()),
                ('source_timezone', models.CharField(blank=True, max_length=64)),
                ('kept_by', models.CharField(max_length=200)),
                ('kept_at', models.DateTimeField()),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('contract', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='licenses.contract')),
                ('customer', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='licenses.customer')),
                ('instance', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='kept_mappings', to='licenses.instance')),
                ('report', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='kept_mappings', to='usage.usagereport')),
            ],
            options={
                'ordering': ['instance_id', 'id'],
                'indexes': [models.Index(fields=['instance', 'header_digest', '-id'], name='kept_mapping_of_header')],
            },
        ),
        migrations.CreateModel(
            name='ReportPreview',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_id', models.CharField(default=ground.ids.new_public_id, editable=False, max_length=32, unique=True)),
                ('said', models.JSONField()),
                ('said_digest', models.CharField(max_length=71)),
                ('basis', models.CharField(max_length=71)),
                ('asked_by', models.CharField(max_length=200)),
                ('asked_at', models.DateTimeField()),
                ('state', models.CharField(choices=[('asked', 'being tried'), ('ready', 'ready'), ('refused', 'refused')], default='asked', max_length=10)),
                ('result', models.JSONField(blank=True, null=True)),
                ('amounts', models.JSONField(blank=True, null=True)),
                ('finished_at', models.DateTimeField(blank=True, null=True)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('customer', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='licenses.customer')),
                ('report', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='previews', to='usage.usagereport')),
            ],
            options={
                'ordering': ['report_id', 'id'],
                'indexes': [models.Index(fields=['report', 'said_digest', 'basis'], name='preview_of_statement')],
                'constraints': [models.CheckConstraint(condition=models.Q(('state__in', ['asked', 'ready', 'refused'])), name='preview_state_is_known'), models.CheckConstraint(condition=models.Q(('state', 'asked'), models.Q(('finished_at__isnull', False), ('result__isnull', False)), _connector='OR'), name='preview_finished_has_a_result')],
            },
        ),
        migrations.CreateModel(
            name='QuarantineWaiver',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('confirmation', models.PositiveIntegerField()),
                ('rows', models.PositiveBigIntegerField()),
                ('reason', models.TextField()),
                ('waived_by', models.CharField(max_length=200)),
                ('waived_at', models.DateTimeField()),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('customer', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='licenses.customer')),
                ('report', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='waivers', to='usage.usagereport')),
            ],
            options={
                'ordering': ['report_id', 'id'],
                'constraints': [models.UniqueConstraint(fields=('report', 'confirmation'), name='waiver_once_per_reading'), models.CheckConstraint(condition=models.Q(('reason', ''), _negated=True), name='waiver_says_why')],
            },
        ),
        migrations.CreateModel(
            name='ExcusedDay',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('metric_name', models.CharField(blank=True, max_length=100)),
                ('day', models.DateField()),
                ('is_excused', models.BooleanField()),
                ('reason', models.TextField()),
                ('decided_by', models.CharField(max_length=200)),
                ('decided_at', models.DateTimeField()),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('contract', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='excused_days', to='licenses.contract')),
                ('customer', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='licenses.customer')),
            ],
            options={
                'ordering': ['contract_id', 'day', 'id'],
                'constraints': [models.CheckConstraint(condition=models.Q(('reason', ''), _negated=True), name='excused_day_says_why')],
            },
        ),
        migrations.CreateModel(
            name='EventDay',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('day', models.DateField()),
                ('batches', models.PositiveIntegerField()),
                ('gathered_at', models.DateTimeField()),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('customer', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='licenses.customer')),
                ('report', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='event_day', to='usage.usagereport')),
            ],
            options={
                'ordering': ['id'],
            },
        ),
        migrations.CreateModel(
            name='EventBatch',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_id', models.CharField(default=ground.ids.new_public_id, editable=False, max_length=32, unique=True)),
                ('form', models.CharField(max_length=10)),
                ('sha256', models.CharField(max_length=64)),
                ('size', models.PositiveBigIntegerField()),
                ('storage_key', models.CharField(max_length=200, unique=True)),
                ('events_accepted', models.PositiveIntegerField()),
                ('events_rejected', models.PositiveIntegerField()),
                ('events_ahead', models.PositiveIntegerField()),
                ('first_at', models.DateTimeField(blank=True, null=True)),
                ('last_at', models.DateTimeField(blank=True, null=True)),
                ('utc_days', django.contrib.postgres.fields.ArrayField(base_field=models.DateField(), blank=True, default=list, size=None)),
                ('received_by', models.CharField(max_length=200)),
                ('received_at', models.DateTimeField()),
                ('gathered_at', models.DateTimeField(blank=True, null=True)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('contract', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='licenses.contract')),
                ('customer', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='licenses.customer')),
                ('instance', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='event_batches', to='licenses.instance')),
            ],
            options={
                'ordering': ['id'],
                'indexes': [models.Index(condition=models.Q(('events_accepted__gt', 0), ('gathered_at__isnull', True)), fields=['instance', 'received_at'], name='batch_to_gather'), models.Index(fields=['instance', 'first_at', 'last_at'], name='batch_by_days')],
                'constraints': [models.UniqueConstraint(fields=('instance', 'sha256'), name='batch_same_bytes_once_per_instance'), models.CheckConstraint(condition=models.Q(('sha256__regex', '^[0-9a-f]{64}$')), name='batch_sha256_is_hex'), models.CheckConstraint(condition=models.Q(('form__in', ['single', 'batch', 'lines'])), name='batch_form_is_known'), models.CheckConstraint(condition=models.Q(models.Q(('events_accepted', 0), ('first_at__isnull', True), ('last_at__isnull', True)), models.Q(('events_accepted__gt', 0), ('first_at__isnull', False), ('last_at__gte', models.F('first_at'))), _connector='OR'), name='batch_with_events_has_a_span')],
            },
        ),
        migrations.CreateModel(
            name='ReportReceipt',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('document', models.TextField()),
                ('digest', models.CharField(max_length=80)),
                ('issued_at', models.DateTimeField()),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('customer', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='licenses.customer')),
                ('report', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='receipt', to='usage.usagereport')),
            ],
            options={
                'ordering': ['id'],
                'constraints': [models.CheckConstraint(condition=models.Q(('document', ''), _negated=True), name='report_receipt_says_something')],
            },
        ),
        migrations.CreateModel(
            name='SignedReport',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('sequence', models.PositiveBigIntegerField()),
                ('digest', models.CharField(max_length=80)),
                ('statement', models.JSONField()),
                ('findings', models.JSONField(default=list)),
                ('checked_at', models.DateTimeField()),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('contract', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='signed_reports', to='licenses.contract')),
                ('customer', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='licenses.customer')),
                ('instance', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='signed_reports', to='licenses.instance')),
                ('key', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='reports', to='licenses.instancekey')),
                ('report', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='signed', to='usage.usagereport')),
            ],
            options={
                'ordering': ['instance_id', 'key_id', 'sequence', 'id'],
                'indexes': [models.Index(fields=['key', 'sequence'], name='signed_report_key_sequence')],
                'constraints': [models.UniqueConstraint(fields=('key', 'digest'), name='signed_report_statement_once_per_key'), models.CheckConstraint(condition=models.Q(('sequence__gte', 1)), name='signed_report_sequence_from_one'), models.CheckConstraint(condition=models.Q(('digest__regex', '^sha256:[0-9a-f]{64}$')), name='signed_report_digest_is_one')],
            },
        ),
        migrations.CreateModel(
            name='ReporterRecall',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_id', models.CharField(default=ground.ids.new_public_id, editable=False, max_length=32, unique=True)),
                ('reporter', models.CharField(max_length=100)),
                ('first_version', models.CharField(max_length=100)),
                ('last_version', models.CharField(max_length=100)),
                ('since', models.DateField(blank=True, null=True)),
                ('reason', models.TextField()),
                ('cure', models.TextField()),
                ('recalled_by', models.CharField(max_length=200)),
                ('recalled_at', models.DateTimeField()),
                ('lifted_by', models.CharField(blank=True, default='', max_length=200)),
                ('lifted_reason', models.TextField(blank=True, default='')),
                ('lifted_at', models.DateTimeField(blank=True, null=True)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
            ],
            options={
                'ordering': ['-id'],
                'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('reporter', ''), _negated=True), models.Q(('first_version', ''), _negated=True), models.Q(('last_version', ''), _negated=True), models.Q(('reason', ''), _negated=True), models.Q(('cure', ''), _negated=True)), name='reporter_recall_says_what_and_why'), models.CheckConstraint(condition=models.Q(models.Q(('lifted_at__isnull', True), ('lifted_by', ''), ('lifted_reason', '')), models.Q(('lifted_at__isnull', False), models.Q(('lifted_by', ''), _negated=True), models.Q(('lifted_reason', ''), _negated=True)), _connector='OR'), name='reporter_recall_lifted_with_reason')],
            },
        ),
        migrations.AddConstraint(
            model_name='usagereport',
            constraint=models.UniqueConstraint(fields=('id', 'contract', 'customer'), name='report_contract_and_customer'),
        ),
        migrations.AddConstraint(
            model_name='usagereport',
            constraint=models.UniqueConstraint(fields=('id', 'customer'), name='report_and_customer'),
        ),
        migrations.AddConstraint(
            model_name='activeusercount',
            constraint=models.UniqueConstraint(fields=('id', 'contract', 'customer'), name='count_contract_and_customer'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='usagereport',
            trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "usage_usagereporthistory" ("confirmation", "confirmed_at", "confirmed_by", "contract_id", "covers", "customer_id", "effects", "file_name", "finding_counts", "findings_key", "findings_sha256", "finished_at", "generated_at", "grade", "id", "instance_id", "kind", "mapping", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "public_id", "questions", "received_at", "received_by", "refusal_code", "refusal_message", "remarks", "rows_accepted", "rows_duplicate", "rows_not_owned", "rows_quarantined", "rows_read", "sha256", "size", "sniffed", "source_timezone", "state", "storage_key", "users", "withdrawn_at", "withdrawn_by", "withdrawn_reason") VALUES (NEW."confirmation", NEW."confirmed_at", NEW."confirmed_by", NEW."contract_id", NEW."covers", NEW."customer_id", NEW."effects", NEW."file_name", NEW."finding_counts", NEW."findings_key", NEW."findings_sha256", NEW."finished_at", NEW."generated_at", NEW."grade", NEW."id", NEW."instance_id", NEW."kind", NEW."mapping", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."public_id", NEW."questions", NEW."received_at", NEW."received_by", NEW."refusal_code", NEW."refusal_message", NEW."remarks", NEW."rows_accepted", NEW."rows_duplicate", NEW."rows_not_owned", NEW."rows_quarantined", NEW."rows_read", NEW."sha256", NEW."size", NEW."sniffed", NEW."source_timezone", NEW."state", NEW."storage_key", NEW."users", NEW."withdrawn_at", NEW."withdrawn_by", NEW."withdrawn_reason"); RETURN NULL;', hash='219d98fa4079a9c765edd863759de9a4cc727bce', operation='INSERT', pgid='pgtrigger_insert_insert_d3bb8', table='usage_usagereport', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='usagereport',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "usage_usagereporthistory" ("confirmation", "confirmed_at", "confirmed_by", "contract_id", "covers", "customer_id", "effects", "file_name", "finding_counts", "findings_key", "findings_sha256", "finished_at", "generated_at", "grade", "id", "instance_id", "kind", "mapping", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "public_id", "questions", "received_at", "received_by", "refusal_code", "refusal_message", "remarks", "rows_accepted", "rows_duplicate", "rows_not_owned", "rows_quarantined", "rows_read", "sha256", "size", "sniffed", "source_timezone", "state", "storage_key", "users", "withdrawn_at", "withdrawn_by", "withdrawn_reason") VALUES (NEW."confirmation", NEW."confirmed_at", NEW."confirmed_by", NEW."contract_id", NEW."covers", NEW."customer_id", NEW."effects", NEW."file_name", NEW."finding_counts", NEW."findings_key", NEW."findings_sha256", NEW."finished_at", NEW."generated_at", NEW."grade", NEW."id", NEW."instance_id", NEW."kind", NEW."mapping", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."public_id", NEW."questions", NEW."received_at", NEW."received_by", NEW."refusal_code", NEW."refusal_message", NEW."remarks", NEW."rows_accepted", NEW."rows_duplicate", NEW."rows_not_owned", NEW."rows_quarantined", NEW."rows_read", NEW."sha256", NEW."size", NEW."sniffed", NEW."source_timezone", NEW."state", NEW."storage_key", NEW."users", NEW."withdrawn_at", NEW."withdrawn_by", NEW."withdrawn_reason"); RETURN NULL;', hash='d2d2dfb5defe02ca815dd27bdda8ba749bf50ac6', operation='UPDATE', pgid='pgtrigger_update_update_2a0bf', table='usage_usagereport', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='usagereport',
            trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "usage_usagereporthistory" ("confirmation", "confirmed_at", "confirmed_by", "contract_id", "covers", "customer_id", "effects", "file_name", "finding_counts", "findings_key", "findings_sha256", "finished_at", "generated_at", "grade", "id", "instance_id", "kind", "mapping", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "public_id", "questions", "received_at", "received_by", "refusal_code", "refusal_message", "remarks", "rows_accepted", "rows_duplicate", "rows_not_owned", "rows_quarantined", "rows_read", "sha256", "size", "sniffed", "source_timezone", "state", "storage_key", "users", "withdrawn_at", "withdrawn_by", "withdrawn_reason") VALUES (OLD."confirmation", OLD."confirmed_at", OLD."confirmed_by", OLD."contract_id", OLD."covers", OLD."customer_id", OLD."effects", OLD."file_name", OLD."finding_counts", OLD."findings_key", OLD."findings_sha256", OLD."finished_at", OLD."generated_at", OLD."grade", OLD."id", OLD."instance_id", OLD."kind", OLD."mapping", _pgh_attach_context(), NOW(), \'delete\', OLD."id", OLD."public_id", OLD."questions", OLD."received_at", OLD."received_by", OLD."refusal_code", OLD."refusal_message", OLD."remarks", OLD."rows_accepted", OLD."rows_duplicate", OLD."rows_not_owned", OLD."rows_quarantined", OLD."rows_read", OLD."sha256", OLD."size", OLD."sniffed", OLD."source_timezone", OLD."state", OLD."storage_key", OLD."users", OLD."withdrawn_at", OLD."withdrawn_by", OLD."withdrawn_reason"); RETURN NULL;', hash='4dfae52fb4bc1c52c77bc7fa3914b00ded163543', operation='DELETE', pgid='pgtrigger_delete_delete_ed71a', table='usage_usagereport', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='usagereporthistory',
            trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='6f7c1c6bb8e4529f7a8b2542ecc5e6eec080b346', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_51da5', table='usage_usagereporthistory', when='BEFORE')),
        ),
        # The walls: who may see a row, what never changes, what can never be true at the same time.
        CustomerWall("UsageReport", portal="SELECT, INSERT, UPDATE"),
        CustomerWall("UsageReportHistory", portal="INSERT"),
        frozen_except(table="usage_usagereport", columns=LEARNED),
        same_owner(
            table="usage_usagereport", parent="licenses_instance", columns=["instance_id", "contract_id", "customer_id"]
        ),
        CustomerWall("Finding", portal="SELECT"),
        same_owner(table="usage_finding", parent="usage_usagereport", columns=["report_id", "customer_id"]),
        CustomerWall("EvidenceFile", portal="SELECT"),
        frozen_except(table="usage_evidencefile", columns=["names_key", "names_sha256"]),
        same_owner(table="usage_evidencefile", parent="usage_usagereport", columns=OF_REPORT),
        CustomerWall("ActiveUserCount", portal="SELECT"),
        AppendOnly("ActiveUserCount"),
        same_owner(table="usage_activeusercount", parent="licenses_contract", columns=OF_CONTRACT),
        CustomerWall("DailyReportedCount", portal="SELECT"),
        AppendOnly("DailyReportedCount"),
        same_owner(table="usage_dailyreportedcount", parent="usage_usagereport", columns=OF_REPORT),
        same_owner(
            table="usage_dailyreportedcount",
            parent="licenses_instance",
            columns=["instance_id", "contract_id", "customer_id"],
        ),
        CustomerWall("ReportedCount", portal="SELECT, INSERT"),
        AppendOnly("ReportedCount"),
        same_owner(table="usage_reportedcount", parent="licenses_contract", columns=OF_CONTRACT),
        same_owner(table="usage_reportedcount", parent="usage_usagereport", columns=OF_REPORT),
        same_owner(
            table="usage_reportedcount", parent="licenses_instance", columns=["instance_id", "contract_id", "customer_id"]
        ),
        CustomerWall("KeptMapping", portal="SELECT, INSERT"),
        AppendOnly("KeptMapping"),
        same_owner(table="usage_keptmapping", parent="usage_usagereport", columns=OF_REPORT),
        same_owner(
            table="usage_keptmapping", parent="licenses_instance", columns=["instance_id", "contract_id", "customer_id"]
        ),
        CustomerWall("ReportPreview", portal="SELECT, INSERT"),
        frozen_except(table="usage_reportpreview", columns=["state", "result", "amounts", "finished_at"]),
        same_owner(table="usage_reportpreview", parent="usage_usagereport", columns=["report_id", "customer_id"]),
        CustomerWall("QuarantineWaiver", portal="SELECT"),
        AppendOnly("QuarantineWaiver"),
        same_owner(table="usage_quarantinewaiver", parent="usage_usagereport", columns=["report_id", "customer_id"]),
        # A customer's program sends batches under the customer's own role; days are gathered by workers.
        CustomerWall("EventBatch", portal="SELECT, INSERT"),
        frozen_except(table="usage_eventbatch", columns=["gathered_at"]),
        same_owner(
            table="usage_eventbatch", parent="licenses_instance", columns=["instance_id", "contract_id", "customer_id"]
        ),
        CustomerWall("EventDay", portal="SELECT"),
        AppendOnly("EventDay"),
        same_owner(table="usage_eventday", parent="usage_usagereport", columns=["report_id", "customer_id"]),
        # What an instance signed, and what the vendor answered: never written under the customer's role.
        CustomerWall("SignedReport", portal="SELECT"),
        AppendOnly("SignedReport"),
        same_owner(table="usage_signedreport", parent="usage_usagereport", columns=OF_REPORT),
        same_owner(
            table="usage_signedreport",
            parent="licenses_instance",
            columns=["instance_id", "contract_id", "customer_id"],
        ),
        CustomerWall("ReportReceipt", portal="SELECT"),
        AppendOnly("ReportReceipt"),
        same_owner(table="usage_reportreceipt", parent="usage_usagereport", columns=["report_id", "customer_id"]),
        GRADE_IS_EARNED,
        CustomerWall("ExcusedDay", portal="SELECT"),
        AppendOnly("ExcusedDay"),
        same_owner(table="usage_excusedday", parent="licenses_contract", columns=OF_CONTRACT),
        # The vendor's word about a reporter: no customer's own, and taken back once at most.
        VendorOnly("ReporterRecall"),
        frozen_except(table="usage_reporterrecall", columns=LIFTED),
        each_once(table="usage_reporterrecall", columns=["lifted_at"]),
    ]
