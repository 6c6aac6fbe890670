import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models

from ground.database import AppendOnly, CustomerWall
from licenses.database import same_owner


class Migration(migrations.Migration):

    dependencies = [
        ('usage', '0001_reports_evidence_and_counts'),
    ]

    operations = [
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
                'constraints': [
                    models.UniqueConstraint(fields=('report', 'confirmation'), name='waiver_once_per_reading'),
                    models.CheckConstraint(condition=models.Q(('reason', ''), _negated=True), name='waiver_says_why'),
                ],
            },
        ),
        CustomerWall("QuarantineWaiver", portal="SELECT"),
        AppendOnly("QuarantineWaiver"),
        same_owner(table="usage_quarantinewaiver", parent="usage_usagereport", columns=["report_id", "customer_id"]),
    ]
