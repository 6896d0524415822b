# Der Support-Tisch: Seiten für Mitarbeitende, Mails an sie, und was Inhaber davon lesen.
desk-title = Support-Tisch
desk-nav = Support-Tisch
desk-nav-queue = Fälle
desk-nav-look-up = Konten
desk-nav-requests = Zweite Person
desk-nav-staff = Kolleginnen und Kollegen
desk-nav-keys = Mit der Taste / suchen Sie ein Konto.
desk-sign-out = Tisch verlassen
desk-role-agent = Support
desk-role-approver = Freigabe
desk-role-auditor = Prüfung
desk-role-compliance = Compliance

desk-sign-in-title = An den Tisch kommen
desk-sign-in-lead = Diese Seite ist für Mitarbeitende von { $site }. Sie öffnet sich allein mit Ihrem Passkey. Es gibt kein Passwort, und niemand kann Sie am Telefon hereinlassen.
desk-sign-in-button = Passkey verwenden
desk-sign-in-customer = Kundin oder Kunde? Hier anmelden
desk-sign-in-no-script = Der Tisch braucht Skript: Ohne lässt sich kein Passkey verwenden.
desk-sign-in-none = Unter dieser Adresse gehen keine Passkeys. Die öffentliche Adresse muss ein Name sein, keine Zahl.
desk-key-waiting = Wartet auf Ihren Passkey …
desk-key-failed = Der Browser bekam von keinem Passkey eine Antwort. Versuchen Sie es noch einmal oder nehmen Sie den anderen.
desk-key-missing = Dieser Browser kann keine Passkeys verwenden.
desk-left-title = Sie haben den Tisch verlassen
desk-left-text = Von Ihrer Sitzung bleibt nichts in diesem Browser.
desk-left-again = Wiederkommen

desk-enrol-title = Passkeys einrichten
desk-enrol-lead = { $name }, Sie kommen als { $role } an den Tisch. Es braucht zwei Passkeys: einen zum Mitnehmen, einen für einen sicheren Ort. Jeder muss ein Sicherheitsschlüssel eines gelisteten Modells sein; ein Passkey, der zwischen Geräten synchronisiert, wird abgelehnt.
desk-enrol-step = Passkey { $number } von 2
desk-enrol-first = Verbinden Sie den Schlüssel, den Sie bei sich tragen werden.
desk-enrol-second = Der erste Passkey ist eingerichtet. Legen Sie diesen Schlüssel weg und verbinden Sie den anderen.
desk-enrol-button = Diesen Passkey einrichten
desk-enrol-done-title = Beide Passkeys sind eingerichtet
desk-enrol-done-text = Der Tisch steht Ihnen offen. Alle erfahren per Mail, dass Sie da sind.
desk-enrol-done-go = An den Tisch
desk-enrol-gone-title = Dieser Link öffnet nichts
desk-enrol-gone-text = Er wurde benutzt, ist zu alt oder durch einen neueren ersetzt. Wer die Maschine betreibt, kann einen neuen machen: doorward staff invite.
desk-enrol-off-title = Noch kann sich niemand einrichten
desk-enrol-off-text = Der Betreiber hat nicht festgelegt, welche Schlüssel Mitarbeitende verwenden dürfen: staff.authenticators und staff.models.

