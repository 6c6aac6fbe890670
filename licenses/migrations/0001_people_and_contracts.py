import django.contrib.postgres.fields.ranges
import django.contrib.postgres.indexes
import django.core.validators
import django.db.models.deletion
import django.db.models.expressions
import django.db.models.functions.datetime
import django.db.models.functions.text
import ground.ids
import licenses.models.people
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models

from ground.database import AppendOnly, CustomerWall, FrozenWhen, NoOverlap, VendorOnly
from licenses.database import EACH_ONCE, REFUSE_CHANGE, each_once, frozen_except, same_owner

OWN_ENTITY = migrations.RunSQL(
    # A customer sees the company that bills it, and no other company of the vendor.
    sql="""
    ALTER TABLE licenses_legalentity ENABLE ROW LEVEL SECURITY;
    ALTER TABLE licenses_legalentity FORCE ROW LEVEL SECURITY;
    CREATE POLICY app_all ON licenses_legalentity TO rollcall_app USING (true) WITH CHECK (true);
    CREATE POLICY portal_own ON licenses_legalentity FOR SELECT TO rollcall_portal
        USING (id IN (SELECT legal_entity_id FROM licenses_customer));
    GRANT SELECT ON licenses_legalentity TO rollcall_portal;
    """,
    reverse_sql="""
    REVOKE SELECT ON licenses_legalentity FROM rollcall_portal;
    DROP POLICY portal_own ON licenses_legalentity;
    DROP POLICY app_all ON licenses_legalentity;
    ALTER TABLE licenses_legalentity NO FORCE ROW LEVEL SECURITY;
    ALTER TABLE licenses_legalentity DISABLE ROW LEVEL SECURITY;
    """,
)

OWN_KEYS = migrations.RunSQL(
    # A customer sees the keys of the company that bills it: with them it checks what it was sent.
    sql="""
    ALTER TABLE licenses_vendorkey ENABLE ROW LEVEL SECURITY;
    ALTER TABLE licenses_vendorkey FORCE ROW LEVEL SECURITY;
    CREATE POLICY app_all ON licenses_vendorkey TO rollcall_app USING (true) WITH CHECK (true);
    CREATE POLICY portal_own ON licenses_vendorkey FOR SELECT TO rollcall_portal
        USING (legal_entity_id IN (SELECT legal_entity_id FROM licenses_customer));
    GRANT SELECT ON licenses_vendorkey TO rollcall_portal;
    """,
    reverse_sql="""
    REVOKE SELECT ON licenses_vendorkey FROM rollcall_portal;
    DROP POLICY portal_own ON licenses_vendorkey;
    DROP POLICY app_all ON licenses_vendorkey;
    ALTER TABLE licenses_vendorkey NO FORCE ROW LEVEL SECURITY;
    ALTER TABLE licenses_vendorkey DISABLE ROW LEVEL SECURITY;
    """,
)

VERSION_ONLY_SHORTENS = migrations.RunSQL(
    # An amendment ends the version before it; a version never begins on another day and never grows.
    sql="""
    CREATE FUNCTION licenses_version_only_shortens() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF lower(NEW.active) IS DISTINCT FROM lower(OLD.active) OR NOT NEW.active <@ OLD.active THEN
            RAISE EXCEPTION 'A contract version may only end earlier: % cannot become %.', OLD.active, NEW.active
                USING ERRCODE = 'restrict_violation';
        END IF;
        RETURN NEW;
    END $$;
    CREATE TRIGGER licenses_contractversion_shortens BEFORE UPDATE ON licenses_contractversion
        FOR EACH ROW EXECUTE FUNCTION licenses_version_only_shortens();
    """,
    reverse_sql="""
    DROP TRIGGER licenses_contractversion_shortens ON licenses_contractversion;
    DROP FUNCTION licenses_version_only_shortens();
    """,
)

STARTS_FROM_A_PUBLISHED_PLAN = migrations.RunSQL(
    sql="""
    CREATE FUNCTION licenses_plan_is_published() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF NEW.plan_version_id IS NOT NULL AND NOT EXISTS (
            SELECT 1 FROM licenses_planversion WHERE id = NEW.plan_version_id AND published_at IS NOT NULL
        ) THEN
            RAISE EXCEPTION 'A contract starts from a published version of a plan only.'
                USING ERRCODE = 'restrict_violation';
        END IF;
        RETURN NEW;
    END $$;
    CREATE TRIGGER licenses_contractversion_plan BEFORE INSERT ON licenses_contractversion
        FOR EACH ROW EXECUTE FUNCTION licenses_plan_is_published();
    """,
    reverse_sql="""
    DROP TRIGGER licenses_contractversion_plan ON licenses_contractversion;
    DROP FUNCTION licenses_plan_is_published();
    """,
)

