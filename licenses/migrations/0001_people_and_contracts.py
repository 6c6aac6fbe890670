import django.contrib.postgres.fields.ranges
import django.core.validators
import django.db.models.deletion
import django.db.models.expressions
import django.db.models.functions.datetime
import django.db.models.functions.text
import ground.ids
import licenses.models.people
from django.conf import settings
from django.db import migrations, models

from ground.database import AppendOnly, CustomerWall, NoOverlap, VendorOnly
from licenses.database import REFUSE_CHANGE, frozen_except, same_owner

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

OF_CONTRACT = ["contract_id", "customer_id"]


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('auth', '0012_alter_user_first_name_max_length'),
    ]

    operations = [
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
                ('raw_kept_days', models.PositiveIntegerField(default=730)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
            ],
            options={
                'ordering': ['number'],
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
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
            ],
            options={
                'ordering': ['number'],
            },
        ),
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
                ('groups', models.ManyToManyField(blank=True, help_text='The groups this user belongs to. A user will get all permissions granted to each of their groups.', related_name='user_set', related_query_name='user', to='auth.group', verbose_name='groups')),
                ('user_permissions', models.ManyToManyField(blank=True, help_text='Specific permissions for this user.', related_name='user_set', related_query_name='user', to='auth.permission', verbose_name='user permissions')),
            ],
            options={
                'ordering': ['email'],
            },
            managers=[
                ('objects', licenses.models.people.UserManager()),
            ],
        ),
        migrations.CreateModel(
            name='ContractSecret',
            fields=[
                ('contract', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, primary_key=True, related_name='secret', serialize=False, to='licenses.contract')),
                ('salt', models.BinaryField(max_length=32)),
            ],
        ),
        migrations.AddField(
            model_name='contract',
            name='account_manager',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
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
            ],
            options={
                'ordering': ['contract_id', 'number'],
            },
        ),
        migrations.AddField(
            model_name='contract',
            name='customer',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='contracts', to='licenses.customer'),
        ),
        migrations.CreateModel(
            name='Instance',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_id', models.CharField(default=ground.ids.new_public_id, editable=False, max_length=32, unique=True)),
                ('name', models.CharField(max_length=100)),
                ('reports_from', models.DateField()),
                ('reports_until', models.DateField(blank=True, null=True)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('contract', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='instances', to='licenses.contract')),
                ('customer', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='licenses.customer')),
            ],
            options={
                'ordering': ['contract_id', 'name'],
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
                ('logo', models.CharField(blank=True, max_length=200, verbose_name='storage key of the logo')),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
            ],
            options={
                'verbose_name_plural': 'legal entities',
                'ordering': ['name'],
                'constraints': [models.CheckConstraint(condition=models.Q(('country__regex', '^[A-Z]{2}$')), name='legal_entity_country_code')],
            },
        ),
        migrations.AddField(
            model_name='customer',
            name='legal_entity',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='customers', to='licenses.legalentity'),
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
            },
        ),
        migrations.CreateModel(
            name='ProvisionedCount',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('users', models.PositiveIntegerField()),
                ('date', models.DateField()),
                ('source', models.CharField(max_length=100)),
                ('recorded_by', models.CharField(max_length=200)),
                ('recorded_at', models.DateTimeField()),
                ('contract', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='provisioned_counts', to='licenses.contract')),
                ('customer', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='licenses.customer')),
            ],
            options={
                'ordering': ['contract_id', 'date', 'id'],
            },
        ),
        migrations.AddConstraint(
            model_name='user',
            constraint=models.CheckConstraint(condition=models.Q(('email', django.db.models.functions.text.Lower('email'))), name='user_email_is_lower_case'),
        ),
        migrations.AddConstraint(
            model_name='user',
            constraint=models.CheckConstraint(condition=models.Q(('vendor_role__in', ['', 'finance', 'account_manager', 'admin'])), name='user_vendor_role_is_known'),
        ),
        migrations.AddConstraint(
            model_name='contractsecret',
            constraint=models.CheckConstraint(condition=django.db.models.expressions.RawSQL('octet_length(salt) = 32', (), models.BooleanField()), name='contract_secret_is_256_bits'),
        ),
        migrations.AddConstraint(
            model_name='contractversion',
            constraint=models.UniqueConstraint(fields=('contract', 'number'), name='contract_version_number'),
        ),
        migrations.AddConstraint(
            model_name='contractversion',
            constraint=models.CheckConstraint(condition=models.Q(('active__isempty', False)), name='contract_version_has_days'),
        ),
        migrations.AddConstraint(
            model_name='contractversion',
            constraint=models.CheckConstraint(condition=models.Q(('active__lower_inf', False)), name='contract_version_has_a_start'),
        ),
        migrations.AddConstraint(
            model_name='contractversion',
            constraint=models.CheckConstraint(condition=models.Q(('number__gte', 1)), name='contract_version_number_from_1'),
        ),
        migrations.AddConstraint(
            model_name='contract',
            constraint=models.UniqueConstraint(fields=('id', 'customer'), name='contract_and_customer'),
        ),
        migrations.AddConstraint(
            model_name='instance',
            constraint=models.UniqueConstraint(fields=('contract', 'name'), name='instance_name_once_per_contract'),
        ),
        migrations.AddConstraint(
            model_name='instance',
            constraint=models.UniqueConstraint(fields=('id', 'contract', 'customer'), name='instance_contract_and_customer'),
        ),
        migrations.AddConstraint(
            model_name='instance',
            constraint=models.CheckConstraint(condition=models.Q(('reports_until__isnull', True), ('reports_until__gt', models.F('reports_from')), _connector='OR'), name='instance_reports_at_least_a_day'),
        ),
        migrations.AddConstraint(
            model_name='customer',
            constraint=models.CheckConstraint(condition=models.Q(('country__regex', '^[A-Z]{2}$')), name='customer_country_code'),
        ),
        migrations.AddConstraint(
            model_name='membership',
            constraint=models.UniqueConstraint(fields=('user', 'customer'), name='membership_once_per_customer'),
        ),
        migrations.AddConstraint(
            model_name='membership',
            constraint=models.CheckConstraint(condition=models.Q(('role__in', ['admin', 'billing', 'viewer'])), name='membership_role_is_known'),
        ),
        migrations.AddConstraint(
            model_name='provisionedcount',
            constraint=models.CheckConstraint(condition=models.Q(('source', ''), _negated=True), name='provisioned_count_has_a_source'),
        ),
        # The walls: who may see a row, what never changes, what can never be true at the same time.
        VendorOnly("User"),
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
        NoOverlap("ContractVersion", columns=["contract_id"], period="active"),
        REFUSE_CHANGE,
        frozen_except(table="licenses_contractversion", columns=["active"]),
        VERSION_ONLY_SHORTENS,
        same_owner(table="licenses_contractversion", parent="licenses_contract", columns=OF_CONTRACT),
        same_owner(table="licenses_instance", parent="licenses_contract", columns=OF_CONTRACT),
        same_owner(table="licenses_provisionedcount", parent="licenses_contract", columns=OF_CONTRACT),
    ]