desk-refused-title = Nicht Teil Ihrer Rolle
desk-refused-text = Sie sind als { $role } hier. Was Sie versucht haben, tun andere; es ist nichts geschehen.
desk-refused-not-accepted = Dieser Passkey öffnet den Tisch nicht.
desk-refused-expired = Die Seite war zu lange offen. Versuchen Sie es jetzt noch einmal.
desk-refused-throttled = Zu viele Versuche aus diesem Netz. Versuchen Sie es in { $wait } noch einmal.
desk-refused-often = Sie haben viele Konten gesucht. Das nächste können Sie in { $wait } suchen.
desk-refused-compared-often = In diesem Fall wurden viele Nummern verglichen. Die nächste können Sie in { $wait } vergleichen.
desk-refused-key-not-trusted = Dieser Schlüssel steht nicht auf der Liste, oder sein Passkey synchronisiert zwischen Geräten. Nehmen Sie einen Sicherheitsschlüssel eines gelisteten Modells.
desk-refused-key-not-verified = Der Schlüssel hat nicht geprüft, dass Sie es sind. Richten Sie zuerst eine PIN oder einen Fingerabdruck darauf ein.
desk-refused-key-same = Dieser Schlüssel ist schon eingerichtet. Verbinden Sie den anderen.
desk-refused-key-other = Der Passkey konnte nicht eingerichtet werden. Laden Sie die Seite neu und versuchen Sie es noch einmal.
desk-refused-own-account = Das ist Ihr eigenes Konto. Jemand anderes muss sich darum kümmern.
desk-refused-no-account = Es gibt kein Konto für genau diese Angabe. Fragen Sie nach der ganzen Adresse oder Nummer.
desk-refused-text-needed = Schreiben Sie einen Grund: 1 bis 1.000 Zeichen.
desk-refused-frozen-already = Das Konto ist schon eingefroren.
desk-refused-not-frozen-by-staff = Das Konto wurde nicht vom Support eingefroren. Was der Inhaber eingefroren hat, öffnet er selbst oder ein Fall.
desk-refused-asked-already = Jemand hat schon darum gebeten. Es wartet unter { desk-nav-requests }.
desk-refused-no-request = Darum bittet niemand mehr.
desk-refused-same-person = Sie haben selbst darum gebeten. Jemand anderes muss zustimmen.
desk-refused-wrong-roles = Das geht nur mit Compliance und Freigabe zusammen.

desk-queue-title = Fälle
desk-queue-open = Zu entscheiden, am längsten wartend zuerst
desk-queue-open-empty = Kein Fall wartet. Hat jemand nach dem Verlust des zweiten Faktors einen Fall eingereicht, steht er hier.
desk-queue-closed = Entschieden und beendet
desk-queue-closed-empty = Noch wurde kein Fall entschieden.
desk-closed-title = Fälle bleiben geschlossen
desk-closed-text = Ein Fall braucht zwei verschiedene Freigebende, und { $count ->
    [0] niemand ist dafür eingerichtet
    [one] nur eine Person ist dafür eingerichtet
   *[other] { $count } sind eingerichtet
}. Wer die Maschine betreibt, fügt sie hinzu: doorward staff add.

desk-look-up-title = Konto suchen
desk-look-up-label = Ganze Mailadresse, Telefonnummer oder Kontonummer
desk-look-up-hint = Gefunden wird nur, was genau stimmt. Der Inhaber sieht mit Ihrem Namen, dass Sie nachgesehen haben.
desk-look-up-button = Suchen