TRACKED = (
    "LegalEntity", "Customer", "Membership", "Contract", "ContractVersion", "Instance", "PlanMetric", "Plan", "PlanVersion",
)
VENDOR_KEY_STEPS = ["taken_up_at", "retired_at", "retired_by", "retired_reason"]
INSTANCE_KEY_ENDS = ["replaced_at", "revoked_at", "revoked_from_seq", "revoked_reason"]
PORTAL_REPLACES_KEYS = migrations.RunSQL(
    sql="GRANT UPDATE (replaced_at) ON licenses_instancekey TO rollcall_portal;",
    reverse_sql="REVOKE UPDATE (replaced_at) ON licenses_instancekey FROM rollcall_portal;",
)
OF_CONTRACT = ["contract_id", "customer_id"]


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('auth', '0012_alter_user_first_name_max_length'),
        ('pghistory', '0007_auto_20250421_0444'),
    ]

    operations = [
        migrations.CreateModel(
            name='User',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('password', models.CharField(max_length=128, verbose_name='password')),
                ('last_login', models.DateTimeField(blank=True, null=True, verbose_name='last login')),
                ('is_superuser', models.BooleanField(default=False, help_text='Designates that this user has all permissions without explicitly assigning them.', verbose_name='superuser status')),
                ('email', models.EmailField(max_length=254, unique=True, verbose_name='e-mail address')),
                ('full_name', models.CharField(blank=True, max_length=200)),
                ('vendor_role', models.CharField(blank=True, choices=[('', "not the vendor's staff"), ('finance', 'finance'), ('account_manager', 'account manager'), ('admin', 'administrator')], default='', max_length=20)),
                ('is_active', models.BooleanField(default=True)),
                ('joined_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('session_round', models.PositiveIntegerField(default=0, editable=False)),
                ('groups', models.ManyToManyField(blank=True, help_text='The groups this user belongs to. A user will get all permissions granted to each of their groups.', related_name='user_set', related_query_name='user', to='auth.group', verbose_name='groups')),
                ('user_permissions', models.ManyToManyField(blank=True, help_text='Specific permissions for this user.', related_name='user_set', related_query_name='user', to='auth.permission', verbose_name='user permissions')),
            ],
            options={
                'ordering': ['email'],
                'constraints': [models.CheckConstraint(condition=models.Q(('email', django.db.models.functions.text.Lower('email'))), name='user_email_is_lower_case'), models.CheckConstraint(condition=models.Q(('vendor_role__in', ['', 'finance', 'account_manager', 'admin'])), name='user_vendor_role_is_known')],
            },
            managers=[
                ('objects', licenses.models.people.UserManager()),
            ],
        ),
        migrations.CreateModel(
            name='FactorRemoval',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('removed_by', models.CharField(max_length=200)),
                ('reason', models.TextField()),
                ('removed_at', models.DateTimeField()),
                ('person', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='factor_removals', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ['-removed_at'],
                'constraints': [models.CheckConstraint(condition=models.Q(('reason', ''), _negated=True), name='factor_removal_has_a_reason')],
            },
        ),
        migrations.CreateModel(
            name='LegalEntity',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=200, unique=True)),
                ('address_lines', models.JSONField(default=list)),
                ('country', models.CharField(max_length=2, verbose_name='country (ISO 3166-1 alpha-2)')),
                ('vat_id', models.CharField(blank=True, max_length=20, verbose_name='VAT number')),
                ('registration', models.CharField(blank=True, max_length=200)),
                ('iban', models.CharField(blank=True, max_length=34, verbose_name='IBAN')),
                ('bic', models.CharField(blank=True, max_length=11, verbose_name='BIC')),
                ('email', models.EmailField(blank=True, max_length=254)),
                ('portal_url', models.URLField(blank=True)),
                ('tax_currency', models.CharField(blank=True, db_default='', max_length=3, verbose_name='currency of the tax office')),
                ('logo', models.CharField(blank=True, max_length=200, verbose_name='storage key of the logo')),
                ('logo_sha256', models.CharField(blank=True, db_default='', max_length=64, verbose_name='SHA-256 of the logo')),
                ('accent', models.CharField(blank=True, db_default='', max_length=7, verbose_name='accent color (#rrggbb)')),
                ('contact_name', models.CharField(blank=True, db_default='', max_length=100, verbose_name='contact for invoices')),
                ('contact_phone', models.CharField(blank=True, db_default='', max_length=40, verbose_name='telephone of the contact')),
                ('electronic_address', models.CharField(blank=True, db_default='', max_length=100)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
            ],
            options={
                'verbose_name_plural': 'legal entities',
                'ordering': ['name'],
                'constraints': [models.CheckConstraint(condition=models.Q(('country__regex', '^[A-Z]{2}$')), name='legal_entity_country_code'), models.CheckConstraint(condition=models.Q(('accent', ''), ('accent__regex', '^#[0-9a-f]{6}$'), _connector='OR'), name='legal_entity_accent')],
            },
        ),
        migrations.CreateModel(
            name='Customer',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_id', models.CharField(default=ground.ids.new_public_id, editable=False, max_length=32, unique=True)),
                ('number', models.CharField(max_length=40, unique=True)),
                ('name', models.CharField(max_length=200)),
                ('address_lines', models.JSONField(default=list)),
                ('country', models.CharField(max_length=2, verbose_name='country (ISO 3166-1 alpha-2)')),
                ('vat_id', models.CharField(blank=True, max_length=20, verbose_name='VAT number')),
                ('language', models.CharField(default='en', max_length=8)),
                ('electronic_address', models.CharField(blank=True, db_default='', max_length=100)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('legal_entity', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='customers', to='licenses.legalentity')),
            ],
            options={
                'ordering': ['number'],
                'indexes': [models.Index(fields=['name'], name='customer_by_name'), models.Index(fields=['country'], name='customer_by_country'), models.Index(django.contrib.postgres.indexes.OpClass(django.db.models.functions.text.Upper('name'), name='text_pattern_ops'), name='customer_search_name'), models.Index(django.contrib.postgres.indexes.OpClass(django.db.models.functions.text.Upper('number'), name='text_pattern_ops'), name='customer_search_number')],
                'constraints': [models.CheckConstraint(condition=models.Q(('country__regex', '^[A-Z]{2}$')), name='customer_country_code')],
            },
        ),
        migrations.CreateModel(
            name='Contract',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_id', models.CharField(default=ground.ids.new_public_id, editable=False, max_length=32, unique=True)),
                ('number', models.CharField(max_length=40, unique=True)),
                ('product_name', models.CharField(max_length=200)),
                ('buyer_reference', models.CharField(blank=True, max_length=100)),
                ('po_number', models.CharField(blank=True, max_length=100, verbose_name='purchase order')),
                ('payment_days', models.PositiveIntegerField(default=30, validators=[django.core.validators.MaxValueValidator(365)])),
                ('users_annex', models.CharField(choices=[('none', 'not with the invoice'), ('pdf', 'pages of the PDF'), ('csv', 'a file in the PDF')], db_default='none', default='none', max_length=4, verbose_name='list of users')),
                ('annex_split', models.CharField(blank=True, choices=[('instance', 'instance'), ('cost_center', 'cost center of the instance')], db_default='', default='', max_length=12, verbose_name='list of users split by')),
                ('live_from', models.DateField(blank=True, null=True)),
                ('old_seat_price', models.DecimalField(blank=True, decimal_places=4, max_digits=20, null=True)),
                ('old_seats', models.PositiveIntegerField(blank=True, null=True)),
                ('raw_kept_days', models.PositiveIntegerField(default=730)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('account_manager', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('customer', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='contracts', to='licenses.customer')),
            ],
            options={
                'ordering': ['number'],
                'indexes': [models.Index(django.contrib.postgres.indexes.OpClass(django.db.models.functions.text.Upper('number'), name='text_pattern_ops'), name='contract_search_number')],
            },
        ),
        migrations.CreateModel(
            name='LegalEntityHistory',
            fields=[
                ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_label', models.TextField(help_text='The event label.')),
                ('id', models.BigIntegerField()),
                ('name', models.CharField(max_length=200)),
                ('address_lines', models.JSONField(default=list)),
                ('country', models.CharField(max_length=2, verbose_name='country (ISO 3166-1 alpha-2)')),
                ('vat_id', models.CharField(blank=True, max_length=20, verbose_name='VAT number')),
                ('registration', models.CharField(blank=True, max_length=200)),
                ('iban', models.CharField(blank=True, max_length=34, verbose_name='IBAN')),
                ('bic', models.CharField(blank=True, max_length=11, verbose_name='BIC')),
                ('email', models.EmailField(blank=True, max_length=254)),
                ('portal_url', models.URLField(blank=True)),
                ('tax_currency', models.CharField(blank=True, db_default='', max_length=3, verbose_name='currency of the tax office')),
                ('logo', models.CharField(blank=True, max_length=200, verbose_name='storage key of the logo')),
                ('logo_sha256', models.CharField(blank=True, db_default='', max_length=64, verbose_name='SHA-256 of the logo')),
                ('accent', models.CharField(blank=True, db_default='', max_length=7, verbose_name='accent color (#rrggbb)')),
                ('contact_name', models.CharField(blank=True, db_default='', max_length=100, verbose_name='contact for invoices')),
                ('contact_phone', models.CharField(blank=True, db_default='', max_length=40, verbose_name='telephone of the contact')),
                ('electronic_address', models.CharField(blank=True, db_default='', max_length=100)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('pgh_context', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='pghistory.context')),
                ('pgh_obj', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='events', to='licenses.legalentity')),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='Membership',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('role', models.CharField(choices=[('admin', 'administrator'), ('billing', 'billing'), ('viewer', 'viewer')], max_length=20)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('customer', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='memberships', to='licenses.customer')),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='memberships', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ['customer_id', 'user_id'],
                'constraints': [models.UniqueConstraint(fields=('user', 'customer'), name='membership_once_per_customer'), models.CheckConstraint(condition=models.Q(('role__in', ['admin', 'billing', 'viewer'])), name='membership_role_is_known')],
            },
        ),
        migrations.CreateModel(
            name='MembershipHistory',
            fields=[
                ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_label', models.TextField(help_text='The event label.')),
                ('id', models.BigIntegerField()),
                ('role', models.CharField(choices=[('admin', 'administrator'), ('billing', 'billing'), ('viewer', 'viewer')], max_length=20)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('customer', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='licenses.customer')),
                ('pgh_context', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='pghistory.context')),
                ('pgh_obj', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='events', to='licenses.membership')),
                ('user', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='ContractSecret',
            fields=[
                ('contract', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, primary_key=True, related_name='secret', serialize=False, to='licenses.contract')),
                ('salt', models.BinaryField(max_length=32)),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=django.db.models.expressions.RawSQL('octet_length(salt) = 32', (), models.BooleanField()), name='contract_secret_is_256_bits')],
            },
        ),
        migrations.CreateModel(
            name='ContractHistory',
            fields=[
                ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_label', models.TextField(help_text='The event label.')),
                ('id', models.BigIntegerField()),
                ('public_id', models.CharField(default=ground.ids.new_public_id, editable=False, max_length=32)),
                ('number', models.CharField(max_length=40)),
                ('product_name', models.CharField(max_length=200)),
                ('buyer_reference', models.CharField(blank=True, max_length=100)),
                ('po_number', models.CharField(blank=True, max_length=100, verbose_name='purchase order')),
                ('payment_days', models.PositiveIntegerField(default=30, validators=[django.core.validators.MaxValueValidator(365)])),
                ('users_annex', models.CharField(choices=[('none', 'not with the invoice'), ('pdf', 'pages of the PDF'), ('csv', 'a file in the PDF')], db_default='none', default='none', max_length=4, verbose_name='list of users')),
                ('annex_split', models.CharField(blank=True, choices=[('instance', 'instance'), ('cost_center', 'cost center of the instance')], db_default='', default='', max_length=12, verbose_name='list of users split by')),
                ('live_from', models.DateField(blank=True, null=True)),
                ('old_seat_price', models.DecimalField(blank=True, decimal_places=4, max_digits=20, null=True)),
                ('old_seats', models.PositiveIntegerField(blank=True, null=True)),
                ('raw_kept_days', models.PositiveIntegerField(default=730)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('account_manager', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to=settings.AUTH_USER_MODEL)),
                ('pgh_context', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='pghistory.context')),
                ('pgh_obj', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='events', to='licenses.contract')),
                ('customer', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='licenses.customer')),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='Instance',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_id', models.CharField(default=ground.ids.new_public_id, editable=False, max_length=32, unique=True)),
                ('name', models.CharField(max_length=100)),
                ('cost_center', models.CharField(blank=True, db_default='', max_length=100)),
                ('reports_from', models.DateField()),
                ('reports_until', models.DateField(blank=True, null=True)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('contract', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='instances', to='licenses.contract')),
                ('customer', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='licenses.customer')),
            ],
            options={
                'ordering': ['contract_id', 'name'],
                'constraints': [models.UniqueConstraint(fields=('contract', 'name'), name='instance_name_once_per_contract'), models.CheckConstraint(condition=models.Q(('reports_until__isnull', True), ('reports_until__gt', models.F('reports_from')), _connector='OR'), name='instance_reports_at_least_a_day')],
            },
        ),
        migrations.CreateModel(
            name='ProvisionedCount',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('users', models.PositiveIntegerField()),
                ('date', models.DateField()),
                ('source', models.CharField(max_length=100)),
                ('report_public_id', models.CharField(blank=True, max_length=32)),
                ('grade', models.PositiveSmallIntegerField(blank=True, null=True)),
                ('generated_at', models.DateTimeField(blank=True, null=True)),
                ('sha256', models.CharField(blank=True, max_length=64)),
                ('is_withdrawn', models.BooleanField(default=False)),
                ('recorded_by', models.CharField(max_length=200)),
                ('recorded_at', models.DateTimeField()),
                ('contract', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='provisioned_counts', to='licenses.contract')),
                ('instance', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='licenses.instance')),
                ('customer', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='licenses.customer')),
            ],
            options={
                'ordering': ['contract_id', 'date', 'id'],
                'constraints': [models.CheckConstraint(condition=models.Q(('source', ''), _negated=True), name='provisioned_count_has_a_source'), models.CheckConstraint(condition=models.Q(models.Q(('instance__isnull', True), ('is_withdrawn', False), ('report_public_id', '')), models.Q(models.Q(('report_public_id', ''), _negated=True), ('grade__isnull', False), ('instance__isnull', False)), _connector='OR'), name='provisioned_count_of_a_list_has_its_instance')],
            },
        ),
        migrations.CreateModel(
            name='InstanceHistory',
            fields=[
                ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_label', models.TextField(help_text='The event label.')),
                ('id', models.BigIntegerField()),
                ('public_id', models.CharField(default=ground.ids.new_public_id, editable=False, max_length=32)),
                ('name', models.CharField(max_length=100)),
                ('cost_center', models.CharField(blank=True, db_default='', max_length=100)),
                ('reports_from', models.DateField()),
                ('reports_until', models.DateField(blank=True, null=True)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('contract', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='licenses.contract')),
                ('customer', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='licenses.customer')),
                ('pgh_context', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='pghistory.context')),
                ('pgh_obj', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='events', to='licenses.instance')),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='CustomerHistory',
            fields=[
                ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_label', models.TextField(help_text='The event label.')),
                ('id', models.BigIntegerField()),
                ('public_id', models.CharField(default=ground.ids.new_public_id, editable=False, max_length=32)),
                ('number', models.CharField(max_length=40)),
                ('name', models.CharField(max_length=200)),
                ('address_lines', models.JSONField(default=list)),
                ('country', models.CharField(max_length=2, verbose_name='country (ISO 3166-1 alpha-2)')),
                ('vat_id', models.CharField(blank=True, max_length=20, verbose_name='VAT number')),
                ('language', models.CharField(default='en', max_length=8)),
                ('electronic_address', models.CharField(blank=True, db_default='', max_length=100)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('pgh_context', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='pghistory.context')),
                ('pgh_obj', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='events', to='licenses.customer')),
                ('legal_entity', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='licenses.legalentity')),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='Plan',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_id', models.CharField(default=ground.ids.new_public_id, editable=False, max_length=32, unique=True)),
                ('name', models.CharField(max_length=120, unique=True)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
            ],
            options={
                'ordering': ['name'],
            },
        ),
        migrations.CreateModel(
            name='PlanHistory',
            fields=[
                ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_label', models.TextField(help_text='The event label.')),
                ('id', models.BigIntegerField()),
                ('public_id', models.CharField(default=ground.ids.new_public_id, editable=False, max_length=32)),
                ('name', models.CharField(max_length=120)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('pgh_context', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='pghistory.context')),
                ('pgh_obj', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='events', to='licenses.plan')),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='PlanMetric',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('key', models.CharField(max_length=60, unique=True)),
                ('metric', models.JSONField()),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
            ],
            options={
                'ordering': ['key'],
            },
        ),
        migrations.CreateModel(
            name='PlanMetricHistory',
            fields=[
                ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_label', models.TextField(help_text='The event label.')),
                ('id', models.BigIntegerField()),
                ('key', models.CharField(max_length=60)),
                ('metric', models.JSONField()),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('pgh_context', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='pghistory.context')),
                ('pgh_obj', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='events', to='licenses.planmetric')),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='PlanVersion',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_id', models.CharField(default=ground.ids.new_public_id, editable=False, max_length=32, unique=True)),
                ('number', models.PositiveIntegerField()),
                ('terms', models.JSONField()),
                ('terms_digest', models.CharField(max_length=71)),
                ('published_at', models.DateTimeField(blank=True, null=True)),
                ('published_by', models.CharField(blank=True, max_length=200)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('plan', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='versions', to='licenses.plan')),
            ],
            options={
                'ordering': ['plan_id', 'number'],
                'constraints': [models.UniqueConstraint(fields=('plan', 'number'), name='plan_version_number'), models.CheckConstraint(condition=models.Q(('number__gte', 1)), name='plan_version_number_from_1'), models.CheckConstraint(condition=models.Q(('published_at__isnull', True), models.Q(('published_by', ''), _negated=True), _connector='OR'), name='plan_version_is_published_by_somebody')],
            },
        ),
        migrations.CreateModel(
            name='ContractVersion',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.PositiveIntegerField()),
                ('terms', models.JSONField()),
                ('terms_digest', models.CharField(max_length=71)),
                ('active', django.contrib.postgres.fields.ranges.DateRangeField()),
                ('agreed_at', models.DateTimeField()),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('contract', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='versions', to='licenses.contract')),
                ('customer', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='licenses.customer')),
                ('plan_version', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='contract_versions', to='licenses.planversion')),
            ],
            options={
                'ordering': ['contract_id', 'number'],
                'constraints': [models.UniqueConstraint(fields=('contract', 'number'), name='contract_version_number'), models.CheckConstraint(condition=models.Q(('active__isempty', False)), name='contract_version_has_days'), models.CheckConstraint(condition=models.Q(('active__lower_inf', False)), name='contract_version_has_a_start'), models.CheckConstraint(condition=models.Q(('number__gte', 1)), name='contract_version_number_from_1')],
            },
        ),
        migrations.CreateModel(
            name='ContractVersionHistory',
            fields=[
                ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_label', models.TextField(help_text='The event label.')),
                ('id', models.BigIntegerField()),
                ('number', models.PositiveIntegerField()),
                ('terms', models.JSONField()),
                ('terms_digest', models.CharField(max_length=71)),
                ('active', django.contrib.postgres.fields.ranges.DateRangeField()),
                ('agreed_at', models.DateTimeField()),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('contract', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='licenses.contract')),
                ('pgh_context', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='pghistory.context')),
                ('pgh_obj', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='events', to='licenses.contractversion')),
                ('customer', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='licenses.customer')),
                ('plan_version', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='licenses.planversion')),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='DefinitionAcceptance',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('metric_name', models.CharField(max_length=100)),
                ('definition_digest', models.CharField(max_length=71)),
                ('cases', models.JSONField()),
                ('cases_digest', models.CharField(max_length=71)),
                ('accepted_by', models.CharField(max_length=200)),
                ('accepted_email', models.EmailField(max_length=254)),
                ('accepted_at', models.DateTimeField()),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('contract', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='acceptances', to='licenses.contract')),
                ('customer', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='licenses.customer')),
                ('version', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='acceptances', to='licenses.contractversion')),
            ],
            options={
                'ordering': ['contract_id', 'id'],
                'constraints': [models.UniqueConstraint(fields=('version', 'metric_name', 'definition_digest', 'cases_digest'), name='definition_accepted_once'), models.CheckConstraint(condition=models.Q(models.Q(('accepted_by', ''), _negated=True), models.Q(('accepted_email', ''), _negated=True)), name='acceptance_has_a_person')],
            },
        ),
        migrations.CreateModel(
            name='PlanVersionHistory',
            fields=[
                ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_label', models.TextField(help_text='The event label.')),
                ('id', models.BigIntegerField()),
                ('public_id', models.CharField(default=ground.ids.new_public_id, editable=False, max_length=32)),
                ('number', models.PositiveIntegerField()),
                ('terms', models.JSONField()),
                ('terms_digest', models.CharField(max_length=71)),
                ('published_at', models.DateTimeField(blank=True, null=True)),
                ('published_by', models.CharField(blank=True, max_length=200)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('pgh_context', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='pghistory.context')),
                ('pgh_obj', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='events', to='licenses.planversion')),
                ('plan', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='licenses.plan')),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='VendorKey',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_key', models.BinaryField(max_length=32)),
                ('fingerprint', models.CharField(max_length=100, unique=True)),
                ('made_by', models.CharField(max_length=200)),
                ('announced_at', models.DateTimeField(blank=True, null=True)),
                ('taken_up_at', models.DateTimeField(blank=True, null=True)),
                ('retired_at', models.DateTimeField(blank=True, null=True)),
                ('retired_by', models.CharField(blank=True, default='', max_length=200)),
                ('retired_reason', models.TextField(blank=True, default='')),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('legal_entity', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='keys', to='licenses.legalentity')),
            ],
            options={
                'ordering': ['legal_entity_id', 'id'],
                'constraints': [models.UniqueConstraint(condition=models.Q(('retired_at__isnull', True), models.Q(('announced_at__isnull', True), ('taken_up_at__isnull', False), _connector='OR')), fields=('legal_entity',), name='vendor_key_one_in_force'), models.UniqueConstraint(condition=models.Q(('announced_at__isnull', False), ('retired_at__isnull', True), ('taken_up_at__isnull', True)), fields=('legal_entity',), name='vendor_key_one_announced'), models.CheckConstraint(condition=django.db.models.expressions.RawSQL('octet_length(public_key) = 32', (), models.BooleanField()), name='vendor_key_is_256_bits'), models.CheckConstraint(condition=models.Q(models.Q(('retired_at__isnull', True), ('retired_by', ''), ('retired_reason', '')), models.Q(('retired_at__isnull', False), models.Q(('retired_by', ''), _negated=True), models.Q(('retired_reason', ''), _negated=True)), _connector='OR'), name='vendor_key_retired_with_reason')],
            },
        ),
        migrations.CreateModel(
            name='VendorKeySecret',
            fields=[
                ('key', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, primary_key=True, related_name='secret', serialize=False, to='licenses.vendorkey')),
                ('sealed', models.BinaryField()),
            ],
        ),
        migrations.CreateModel(
            name='BillingContact',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('email', models.EmailField(max_length=254, verbose_name='e-mail address')),
                ('name', models.CharField(blank=True, default='', max_length=200)),
                ('added_by', models.CharField(max_length=200)),
                ('added_at', models.DateTimeField()),
                ('removed_by', models.CharField(blank=True, default='', max_length=200)),
                ('removed_at', models.DateTimeField(blank=True, null=True)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('contract', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='billing_contacts', to='licenses.contract')),
                ('customer', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='licenses.customer')),
            ],
            options={
                'ordering': ['contract_id', 'email', 'id'],
                'constraints': [models.UniqueConstraint(condition=models.Q(('removed_at__isnull', True)), fields=('contract', 'email'), name='billing_contact_once'), models.CheckConstraint(condition=models.Q(('email', django.db.models.functions.text.Lower('email'))), name='billing_contact_is_lower_case'), models.CheckConstraint(condition=models.Q(models.Q(('removed_at__isnull', True), ('removed_by', '')), models.Q(('removed_at__isnull', False), models.Q(('removed_by', ''), _negated=True)), _connector='OR'), name='billing_contact_removed_by_somebody')],
            },
        ),
        migrations.CreateModel(
            name='ApiKey',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=100)),
                ('prefix', models.CharField(max_length=12, unique=True)),
                ('secret_sha256', models.CharField(max_length=64)),
                ('scopes', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(choices=[('licenses:read', 'read customers, contracts, instances and plans'), ('licenses:write', "change customers, contracts and instances (the vendor's keys only)"), ('usage:read', 'read reports, counts and jobs'), ('usage:write', 'send usage'), ('billing:read', 'read invoices, credit notes and true-ups')], max_length=40), size=None)),
                ('expires_at', models.DateTimeField(blank=True, null=True)),
                ('made_by', models.CharField(max_length=200)),
                ('made_at', models.DateTimeField()),
                ('last_used_at', models.DateTimeField(blank=True, null=True)),
                ('revoked_at', models.DateTimeField(blank=True, null=True)),
                ('revoked_by', models.CharField(blank=True, default='', max_length=200)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('customer', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='api_keys', to='licenses.customer')),
                ('instance', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='api_keys', to='licenses.instance')),
            ],
            options={
                'verbose_name': 'API key',
                'ordering': ['-id'],
                'constraints': [models.CheckConstraint(condition=models.Q(('prefix__regex', '^[0-9a-f]{12}$')), name='api_key_prefix_is_hex'), models.CheckConstraint(condition=models.Q(('secret_sha256__regex', '^[0-9a-f]{64}$')), name='api_key_secret_is_a_digest'), models.CheckConstraint(condition=models.Q(('scopes__len__gte', 1)), name='api_key_may_do_something'), models.CheckConstraint(condition=models.Q(('instance__isnull', True), models.Q(('customer__isnull', False), ('scopes', ['usage:write'])), _connector='OR'), name='api_key_of_an_instance_only_reports'), models.CheckConstraint(condition=models.Q(('customer__isnull', True), models.Q(('scopes__contains', ['licenses:write']), _negated=True), _connector='OR'), name='api_key_of_a_customer_changes_no_contract'), models.CheckConstraint(condition=models.Q(models.Q(('revoked_at__isnull', True), ('revoked_by', '')), models.Q(('revoked_at__isnull', False), models.Q(('revoked_by', ''), _negated=True)), _connector='OR'), name='api_key_revoked_by_somebody')],
            },
        ),
        migrations.CreateModel(
            name='InstanceKey',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_key', models.BinaryField(max_length=32)),
                ('fingerprint', models.CharField(max_length=100, unique=True)),
                ('activated_at', models.DateTimeField()),
                ('activated_by', models.CharField(max_length=200)),
                ('license_serial', models.PositiveIntegerField()),
                ('replaced_at', models.DateTimeField(blank=True, null=True)),
                ('revoked_at', models.DateTimeField(blank=True, null=True)),
                ('revoked_from_seq', models.PositiveBigIntegerField(blank=True, null=True)),
                ('revoked_reason', models.TextField(blank=True, default='')),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('contract', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='licenses.contract')),
                ('customer', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='licenses.customer')),
                ('instance', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='keys', to='licenses.instance')),
            ],
            options={
                'ordering': ['instance_id', 'id'],
                'constraints': [models.UniqueConstraint(condition=models.Q(('replaced_at__isnull', True), ('revoked_at__isnull', True)), fields=('instance',), name='instance_key_one_live'), models.CheckConstraint(condition=django.db.models.expressions.RawSQL('octet_length(public_key) = 32', (), models.BooleanField()), name='instance_key_is_256_bits'), models.CheckConstraint(condition=models.Q(models.Q(('revoked_at__isnull', True), ('revoked_from_seq__isnull', True), ('revoked_reason', '')), models.Q(('revoked_at__isnull', False), models.Q(('revoked_reason', ''), _negated=True)), _connector='OR'), name='instance_key_revoked_with_reason')],
            },
        ),
        migrations.CreateModel(
            name='KeyRevocation',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.PositiveIntegerField()),
                ('from_seq', models.PositiveBigIntegerField(blank=True, null=True)),
                ('at', models.DateTimeField()),
                ('reason', models.TextField()),
                ('revoked_by', models.CharField(max_length=200)),
                ('revoked_at', models.DateTimeField()),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('instance_key', models.OneToOneField(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='revocation', to='licenses.instancekey')),
                ('legal_entity', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='revocations', to='licenses.legalentity')),
                ('vendor_key', models.OneToOneField(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='revocation', to='licenses.vendorkey')),
            ],
            options={
                'ordering': ['legal_entity_id', 'number'],
                'constraints': [models.UniqueConstraint(fields=('legal_entity', 'number'), name='key_revocation_number'), models.CheckConstraint(condition=models.Q(models.Q(('from_seq__isnull', True), ('instance_key__isnull', True), ('vendor_key__isnull', False)), models.Q(('instance_key__isnull', False), ('vendor_key__isnull', True)), _connector='OR'), name='key_revocation_is_of_one_key'), models.CheckConstraint(condition=models.Q(('reason', ''), _negated=True), name='key_revocation_has_a_reason')],
            },
        ),
        migrations.CreateModel(
            name='LicenseFile',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_id', models.CharField(default=ground.ids.new_public_id, editable=False, max_length=32, unique=True)),
                ('serial', models.PositiveIntegerField()),
                ('envelope', models.BinaryField()),
                ('digest', models.CharField(max_length=71)),
                ('revocations', models.TextField(blank=True, default='')),
                ('challenge', models.CharField(max_length=32)),
                ('not_before', models.DateTimeField()),
                ('expires', models.DateTimeField()),
                ('grace_days', models.PositiveIntegerField()),
                ('because', models.CharField(choices=[('asked', 'asked for'), ('amended', 'the contract has a new version'), ('instances', 'an instance or its key is new'), ('renewed', 'the one before ends soon'), ('changed', 'what is granted changed on this day'), ('revoked', 'a key was revoked or replaced')], max_length=10)),
                ('issued_by', models.CharField(max_length=200)),
                ('issued_at', models.DateTimeField()),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('contract', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='license_files', to='licenses.contract')),
                ('customer', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='licenses.customer')),
                ('vendor_key', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='license_files', to='licenses.vendorkey')),
                ('version', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='license_files', to='licenses.contractversion')),
            ],
            options={
                'ordering': ['contract_id', 'serial'],
                'constraints': [models.UniqueConstraint(fields=('contract', 'serial'), name='license_serial_once_per_contract'), models.CheckConstraint(condition=models.Q(('serial__gte', 1)), name='license_serial_from_1'), models.CheckConstraint(condition=models.Q(('expires__gt', models.F('not_before'))), name='license_is_valid_for_a_while')],
            },
        ),
        migrations.CreateModel(
            name='WebhookDestination',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_id', models.CharField(default=ground.ids.new_public_id, editable=False, max_length=32, unique=True)),
                ('purpose', models.CharField(choices=[('events', 'is told what happened'), ('checkout', 'is asked before bought seats are reduced')], default='events', max_length=10)),
                ('url', models.CharField(max_length=500)),
                ('note', models.CharField(max_length=200)),
                ('event_types', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(choices=[('license.issued', 'a licence was issued'), ('entitlements.changed', 'what a contract grants changed: all features and quantities'), ('report.received', 'a report came in and was looked at'), ('report.accepted', 'a report counts from now on'), ('report.rejected', 'a report was rejected'), ('report.decision_needed', 'a report waits for the account manager'), ('invoice.finalized', 'an invoice was finalized'), ('credit_note.finalized', 'a credit note was finalized'), ('true_up.proposed', 'a closed period should be settled anew'), ('period.closed', 'a period was billed: what changes now is a true-up'), ('webhook.test', 'a test, sent by a person')], max_length=40), blank=True, default=list, size=None)),
                ('product_name', models.CharField(blank=True, default='', max_length=200)),
                ('made_by', models.CharField(max_length=200)),
                ('made_at', models.DateTimeField()),
                ('switched_off_by', models.CharField(blank=True, default='', max_length=200)),
                ('switched_off_at', models.DateTimeField(blank=True, null=True)),
                ('silences', models.PositiveIntegerField(default=0)),
                ('quiet_until', models.DateTimeField(blank=True, null=True)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('customer', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='licenses.customer')),
                ('legal_entity', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='licenses.legalentity')),
            ],
            options={
                'ordering': ['-id'],
                'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('event_types__len__gte', 1), ('legal_entity__isnull', True), ('product_name', ''), ('purpose', 'events')), models.Q(('customer__isnull', True), ('event_types__len', 0), ('legal_entity__isnull', False), ('purpose', 'checkout')), _connector='OR'), name='webhook_destination_is_told_or_asked'), models.UniqueConstraint(condition=models.Q(('purpose', 'checkout'), ('switched_off_at__isnull', True)), fields=('legal_entity', 'product_name'), name='webhook_one_checkout_hook'), models.CheckConstraint(condition=models.Q(models.Q(('switched_off_at__isnull', True), ('switched_off_by', '')), models.Q(('switched_off_at__isnull', False), models.Q(('switched_off_by', ''), _negated=True)), _connector='OR'), name='webhook_switched_off_by_somebody')],
            },
        ),
        migrations.CreateModel(
            name='CheckoutQuestion',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('asked_by', models.CharField(max_length=200)),
                ('asked_at', models.DateTimeField()),
                ('body', models.TextField()),
                ('status_code', models.PositiveIntegerField(blank=True, null=True)),
                ('is_allowed', models.BooleanField()),
                ('words', models.CharField(blank=True, default='', max_length=1000)),
                ('contract', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='licenses.contract')),
                ('customer', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='licenses.customer')),
                ('destination', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='questions', to='licenses.webhookdestination')),
            ],
            options={
                'ordering': ['-id'],
            },
        ),
        migrations.CreateModel(
            name='WebhookEvent',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_id', models.CharField(default=ground.ids.new_public_id, editable=False, max_length=40, unique=True)),
                ('key', models.CharField(max_length=200, unique=True)),
                ('kind', models.CharField(choices=[('license.issued', 'a licence was issued'), ('entitlements.changed', 'what a contract grants changed: all features and quantities'), ('report.received', 'a report came in and was looked at'), ('report.accepted', 'a report counts from now on'), ('report.rejected', 'a report was rejected'), ('report.decision_needed', 'a report waits for the account manager'), ('invoice.finalized', 'an invoice was finalized'), ('credit_note.finalized', 'a credit note was finalized'), ('true_up.proposed', 'a closed period should be settled anew'), ('period.closed', 'a period was billed: what changes now is a true-up'), ('webhook.test', 'a test, sent by a person')], max_length=40)),
                ('happened_at', models.DateTimeField()),
                ('body', models.TextField()),
                ('distributed_at', models.DateTimeField(blank=True, null=True)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('customer', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='licenses.customer')),
            ],
            options={
                'ordering': ['-id'],
                'indexes': [models.Index(condition=models.Q(('distributed_at__isnull', True)), fields=['id'], name='webhook_event_to_distribute')],
            },
        ),
        migrations.CreateModel(
            name='WebhookDelivery',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_id', models.CharField(default=ground.ids.new_public_id, editable=False, max_length=32, unique=True)),
                ('state', models.CharField(choices=[('waiting', 'waiting'), ('delivered', 'delivered'), ('given_up', 'given up'), ('left', 'left')], default='waiting', max_length=10)),
                ('tries', models.PositiveIntegerField(default=0)),
                ('begun_at', models.DateTimeField()),
                ('next_try_at', models.DateTimeField(blank=True, null=True)),
                ('leased_until', models.DateTimeField(blank=True, null=True)),
                ('ended_at', models.DateTimeField(blank=True, null=True)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('destination', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='deliveries', to='licenses.webhookdestination')),
                ('event', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='deliveries', to='licenses.webhookevent')),
            ],
            options={
                'ordering': ['-id'],
                'indexes': [models.Index(condition=models.Q(('state', 'waiting')), fields=['destination', 'next_try_at'], name='webhook_delivery_due')],
                'constraints': [models.UniqueConstraint(fields=('event', 'destination'), name='webhook_delivery_once'), models.CheckConstraint(condition=models.Q(models.Q(('ended_at__isnull', True), ('next_try_at__isnull', False), ('state', 'waiting')), models.Q(models.Q(('state', 'waiting'), _negated=True), ('ended_at__isnull', False), ('next_try_at__isnull', True)), _connector='OR'), name='webhook_delivery_waits_for_an_instant')],
            },
        ),
        migrations.CreateModel(
            name='WebhookAttempt',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('at', models.DateTimeField()),
                ('status_code', models.PositiveIntegerField(blank=True, null=True)),
                ('answer', models.CharField(blank=True, default='', max_length=500)),
                ('is_good', models.BooleanField()),
                ('milliseconds', models.PositiveIntegerField(default=0)),
                ('delivery', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='attempts', to='licenses.webhookdelivery')),
            ],
            options={
                'ordering': ['delivery_id', 'id'],
            },
        ),
        migrations.CreateModel(
            name='WebhookSecret',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('sealed', models.BinaryField()),
                ('made_by', models.CharField(max_length=200)),
                ('made_at', models.DateTimeField()),
                ('retired_by', models.CharField(blank=True, default='', max_length=200)),
                ('retired_at', models.DateTimeField(blank=True, null=True)),
                ('destination', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='secrets', to='licenses.webhookdestination')),
            ],
            options={
                'ordering': ['destination_id', 'id'],
            },
        ),
        migrations.AddConstraint(
            model_name='contract',
            constraint=models.UniqueConstraint(fields=('id', 'customer'), name='contract_and_customer'),
        ),
        migrations.AddConstraint(
            model_name='instance',
            constraint=models.UniqueConstraint(fields=('id', 'contract', 'customer'), name='instance_contract_and_customer'),
        ),
        migrations.AddConstraint(
            model_name='instance',
            constraint=models.UniqueConstraint(fields=('id', 'customer'), name='instance_and_customer'),
        ),
        migrations.AddConstraint(
            model_name='contractversion',
            constraint=models.UniqueConstraint(fields=('id', 'contract', 'customer'), name='contract_version_contract_and_customer'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='legalentity',
            trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "licenses_legalentityhistory" ("accent", "address_lines", "bic", "contact_name", "contact_phone", "country", "created_at", "electronic_address", "email", "iban", "id", "logo", "logo_sha256", "name", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "portal_url", "registration", "tax_currency", "vat_id") VALUES (NEW."accent", NEW."address_lines", NEW."bic", NEW."contact_name", NEW."contact_phone", NEW."country", NEW."created_at", NEW."electronic_address", NEW."email", NEW."iban", NEW."id", NEW."logo", NEW."logo_sha256", NEW."name", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."portal_url", NEW."registration", NEW."tax_currency", NEW."vat_id"); RETURN NULL;', hash='4024478f484a2ec169eeee673a200b138ffc5ad4', operation='INSERT', pgid='pgtrigger_insert_insert_80b4b', table='licenses_legalentity', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='legalentity',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "licenses_legalentityhistory" ("accent", "address_lines", "bic", "contact_name", "contact_phone", "country", "created_at", "electronic_address", "email", "iban", "id", "logo", "logo_sha256", "name", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "portal_url", "registration", "tax_currency", "vat_id") VALUES (NEW."accent", NEW."address_lines", NEW."bic", NEW."contact_name", NEW."contact_phone", NEW."country", NEW."created_at", NEW."electronic_address", NEW."email", NEW."iban", NEW."id", NEW."logo", NEW."logo_sha256", NEW."name", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."portal_url", NEW."registration", NEW."tax_currency", NEW."vat_id"); RETURN NULL;', hash='0299277e33b2d726a8a8e395fe3472f546c6f56c', operation='UPDATE', pgid='pgtrigger_update_update_5afa3', table='licenses_legalentity', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='legalentity',
            trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "licenses_legalentityhistory" ("accent", "address_lines", "bic", "contact_name", "contact_phone", "country", "created_at", "electronic_address", "email", "iban", "id", "logo", "logo_sha256", "name", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "portal_url", "registration", "tax_currency", "vat_id") VALUES (OLD."accent", OLD."address_lines", OLD."bic", OLD."contact_name", OLD."contact_phone", OLD."country", OLD."created_at", OLD."electronic_address", OLD."email", OLD."iban", OLD."id", OLD."logo", OLD."logo_sha256", OLD."name", _pgh_attach_context(), NOW(), \'delete\', OLD."id", OLD."portal_url", OLD."registration", OLD."tax_currency", OLD."vat_id"); RETURN NULL;', hash='a6b137ba8da482f81eac2419b62ee95ed548f57a', operation='DELETE', pgid='pgtrigger_delete_delete_77e42', table='licenses_legalentity', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='contractversionhistory',
            trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='5a5da64e5940b5cc8d11371df6f05d3446342e1b', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_84337', table='licenses_contractversionhistory', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='contracthistory',
            trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='6607543a48ca61fcad834247fbe5850c4711a27f', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_1e0a9', table='licenses_contracthistory', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='contract',
            trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "licenses_contracthistory" ("account_manager_id", "annex_split", "buyer_reference", "created_at", "customer_id", "id", "live_from", "number", "old_seat_price", "old_seats", "payment_days", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "po_number", "product_name", "public_id", "raw_kept_days", "users_annex") VALUES (NEW."account_manager_id", NEW."annex_split", NEW."buyer_reference", NEW."created_at", NEW."customer_id", NEW."id", NEW."live_from", NEW."number", NEW."old_seat_price", NEW."old_seats", NEW."payment_days", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."po_number", NEW."product_name", NEW."public_id", NEW."raw_kept_days", NEW."users_annex"); RETURN NULL;', hash='d9489154c9522a904c936a9771a7a460ecde566e', operation='INSERT', pgid='pgtrigger_insert_insert_20ca8', table='licenses_contract', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='contract',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "licenses_contracthistory" ("account_manager_id", "annex_split", "buyer_reference", "created_at", "customer_id", "id", "live_from", "number", "old_seat_price", "old_seats", "payment_days", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "po_number", "product_name", "public_id", "raw_kept_days", "users_annex") VALUES (NEW."account_manager_id", NEW."annex_split", NEW."buyer_reference", NEW."created_at", NEW."customer_id", NEW."id", NEW."live_from", NEW."number", NEW."old_seat_price", NEW."old_seats", NEW."payment_days", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."po_number", NEW."product_name", NEW."public_id", NEW."raw_kept_days", NEW."users_annex"); RETURN NULL;', hash='734eb09e60af1a1eb5dbd9bfdbcbe20fa68d33d2', operation='UPDATE', pgid='pgtrigger_update_update_155ac', table='licenses_contract', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='contract',
            trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "licenses_contracthistory" ("account_manager_id", "annex_split", "buyer_reference", "created_at", "customer_id", "id", "live_from", "number", "old_seat_price", "old_seats", "payment_days", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "po_number", "product_name", "public_id", "raw_kept_days", "users_annex") VALUES (OLD."account_manager_id", OLD."annex_split", OLD."buyer_reference", OLD."created_at", OLD."customer_id", OLD."id", OLD."live_from", OLD."number", OLD."old_seat_price", OLD."old_seats", OLD."payment_days", _pgh_attach_context(), NOW(), \'delete\', OLD."id", OLD."po_number", OLD."product_name", OLD."public_id", OLD."raw_kept_days", OLD."users_annex"); RETURN NULL;', hash='8e00476afb7cb15ea5f5d65c9ffe6b7d45dd1e27', operation='DELETE', pgid='pgtrigger_delete_delete_7d862', table='licenses_contract', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='instance',
            trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "licenses_instancehistory" ("contract_id", "cost_center", "created_at", "customer_id", "id", "name", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "public_id", "reports_from", "reports_until") VALUES (NEW."contract_id", NEW."cost_center", NEW."created_at", NEW."customer_id", NEW."id", NEW."name", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."public_id", NEW."reports_from", NEW."reports_until"); RETURN NULL;', hash='2b825849400569c7e5d9b804e45d99f4e16d6ea1', operation='INSERT', pgid='pgtrigger_insert_insert_c28f4', table='licenses_instance', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='instance',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "licenses_instancehistory" ("contract_id", "cost_center", "created_at", "customer_id", "id", "name", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "public_id", "reports_from", "reports_until") VALUES (NEW."contract_id", NEW."cost_center", NEW."created_at", NEW."customer_id", NEW."id", NEW."name", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."public_id", NEW."reports_from", NEW."reports_until"); RETURN NULL;', hash='3f0cd0910d1e5a02e262a6d304ff5772d822684d', operation='UPDATE', pgid='pgtrigger_update_update_60f55', table='licenses_instance', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='instance',
            trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "licenses_instancehistory" ("contract_id", "cost_center", "created_at", "customer_id", "id", "name", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "public_id", "reports_from", "reports_until") VALUES (OLD."contract_id", OLD."cost_center", OLD."created_at", OLD."customer_id", OLD."id", OLD."name", _pgh_attach_context(), NOW(), \'delete\', OLD."id", OLD."public_id", OLD."reports_from", OLD."reports_until"); RETURN NULL;', hash='d65bfe174f3fc629fa0b894716cfc9fad86d137e', operation='DELETE', pgid='pgtrigger_delete_delete_65925', table='licenses_instance', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='instancehistory',
            trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='0d8e5bf23c1ecc932bce7b0abac281bf99cd18dc', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_bf057', table='licenses_instancehistory', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='customerhistory',
            trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='f00648de80392587e583f237e9010e48ae430d2f', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_0a059', table='licenses_customerhistory', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='customer',
            trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "licenses_customerhistory" ("address_lines", "country", "created_at", "electronic_address", "id", "language", "legal_entity_id", "name", "number", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "public_id", "vat_id") VALUES (NEW."address_lines", NEW."country", NEW."created_at", NEW."electronic_address", NEW."id", NEW."language", NEW."legal_entity_id", NEW."name", NEW."number", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."public_id", NEW."vat_id"); RETURN NULL;', hash='5e7b8b90b31d3bf72ac590356fbd6cfdc5c207d7', operation='INSERT', pgid='pgtrigger_insert_insert_06851', table='licenses_customer', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='customer',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "licenses_customerhistory" ("address_lines", "country", "created_at", "electronic_address", "id", "language", "legal_entity_id", "name", "number", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "public_id", "vat_id") VALUES (NEW."address_lines", NEW."country", NEW."created_at", NEW."electronic_address", NEW."id", NEW."language", NEW."legal_entity_id", NEW."name", NEW."number", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."public_id", NEW."vat_id"); RETURN NULL;', hash='9dbd69a109c46c7c74d75f329b5111a8ad449425', operation='UPDATE', pgid='pgtrigger_update_update_2802b', table='licenses_customer', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='customer',
            trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "licenses_customerhistory" ("address_lines", "country", "created_at", "electronic_address", "id", "language", "legal_entity_id", "name", "number", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "public_id", "vat_id") VALUES (OLD."address_lines", OLD."country", OLD."created_at", OLD."electronic_address", OLD."id", OLD."language", OLD."legal_entity_id", OLD."name", OLD."number", _pgh_attach_context(), NOW(), \'delete\', OLD."id", OLD."public_id", OLD."vat_id"); RETURN NULL;', hash='cf7aa5c18d9c5ada3bbe195651718818af4cb3d5', operation='DELETE', pgid='pgtrigger_delete_delete_b384a', table='licenses_customer', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='legalentityhistory',
            trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='f2e83e175b50124556a3f633955b447bc8665afd', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_9ccaa', table='licenses_legalentityhistory', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='membership',
            trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "licenses_membershiphistory" ("created_at", "customer_id", "id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "role", "user_id") VALUES (NEW."created_at", NEW."customer_id", NEW."id", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."role", NEW."user_id"); RETURN NULL;', hash='5822465408eb4d4456fde28976a5a92cd105c364', operation='INSERT', pgid='pgtrigger_insert_insert_a72f6', table='licenses_membership', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='membership',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "licenses_membershiphistory" ("created_at", "customer_id", "id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "role", "user_id") VALUES (NEW."created_at", NEW."customer_id", NEW."id", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."role", NEW."user_id"); RETURN NULL;', hash='3e628beb887bfd07600bbc58b88f9a3342d20f52', operation='UPDATE', pgid='pgtrigger_update_update_a1c55', table='licenses_membership', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='membership',
            trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "licenses_membershiphistory" ("created_at", "customer_id", "id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "role", "user_id") VALUES (OLD."created_at", OLD."customer_id", OLD."id", _pgh_attach_context(), NOW(), \'delete\', OLD."id", OLD."role", OLD."user_id"); RETURN NULL;', hash='4176da12fb608d4b940b14fcb20616b4c7b63f03', operation='DELETE', pgid='pgtrigger_delete_delete_2e595', table='licenses_membership', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='membershiphistory',
            trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='8567b61a0fdcbd67c971b134f7116c3f044b27f6', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_2272f', table='licenses_membershiphistory', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='contractversion',
            trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "licenses_contractversionhistory" ("active", "agreed_at", "contract_id", "created_at", "customer_id", "id", "number", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "plan_version_id", "terms", "terms_digest") VALUES (NEW."active", NEW."agreed_at", NEW."contract_id", NEW."created_at", NEW."customer_id", NEW."id", NEW."number", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."plan_version_id", NEW."terms", NEW."terms_digest"); RETURN NULL;', hash='ca04303a5594fd1476538d01dd6fc4af748e9efc', operation='INSERT', pgid='pgtrigger_insert_insert_6bc63', table='licenses_contractversion', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='contractversion',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "licenses_contractversionhistory" ("active", "agreed_at", "contract_id", "created_at", "customer_id", "id", "number", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "plan_version_id", "terms", "terms_digest") VALUES (NEW."active", NEW."agreed_at", NEW."contract_id", NEW."created_at", NEW."customer_id", NEW."id", NEW."number", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."plan_version_id", NEW."terms", NEW."terms_digest"); RETURN NULL;', hash='31586999b7d745e83535d5d7266ffe732b673df8', operation='UPDATE', pgid='pgtrigger_update_update_7587b', table='licenses_contractversion', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='contractversion',
            trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "licenses_contractversionhistory" ("active", "agreed_at", "contract_id", "created_at", "customer_id", "id", "number", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "plan_version_id", "terms", "terms_digest") VALUES (OLD."active", OLD."agreed_at", OLD."contract_id", OLD."created_at", OLD."customer_id", OLD."id", OLD."number", _pgh_attach_context(), NOW(), \'delete\', OLD."id", OLD."plan_version_id", OLD."terms", OLD."terms_digest"); RETURN NULL;', hash='737107bc98aaa6995b242f7c2df1c7d47487de3e', operation='DELETE', pgid='pgtrigger_delete_delete_4897c', table='licenses_contractversion', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='plan',
            trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "licenses_planhistory" ("created_at", "id", "name", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "public_id") VALUES (NEW."created_at", NEW."id", NEW."name", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."public_id"); RETURN NULL;', hash='7f34f68d83dd7930a337674df0b8f3909f85fde7', operation='INSERT', pgid='pgtrigger_insert_insert_03651', table='licenses_plan', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='plan',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "licenses_planhistory" ("created_at", "id", "name", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "public_id") VALUES (NEW."created_at", NEW."id", NEW."name", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."public_id"); RETURN NULL;', hash='bf6269c78a5bf59adc17b2d0a4377a3a1901b17f', operation='UPDATE', pgid='pgtrigger_update_update_69635', table='licenses_plan', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='plan',
            trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "licenses_planhistory" ("created_at", "id", "name", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "public_id") VALUES (OLD."created_at", OLD."id", OLD."name", _pgh_attach_context(), NOW(), \'delete\', OLD."id", OLD."public_id"); RETURN NULL;', hash='bf7fc7b41d277bf388fb1ade5340ee088c5dcfd1', operation='DELETE', pgid='pgtrigger_delete_delete_5b7af', table='licenses_plan', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='planmetric',
            trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "licenses_planmetrichistory" ("created_at", "id", "key", "metric", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id") VALUES (NEW."created_at", NEW."id", NEW."key", NEW."metric", _pgh_attach_context(), NOW(), \'insert\', NEW."id"); RETURN NULL;', hash='3488494119024cfdf7b3e13d727aae7944dc60cf', operation='INSERT', pgid='pgtrigger_insert_insert_2ea97', table='licenses_planmetric', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='planmetric',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "licenses_planmetrichistory" ("created_at", "id", "key", "metric", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id") VALUES (NEW."created_at", NEW."id", NEW."key", NEW."metric", _pgh_attach_context(), NOW(), \'update\', NEW."id"); RETURN NULL;', hash='549ac087751bfedb002ba99917354cd6f2b78067', operation='UPDATE', pgid='pgtrigger_update_update_e0dd3', table='licenses_planmetric', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='planmetric',
            trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "licenses_planmetrichistory" ("created_at", "id", "key", "metric", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id") VALUES (OLD."created_at", OLD."id", OLD."key", OLD."metric", _pgh_attach_context(), NOW(), \'delete\', OLD."id"); RETURN NULL;', hash='ce651eb61db708a617a33aa044653a602d7dd9ec', operation='DELETE', pgid='pgtrigger_delete_delete_f747a', table='licenses_planmetric', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='planhistory',
            trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='3705f916833520f34bc3942c0fafd5a08bf61bea', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_d4aec', table='licenses_planhistory', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='planmetrichistory',
            trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='2658192ee376c2b413476729aab741b1d3dd781c', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_7308a', table='licenses_planmetrichistory', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='planversion',
            trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "licenses_planversionhistory" ("created_at", "id", "number", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "plan_id", "public_id", "published_at", "published_by", "terms", "terms_digest") VALUES (NEW."created_at", NEW."id", NEW."number", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."plan_id", NEW."public_id", NEW."published_at", NEW."published_by", NEW."terms", NEW."terms_digest"); RETURN NULL;', hash='a82ddd86ff314369e1042168bcf463b881ebd71d', operation='INSERT', pgid='pgtrigger_insert_insert_416c0', table='licenses_planversion', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='planversion',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "licenses_planversionhistory" ("created_at", "id", "number", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "plan_id", "public_id", "published_at", "published_by", "terms", "terms_digest") VALUES (NEW."created_at", NEW."id", NEW."number", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."plan_id", NEW."public_id", NEW."published_at", NEW."published_by", NEW."terms", NEW."terms_digest"); RETURN NULL;', hash='d0982189ee10d19377a7d28bef4f6ef1cbdb8c26', operation='UPDATE', pgid='pgtrigger_update_update_7430b', table='licenses_planversion', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='planversion',
            trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "licenses_planversionhistory" ("created_at", "id", "number", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "plan_id", "public_id", "published_at", "published_by", "terms", "terms_digest") VALUES (OLD."created_at", OLD."id", OLD."number", _pgh_attach_context(), NOW(), \'delete\', OLD."id", OLD."plan_id", OLD."public_id", OLD."published_at", OLD."published_by", OLD."terms", OLD."terms_digest"); RETURN NULL;', hash='38b8430f87364a2332da288984a41a4b1bbfe70d', operation='DELETE', pgid='pgtrigger_delete_delete_21024', table='licenses_planversion', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='planversionhistory',
            trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='a3a70ec195d3dfb4ea5ecf5edb5eb67576fbd932', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_ea5ad', table='licenses_planversionhistory', when='BEFORE')),
        ),
        # The walls: who may see a row, what never changes, what can never be true at the same time.
        VendorOnly("User"),
        VendorOnly("FactorRemoval"),
        AppendOnly("FactorRemoval"),
        CustomerWall("Customer", portal="SELECT", column="id"),
        OWN_ENTITY,
        CustomerWall("Membership", portal="SELECT"),
        CustomerWall("Contract", portal="SELECT"),
        VendorOnly("ContractSecret"),
        AppendOnly("ContractSecret"),
        CustomerWall("ContractVersion", portal="SELECT"),
        CustomerWall("Instance", portal="SELECT"),
        CustomerWall("ProvisionedCount", portal="SELECT"),
        AppendOnly("ProvisionedCount"),
        OWN_KEYS,
        VendorOnly("VendorKeySecret"),
        VendorOnly("BillingContact"),
        AppendOnly("VendorKeySecret"),
        VendorOnly("PlanMetric"),
        VendorOnly("Plan"),
        VendorOnly("PlanVersion"),
        FrozenWhen("PlanVersion", condition="OLD.published_at IS NOT NULL"),
        VendorOnly("WebhookDestination"),
        VendorOnly("WebhookSecret"),
        # What happens under the portal's role is written down with the fact; that role reads nothing of it.
        CustomerWall("WebhookEvent", portal="INSERT"),
        VendorOnly("WebhookDelivery"),
        VendorOnly("WebhookAttempt"),
        AppendOnly("CheckoutQuestion"),
        VendorOnly("CheckoutQuestion"),
        # The customer's people accept under the customer's own role.
        CustomerWall("DefinitionAcceptance", portal="SELECT, INSERT"),
        AppendOnly("DefinitionAcceptance"),
        CustomerWall("LicenseFile", portal="SELECT"),
        AppendOnly("LicenseFile"),
        # The customer's administrators activate keys under the customer's own role, which then replaces the one before.
        CustomerWall("InstanceKey", portal="SELECT, INSERT"),
        PORTAL_REPLACES_KEYS,
        VendorOnly("KeyRevocation"),
        AppendOnly("KeyRevocation"),
        *(VendorOnly(f"{name}History") for name in TRACKED),
        NoOverlap("ContractVersion", columns=["contract_id"], period="active"),
        REFUSE_CHANGE,
        EACH_ONCE,
        frozen_except(table="licenses_contractversion", columns=["active"]),
        frozen_except(table="licenses_vendorkey", columns=VENDOR_KEY_STEPS),
        frozen_except(table="licenses_instancekey", columns=INSTANCE_KEY_ENDS),
        each_once(table="licenses_vendorkey", columns=["taken_up_at", "retired_at"]),
        each_once(table="licenses_instancekey", columns=["replaced_at", "revoked_at"]),
        same_owner(table="licenses_licensefile", parent="licenses_contractversion", columns=["version_id", *OF_CONTRACT]),
        same_owner(table="licenses_checkoutquestion", parent="licenses_contract", columns=OF_CONTRACT),
        # What was told is told again as it was.
        each_once(table="licenses_webhookevent", columns=["public_id", "key", "body", "distributed_at"]),
        same_owner(table="licenses_instancekey", parent="licenses_instance", columns=["instance_id", *OF_CONTRACT]),
        frozen_except(table="licenses_billingcontact", columns=["removed_at", "removed_by"]),
        # A customer's administrators make and revoke its keys under the customer's own role.
        CustomerWall("ApiKey", portal="SELECT, INSERT, UPDATE"),
        frozen_except(table="licenses_apikey", columns=["last_used_at", "revoked_at", "revoked_by"]),
        same_owner(table="licenses_apikey", parent="licenses_instance", columns=["instance_id", "customer_id"]),
        VERSION_ONLY_SHORTENS,
        same_owner(table="licenses_contractversion", parent="licenses_contract", columns=OF_CONTRACT),
        same_owner(
            table="licenses_definitionacceptance",
            parent="licenses_contractversion",
            columns=["version_id", *OF_CONTRACT],
        ),
        STARTS_FROM_A_PUBLISHED_PLAN,
        same_owner(table="licenses_instance", parent="licenses_contract", columns=OF_CONTRACT),
        same_owner(table="licenses_billingcontact", parent="licenses_contract", columns=OF_CONTRACT),
        same_owner(table="licenses_provisionedcount", parent="licenses_contract", columns=OF_CONTRACT),
        same_owner(
            table="licenses_provisionedcount",
            parent="licenses_instance",
            columns=["instance_id", "contract_id", "customer_id"],
        ),
    ]
