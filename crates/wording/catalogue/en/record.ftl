# The record, what its owner reads of it, and taking or erasing everything.
event-data-exported = Copy of your data taken
event-staff-exported-data = Our staff made a copy of your data
event-erasure-asked = Erasure of the account asked for
event-staff-asked-erasure = Our staff asked for the erasure of the account
event-erasure-cancelled = Erasure of the account called off
event-account-erased = Account erased
activity-group-entries = Entries
activity-group-failed = Failed tries
activity-group-devices = Sessions and devices
activity-group-changes = Changes
activity-group-staff = Our staff
