"""WHO agreed to WHAT and where it runs.

Owns: the vendor's legal entity, customers, people and their memberships, contracts with their versions and
secrets, instances, and the dated numbers of provisioned users.
Does not own: what was reported (``usage``), what is owed (``billing``).

Invariants, held by the database from migration 0001:
- every row of a customer names that customer in its own column, and the column cannot disagree with the contract;
- the versions of one contract never overlap; a version's terms never change, only its end may move closer;
- a provisioned count is only added, never changed;
- the salt of a contract is never readable for the portal's role.
"""
