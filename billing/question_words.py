"""What a difference is, said to a customer who reads German or French; in English its own words say it.

Owns: one sentence per kind of difference, filled from its facts. Does not own: the mail around it (`question_text`).
Invariant: every kind of difference and every reason to hold has a sentence in both languages.
"""

from collections.abc import Mapping
from typing import Any

from billing.documents.format import Style
from billing.models import BillingPeriod, Difference

Code, Held = Difference.Code, BillingPeriod.HeldCode
# A difference and a reason to hold that have one name, as "days_missing", have one sentence.
DAY_STANDS_OUT, PERSON_STANDS_OUT, INSTANCE_STANDS_OUT = "spike of a day", "spike of a person", "spike of an instance"
SENTENCES: Mapping[str, Mapping[str, str]] = {
    "de": {
        Code.REPORTED_AGAINST_COUNTED: "Gemeldet sind {claimed} Nutzer, gezählt {active}: {users} davon sind nicht "
        "erklärt.",
        Code.INSTANCE_AGAINST_INSTANCE: "Gleichzeitig auf mehreren Instanzen ({names}) gezählt: {shared} Personen.",
        Code.MONTH_AGAINST_TREND: "Gezählt sind {counted} Nutzer; im Mittel der drei Zeiträume davor waren es {usual}.",
        Code.EVIDENCE_GRADE: "Für diese Dateien ist der Nachweis schwächer als zuvor: {files}.",
        Code.QUARANTINED_SHARE: "{rows} Zeilen der Datei {file} ({instance}) zählen nicht; was an jeder falsch ist, "
        "steht im Portal bei der Datei.",
        DAY_STANDS_OUT: "Am {day} waren {people} Nutzer aktiv; an einem mittleren Tag sind es {middle}.",
        PERSON_STANDS_OUT: "Ein Nutzer hat {events} Aktionen, ein mittlerer Nutzer {middle}. Ist es eine Person?",
        INSTANCE_STANDS_OUT: "{instance} hat {people} Nutzer; im Zeitraum davor waren es {before}.",
        Code.BILLED_AGAINST_COUNTED: "Abgerechnet sind {billed} Nutzer, gezählt werden jetzt {counted}.",
        Held.NO_REPORTS: "Für den Zeitraum ist kein Bericht eingegangen.",
        Held.DAYS_MISSING: "Für diese Tage fehlt der Bericht:",
        Held.REPORT_WAITING: "Ein Bericht wartet im Portal auf Ihre Antwort.",
        Held.NOBODY_ACTIVE: "Nach den Berichten war niemand aktiv. Ist das so?",
        Held.NO_VERSION: "Für den Zeitraum ist keine Fassung des Vertrags vereinbart.",
        Held.NOT_COUNTABLE: "Der Zeitraum lässt sich aus den Dateien nicht zählen.",
        Held.EARLIER_OPEN: "Ein früherer Zeitraum ist noch nicht abgeschlossen.",
        Held.MIXED_NAMESPACES: "Die Berichte nennen teils Namen, teils Pseudonyme: Niemand kann sagen, ob es dieselben "
        "Personen sind.",
        Held.TAX_UNDECIDED: "Für die Steuer fehlt eine Angabe, etwa Ihre Umsatzsteuer-Identifikationsnummer.",
    },
    "fr": {
        Code.REPORTED_AGAINST_COUNTED: "{claimed} utilisateurs déclarés, {active} comptés : {users} ne "
        "s’expliquent pas.",
        Code.INSTANCE_AGAINST_INSTANCE: "{shared} personnes sont comptées sur plusieurs instances à la fois ({names}).",
        Code.MONTH_AGAINST_TREND: "{counted} utilisateurs sont comptés ; la moyenne des trois périodes précédentes est "
        "de {usual}.",
        Code.EVIDENCE_GRADE: "Pour ces fichiers, la preuve est plus faible qu’auparavant : {files}.",
        Code.QUARANTINED_SHARE: "{rows} lignes du fichier {file} ({instance}) ne comptent pas ; le portail dit, pour "
        "chacune, ce qui ne va pas.",
        DAY_STANDS_OUT: "Le {day}, {people} utilisateurs étaient actifs ; un jour moyen en compte {middle}.",
        PERSON_STANDS_OUT: "Un utilisateur a fait {events} actions, un utilisateur moyen {middle}. Est-ce une "
        "personne ?",
        INSTANCE_STANDS_OUT: "{instance} a {people} utilisateurs ; il y en avait {before} la période précédente.",
        Code.BILLED_AGAINST_COUNTED: "{billed} utilisateurs ont été facturés, {counted} sont comptés à présent.",
        Held.NO_REPORTS: "Aucun rapport n’est arrivé pour cette période.",
        Held.DAYS_MISSING: "Le rapport manque pour ces jours :",
        Held.REPORT_WAITING: "Un rapport attend votre réponse dans le portail.",
        Held.NOBODY_ACTIVE: "D’après les rapports, personne n’a été actif. Est-ce exact ?",
        Held.NO_VERSION: "Aucune version du contrat n’est convenue pour cette période.",
        Held.NOT_COUNTABLE: "La période ne peut pas être comptée à partir des fichiers.",
        Held.EARLIER_OPEN: "Une période antérieure n’est pas encore close.",
        Held.MIXED_NAMESPACES: "Les rapports contiennent des noms et des pseudonymes : nul ne peut dire si ce sont les "
        "mêmes personnes.",
        Held.TAX_UNDECIDED: "Il manque une indication pour la taxe, par exemple votre numéro de TVA.",
    },
}


def words_for_customer(difference: Difference, style: Style) -> str:
    """Say a difference in the customer's language; its own words where that is English."""
    if style.language not in SENTENCES:
        return difference.words
    facts = difference.facts
    kind = _kind(difference)
    told = {key: style.count(value) if type(value) is int else value for key, value in _gaps(kind, facts).items()}
    users = style.count(abs(difference.users or 0))
    counted = style.count(facts["usual"] + (difference.users or 0)) if "usual" in facts else ""
    return SENTENCES[style.language][kind].format(**{"users": users, "counted": counted} | told)


def _kind(difference: Difference) -> str:
    """The sentence that fits: a hold is said by its reason, a spike by what stands out."""
    facts = difference.facts
    if difference.code == Code.HELD:
        return str(facts["held_code"])
    if difference.code != Code.SPIKE:
        return difference.code
    return DAY_STANDS_OUT if "day" in facts else PERSON_STANDS_OUT if "events" in facts else INSTANCE_STANDS_OUT


def _gaps(kind: str, facts: Mapping[str, Any]) -> dict[str, Any]:
    match kind:
        case Code.REPORTED_AGAINST_COUNTED:
            return {name: facts["steps"][name] for name in ("claimed", "active")}
        case Code.INSTANCE_AGAINST_INSTANCE:
            return {"shared": facts["shared"], "names": ", ".join(sorted(facts["people"]))}
        case Code.EVIDENCE_GRADE:
            return {"files": ", ".join(one["file"] for one in facts["files"])}
        case _:
            return {name: value for name, value in facts.items() if isinstance(value, int | str)}