desk-account-title = Konto
desk-account-status = Zustand
desk-account-open = Offen
desk-account-frozen = Eingefroren
desk-account-frozen-by-staff = Vom Support eingefroren
desk-account-frozen-by-owner = Vom Inhaber eingefroren
desk-account-since = seit
desk-account-identifiers = Kennungen
desk-account-opened = Eröffnet
desk-account-entries = Bisherige Eintritte
desk-account-sessions = Offene Sitzungen
desk-account-devices = Bekannte Geräte
desk-account-app = Authenticator-App
desk-account-app-usable = Funktioniert
desk-account-app-not = Funktioniert nicht
desk-account-codes = Übrige Wieder­herstellungs­codes
desk-account-hold = Nichts geht hinaus bis
desk-account-no-hold = Keine Sperrfrist
desk-account-trace = Der Inhaber kann lesen, dass Sie diese Seite angesehen haben.
desk-account-language = Sprache
desk-notes = Notizen
desk-notes-empty = Noch keine Notizen. Was Sie hier schreiben, lesen andere im Support; der Inhaber sieht, dass und von wem eine Notiz geschrieben wurde.
desk-note-button = Notiz behalten
desk-act-title = Handeln
desk-act-reason = Grund
desk-act-reason-hint = Wird als Notiz behalten. Schreiben Sie nie einen Code oder ein Passwort hierher.
desk-act-freeze = Konto einfrieren
desk-act-end-sessions = Alle Sitzungen beenden
desk-act-lift = Bitten, das Konto zu öffnen
desk-act-lift-waits = { $name } bittet darum, das Konto zu öffnen. Jemand anderes muss zustimmen.
desk-act-none = Ihre Rolle liest nur.
desk-done-freeze = Das Konto ist eingefroren. Der Inhaber erfährt es auf jedem Weg.
desk-done-end-sessions = Alle Sitzungen sind beendet.
desk-done-note = Die Notiz ist behalten.
desk-done-lift = Gebeten. Die zweite Person findet es unter { desk-nav-requests }.
desk-done-agreed = Erledigt. Der Inhaber erfährt es auf jedem Weg, und eine Sperrfrist hat begonnen.
desk-done-declined = Abgelehnt.

desk-requests-title = Wartet auf eine zweite Person
desk-requests-lead = Eine Person bittet, eine andere stimmt zu. Ein vom Support eingefrorenes Konto öffnen Compliance und Freigabe zusammen; während der folgenden Sperrfrist geht nichts hinaus. Eine Sperre durch Länderregeln heben zwei von ihnen auf, gleich welche.
desk-requests-empty = Nichts wartet.
desk-request-lift-freeze = Eingefrorenes Konto öffnen
desk-request-by = Gebeten von { $name }, { $role }
desk-request-until = gilt bis
desk-request-agree = Zustimmen
desk-request-decline = Ablehnen
desk-request-take-back = Zurücknehmen
desk-request-account = Konto
desk-request-not-you = Eine andere Rolle muss zustimmen.

desk-staff-title = Kolleginnen und Kollegen
desk-staff-lead = Rollen werden an der Maschine selbst vergeben und genommen, nie hier. Alle erfahren jede Änderung per Mail.
desk-staff-name = Name
desk-staff-role = Rolle
desk-staff-state = Am Tisch
desk-staff-enrolled = Eingerichtet
desk-staff-invited = Eingeladen, noch nicht eingerichtet
desk-staff-you = Sie

