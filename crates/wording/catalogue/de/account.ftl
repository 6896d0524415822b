dashboard-title = Übersicht
dashboard-holdings = Bestände
dashboard-holdings-empty = Noch halten Sie nichts. Was Sie einzahlen oder kaufen, steht dann hier, mit Betrag und dem Teil, den eine Auszahlungspause verschlossen hält.
dashboard-security-link = Alle Sicherheitseinstellungen

review-title = Seit Sie zuletzt hier waren
review-lead = Gehen Sie die Liste durch. Waren Sie etwas davon nicht, sagen Sie es: Das hält das Konto an.
review-title-first = Ihr erster Eintritt
review-lead-first = Künftig zeigt diese Seite, was zwischen zwei Eintritten geschehen ist. So beginnt Ihr Konto.
review-last-entry = Ihr letzter Eintritt
review-entries = Eintritte seither
review-entries-empty = Seither kein weiterer Eintritt.
review-failed = Fehlgeschlagene Versuche
review-failed-empty = Niemand hat es vergeblich versucht.
review-changes = Geänderte Sicherheitseinstellungen
review-changes-empty = Nichts wurde geändert.
review-me = Das war ich
review-not-me = Das war ich nicht
review-confirm-text = Bestätigen Sie, wenn alles oben stimmt.
review-confirm = Das stimmt alles
not-me-title = Das waren nicht Sie?
not-me-effect = Das Sperren beendet jede Sitzung und jede begonnene Anmeldung auf allen Geräten, auch auf diesem. Nichts kann das Konto verlassen, bis Sie es wieder geöffnet haben: mit Ihrem Passwort, Ihrem zweiten Faktor und einem Code, den wir Ihnen schicken.
not-me-back = Zurück, ich erkenne es jetzt

hold-title = { $left } lang kann nichts hinaus
hold-reason = Grund:
hold-until = Das endet von selbst am
hold-help = Was ist eine Auszahlungspause?
hold-began = { $hold } lang kann nichts das Konto verlassen.
hold-will-begin = Nach dieser Änderung kann { $hold } lang nichts das Konto verlassen.

to-do-title = Was Sie für Ihre Sicherheit tun können
to-do-empty = Nichts zu tun. Was wir von einem Konto verlangen, ist da.

session-current = diese Sitzung
session-began = Begonnen
session-last-seen = Zuletzt benutzt
session-end = Beenden
session-end-others = Alle anderen Sitzungen beenden
device-current = dieser Browser
device-last-entry = Letzter Eintritt
device-until = Vertraut bis
device-forget = Vergessen
device-empty = Keine vertrauten Geräte. Nach einer vollständigen Anmeldung steht ein Browser hier.
device-unnamed = Ein Browser, der nicht sagt, was er ist
