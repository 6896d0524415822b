# Das Protokoll, was der Kunde davon liest, und die Kopie oder Löschung von allem.
event-data-exported = Kopie Ihrer Daten geholt
event-staff-exported-data = Unser Personal hat eine Kopie Ihrer Daten erstellt
event-erasure-asked = Löschung des Kontos beantragt
event-staff-asked-erasure = Unser Personal hat die Löschung des Kontos beantragt
event-erasure-cancelled = Löschung des Kontos abgebrochen
event-account-erased = Konto gelöscht
activity-group-entries = Eintritte
activity-group-failed = Gescheiterte Versuche
activity-group-devices = Sitzungen und Geräte
activity-group-changes = Änderungen
activity-group-staff = Unser Personal
