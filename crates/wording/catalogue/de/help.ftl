help-title = Hilfe
help-lead = Wählen Sie, was im Weg ist.
help-never-ask = Niemand von uns fragt je nach Ihrem Passwort, einem Code oder einem Wiederherstellungscode, weder per E-Mail noch am Telefon noch in einem Chat.

help-code-missing-title = Der Code kommt nicht
help-code-missing-lead = Ein Code per E-Mail oder SMS ist meist in einer Minute da.
help-code-missing-step-1 = Sehen Sie in den Spam-Ordner, und prüfen Sie die Adresse oder Nummer auf der Seite auf einen Tippfehler.
help-code-missing-step-2 = Warten Sie eine Minute und drücken Sie dann auf „Neuen Code senden“. Nur der neueste Code gilt.
help-code-missing-step-3 = Wir antworten auf jede Adresse gleich, ob sie ein Konto hat oder nicht. Kommt nichts, ist es vielleicht eine andere Adresse als die, mit der Sie Ihr Konto eröffnet haben.

help-code-rejected-title = Mein Code wird abgelehnt
help-code-rejected-lead = Ein Code aus einer App gilt eine halbe Minute, und jeder gilt einmal. Wird ein frischer Code abgelehnt, liegt es fast immer an der Uhr des Telefons.
help-code-rejected-step-1 = Stellen Sie die Uhr des Telefons auf automatisch, wie unten gezeigt.
help-code-rejected-step-2 = Warten Sie, bis die App den nächsten Code zeigt, und geben Sie diesen ein.
help-code-rejected-step-3 = Zeigt die App mehrere Einträge, nehmen Sie den, der für diese Seite zuletzt dazukam.
help-code-rejected-step-4 = Geht es noch immer nicht, geben Sie im selben Feld einen Wiederherstellungscode ein.

help-password-title = Ich habe mein Passwort vergessen
help-password-lead = Mit Ihrer Adresse oder Nummer und Ihrem zweiten Faktor legen Sie ein neues fest.
help-password-step-1 = Öffnen Sie „Neues Passwort festlegen“ und nennen Sie Ihre Adresse oder Nummer.
help-password-step-2 = Geben Sie den Code ein, den wir senden, oder öffnen Sie den Link in der E-Mail.
help-password-step-3 = Geben Sie einen Code aus Ihrer App oder einen Wiederherstellungscode ein und wählen Sie das neue Passwort. Danach kann mindestens 24 Stunden lang nichts das Konto verlassen.

help-lost-phone-title = Mein Telefon ist verloren oder neu
help-lost-phone-lead = Ein Wiederherstellungscode ersetzt bei der Anmeldung die App.
help-lost-phone-step-1 = Melden Sie sich an. Wo nach dem zweiten Faktor gefragt wird, geben Sie einen Ihrer Wiederherstellungscodes ein.
help-lost-phone-step-2 = Öffnen Sie Sicherheit und ersetzen Sie die Authenticator-App. Dafür wird ein zweiter, anderer Wiederherstellungscode verlangt.
help-lost-phone-step-3 = Ohne Wiederherstellungscodes wählen Sie auf derselben Seite „Meine Authenticator-App ist verloren“. Sie verbinden eine neue App und zeigen, wer Sie sind; zwei von uns entscheiden. Das dauert einen Tag oder länger: Diese Zeit schützt Sie.

help-recovery-codes-title = Wozu dienen Wiederherstellungscodes?
help-recovery-codes-lead = Zehn Codes, die an die Stelle Ihrer Authenticator-App treten, jeder einmal.
help-recovery-codes-step-1 = Bewahren Sie sie auf Papier oder in einem Passwortmanager auf, nicht auf dem Telefon mit der App.
help-recovery-codes-step-2 = Sind nur noch wenige übrig, erstellen Sie unter Sicherheit neue. Die alten gelten dann nicht mehr.

help-human-check-title = Die Menschprüfung
help-human-check-lead = Sie hält Programme davon ab, Passwörter zu Tausenden durchzuprobieren.
help-human-check-step-1 = Schieben Sie das Teil mit der Maus, einem Finger oder den Pfeiltasten in die Lücke, in die es passt.
help-human-check-step-2 = Möchten Sie das nicht, wählen Sie daneben „Ohne Rätsel bestätigen“: Ihr Gerät rechnet dann einige Sekunden, und Sie tun nichts. Ohne Skript leistet ein Code, den wir Ihnen per E-Mail senden, dasselbe.

help-unexpected-mail-title = Ich habe eine unerwartete E-Mail bekommen
help-unexpected-mail-lead = Vielleicht hat sich jemand bei der Adresse vertippt, oder jemand wollte eintreten.
help-unexpected-mail-step-1 = Ein Code oder Link, den Sie nicht verlangt haben: Geben Sie ihn niemandem und tun Sie nichts. Er verfällt von selbst.
help-unexpected-mail-step-2 = Eine Nachricht, dass Ihr Passwort richtig war, der Eintritt aber nicht abgeschlossen wurde: Ändern Sie Ihr Passwort jetzt, und tippen Sie dazu unsere Adresse selbst ein.
help-unexpected-mail-step-3 = Eine Änderung, die nicht von Ihnen ist: Öffnen Sie den Link zum Sperren in der E-Mail. Er braucht keine Anmeldung.

help-too-many-tries-title = Es heißt: zu viele Versuche
help-too-many-tries-lead = Nach mehreren falschen Passwörtern oder Codes wartet die Tür, zuerst eine halbe Minute, dann länger. Das bremst jeden, der rät.
help-too-many-tries-step-1 = Die Seite sagt, wann Sie es wieder versuchen können. Ein früherer Versuch ändert nichts.
help-too-many-tries-step-2 = Auf einem Gerät, das Sie regelmäßig benutzen, halten Sie fremde Fehlversuche nicht auf. Auf einem neuen kommen Sie mit einem Code an Ihre Adresse weiter.

help-holds-title = Was ist eine Auszahlungspause?
help-holds-lead = Eine Zeit, in der nichts Ihr Konto verlassen kann, weil etwas geändert wurde, das es schützt.
help-holds-step-1 = Sie beginnt von selbst: 24 Stunden nach einer Änderung von Passwort oder Authenticator-App, 48 Stunden, wenn ein Faktor mit einem Wiederherstellungscode ersetzt wurde.
help-holds-step-2 = Sie endet von selbst. Niemand kann sie verkürzen, weder Sie noch wir. So kann auch ein Dieb, der hineinkam, nichts beschleunigen.

help-real-address-title = Woran erkenne ich die echte Adresse?
help-real-address-lead = Eine Kopie dieser Seite kann gleich aussehen. Die Adresse in der Adresszeile kann es nicht.
help-real-address-step-1 = Tippen Sie die Adresse selbst ein oder nehmen Sie Ihr eigenes Lesezeichen. Folgen Sie zum Anmelden keinem Link aus einer Nachricht oder Werbung.
help-real-address-step-2 = Vergleichen Sie die Zeile oben auf jeder Seite Buchstabe für Buchstabe mit Ihrer Adresszeile.
