# E-Mails. Die Titel sind auch Betreffzeilen, deshalb enthalten sie keinen Code.
mail-subject = { $title } · { $site }
mail-footer = { $site } fragt nie nach Ihrem Passwort, einem Code oder einem Wiederherstellungscode, weder per E-Mail noch am Telefon. Tippen Sie zum Anmelden die Adresse selbst ein.
mail-when = Wann
mail-device = Gerät
mail-address = IP-Adresse
mail-device-unknown = ein Browser, der sich nicht nennt
mail-code-valid = Der Code gilt 10 Minuten und nur in dem Browser, der ihn verlangt hat.
mail-code-nobody = Geben Sie ihn niemandem. Niemand von uns fragt danach.
mail-hold = Zu Ihrem Schutz kann bis { $until } nichts das Konto verlassen. Niemand kann diese Zeit verkürzen.
mail-freeze = Waren Sie das nicht, sperren Sie Ihr Konto. Dazu ist keine Anmeldung nötig, und die Seite fragt noch einmal, bevor etwas geschieht. Der Link gilt 7 Tage.
mail-freeze-button = Mein Konto sperren

mail-code-sign-up-title = Ihr Code zur Kontoeröffnung
mail-code-sign-up-text = Sie eröffnen ein Konto bei { $site }. Geben Sie diesen Code in dem Browser ein, in dem Sie begonnen haben. Haben Sie das nicht begonnen, tun Sie nichts: Es wird kein Konto eröffnet.
mail-code-new-device-title = Ihr Code für ein neues Gerät
mail-code-new-device-text = Jemand meldet sich auf einem Gerät an Ihrem Konto an, das uns neu ist. Sind Sie es, geben Sie dort diesen Code ein. Sind Sie es nicht, kennt jemand Ihr Passwort: Ändern Sie es jetzt, und tippen Sie dazu unsere Adresse selbst ein.
mail-code-channel-title = Ihr Code zum Anmelden
mail-code-channel-text = Jemand möchte sich an Ihrem Konto anmelden und muss zuerst zeigen, dass diese Adresse ihm gehört. Sind Sie es, geben Sie diesen Code in jenem Browser ein. Sind Sie es nicht, tun Sie nichts: Ohne den Code kommt niemand weiter.
mail-code-reset-title = Ihr Code für ein neues Passwort
mail-code-reset-text = Jemand hat für Ihr Konto ein neues Passwort verlangt. Waren Sie es, geben Sie diesen Code in dem Browser ein, in dem Sie es verlangt haben. Waren Sie es nicht, tun Sie nichts: Ihr Passwort bleibt, wie es ist.
mail-reset-title = Neues Passwort festlegen
mail-reset-text = Für Ihr Konto wurde ein neues Passwort verlangt. Noch ist nichts geändert. Sie brauchen außerdem Ihre Authenticator-App oder einen Wiederherstellungscode.
mail-reset-link = Öffnen Sie diese Seite, um fortzufahren. Der Link gilt 60 Minuten.
mail-reset-or-link = Oder öffnen Sie diese Seite, auf einem beliebigen Gerät. Der Link gilt 60 Minuten.
mail-reset-button = Neues Passwort festlegen
mail-reset-not-you = Haben Sie das nicht verlangt, tun Sie nichts: Ihr Passwort bleibt, wie es ist.
mail-taken-title = Sie haben schon ein Konto
mail-taken-text = Jemand wollte mit dieser Adresse ein Konto eröffnen, sie gehört aber schon zu Ihrem. Nichts hat sich geändert. Waren Sie es, melden Sie sich einfach an; haben Sie Ihr Passwort vergessen, können Sie dort ein neues festlegen.
mail-signed-up-title = Ihr Konto ist eröffnet
mail-signed-up-text = Willkommen bei { $site }. Ihr Konto ist durch ein Passwort, eine Authenticator-App und zehn Wiederherstellungscodes geschützt. Bewahren Sie die Wiederherstellungscodes getrennt vom Telefon auf.
mail-new-sign-in-title = Eintritt von einem neuen Gerät
mail-new-sign-in-text = Ihr Konto wurde von einem Gerät aus betreten, das uns neu war, mit Passwort, zweitem Faktor und einem Code an Sie. Waren Sie es, ist nichts zu tun.
mail-unfinished-title = Ihr Passwort wurde benutzt, aber niemand trat ein
mail-unfinished-text = Jemand hat Ihr richtiges Passwort eingegeben und kam am zweiten Faktor nicht vorbei. Waren Sie es nicht, kennt jemand anders Ihr Passwort: Ändern Sie es jetzt, und tippen Sie dazu unsere Adresse selbst ein.
mail-password-changed-title = Ihr Passwort wurde geändert
mail-password-changed-text = Das Passwort Ihres Kontos wurde aus einer offenen Sitzung heraus geändert. Alle anderen Sitzungen sind beendet.
mail-password-reset-title = Ein neues Passwort wurde festgelegt
mail-password-reset-text = Das vergessene Passwort Ihres Kontos wurde ersetzt. Alle Sitzungen und vertrauten Geräte sind beendet.
mail-totp-replaced-title = Ihre Authenticator-App wurde ersetzt
mail-totp-replaced-text = Mit Ihrem Konto ist eine neue Authenticator-App verbunden. Die alte gilt nicht mehr.
mail-totp-disabled-title = Ihre Authenticator-App wurde abgeschaltet
mail-totp-disabled-text = Nach zu vielen falschen Codes öffnet die App Ihr Konto nicht mehr. Melden Sie sich mit einem Wiederherstellungscode an und verbinden Sie die App unter Sicherheit neu. Waren die falschen Codes nicht von Ihnen, kennt jemand Ihr Passwort: Ändern Sie es ebenfalls.
mail-recovery-renewed-title = Neue Wiederherstellungscodes wurden erstellt
mail-recovery-renewed-text = Zu Ihrem Konto gehören zehn neue Wiederherstellungscodes. Die alten gelten nicht mehr.
mail-recovery-used-title = Ein Wiederherstellungscode wurde verwendet
mail-recovery-used-text = Ein Wiederherstellungscode trat an die Stelle Ihrer Authenticator-App.
mail-recovery-used-left = { $count ->
    [0] Es ist kein Code mehr übrig. Erstellen Sie unter Sicherheit neue.
    [one] Es ist noch ein Code übrig. Erstellen Sie unter Sicherheit neue.
   *[other] Es sind noch { $count } Codes übrig.
}
mail-frozen-title = Ihr Konto ist gesperrt
mail-frozen-text = Jede Sitzung und jede begonnene Anmeldung ist beendet. Niemand kann eintreten, und nichts kann hinaus.
mail-frozen-back = Um es wieder zu öffnen, tippen Sie unsere Adresse selbst ein und melden sich an: mit Ihrem Passwort, Ihrem zweiten Faktor und einem Code, den wir Ihnen schicken. Haben wir es gesperrt, wenden Sie sich an unsere Kundenbetreuung.
mail-unfrozen-title = Ihr Konto ist wieder offen
mail-unfrozen-text = Die Sperre Ihres Kontos wurde aufgehoben. Melden Sie sich neu an.
