"""What all apps stand on: jobs and their sweeper, the actor, scoping, database walls, stored files, the clock, audit.

Owns: the Job table and its delivery guarantee; migration operations that put row-level security, immutability and
exclusion into the database; the portal wall; stored files with their hashes; the only reader of the clock.
Does not own: customers, contracts, usage or money. A customer is a plain `customer_id` here.
Invariants: a job row is the truth and a Celery message only a wake-up; a stored file is whole or absent; a portal
request can read and write one customer's rows only, whatever the Python code says; protected rows do not change.
"""