desk-case-title = Verlorener zweiter Faktor
desk-case-facts = Der Fall
desk-case-evidence = Bilder
desk-case-identity = Wer es sein sollte
desk-case-votes = Entscheidung
desk-case-votes-empty = Noch hat niemand entschieden. Es braucht zwei verschiedene Freigebende.
desk-case-sent = Gesendet
desk-case-state = Stand
desk-case-opened = Eröffnet nach
desk-case-opened-password = dem richtigen Passwort
desk-case-opened-reset = einem Zurücksetzen: Auch das Passwort ist verloren
desk-case-opened-passkeys-only = dem Kanal allein: Das Konto wird nur mit Passkeys betreten
desk-case-check = Geprüft durch
desk-case-by-pictures = Bilder
desk-case-by-channels = zwei Kanäle
desk-case-approvals = Freigaben
desk-case-from = Eröffnet von
desk-case-until = Zu entscheiden bis
desk-case-effective = Tritt in Kraft
desk-case-more-lost = Auch verloren
desk-case-more-lost-yes = das Handelspasswort
desk-case-code = Auf dem Zettel muss stehen
desk-case-name = Name
desk-case-birth = Geboren
desk-case-residence = Wohnsitz
desk-case-level = Geprüft
desk-case-number = Nummer auf dem Ausweis
desk-case-number-hint = Wird mit dem Eintrag verglichen, den niemand lesen kann.
desk-case-compare = Vergleichen
desk-case-same = Die Nummer ist die des Eintrags.
desk-case-not-same = Die Nummer ist nicht die des Eintrags.
desk-case-reason-hint = Was Sie verglichen haben und was den Ausschlag gab. Wird als Notiz behalten.
desk-case-approve = Freigeben
desk-case-decline = Ablehnen
desk-case-approved = freigegeben
desk-case-declined = abgelehnt
desk-case-document-front = Ausweis, Vorderseite
desk-case-document-back = Ausweis, Rückseite
desk-case-holder = Person mit dem Zettel
desk-case-step-owner = Beim Inhaber
desk-case-step-decision = Zu entscheiden
desk-case-step-waiting = Freigegeben, wartet auf seine Zeit
desk-case-step-done = Erledigt: Der neue Faktor gilt
desk-case-step-ended = Beendet
desk-case-end-stopped = Vom Inhaber gestoppt
desk-case-end-refused = Abgelehnt
desk-case-end-expired = Nicht rechtzeitig entschieden
desk-case-end-overtaken = Überholt: Jemand mit einem Faktor ist zu Hause
desk-case-end-frozen = Das Konto wurde eingefroren
desk-case-end-begun-anew = Ein anderer Fall trat an seine Stelle
desk-done-approve = Ihre Freigabe zählt. War sie die zweite, hat die Wartezeit begonnen, und jeder Kanal erfährt es.
desk-done-refuse = Abgelehnt. Der Inhaber erfährt es.
desk-refused-not-to-decide = Dieser Fall wartet auf keine Entscheidung.
desk-refused-voted-already = Sie haben schon entschieden. Es braucht zwei verschiedene Freigebende.
desk-refused-overtaken = Am Konto hat sich inzwischen etwas geändert, deshalb ist der Fall beendet.

event-staff-wrote-note = Unser Support hat eine Notiz zum Konto geschrieben
event-staff-asked-to-lift = Unser Support hat um das Öffnen des Kontos gebeten
event-staff-declined-to-lift = Unser Support hat das Öffnen des Kontos abgelehnt
event-staff-added = Jemand kam in den Support
event-staff-invited-anew = Jemand im Support wurde neu eingeladen
event-staff-enrolled = Jemand im Support hat sich eingerichtet
event-staff-role-changed = Jemand im Support hat eine andere Rolle
event-staff-removed = Jemand hat den Support verlassen
event-staff-signed-in = Jemand kam an den Support-Tisch
event-staff-signed-out = Jemand hat den Support-Tisch verlassen
event-by-staff = { $what } ({ $name })
review-by-staff = Was unser Support getan hat
review-case-looks = { $count ->
    [one] Wir haben Ihren Fall einmal angesehen: { $names }
   *[other] Wir haben Ihren Fall { $count }-mal angesehen: { $names }
}
review-case-looks-unnamed = { $count ->
    [one] Wir haben Ihren Fall einmal angesehen
   *[other] Wir haben Ihren Fall { $count }-mal angesehen
}

mail-staff-added = Jemand kommt an den Support-Tisch
mail-staff-invited-anew = Jemand im Support bekommt neue Passkeys
mail-staff-enrolled = Jemand im Support hat sich eingerichtet
mail-staff-role-changed = Eine Rolle im Support hat sich geändert
mail-staff-removed = Jemand hat den Support-Tisch verlassen
mail-staff-text = Alle am Support-Tisch von { $site } erfahren jede Änderung unter ihnen.
mail-staff-name = Name
mail-staff-role = Rolle
mail-staff-closing = Hat Ihnen niemand davon erzählt, fragen Sie auf bekanntem Weg, wer die Maschine betreibt. Links zum Einrichten werden persönlich übergeben und nie per Mail gesendet.
sms-staff-changed = { $site }: Am Support-Tisch hat sich etwas geändert. Hat Ihnen niemand davon erzählt, fragen Sie, wer die Maschine betreibt.
